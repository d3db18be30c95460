//! What the module asks a store to read.

use async_trait::async_trait;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    lot::{Lot, LotLevel, LotPlace},
    model::Item,
    stock::{Movement, Reservation, StockAlert, StockKey, StockLevel, StockPosting},
};
use crate::{
    ids::{ItemCategoryId, ItemId, LotId, PostingId, ReservationId, StockAlertId, WarehouseId},
    money::Decimal,
    page::CursorKey,
    port::StoreResult,
    time::Timestamp,
};

/// Which items to list, by lower-cased SKU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemQuery {
    /// Only items directly in this category.
    pub category: Option<ItemCategoryId>,
    /// Start after this lower-cased SKU.
    pub after: Option<String>,
    /// The most items to return.
    pub limit: usize,
}

/// Which levels to list, by item and warehouse.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LevelQuery {
    /// Only of this item.
    pub item: Option<ItemId>,
    /// Only in this warehouse.
    pub warehouse: Option<WarehouseId>,
    /// Only where what is on hand, not reserved and good on this day is not above the item's reorder level,
    /// as it is now.
    pub low_on: Option<NaiveDate>,
    /// Start after this one.
    pub after: Option<StockKey>,
    /// The most levels to return.
    pub limit: usize,
}

/// Which lots to list, and where they are: what expires first comes first, what never does comes last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LotQuery {
    /// Only of this item.
    pub item: Option<ItemId>,
    /// Only in this warehouse.
    pub warehouse: Option<WarehouseId>,
    /// Only those that are good until before this day.
    pub expires_before: Option<NaiveDate>,
    /// Start after this one.
    pub after: Option<LotPlace>,
    /// The most to return.
    pub limit: usize,
}

/// The place of a movement in the history of its item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MovementKey {
    /// When it had effect.
    pub effective_at: Timestamp,
    /// Its posting's number.
    pub seq: i64,
    /// Its posting.
    pub posting: PostingId,
    /// Its number in the posting.
    pub line: i32,
}

impl CursorKey for MovementKey {
    fn is_kept(&self) -> bool {
        self.effective_at.is_kept()
    }
}

impl MovementKey {
    /// A place before every movement.
    pub const FIRST: Self = Self {
        effective_at: Timestamp::MIN_UTC,
        seq: 0,
        posting: PostingId::from_uuid(uuid::Uuid::nil()),
        line: 0,
    };

    /// The place of this movement.
    pub fn of(movement: &Movement) -> Self {
        let Movement { effective_at, seq, posting, line, .. } = *movement;
        Self { effective_at, seq, posting, line }
    }
}

/// Which movements to list, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementQuery {
    /// Of this item.
    pub item: ItemId,
    /// Only in this warehouse.
    pub warehouse: Option<WarehouseId>,
    /// Only those before this one.
    pub before: Option<MovementKey>,
    /// The most movements to return.
    pub limit: usize,
}

/// Which postings to list, by reference and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingQuery {
    /// Those that were caused by one of these.
    pub references: Vec<String>,
    /// Start after this one.
    pub after: Option<(String, PostingId)>,
    /// The most postings to return.
    pub limit: usize,
}

/// What moved in a time, by item and warehouse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnoverQuery {
    /// From this instant on.
    pub from: Timestamp,
    /// Up to before this one.
    pub to: Timestamp,
    /// Only in this warehouse.
    pub warehouse: Option<WarehouseId>,
    /// Start after this one.
    pub after: Option<StockKey>,
    /// The most lines to return.
    pub limit: usize,
}

/// What of an item moved in a warehouse in some time. What was put right since is in it, in the line of
/// what it puts right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turnover {
    /// Of what.
    pub item: ItemId,
    /// Where.
    pub warehouse: WarehouseId,
    /// What was there when it began.
    pub opening: Worth,
    /// What came in.
    pub received: Worth,
    /// What went out, as positive numbers.
    pub issued: Worth,
    /// By how much the value of what was there was put right besides (INV-10).
    pub revalued: Decimal,
    /// What was there when it ended: what was there when it began, with what came in and less what went
    /// out.
    pub closing: Worth,
}

/// A quantity with its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worth {
    /// How much.
    pub quantity: Decimal,
    /// What it is worth.
    pub value: Decimal,
}

/// Which reservations to list, by id: those of an item that are active, expired or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservationQuery {
    /// Of this item.
    pub item: ItemId,
    /// Start after this one.
    pub after: Option<ReservationId>,
    /// The most reservations to return.
    pub limit: usize,
}

/// Which notices to list, by id: those that nobody has seen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertQuery {
    /// Start after this one.
    pub after: Option<StockAlertId>,
    /// The most notices to return.
    pub limit: usize,
}

/// A posting with what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostedStock {
    /// The posting.
    pub posting: StockPosting,
    /// What it did, in order.
    pub movements: Vec<Movement>,
    /// The posting that took it back.
    pub reversed_by: Option<PostingId>,
}

