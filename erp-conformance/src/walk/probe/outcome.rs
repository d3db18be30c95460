//! What a change of stock came to, as far as the model tells it.

use erp_core::{
    change::EventBody,
    inventory::{InventoryEvent, StockOutcome},
};

/// Without how it put later movements right: that stands in the history.
pub(in crate::walk) fn outcome(came_to: &StockOutcome) -> StockOutcome {
    StockOutcome { corrections: Vec::new(), ..came_to.clone() }
}

/// The event, with such an outcome.
pub(in crate::walk) fn body(body: &EventBody) -> EventBody {
    let mut told = body.clone();
    if let EventBody::Inventory(
        InventoryEvent::StockPosted(came_to)
        | InventoryEvent::StockReserved(came_to)
        | InventoryEvent::ReservationEnded(came_to),
    ) = &mut told
    {
        *came_to = outcome(came_to);
    }
    told
}
