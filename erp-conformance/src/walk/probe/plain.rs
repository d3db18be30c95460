//! Stock with plain numbers.

use erp_core::{
    change::EventBody,
    inventory::{
        Consumed, InventoryEvent, Layer, LotLevel, Movement, PostedStock, Reservation, StockAt,
        StockLevel, StockOutcome, StockProjection, Turnover, Worth,
    },
};

// A number may be kept with zeroes after its point or without.

pub(super) fn plain(level: StockLevel) -> StockLevel {
    StockLevel {
        on_hand: level.on_hand.normalize(),
        reserved: level.reserved.normalize(),
        value: level.value.normalize(),
        ..level
    }
}

pub(super) fn plain_at(at: StockAt) -> StockAt {
    StockAt { on_hand: at.on_hand.normalize(), value: at.value.normalize(), ..at }
}

pub(super) fn plain_to_come(one: StockProjection) -> StockProjection {
    StockProjection {
        on_hand: one.on_hand.normalize(),
        expired: one.expired.normalize(),
        reserved: one.reserved.normalize(),
        projected: one.projected.normalize(),
        ..one
    }
}

pub(super) fn plain_moved(row: Movement) -> Movement {
    Movement {
        quantity: row.quantity.normalize(),
        value: row.value.normalize(),
        counted: row.counted.map(|counted| counted.normalize()),
        consumed: row.consumed.map(|part| Consumed { quantity: part.quantity.normalize(), ..part }),
        layers: row.layers.into_iter().map(plain_layer).collect(),
        ..row
    }
}

fn plain_layer(layer: Layer) -> Layer {
    Layer { quantity: layer.quantity.normalize(), value: layer.value.normalize(), ..layer }
}

pub(super) fn plain_lot(level: LotLevel) -> LotLevel {
    LotLevel { on_hand: level.on_hand.normalize(), ..level }
}

pub(super) fn plain_turnover(moved: Turnover) -> Turnover {
    let plain =
        |it: Worth| Worth { quantity: it.quantity.normalize(), value: it.value.normalize() };
    Turnover {
        opening: plain(moved.opening),
        received: plain(moved.received),
        issued: plain(moved.issued),
        revalued: moved.revalued.normalize(),
        closing: plain(moved.closing),
        ..moved
    }
}

pub(super) fn plain_posted(posted: PostedStock) -> PostedStock {
    let movements = posted.movements.into_iter().map(plain_moved).collect();
    PostedStock { movements, ..posted }
}

pub(super) fn plain_reservation(one: Reservation) -> Reservation {
    Reservation { quantity: one.quantity.normalize(), consumed: one.consumed.normalize(), ..one }
}

/// What a change of stock came to, with plain numbers; how it put later movements right stands in the
/// history.
pub(in crate::walk) fn plain_outcome(came_to: &StockOutcome) -> StockOutcome {
    let came_to = came_to.clone();
    let StockOutcome { posting, movements, reservations, levels, alerts, lots, .. } = came_to;
    StockOutcome {
        posting,
        movements: movements.into_iter().map(plain_moved).collect(),
        corrections: Vec::new(),
        reservations: reservations.into_iter().map(plain_reservation).collect(),
        levels: levels.into_iter().map(plain).collect(),
        alerts,
        lots: lots.into_iter().map(plain_lot).collect(),
        replayed: came_to.replayed,
        left_out: came_to.left_out,
    }
}

/// An event, with plain numbers.
pub(in crate::walk) fn plain_body(body: &EventBody) -> EventBody {
    let mut plain = body.clone();
    if let EventBody::Inventory(
        InventoryEvent::StockPosted(came_to)
        | InventoryEvent::StockReserved(came_to)
        | InventoryEvent::ReservationEnded(came_to),
    ) = &mut plain
    {
        *came_to = plain_outcome(came_to);
    }
    plain
}
