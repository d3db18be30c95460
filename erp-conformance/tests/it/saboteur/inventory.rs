//! Faults of stock.

use async_trait::async_trait;
use chrono::NaiveDate;
use erp_core::{
    change::{Change, ChangeSet, Receipt, Scope},
    ids::{ItemId, LotId, PostingId, ReservationId, StockAlertId},
    inventory::{
        AlertQuery, InventoryChange, InventoryReads, Item, ItemQuery, LevelQuery, LineMove, Lot,
        LotLevel, LotQuery, Movement, MovementQuery, NegativeStock, PostedStock, PostingQuery,
        Reservation, ReservationQuery, ReservationState, StockAlert, StockAt, StockKey, StockLevel,
        StockProjection, Turnover, TurnoverQuery,
    },
    money::Decimal,
    port::StoreResult,
    time::Timestamp,
};

use super::{Fault, Saboteur};

impl Saboteur {
    pub(super) fn sabotage_stock(&self, set: &mut ChangeSet) {
        if self.is(Fault::CategoriesUnguarded) {
            set.guards.retain(|guard| guard.scope() != Scope::item_categories());
        }
        for change in &mut set.changes {
            let Change::Inventory(change) = change else { continue };
            match (self.fault, change) {
                (Fault::FloorIgnored, InventoryChange::CreateItem(item)) => {
                    item.negative = Some(NegativeStock::Allowed);
                }
                (Fault::ReversedTwice, InventoryChange::Post(new)) => new.posting.reverses = None,
                (Fault::ExpiryLost, InventoryChange::Post(new)) => {
                    new.new_lots.iter_mut().for_each(|lot| lot.expires_on = None);
                }
                (_, InventoryChange::Post(new)) => {
                    new.lines.iter_mut().for_each(|line| self.sabotage_line(&mut line.movement));
                }
                _ => {}
            }
        }
    }

    fn sabotage_line(&self, movement: &mut LineMove) {
        *movement = match (self.fault, *movement) {
            (Fault::StockValueLost, LineMove::In { quantity, value: Some(_) }) => {
                LineMove::In { quantity, value: Some(Decimal::ZERO) }
            }
            (Fault::TransferLosesGoods, LineMove::Transfer { quantity, .. }) => {
                LineMove::Out { quantity, reservation: None }
            }
            (_, same) => same,
        };
    }

    /// What is left of a reservation that ends stays set aside.
    pub(super) async fn keeping_reservations(&self, set: ChangeSet) -> StoreResult<Receipt> {
        let mut kept = Vec::new();
        for change in &set.changes {
            let Change::Inventory(InventoryChange::EndReservation { id, .. }) = change else {
                continue;
            };
            kept.extend(self.inner.inventory().reservation(*id).await?);
        }
        kept.retain(|one| one.remaining() > Decimal::ZERO);
        let mut empty = set.clone();
        empty.changes.clear();
        empty.guards.clear();
        empty.events.clear();
        empty.idempotency = None;
        let receipt = self.inner.commit(set).await?;
        for old in kept {
            let id = ReservationId::from_uuid(empty.audit.id.uuid());
            let (quantity, consumed) = (old.remaining(), Decimal::ZERO);
            let (state, expires_at) = (ReservationState::Active, None);
            let reservation = Reservation { id, quantity, consumed, state, expires_at, ..old };
            let alert = StockAlertId::from_uuid(id.uuid());
            let mut again = empty.clone();
            let id = id.uuid().as_u128() ^ 1;
            again.audit.id = erp_core::ids::AuditId::from_uuid(uuid::Uuid::from_u128(id));
            let day = reservation.created_at.date_naive();
            again.change(InventoryChange::Reserve { reservation, alert, day });
            self.inner.commit(again).await?;
        }
        Ok(receipt)
    }

    fn numbered(&self, mut movements: Vec<Movement>) -> Vec<Movement> {
        if self.is(Fault::PostingsNumberedAlike) {
            movements.iter_mut().for_each(|movement| movement.seq = 1);
        }
        movements
    }
}

