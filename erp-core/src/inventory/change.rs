//! What the module asks a store to write.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{
    lot::{Lot, Tracking},
    model::Item,
    stock::{
        Dated, LineMove, PostingLine, Reservation, ReservationState, StockKey, StockPosting,
        ValueRounding,
    },
};
use crate::{
    change::Version,
    ids::{ItemId, LotId, PostingId, ReservationId, StockAlertId, UserId, WarehouseId},
    time::Timestamp,
};

/// A change of items or stock. Where a change has the whole new value of a thing, its
/// `version` is the one that follows the expected one.
#[derive(Clone, Debug, PartialEq)]
pub enum InventoryChange {
    /// A warehouse says otherwise whether stock may be taken that is not there: what was worked out
    /// for its stock before is not written any more.
    TermsChanged {
        /// Which.
        warehouse: WarehouseId,
    },
    /// A new item. Conflicts: `Exists`, `Taken` (sku). `NotFound` when its category is not there.
    CreateItem(Item),
    /// An item's fields, all but `id` and `created_at`. Conflicts: stale version, `Taken` (sku),
    /// `InUse` when it must be unused and a balance of it exists.
    /// `NotFound` when its category is not there.
    UpdateItem {
        /// The version that the caller has seen.
        expected: Version,
        /// The new value.
        item: Item,
        /// Whether no balance of the item may exist.
        unused: bool,
    },
    /// Removes an item for good. Conflicts: stale version, `InUse` when a balance of it exists.
    DeleteItem {
        /// Which.
        id: ItemId,
        /// The version that the caller has seen.
        expected: Version,
    },
    /// A stock transaction. The store applies it by [`rules::StockBook`](super::rules::StockBook),
    /// under the lock of the balances that it touches; the receipt has what it came to. `NotFound`:
    /// the items and warehouses that it touches, by [`InventoryChange::stock_keys`], then the
    /// reservations that it names. Conflicts: `Exists`, `AlreadyReversed`, and what the book refuses.
    /// For a posting of the past the book has every balance of its items. `Stale` when another lot of
    /// one of its new codes has come in meanwhile, or an item's tracking is not as it was seen. `Exists`
    /// also when a new lot's id is in use.
    Post(NewStockPosting),
    /// Sets stock aside. By the book, as `Post`. Conflicts: `Exists`, `InsufficientStock`.
    Reserve {
        /// The reservation, active, with nothing consumed.
        reservation: Reservation,
        /// The id of the notice, if stock goes low by it.
        alert: StockAlertId,
        /// The day on which it is made: what has expired by then is not set aside (INV-15).
        day: NaiveDate,
    },
    /// Gives back what is left of a reservation. By the book, as `Post`. `NotFound` when it is not
    /// there. Conflicts: `ReservationEnded` when it is no longer active.
    EndReservation {
        /// Which.
        id: ReservationId,
        /// Its item and warehouse.
        key: StockKey,
        /// How it stands afterwards.
        state: ReservationState,
        /// The day on which it ends: what has expired by then is not available (INV-15).
        day: NaiveDate,
    },
    /// The last good day of a lot is put right, wherever the lot is. No posting of the item is worked out
    /// meanwhile. `NotFound` when there is no such lot. `Stale` when it is good until another day than was
    /// seen.
    CorrectLot {
        /// Which.
        id: LotId,
        /// The last day that the caller has seen.
        seen: Option<NaiveDate>,
        /// The last day on which it is good.
        expires_on: Option<NaiveDate>,
    },
    /// Someone has seen to a notice. `NotFound` when it is not there. Conflicts: `AlertAcknowledged`
    /// when another has.
    AcknowledgeAlert {
        /// Which.
        id: StockAlertId,
        /// Who.
        by: UserId,
        /// When.
        at: Timestamp,
    },
    /// Closes the books: nothing has effect before this instant any more (INV-12). Conflicts:
    /// `PeriodClosed` when they are closed as far or further, `OpenReservation` when one is active that
    /// was made before it.
    ClosePeriod {
        /// The instant.
        until: Timestamp,
    },
}