/// What was in a warehouse at some instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockAt {
    /// Where.
    pub warehouse: WarehouseId,
    /// How much.
    pub on_hand: Decimal,
    /// What it was worth.
    pub value: Decimal,
}

/// What will be in a warehouse at some instant, if nothing moves and nothing more is promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockProjection {
    /// Where.
    pub warehouse: WarehouseId,
    /// What is on hand.
    pub on_hand: Decimal,
    /// What has expired of it by the day of the instant (INV-15).
    pub expired: Decimal,
    /// What is still set aside then: reservations hold until their time is over.
    pub reserved: Decimal,
    /// What may be promised of it: what is on hand, less what has expired, less what is set aside.
    pub projected: Decimal,
}

impl StockProjection {
    /// The projection of these quantities.
    pub fn new(
        warehouse: WarehouseId,
        on_hand: Decimal,
        expired: Decimal,
        reserved: Decimal,
    ) -> Self {
        let projected = on_hand - expired - reserved;
        Self { warehouse, on_hand, expired, reserved, projected }
    }
}

/// Reads of items and stock. Every read sees all commits that were answered before it.
#[async_trait]
pub trait InventoryReads: Send + Sync {
    /// The item.
    async fn item(&self, id: ItemId) -> StoreResult<Option<Item>>;

    /// Those of these items that are there, by id, each once.
    async fn items_by_id(&self, ids: &[ItemId]) -> StoreResult<Vec<Item>>;

    /// The item of this SKU, without regard to case.
    async fn item_by_sku(&self, sku: &str) -> StoreResult<Option<Item>>;

    /// The items, active or not.
    async fn items(&self, query: &ItemQuery) -> StoreResult<Vec<Item>>;

    /// How much of an item is in a warehouse; none when nothing of it ever moved there.
    async fn level(&self, key: StockKey) -> StoreResult<Option<StockLevel>>;

    /// The levels of what ever moved.
    async fn levels(&self, query: &LevelQuery) -> StoreResult<Vec<StockLevel>>;

    /// The lot.
    async fn lot(&self, id: LotId) -> StoreResult<Option<Lot>>;

    /// The lots of these items with these codes, without regard to case, each once, by id.
    async fn lots_by_code(&self, codes: &[(ItemId, String)]) -> StoreResult<Vec<Lot>>;

    /// The lots of which there is something, warehouse by warehouse.
    async fn lot_levels(&self, query: &LotQuery) -> StoreResult<Vec<LotLevel>>;

    /// The levels of an item at an instant, movements at that instant included, by warehouse; all
    /// warehouses where it ever moved.
    async fn stock_at(&self, item: ItemId, at: Timestamp) -> StoreResult<Vec<StockAt>>;

    /// What will be there of an item at an instant, which lies in this day, by warehouse; all
    /// warehouses where it ever moved.
    async fn projection(
        &self,
        item: ItemId,
        at: Timestamp,
        day: NaiveDate,
    ) -> StoreResult<Vec<StockProjection>>;

    /// The posting, with what it did itself: not with how it put later movements right.
    async fn posting(&self, id: PostingId) -> StoreResult<Option<PostedStock>>;

    /// The postings that something caused, with what they did themselves.
    async fn postings(&self, query: &PostingQuery) -> StoreResult<Vec<PostedStock>>;

    /// What moved in a time: a line for each balance, by item and warehouse, also where nothing did.
    async fn turnover(&self, query: &TurnoverQuery) -> StoreResult<Vec<Turnover>>;

    /// The movements of an item.
    async fn movements(&self, query: &MovementQuery) -> StoreResult<Vec<Movement>>;

    /// The reservation.
    async fn reservation(&self, id: ReservationId) -> StoreResult<Option<Reservation>>;

    /// Those of these reservations that are there, active or not, by id, each once.
    async fn reservations_by_id(&self, ids: &[ReservationId]) -> StoreResult<Vec<Reservation>>;

    /// The active reservations of an item.
    async fn reservations(&self, query: &ReservationQuery) -> StoreResult<Vec<Reservation>>;

    /// Active reservations whose time is over at this instant, of an item in a warehouse or of all,
    /// by that time and id.
    async fn due_reservations(
        &self,
        at: Timestamp,
        of: Option<StockKey>,
        limit: usize,
    ) -> StoreResult<Vec<Reservation>>;

    /// Until when the books are closed; none while they never were.
    async fn closed_until(&self) -> StoreResult<Option<Timestamp>>;

    /// The notice.
    async fn alert(&self, id: StockAlertId) -> StoreResult<Option<StockAlert>>;

    /// The notices that nobody has seen to.
    async fn alerts(&self, query: &AlertQuery) -> StoreResult<Vec<StockAlert>>;
}
