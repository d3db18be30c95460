//! What the module keeps of stock.

use serde::{Deserialize, Serialize};

use super::{lot::Tracking, model::ValuationMethod, reads::MovementKey};
use crate::{
    ids::{ItemId, LotId, PostingId, ReservationId, StockAlertId, UserId, WarehouseId},
    money::{Decimal, Rounding},
    time::Timestamp,
};

/// An item in a warehouse.
pub type StockKey = (ItemId, WarehouseId);

/// How much of an item is in a warehouse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLevel {
    /// Of what.
    pub item: ItemId,
    /// Where.
    pub warehouse: WarehouseId,
    /// What came in less what went out (INV-1).
    pub on_hand: Decimal,
    /// What is set aside for someone.
    pub reserved: Decimal,
    /// What it is worth, in the organisation's currency. Of nothing it is nothing (INV-9).
    pub value: Decimal,
}

impl StockLevel {
    /// What is on hand and not reserved. It may be promised, except for what has expired of it: the
    /// level does not know the day (INV-15). Whether stock is low is another matter: that goes without
    /// what has expired.
    pub fn available(&self) -> Decimal {
        self.on_hand - self.reserved
    }

    /// Which item, where.
    pub fn key(&self) -> StockKey {
        (self.item, self.warehouse)
    }
}

/// A part of the stock that came in at one price; what came in first leaves first. It stays what it is
/// wherever it goes: to another warehouse, out and back again (INV-17).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// How much there is of it.
    pub quantity: Decimal,
    /// What that is worth.
    pub value: Decimal,
    /// The movement that brought it in, which is its name and its place in the queue. None of what is
    /// older than these names; that is the first to leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<MovementKey>,
}

/// A level with what the next movement needs to know: the row that a store locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// How much.
    pub level: StockLevel,
    /// The last known price of one unit: what is taken beyond what is there costs that.
    pub rate: Decimal,
    /// Whether stock was low after the last change: the next time that it goes low is no crossing.
    pub low: bool,
    /// The number of the last posting here.
    pub seq: i64,
    /// When the last movement here had effect.
    pub last_at: Option<Timestamp>,
    /// The parts that are left, the oldest first, each name once; none unless the item is valued by FIFO.
    pub layers: Vec<Layer>,
}

impl Balance {
    /// Nothing, so far.
    pub fn empty((item, warehouse): StockKey) -> Self {
        let (on_hand, reserved, value) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        Self {
            level: StockLevel { item, warehouse, on_hand, reserved, value },
            rate: Decimal::ZERO,
            low: false,
            seq: 0,
            last_at: None,
            layers: Vec::new(),
        }
    }
}

/// What item and warehouse say about a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockTerms {
    /// How what leaves is valued.
    pub valuation: ValuationMethod,
    /// Stock is low at this level.
    pub reorder_level: Option<Decimal>,
    /// Whether more may be taken or reserved than is there.
    pub may_go_negative: bool,
    /// What of it is kept apart.
    pub tracking: Tracking,
    /// What had effect before this instant is closed.
    pub closed_until: Option<Timestamp>,
}

/// Why stock was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostingKind {
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

impl PostingKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Receipt,
        Self::Issue,
        Self::Transfer,
        Self::Adjustment,
        Self::Return,
        Self::Count,
        Self::Revaluation,
        Self::Reversal,
    ];

    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Issue => "issue",
            Self::Transfer => "transfer",
            Self::Adjustment => "adjustment",
            Self::Return => "return",
            Self::Count => "count",
            Self::Revaluation => "revaluation",
            Self::Reversal => "reversal",
        }
    }
}

/// A stock transaction. It never changes; a mistake is reversed (INV-5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockPosting {
    /// Its id.
    pub id: PostingId,
    /// Why.
    pub kind: PostingKind,
    /// What caused it, in a person's words: a delivery note, an order.
    pub reference: Option<String>,
    /// The posting that this one takes back.
    pub reverses: Option<PostingId>,
    /// By whom; none for the host itself.
    pub posted_by: Option<UserId>,
    /// When it was written.
    pub posted_at: Timestamp,
    /// When it had effect.
    pub effective_at: Timestamp,
}

/// What a line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineMove {
    /// Goods come in, worth this in all; at the present price when it is none.
    In {
        /// How much, more than zero.
        quantity: Decimal,
        /// What it is worth.
        value: Option<Decimal>,
    },
    /// Goods go out, of what was reserved if that is named.
    Out {
        /// How much, more than zero.
        quantity: Decimal,
        /// The reservation that it consumes.
        reservation: Option<ReservationId>,
    },
    /// Goods of a receipt go back to where they came from: the lots that it brought in, of FIFO the
    /// layers, then the oldest (INV-17).
    SendBack {
        /// How much, more than zero.
        quantity: Decimal,
        /// The receipt.
        receipt: PostingId,
    },
    /// Goods go to another warehouse, and their value with them (INV-4).
    Transfer {
        /// How much, more than zero.
        quantity: Decimal,
        /// Where to.
        to: WarehouseId,
    },
    /// This is what is there, neither more nor less (INV-11, INV-16).
    Count {
        /// How much, at least zero.
        counted: Decimal,
    },
    /// No goods: from now on one unit of what is there is worth this.
    Revalue {
        /// The worth of one unit, at least zero.
        unit_cost: Decimal,
    },
    /// A movement of the posting that is reversed is taken back: the same goods and the same value,
    /// the other way, and what it consumed of a reservation is set aside again (INV-18).
    Back {
        /// Its number in that posting.
        line: i32,
        /// The reservation that it consumed.
        reservation: Option<ReservationId>,
    },
}