/// A stock transaction to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStockPosting {
    /// The posting. Its `effective_at` is the store's to set.
    pub posting: StockPosting,
    /// When it has effect.
    pub dated: Dated,
    /// How values are rounded.
    pub rounding: ValueRounding,
    /// The day on which it has effect: what has expired by then is not picked (INV-15).
    pub day: NaiveDate,
    /// The day on which it is written: what has expired by then is not available, so that stock may be low
    /// (INV-13).
    pub today: NaiveDate,
    /// The items whose stock lies in lots, as they were seen.
    pub tracked: BTreeMap<ItemId, Tracking>,
    /// The lots that come in for the first time.
    pub new_lots: Vec<Lot>,
    /// What it does, in order; each line sees those before it.
    pub lines: Vec<PostingLine>,
    /// The longest history of an item that may be worked out again, in movements.
    pub max_replayed: usize,
    /// The ids of notices, in case stock goes low: two for each line.
    pub alerts: Vec<StockAlertId>,
}

impl InventoryChange {
    /// Whether the change goes through the book, and the receipt has what it came to.
    pub fn moves_stock(&self) -> bool {
        matches!(self, Self::Post(_) | Self::Reserve { .. } | Self::EndReservation { .. })
    }

    /// The balances that the change touches, each once, by item and warehouse: the order in which
    /// they are locked.
    pub fn stock_keys(&self) -> BTreeSet<StockKey> {
        match self {
            Self::Post(new) => new.lines.iter().flat_map(PostingLine::keys).collect(),
            Self::Reserve { reservation, .. } => BTreeSet::from([reservation.key()]),
            Self::EndReservation { key, .. } => BTreeSet::from([*key]),
            _ => BTreeSet::new(),
        }
    }

    /// The items of which every balance is locked, each once, by id: those of a posting that says when
    /// it had effect, since later movements may take its goods to other warehouses; and those of serial
    /// numbers that come in, since they must be nowhere else.
    pub fn whole_items(&self) -> BTreeSet<ItemId> {
        match self {
            Self::Post(new) if matches!(new.dated, Dated::At(_)) => {
                new.lines.iter().map(|line| line.item).collect()
            }
            Self::Post(new) => {
                let serial = |item: &ItemId| new.tracked.get(item) == Some(&Tracking::Serial);
                let lines = new.lines.iter().filter(|line| line.brings_in());
                lines.map(|line| line.item).filter(serial).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// The postings whose movements the change goes by, each once, by id: the one that it takes back, and
    /// the receipts whose goods it sends back.
    pub fn named_postings(&self) -> BTreeSet<PostingId> {
        match self {
            Self::Post(new) => {
                let receipts = new.lines.iter().filter_map(|line| match line.movement {
                    LineMove::SendBack { receipt, .. } => Some(receipt),
                    _ => None,
                });
                new.posting.reverses.into_iter().chain(receipts).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// The reservations that the change names, each once, by id.
    pub fn named_reservations(&self) -> BTreeSet<ReservationId> {
        match self {
            Self::Post(new) => new.lines.iter().filter_map(PostingLine::reservation).collect(),
            Self::EndReservation { id, .. } => BTreeSet::from([*id]),
            _ => BTreeSet::new(),
        }
    }
}

impl PostingLine {
    /// The balances that the line touches.
    pub fn keys(&self) -> impl Iterator<Item = StockKey> + use<> {
        let to = match self.movement {
            LineMove::Transfer { to, .. } => Some((self.item, to)),
            _ => None,
        };
        std::iter::once((self.item, self.warehouse)).chain(to)
    }

    /// The reservation that the line consumes, or gives back to.
    pub fn reservation(&self) -> Option<ReservationId> {
        match self.movement {
            LineMove::Out { reservation, .. } | LineMove::Back { reservation, .. } => reservation,
            _ => None,
        }
    }
}
