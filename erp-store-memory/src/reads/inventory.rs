//! Items and stock.

use async_trait::async_trait;
use chrono::NaiveDate;
use erp_core::{
    ids::{ItemId, LotId, PostingId, ReservationId, StockAlertId},
    inventory::{
        AlertQuery, InventoryReads, Item, ItemQuery, LevelQuery, Lot, LotLevel, LotQuery, Movement,
        MovementQuery, PostedStock, PostingQuery, Reservation, ReservationQuery, StockAlert,
        StockAt, StockKey, StockLevel, StockProjection, Turnover, TurnoverQuery,
    },
    port::StoreResult,
    text,
    time::Timestamp,
};

use super::{lots, reports, stock};
use crate::{MemoryStore, order::distinct, state::InventoryState};

impl MemoryStore {
    fn with_inventory<T>(&self, read: impl FnOnce(&InventoryState) -> T) -> T {
        read(&self.state.read().domain.inventory)
    }

    /// The present state, to be read outside the lock.
    fn inventory_state(&self) -> InventoryState {
        self.with_inventory(InventoryState::clone)
    }
}

#[async_trait]
impl InventoryReads for MemoryStore {
    async fn item(&self, id: ItemId) -> StoreResult<Option<Item>> {
        Ok(self.with_inventory(|state| state.items.get(&id).cloned()))
    }

    async fn items_by_id(&self, ids: &[ItemId]) -> StoreResult<Vec<Item>> {
        let ids = distinct(ids.iter().copied());
        Ok(self
            .with_inventory(|state| ids.filter_map(|id| state.items.get(&id)).cloned().collect()))
    }

    async fn item_by_sku(&self, sku: &str) -> StoreResult<Option<Item>> {
        let key = text::key(sku);
        Ok(self.with_inventory(|state| state.by_sku(&key).cloned()))
    }

    async fn items(&self, query: &ItemQuery) -> StoreResult<Vec<Item>> {
        let state = self.inventory_state();
        let item = |(_, id): (&str, ItemId)| state.items.get(&id);
        let after = query.after.as_deref();
        Ok(match query.category {
            None => state.skus.after(after).filter_map(item).take(query.limit).cloned().collect(),
            Some(category) => {
                let skus = state.items_in.of(category, after);
                skus.filter_map(item).take(query.limit).cloned().collect()
            }
        })
    }

    async fn level(&self, key: StockKey) -> StoreResult<Option<StockLevel>> {
        let level = |state: &InventoryState| Some(state.stock.balances.get(&key)?.level.clone());
        Ok(self.with_inventory(level))
    }

    async fn levels(&self, query: &LevelQuery) -> StoreResult<Vec<StockLevel>> {
        Ok(stock::levels(&self.inventory_state(), query))
    }

    async fn lot(&self, id: LotId) -> StoreResult<Option<Lot>> {
        Ok(self.with_inventory(|state| state.stock.lots.lots.get(&id).cloned()))
    }

    async fn lots_by_code(&self, codes: &[(ItemId, String)]) -> StoreResult<Vec<Lot>> {
        Ok(self.with_inventory(|state| lots::by_code(&state.stock.lots, codes)))
    }

    async fn lot_levels(&self, query: &LotQuery) -> StoreResult<Vec<LotLevel>> {
        Ok(lots::levels(&self.inventory_state().stock.lots, query))
    }

    async fn stock_at(&self, item: ItemId, at: Timestamp) -> StoreResult<Vec<StockAt>> {
        Ok(stock::stock_at(&self.inventory_state(), item, at))
    }

    async fn projection(
        &self,
        item: ItemId,
        at: Timestamp,
        day: NaiveDate,
    ) -> StoreResult<Vec<StockProjection>> {
        Ok(reports::projection(&self.inventory_state(), item, at, day))
    }

    async fn posting(&self, id: PostingId) -> StoreResult<Option<PostedStock>> {
        Ok(self.with_inventory(|state| state.stock.posted(id)))
    }

    async fn postings(&self, query: &PostingQuery) -> StoreResult<Vec<PostedStock>> {
        Ok(stock::postings(&self.inventory_state(), query))
    }

    async fn turnover(&self, query: &TurnoverQuery) -> StoreResult<Vec<Turnover>> {
        Ok(reports::turnover(&self.inventory_state(), query))
    }

    async fn movements(&self, query: &MovementQuery) -> StoreResult<Vec<Movement>> {
        Ok(stock::movements(&self.inventory_state(), query))
    }

    async fn reservation(&self, id: ReservationId) -> StoreResult<Option<Reservation>> {
        Ok(self.with_inventory(|state| state.stock.reservations.get(&id).cloned()))
    }

    async fn reservations_by_id(&self, ids: &[ReservationId]) -> StoreResult<Vec<Reservation>> {
        Ok(self.with_inventory(|state| {
            let found = distinct(ids.iter().copied());
            found.filter_map(|id| state.stock.reservations.get(&id).cloned()).collect()
        }))
    }

    async fn reservations(&self, query: &ReservationQuery) -> StoreResult<Vec<Reservation>> {
        Ok(stock::reservations(&self.inventory_state(), query))
    }

    async fn due_reservations(
        &self,
        at: Timestamp,
        of: Option<StockKey>,
        limit: usize,
    ) -> StoreResult<Vec<Reservation>> {
        Ok(self.with_inventory(|state| stock::due(state, at, of, limit)))
    }

    async fn closed_until(&self) -> StoreResult<Option<Timestamp>> {
        Ok(self.with_inventory(|state| state.stock.closed_until))
    }

    async fn alert(&self, id: StockAlertId) -> StoreResult<Option<StockAlert>> {
        Ok(self.with_inventory(|state| state.stock.alerts.get(&id).cloned()))
    }

    async fn alerts(&self, query: &AlertQuery) -> StoreResult<Vec<StockAlert>> {
        Ok(stock::alerts(&self.inventory_state(), query))
    }
}
