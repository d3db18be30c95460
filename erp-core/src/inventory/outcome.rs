//! What changes of stock come to.

use serde::{Deserialize, Serialize};

use super::{
    lot::LotLevel,
    stock::{Movement, Reservation, StockAlert, StockLevel, StockPosting},
};

/// What a change of stock came to. The store fills it in, for the receipt, and what a reader needs of it
/// for the event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockOutcome {
    /// The posting, if it was one, with the instant that it has effect at.
    pub posting: Option<StockPosting>,
    /// What it did, in order.
    pub movements: Vec<Movement>,
    /// How it put later movements right (INV-11). There may be many, so they are neither in the event
    /// nor in the answer; the levels are, and the history.
    #[serde(skip)]
    pub corrections: Vec<Movement>,
    /// The reservations that it touched, as they are now, by id.
    pub reservations: Vec<Reservation>,
    /// The levels that it touched, as they are now, by item and warehouse.
    pub levels: Vec<StockLevel>,
    /// What is on hand now of the lots that it touched, by item, warehouse and lot.
    #[serde(default)]
    pub lots: Vec<LotLevel>,
    /// The notices that it caused.
    pub alerts: Vec<StockAlert>,
    /// How many rows of the ledger were worked out again for it. Of those that were worked out
    /// together the first has all of them.
    #[serde(skip)]
    pub replayed: usize,
    /// How many entries the event leaves out of these lists, so that it stays small: the posting has its
    /// movements, and the lists of levels, lots and reservations have the rest. Left out when it is none.
    #[serde(default, skip_serializing_if = "is_none_left_out")]
    pub left_out: usize,
}

fn is_none_left_out(count: &usize) -> bool {
    *count == 0
}

impl StockOutcome {
    /// The most entries of each list that the event tells.
    pub const MAX_TOLD: usize = 100;

    /// What the event tells: the first of each list.
    #[must_use]
    pub fn told(&self) -> Self {
        let mut left_out = 0;
        let mut movements = first(&self.movements, &mut left_out);
        // As it is read from any log: layers are not told.
        movements.iter_mut().for_each(|movement| movement.layers.clear());
        Self {
            posting: self.posting.clone(),
            movements,
            reservations: first(&self.reservations, &mut left_out),
            levels: first(&self.levels, &mut left_out),
            lots: first(&self.lots, &mut left_out),
            alerts: first(&self.alerts, &mut left_out),
            left_out,
            ..Self::default()
        }
    }
}

fn first<T: Clone>(all: &[T], left_out: &mut usize) -> Vec<T> {
    let told: Vec<T> = all.iter().take(StockOutcome::MAX_TOLD).cloned().collect();
    *left_out += all.len() - told.len();
    told
}
