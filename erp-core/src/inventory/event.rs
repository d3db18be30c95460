//! What the world learns of the module's changes.

use serde::Serialize;

use super::{lot::Lot, model::Item, outcome::StockOutcome};
use crate::{
    ids::{ItemId, StockAlertId, UserId},
    time::Timestamp,
};

/// A change of items or stock that has happened.
#[derive(Clone, Debug, PartialEq, Serialize, erp_derive::Event)]
#[serde(tag = "type", content = "data")]
pub enum InventoryEvent {
    /// An item was created.
    #[serde(rename = "inventory.item_created")]
    ItemCreated(Item),
    /// An item was changed.
    #[serde(rename = "inventory.item_changed")]
    ItemChanged(Item),
    /// An item was deleted.
    #[serde(rename = "inventory.item_deleted")]
    ItemDeleted {
        /// Which.
        item: ItemId,
    },
    /// Stock was moved.
    #[serde(rename = "inventory.stock_posted")]
    StockPosted(StockOutcome),
    /// Stock was set aside.
    #[serde(rename = "inventory.stock_reserved")]
    StockReserved(StockOutcome),
    /// What was set aside was given back.
    #[serde(rename = "inventory.reservation_ended")]
    ReservationEnded(StockOutcome),
    /// A lot is good until another day than was said.
    #[serde(rename = "inventory.lot_corrected")]
    LotCorrected(Lot),
    /// Someone has seen to a notice of low stock.
    #[serde(rename = "inventory.alert_acknowledged")]
    AlertAcknowledged {
        /// Which.
        alert: StockAlertId,
        /// Who.
        by: UserId,
    },
    /// The books were closed.
    #[serde(rename = "inventory.period_closed")]
    PeriodClosed {
        /// Nothing has effect before this instant any more.
        until: Timestamp,
    },
}

impl InventoryEvent {
    pub(crate) fn fill(&mut self, came_to: &StockOutcome) {
        match self {
            Self::StockPosted(outcome)
            | Self::StockReserved(outcome)
            | Self::ReservationEnded(outcome) => *outcome = came_to.told(),
            _ => {}
        }
    }
}
