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
use imbl::OrdMap;

use super::lots::LotState;
use crate::map::{Index, List, Names, Set, Table};

#[derive(Clone, Default)]
pub(crate) struct StockState {
    pub balances: Table<StockKey, Balance>,
    pub in_warehouse: Set<(WarehouseId, ItemId)>,
    pub postings: Table<PostingId, PostingState>,
    /// Those that something caused.
    pub by_reference: Names<(String, PostingId), PostingId>,
    /// The posting that took this one back.
    pub reversals: Index<PostingId, PostingId>,
    /// The ledger, by item and in the order of the history.
    pub movements: OrdMap<(ItemId, MovementKey), Arc<Movement>>,
    /// What puts the movements of a posting right.
    pub corrections: Table<PostingId, List<Movement>>,
    pub lots: LotState,
    pub reservations: Table<ReservationId, Reservation>,
    /// Those that are active.
    pub reserved: Set<(ItemId, ReservationId)>,
    /// Those that are active, by their end.
    pub due: Set<(Timestamp, ReservationId)>,
    pub alerts: Table<StockAlertId, StockAlert>,
    /// Those that nobody has seen to.
    pub open_alerts: Set<StockAlertId>,
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
            reversed_by: self.reversals.get(&id),
        })
    }

    /// The balances of an item, by warehouse.
    pub fn of_item(&self, item: ItemId) -> impl Iterator<Item = &Balance> {
        self.balances.of(item)
    }

    /// The ledger of an item, in the order of the history.
    pub fn history(&self, item: ItemId) -> Vec<Movement> {
        let rows =
            self.movements.range((Bound::Included((item, MovementKey::FIRST)), Bound::Unbounded));
        let rows = rows.take_while(|((of, _), _)| *of == item);
        rows.map(|(_, movement)| Movement::clone(movement)).collect()
    }

    /// What a posting did, and what puts that right.
    pub fn posted_rows(&self, id: PostingId) -> Vec<Movement> {
        let own = self.postings.get(&id).into_iter().flat_map(|state| &state.movements);
        let corrections = self.corrections.get(&id).into_iter().flat_map(List::iter);
        own.map(|one| &**one).chain(corrections).cloned().collect()
    }

    pub fn put_movement(&mut self, movement: Arc<Movement>) {
        self.movements.insert((movement.item, MovementKey::of(&movement)), movement);
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