#[async_trait]
impl InventoryReads for Saboteur {
    async fn item(&self, id: ItemId) -> StoreResult<Option<Item>> {
        self.inner.inventory().item(id).await
    }

    async fn items_by_id(&self, ids: &[ItemId]) -> StoreResult<Vec<Item>> {
        self.inner.inventory().items_by_id(ids).await
    }

    async fn item_by_sku(&self, sku: &str) -> StoreResult<Option<Item>> {
        self.inner.inventory().item_by_sku(sku).await
    }

    async fn items(&self, query: &ItemQuery) -> StoreResult<Vec<Item>> {
        self.inner.inventory().items(query).await
    }

    async fn level(&self, key: StockKey) -> StoreResult<Option<StockLevel>> {
        self.inner.inventory().level(key).await
    }

    async fn levels(&self, query: &LevelQuery) -> StoreResult<Vec<StockLevel>> {
        self.inner.inventory().levels(query).await
    }

    async fn lot(&self, id: LotId) -> StoreResult<Option<Lot>> {
        self.inner.inventory().lot(id).await
    }

    async fn lots_by_code(&self, codes: &[(ItemId, String)]) -> StoreResult<Vec<Lot>> {
        self.inner.inventory().lots_by_code(codes).await
    }

    async fn lot_levels(&self, query: &LotQuery) -> StoreResult<Vec<LotLevel>> {
        self.inner.inventory().lot_levels(query).await
    }

    async fn stock_at(&self, item: ItemId, at: Timestamp) -> StoreResult<Vec<StockAt>> {
        self.inner.inventory().stock_at(item, at).await
    }

    async fn projection(
        &self,
        item: ItemId,
        at: Timestamp,
        day: NaiveDate,
    ) -> StoreResult<Vec<StockProjection>> {
        self.inner.inventory().projection(item, at, day).await
    }

    async fn posting(&self, id: PostingId) -> StoreResult<Option<PostedStock>> {
        let posted = self.inner.inventory().posting(id).await?;
        Ok(posted.map(|posted| {
            let movements = self.numbered(posted.movements);
            PostedStock { movements, ..posted }
        }))
    }

    async fn postings(&self, query: &PostingQuery) -> StoreResult<Vec<PostedStock>> {
        self.inner.inventory().postings(query).await
    }

    async fn turnover(&self, query: &TurnoverQuery) -> StoreResult<Vec<Turnover>> {
        self.inner.inventory().turnover(query).await
    }

    async fn movements(&self, query: &MovementQuery) -> StoreResult<Vec<Movement>> {
        Ok(self.numbered(self.inner.inventory().movements(query).await?))
    }

    async fn reservation(&self, id: ReservationId) -> StoreResult<Option<Reservation>> {
        self.inner.inventory().reservation(id).await
    }

    async fn reservations_by_id(&self, ids: &[ReservationId]) -> StoreResult<Vec<Reservation>> {
        self.inner.inventory().reservations_by_id(ids).await
    }

    async fn reservations(&self, query: &ReservationQuery) -> StoreResult<Vec<Reservation>> {
        self.inner.inventory().reservations(query).await
    }

    async fn due_reservations(
        &self,
        at: Timestamp,
        of: Option<StockKey>,
        limit: usize,
    ) -> StoreResult<Vec<Reservation>> {
        self.inner.inventory().due_reservations(at, of, limit).await
    }

    async fn closed_until(&self) -> StoreResult<Option<Timestamp>> {
        self.inner.inventory().closed_until().await
    }

    async fn alert(&self, id: StockAlertId) -> StoreResult<Option<StockAlert>> {
        self.inner.inventory().alert(id).await
    }

    async fn alerts(&self, query: &AlertQuery) -> StoreResult<Vec<StockAlert>> {
        if self.is(Fault::AlertLeftOut) {
            return Ok(Vec::new());
        }
        self.inner.inventory().alerts(query).await
    }
}
