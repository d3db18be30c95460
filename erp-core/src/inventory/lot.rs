//! What the module keeps of lots and serial numbers (INV-15).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::stock::StockKey;
use crate::{
    ids::{ItemId, LotId, WarehouseId},
    money::Decimal,
    page::CursorKey,
    time::Timestamp,
};

/// What of an item's stock is kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tracking {
    /// Nothing.
    #[default]
    None,
    /// What was made together.
    Lot,
    /// Every piece: a lot of which there is one or none, in all warehouses together.
    Serial,
}

impl Tracking {
    /// Every tracking.
    pub const ALL: &'static [Self] = &[Self::None, Self::Lot, Self::Serial];

    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Lot => "lot",
            Self::Serial => "serial",
        }
    }

    /// Whether stock of the item lies in lots.
    pub fn has_lots(self) -> bool {
        self != Self::None
    }
}

/// A part of an item's stock that is kept apart. Nothing of it changes but its last good day, when that
/// was said wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Its id.
    pub id: LotId,
    /// Of what.
    pub item: ItemId,
    /// What stands on it: a lot number, or a serial number. Unique for the item without regard to case.
    pub code: String,
    /// The last day on which it is good.
    pub expires_on: Option<NaiveDate>,
    /// When it first came in.
    pub created_at: Timestamp,
}

impl Lot {
    /// Whether it is no longer good on this day.
    pub fn has_expired(&self, on: NaiveDate) -> bool {
        self.expires_on.is_some_and(|last| last < on)
    }
}

/// How much of a lot is in a warehouse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotLevel {
    /// The lot.
    pub lot: Lot,
    /// Where.
    pub warehouse: WarehouseId,
    /// What came in less what went out; never below zero.
    pub on_hand: Decimal,
}

impl LotLevel {
    /// Of which stock it is a part.
    pub fn key(&self) -> StockKey {
        (self.lot.item, self.warehouse)
    }

    /// Its place in the list.
    pub fn place(&self) -> LotPlace {
        let Self { lot: Lot { id, expires_on, .. }, warehouse, .. } = *self;
        LotPlace { expires_on, lot: id, warehouse }
    }
}

/// The place of a lot in a warehouse in the list of what expires: what never does comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotPlace {
    /// The last day on which it is good.
    pub expires_on: Option<NaiveDate>,
    /// The lot.
    pub lot: LotId,
    /// Where it is.
    pub warehouse: WarehouseId,
}

impl CursorKey for LotPlace {
    fn is_kept(&self) -> bool {
        self.expires_on.is_none_or(|day| day.is_kept())
    }
}

impl LotPlace {
    /// What places are ordered by.
    pub fn order(&self) -> (NaiveDate, LotId, WarehouseId) {
        (self.expires_on.unwrap_or(NaiveDate::MAX), self.lot, self.warehouse)
    }
}
