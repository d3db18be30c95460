//! Warehouses, items and stock.

use async_trait::async_trait;
use chrono::NaiveDate;
use erp_core::{
    ids::{ItemCategoryId, ItemId, LotId, PostingId, ReservationId, StockAlertId},
    inventory::{
        AlertQuery, InventoryReads, Item, ItemQuery, LevelQuery, Lot, LotLevel, LotQuery, Movement,
        MovementQuery, PostedStock, PostingQuery, Reservation, ReservationQuery, StockAlert,
        StockAt, StockKey, StockLevel, StockProjection, Turnover, TurnoverQuery,
    },
    port::StoreResult,
    text,
    time::Timestamp,
};
use uuid::Uuid;

use super::{Reads, limit, lots, reports, stock};
use crate::{
    rows::{self, item_columns},
    sql,
};

#[async_trait]
impl InventoryReads for Reads {
    async fn item(&self, id: ItemId) -> StoreResult<Option<Item>> {
        let query = sql::query(concat!(
            "SELECT ",
            item_columns!(),
            " FROM items AS item WHERE item.id = $1"
        ));
        let query = query.bind(id.uuid()).try_map(|row| rows::item(&row));
        self.db().run(query.fetch_optional(&self.db().pool)).await
    }

    async fn items_by_id(&self, ids: &[ItemId]) -> StoreResult<Vec<Item>> {
        // Not `= ANY`: where that is no index's condition, each row is compared with all of many ids.
        let query = sql::query(concat!(
            "SELECT ",
            item_columns!(),
            " FROM items AS item WHERE item.id IN (SELECT unnest($1::uuid[])) ORDER BY item.id"
        ));
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let query = query.bind(ids).try_map(|row| rows::item(&row));
        self.db().run(query.fetch_all(&self.db().pool)).await
    }

    async fn item_by_sku(&self, sku: &str) -> StoreResult<Option<Item>> {
        let query = sql::query(concat!(
            "SELECT ",
            item_columns!(),
            " FROM items AS item WHERE item.sku_key = $1"
        ));
        let query = query.bind(text::key(sku)).try_map(|row| rows::item(&row));
        self.db().run(query.fetch_optional(&self.db().pool)).await
    }

    async fn items(&self, query: &ItemQuery) -> StoreResult<Vec<Item>> {
        const ALL: &str = concat!(
            "SELECT ",
            item_columns!(),
            " FROM items AS item WHERE item.sku_key > $1 ORDER BY item.sku_key LIMIT $2"
        );
        const IN_CATEGORY: &str = concat!(
            "SELECT ",
            item_columns!(),
            " FROM items AS item WHERE item.category_id = $3 AND item.sku_key > $1 \
             ORDER BY item.sku_key LIMIT $2"
        );
        let statement = sql::query(if query.category.is_some() { IN_CATEGORY } else { ALL })
            .bind(query.after.as_deref().unwrap_or_default())
            .bind(limit(query.limit));
        let statement = match query.category.map(ItemCategoryId::uuid) {
            Some(category) => statement.bind(category),
            None => statement,
        };
        let statement = statement.try_map(|row| rows::item(&row));
        self.db().run(statement.fetch_all(&self.db().pool)).await
    }

    async fn level(&self, key: StockKey) -> StoreResult<Option<StockLevel>> {
        stock::level(self.db(), key).await
    }

    async fn levels(&self, query: &LevelQuery) -> StoreResult<Vec<StockLevel>> {
        stock::levels(self.db(), query).await
    }

    async fn lot(&self, id: LotId) -> StoreResult<Option<Lot>> {
        lots::lot(self.db(), id).await
    }

    async fn lots_by_code(&self, codes: &[(ItemId, String)]) -> StoreResult<Vec<Lot>> {
        lots::by_code(self.db(), codes).await
    }

    async fn lot_levels(&self, query: &LotQuery) -> StoreResult<Vec<LotLevel>> {
        lots::levels(self.db(), query).await
    }

    async fn stock_at(&self, item: ItemId, at: Timestamp) -> StoreResult<Vec<StockAt>> {
        stock::stock_at(self.db(), item, at).await
    }

    async fn projection(
        &self,
        item: ItemId,
        at: Timestamp,
        day: NaiveDate,
    ) -> StoreResult<Vec<StockProjection>> {
        reports::projection(self.db(), item, at, day).await
    }

    async fn posting(&self, id: PostingId) -> StoreResult<Option<PostedStock>> {
        stock::posting(self.db(), id).await
    }

    async fn postings(&self, query: &PostingQuery) -> StoreResult<Vec<PostedStock>> {
        reports::postings(self.db(), query).await
    }

    async fn turnover(&self, query: &TurnoverQuery) -> StoreResult<Vec<Turnover>> {
        reports::turnover(self.db(), query).await
    }

    async fn movements(&self, query: &MovementQuery) -> StoreResult<Vec<Movement>> {
        stock::movements(self.db(), query).await
    }

    async fn reservation(&self, id: ReservationId) -> StoreResult<Option<Reservation>> {
        stock::reservation(self.db(), id).await
    }

    async fn reservations_by_id(&self, ids: &[ReservationId]) -> StoreResult<Vec<Reservation>> {
        stock::reservations_by_id(self.db(), ids).await
    }

    async fn reservations(&self, query: &ReservationQuery) -> StoreResult<Vec<Reservation>> {
        stock::reservations(self.db(), query).await
    }

    async fn due_reservations(
        &self,
        at: Timestamp,
        of: Option<StockKey>,
        limit: usize,
    ) -> StoreResult<Vec<Reservation>> {
        stock::due(self.db(), at, of, limit).await
    }

    async fn closed_until(&self) -> StoreResult<Option<Timestamp>> {
        let query = sql::query_scalar("SELECT closed_until FROM inventory_state");
        self.db().run(query.fetch_one(&self.db().pool)).await
    }

    async fn alert(&self, id: StockAlertId) -> StoreResult<Option<StockAlert>> {
        stock::alert(self.db(), id).await
    }

    async fn alerts(&self, query: &AlertQuery) -> StoreResult<Vec<StockAlert>> {
        stock::alerts(self.db(), query).await
    }
}
