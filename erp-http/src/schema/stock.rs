//! How much is where, and what moved it.

use chrono::{DateTime, NaiveDate, Utc};
use utoipa::ToSchema;

use super::{ItemId, LotId, PostingId, Problem, ReservationId, StockAlertId, UserId, WarehouseId};

/// Why stock was moved.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum PostingKind {
    /// Goods came in.
    Receipt,
    /// Goods went out.
    Issue,
    /// Goods went from one warehouse to another.
    Transfer,
    /// The books follow what is there.
    Adjustment,
    /// Goods came back, or were sent back.
    Return,
    /// What is there was counted.
    Count,
    /// What is there is worth something else by now.
    Revaluation,
    /// Another posting is taken back.
    Reversal,
}

/// What a movement is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum MovementKind {
    /// Goods.
    Stock,
    /// No goods: the value of what is there is put right, or set.
    Revaluation,
    /// A movement is put right, since one before it was written after it.
    Correction,
}

/// How a reservation stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum ReservationState {
    /// What is left of it is set aside.
    Active,
    /// All of it was issued.
    Consumed,
    /// What was left was given back.
    Released,
    /// Its time was over; what was left was given back.
    Expired,
}

/// How much of an item is in a warehouse. Quantities and values are decimals.
#[derive(ToSchema)]
pub(crate) struct StockLevel {
    /// Of what.
    item: ItemId,
    /// Where.
    warehouse: WarehouseId,
    /// What came in less what went out.
    on_hand: String,
    /// What is set aside for someone; what is left of what is on hand is available.
    reserved: String,
    /// What it is worth.
    value: String,
}

/// What was in a warehouse at some instant.
#[derive(ToSchema)]
pub(crate) struct StockAt {
    /// Where.
    warehouse: WarehouseId,
    /// How much: a decimal.
    on_hand: String,
    /// What it was worth: a decimal.
    value: String,
}

/// What will be in a warehouse at some instant, if nothing moves until then. Quantities are decimals.
#[derive(ToSchema)]
pub(crate) struct StockProjection {
    /// Where.
    warehouse: WarehouseId,
    /// What is on hand.
    on_hand: String,
    /// What has expired of it by then.
    expired: String,
    /// What is still set aside then.
    reserved: String,
    /// What may be promised: what is on hand, less what has expired, less what is set aside.
    projected: String,
}

/// A quantity with its value: decimals.
#[derive(ToSchema)]
pub(crate) struct Worth {
    /// How much.
    quantity: String,
    /// What it is worth.
    value: String,
}

/// A part of an item's stock that is kept apart. Nothing of it changes but its last good day, when that was
/// said wrong.
#[derive(ToSchema)]
pub(crate) struct Lot {
    /// Its id.
    id: LotId,
    /// Of what.
    item: ItemId,
    /// What stands on it: a lot number, or a serial number.
    code: String,
    /// The last day on which it is good.
    expires_on: Option<NaiveDate>,
    /// When it first came in.
    created_at: DateTime<Utc>,
}

/// How much of a lot is in a warehouse.
#[derive(ToSchema)]
pub(crate) struct LotLevel {
    /// The lot.
    lot: Lot,
    /// Where.
    warehouse: WarehouseId,
    /// What came in less what went out: a decimal.
    on_hand: String,
}

/// What was in a warehouse of an item at some instant.
#[derive(ToSchema)]
pub(crate) struct StockValuation {
    /// Of what.
    item: ItemId,
    /// Where.
    warehouse: WarehouseId,
    /// How much: a decimal.
    quantity: String,
    /// What it was worth: a decimal.
    value: String,
}

/// What of an item moved in a warehouse in some time.
#[derive(ToSchema)]
pub(crate) struct Turnover {
    /// Of what.
    item: ItemId,
    /// Where.
    warehouse: WarehouseId,
    /// What was there when it began.
    opening: Worth,
    /// What came in.
    received: Worth,
    /// What went out, as positive numbers.
    issued: Worth,
    /// By how much the value of what was there was put right besides: a decimal.
    revalued: String,
    /// What was there when it ended.
    closing: Worth,
}

