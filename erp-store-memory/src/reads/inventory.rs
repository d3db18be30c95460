//! Warehouses, items and stock.

use std::{collections::BTreeSet, ops::Bound, sync::Arc};

use async_trait::async_trait;
use chrono::NaiveDate;
use erp_core::{
    ids::{ItemId, LotId, PostingId, ReservationId, StockAlertId, WarehouseId},
    inventory::{
        AlertQuery, CategoryTree, InventoryReads, Item, ItemCategory, ItemQuery, LevelQuery, Lot,
        LotLevel, LotQuery, Movement, MovementQuery, PostedStock, PostingQuery, Reservation,
        ReservationQuery, StockAlert, StockAt, StockKey, StockLevel, StockProjection, Turnover,
        TurnoverQuery, Warehouse, WarehouseQuery,
    },
    port::StoreResult,
    time::Timestamp,
};

use super::{after, lots, reports, stock};
use crate::{MemoryStore, state::InventoryState};

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
    async fn warehouse(&self, id: WarehouseId) -> StoreResult<Option<Warehouse>> {
        let found = self.with_inventory(|state| state.warehouses.get(&id).cloned());
        Ok(found.map(Arc::unwrap_or_clone))
    }

    async fn warehouses(&self, query: &WarehouseQuery) -> StoreResult<Vec<Warehouse>> {
        let state = self.inventory_state();
        let ids = state.warehouse_codes.range(after(query.after.clone())).map(|(_, id)| id);
        let found = ids.filter_map(|id| Some(Warehouse::clone(state.warehouses.get(id)?)));
        Ok(found.take(query.limit).collect())
    }

    async fn warehouses_by_id(&self, ids: &[WarehouseId]) -> StoreResult<Vec<Warehouse>> {
        let ids: BTreeSet<_> = ids.iter().collect();
        Ok(self.with_inventory(|state| {
            let found = ids.into_iter().filter_map(|id| state.warehouses.get(id));
            found.map(|one| Warehouse::clone(one)).collect()
        }))
    }

    async fn categories(&self) -> StoreResult<CategoryTree> {
        let state = self.inventory_state();
        let mut categories: Vec<_> =
            state.categories.values().map(|category| ItemCategory::clone(category)).collect();
        categories.sort_by_cached_key(|category| (category.name.to_lowercase(), category.id));
        Ok(CategoryTree { version: state.tree, categories })
    }

    async fn item(&self, id: ItemId) -> StoreResult<Option<Item>> {
        let found = self.with_inventory(|state| state.items.get(&id).cloned());
        Ok(found.map(Arc::unwrap_or_clone))
    }

    async fn items_by_id(&self, ids: &[ItemId]) -> StoreResult<Vec<Item>> {
        let ids: BTreeSet<_> = ids.iter().collect();
        Ok(self.with_inventory(|state| {
            let found = ids.into_iter().filter_map(|id| state.items.get(id));
            found.map(|one| Item::clone(one)).collect()
        }))
    }

    async fn item_by_sku(&self, sku: &str) -> StoreResult<Option<Item>> {
        let key = sku.to_lowercase();
        let found = self.with_inventory(|state| state.by_sku(&key).cloned());
        Ok(found.map(Arc::unwrap_or_clone))
    }

    async fn items(&self, query: &ItemQuery) -> StoreResult<Vec<Item>> {
        let state = self.inventory_state();
        let item = |sku: &String| state.by_sku(sku).map(|item| Item::clone(item));
        let Some(category) = query.category else {
            let skus = state.skus.range(after(query.after.clone())).map(|(sku, _)| sku);
            return Ok(skus.filter_map(item).take(query.limit).collect());
        };
        let first = match &query.after {
            Some(sku) => Bound::Excluded((category, sku.clone())),
            None => Bound::Included((category, String::new())),
        };
        let skus = state.items_in.range((first, Bound::Unbounded));
        let skus = skus.take_while(|(of, _)| *of == category).map(|(_, sku)| sku);
        Ok(skus.filter_map(item).take(query.limit).collect())
    }

    async fn level(&self, key: StockKey) -> StoreResult<Option<StockLevel>> {
        let found = self.with_inventory(|state| state.stock.balances.get(&key).cloned());
        Ok(found.map(|balance| balance.level.clone()))
    }

    async fn levels(&self, query: &LevelQuery) -> StoreResult<Vec<StockLevel>> {
        Ok(stock::levels(&self.inventory_state(), query))
    }

    async fn lot(&self, id: LotId) -> StoreResult<Option<Lot>> {
        let found = self.with_inventory(|state| state.stock.lots.lots.get(&id).cloned());
        Ok(found.map(Arc::unwrap_or_clone))
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
        let found = self.with_inventory(|state| state.stock.reservations.get(&id).cloned());
        Ok(found.map(Arc::unwrap_or_clone))
    }

    async fn reservations_by_id(&self, ids: &[ReservationId]) -> StoreResult<Vec<Reservation>> {
        let ids: BTreeSet<_> = ids.iter().collect();
        Ok(self.with_inventory(|state| {
            let found = ids.into_iter().filter_map(|id| state.stock.reservations.get(id));
            found.map(|one| Reservation::clone(one)).collect()
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
        let found = self.with_inventory(|state| state.stock.alerts.get(&id).cloned());
        Ok(found.map(Arc::unwrap_or_clone))
    }

    async fn alerts(&self, query: &AlertQuery) -> StoreResult<Vec<StockAlert>> {
        Ok(stock::alerts(&self.inventory_state(), query))
    }
}
