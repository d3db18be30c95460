//! Stock: balances, the ledger, reservations and notices.

use std::{ops::Bound, sync::Arc};

use erp_core::{
    ids::{ItemId, PostingId, ReservationId, StockAlertId, WarehouseId},
    inventory::{
        Balance, Movement, MovementKey, PostedStock, Reservation, ReservationState, StockAlert,
        StockKey, StockPosting,
    },
    time::Timestamp,
};
use imbl::{HashMap, OrdMap, OrdSet};

#[derive(Clone, Default)]
pub(crate) struct StockState {
    pub balances: OrdMap<StockKey, Arc<Balance>>,
    pub in_warehouse: OrdSet<(WarehouseId, ItemId)>,
    pub postings: HashMap<PostingId, Arc<PostingState>>,
    /// The posting that took this one back.
    pub reversals: HashMap<PostingId, PostingId>,
    /// The ledger, by item and in the order of the history.
    pub movements: OrdMap<(ItemId, MovementKey), Arc<Movement>>,
    pub reservations: HashMap<ReservationId, Arc<Reservation>>,
    /// Those that are active.
    pub reserved: OrdSet<(ItemId, ReservationId)>,
    /// Those that are active, by their end.
    pub due: OrdSet<(Timestamp, ReservationId)>,
    pub alerts: OrdMap<StockAlertId, Arc<StockAlert>>,
    /// Those that nobody has seen to.
    pub open_alerts: OrdSet<StockAlertId>,
    /// What had effect before this instant is closed.
    pub closed_until: Option<Timestamp>,
}

/// A posting with the movements that it made, in order.
pub(crate) struct PostingState {
    pub posting: StockPosting,
    pub movements: Vec<Arc<Movement>>,
}

impl StockState {
    pub fn posted(&self, id: PostingId) -> Option<PostedStock> {
        let state = self.postings.get(&id)?;
        Some(PostedStock {
            posting: state.posting.clone(),
            movements: state.movements.iter().map(|one| Movement::clone(one)).collect(),
            reversed_by: self.reversals.get(&id).copied(),
        })
    }

    /// The balances of an item, by warehouse.
    pub fn of_item(&self, item: ItemId) -> impl Iterator<Item = &Arc<Balance>> {
        let first = (item, WarehouseId::from_uuid(uuid::Uuid::nil()));
        let all = self.balances.range((Bound::Included(first), Bound::Unbounded));
        all.take_while(move |((of, _), _)| *of == item).map(|(_, balance)| balance)
    }

    /// Keeps the reservation as it is now.
    pub fn put_reservation(&mut self, new: Reservation) {
        let (id, item, end) = (new.id, new.item, new.expires_at);
        if new.state == ReservationState::Active {
            self.reserved.insert((item, id));
            self.due.extend(end.map(|at| (at, id)));
        } else {
            self.reserved.remove(&(item, id));
            if let Some(at) = end {
                self.due.remove(&(at, id));
            }
        }
        self.reservations.insert(id, Arc::new(new));
    }
}