/// A stock transaction. It never changes; a mistake is reversed.
#[derive(ToSchema)]
pub(crate) struct StockPosting {
    /// Its id.
    id: PostingId,
    /// Why.
    kind: PostingKind,
    /// What caused it.
    reference: Option<String>,
    /// The posting that this one takes back.
    reverses: Option<PostingId>,
    /// By whom; null for the host itself.
    posted_by: Option<UserId>,
    /// When it was written.
    posted_at: DateTime<Utc>,
    /// When it had effect.
    effective_at: DateTime<Utc>,
}

/// A row of the ledger: what a posting did to one item in one warehouse.
#[derive(ToSchema)]
pub(crate) struct Movement {
    /// The posting.
    posting: PostingId,
    /// The number in the posting.
    line: i32,
    /// Of what.
    item: ItemId,
    /// Where.
    warehouse: WarehouseId,
    /// What.
    kind: MovementKind,
    /// How much came in: a decimal, negative for what went out.
    quantity: String,
    /// What it is worth: a decimal with the same sign.
    value: String,
    /// When it had effect.
    effective_at: DateTime<Utc>,
    /// The posting's number, which rises in every balance that it touches.
    seq: i64,
    /// Whether the value was given, not worked out.
    priced: bool,
    /// What was counted, if it is a count: a decimal.
    counted: Option<String>,
    /// What one unit is worth from then on, if that was set: a decimal. Left out otherwise.
    #[schema(required = false, nullable = false)]
    unit_cost: Option<String>,
    /// Of which lot, if stock of the item lies in lots and goods moved.
    lot: Option<LotId>,
    /// The receipt whose goods went back by it. Left out otherwise.
    #[schema(required = false, nullable = false)]
    returns: Option<PostingId>,
    /// What it consumed of a reservation. Left out otherwise.
    #[schema(required = false, nullable = false)]
    consumed: Option<Consumed>,
    /// The movement that this one is about: whose goods it takes on or back, or whose value it puts
    /// right.
    of: Option<MovementRef>,
}

/// What a movement consumed of a reservation.
#[derive(ToSchema)]
pub(crate) struct Consumed {
    /// The reservation.
    reservation: ReservationId,
    /// How much of it: a decimal.
    quantity: String,
}

/// A movement, by its posting and its number in that.
#[derive(ToSchema)]
pub(crate) struct MovementRef {
    /// The posting.
    posting: PostingId,
    /// The number in the posting.
    line: i32,
}

/// A posting with what it did.
#[derive(ToSchema)]
pub(crate) struct PostedStock {
    /// The posting.
    posting: StockPosting,
    /// What it did, in order.
    movements: Vec<Movement>,
    /// The posting that took it back.
    reversed_by: Option<PostingId>,
}

/// What became of one posting of several.
#[derive(ToSchema)]
pub(crate) struct PostingOutcome {
    /// The posting with what it did; null when it was refused.
    posted: Option<PostedStock>,
    /// Why it was refused; null when it was not.
    refused: Option<Problem>,
}

/// Stock that is set aside for someone. Quantities are decimals.
#[derive(ToSchema)]
pub(crate) struct Reservation {
    /// Its id.
    id: ReservationId,
    /// Of what.
    item: ItemId,
    /// Where.
    warehouse: WarehouseId,
    /// For whom.
    owner: UserId,
    /// How much.
    quantity: String,
    /// How much of it was issued.
    consumed: String,
    /// How it stands.
    state: ReservationState,
    /// From when on it no longer holds.
    expires_at: Option<DateTime<Utc>>,
    /// What it is for.
    reference: Option<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

/// A notice that stock went low: one for each time that it did. Quantities are decimals.
#[derive(ToSchema)]
pub(crate) struct StockAlert {
    /// Its id.
    id: StockAlertId,
    /// Of what.
    item: ItemId,
    /// Where.
    warehouse: WarehouseId,
    /// What was available then, without what had expired.
    available: String,
    /// The level that it is not above.
    reorder_level: String,
    /// When.
    raised_at: DateTime<Utc>,
    /// Who has seen to it.
    acknowledged_by: Option<UserId>,
    /// When he did.
    acknowledged_at: Option<DateTime<Utc>>,
}