/// A line of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostingLine {
    /// Of what.
    pub item: ItemId,
    /// Where.
    pub warehouse: WarehouseId,
    /// Of which lot; none where stock lies in no lots, or where what goes out is to be picked.
    pub lot: Option<LotId>,
    /// What.
    pub movement: LineMove,
}

/// When a posting has effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dated {
    /// When it is written; not before the last movement of a balance that it touches.
    Now,
    /// At this instant. What moved later is worked out again (INV-11).
    At(Timestamp),
}

/// How values are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueRounding {
    /// Digits after the point.
    pub scale: u32,
    /// How.
    pub mode: Rounding,
}

/// What a movement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// Goods.
    Stock,
    /// No goods: the value of what is there is put right (INV-10), or set.
    Revaluation,
    /// A movement is put right, since one before it was written after it (INV-11).
    Correction,
}

impl MovementKind {
    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Revaluation => "revaluation",
            Self::Correction => "correction",
        }
    }
}

/// A movement, by its posting and its number in that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MovementRef {
    /// The posting.
    pub posting: PostingId,
    /// The number in the posting.
    pub line: i32,
}

impl MovementRef {
    /// Every movement of a posting.
    pub(crate) fn all_of(posting: PostingId) -> std::ops::RangeInclusive<Self> {
        Self { posting, line: i32::MIN }..=Self { posting, line: i32::MAX }
    }
}

/// A row of the ledger: what a posting did to one balance. It never changes; what it came to is put
/// right by further rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// The posting.
    pub posting: PostingId,
    /// The number in the posting: 1, 2, 3 …
    pub line: i32,
    /// Of what.
    pub item: ItemId,
    /// Where.
    pub warehouse: WarehouseId,
    /// What.
    pub kind: MovementKind,
    /// How much came in; negative for what went out.
    pub quantity: Decimal,
    /// What it is worth, with the same sign.
    pub value: Decimal,
    /// When it had effect.
    pub effective_at: Timestamp,
    /// The posting's number, which rises in every balance that it touches.
    pub seq: i64,
    /// Whether the value was given, not worked out.
    pub priced: bool,
    /// What was counted, if it is a count.
    pub counted: Option<Decimal>,
    /// What one unit is worth from then on, if that was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Decimal>,
    /// Of which lot, if stock of the item lies in lots and goods moved.
    #[serde(default)]
    pub lot: Option<LotId>,
    /// The receipt whose goods went back by it, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<PostingId>,
    /// What it consumed of a reservation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumed: Option<Consumed>,
    /// The layers that the goods were taken from or came in with, if the item is valued by FIFO; none
    /// when they are a layer of their own. Of a correction, those that they are by now. There may be
    /// many, so they are kept for what follows and not told.
    #[serde(skip)]
    pub layers: Vec<Layer>,
    /// The movement that this one is about: whose goods it takes on (a transfer) or back (a reversal),
    /// or whose value it puts right.
    pub of: Option<MovementRef>,
}

/// What a movement consumed of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumed {
    /// The reservation.
    pub reservation: ReservationId,
    /// How much of it.
    pub quantity: Decimal,
}

impl Movement {
    /// Whether it stands for itself: goods that moved, or a worth that was set. The others put such a
    /// one right.
    pub fn is_original(&self) -> bool {
        self.kind == MovementKind::Stock || self.unit_cost.is_some()
    }

    /// Its name.
    pub fn id(&self) -> MovementRef {
        MovementRef { posting: self.posting, line: self.line }
    }
}

/// How a reservation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationState {
    /// What is left of it is set aside.
    Active,
    /// All of it was issued.
    Consumed,
    /// What was left was given back.
    Released,
    /// Its time was over; what was left was given back.
    Expired,
}

impl ReservationState {
    /// Every state.
    pub const ALL: &'static [Self] = &[Self::Active, Self::Consumed, Self::Released, Self::Expired];

    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Consumed => "consumed",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

/// Stock that is set aside for someone (INV-3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Its id.
    pub id: ReservationId,
    /// Of what.
    pub item: ItemId,
    /// Where.
    pub warehouse: WarehouseId,
    /// For whom.
    pub owner: UserId,
    /// How much.
    pub quantity: Decimal,
    /// How much of it was issued.
    pub consumed: Decimal,
    /// How it stands.
    pub state: ReservationState,
    /// From when on it no longer holds.
    pub expires_at: Option<Timestamp>,
    /// What it is for, in a person's words.
    pub reference: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Reservation {
    /// What is set aside by it.
    pub fn remaining(&self) -> Decimal {
        match self.state {
            ReservationState::Active => self.quantity - self.consumed,
            _ => Decimal::ZERO,
        }
    }

    /// Whether it holds at this instant.
    pub fn holds_at(&self, at: Timestamp) -> bool {
        self.state == ReservationState::Active && self.expires_at.is_none_or(|end| at < end)
    }

    /// Which item, where.
    pub fn key(&self) -> StockKey {
        (self.item, self.warehouse)
    }
}

/// A notice that stock went low: one for each time that it did (INV-13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockAlert {
    /// Its id.
    pub id: StockAlertId,
    /// Of what.
    pub item: ItemId,
    /// Where.
    pub warehouse: WarehouseId,
    /// What was available then, without what had expired.
    pub available: Decimal,
    /// The level that it is not above.
    pub reorder_level: Decimal,
    /// When.
    pub raised_at: Timestamp,
    /// Who has seen to it.
    pub acknowledged_by: Option<UserId>,
    /// When he did.
    pub acknowledged_at: Option<Timestamp>,
}
