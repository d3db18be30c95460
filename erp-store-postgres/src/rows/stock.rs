//! Stock.

use erp_core::{
    ids::{ItemId, LotId, PostingId, ReservationId, StockAlertId, UserId, WarehouseId},
    inventory::{
        Balance, Consumed, Layer, Movement, MovementKind, MovementRef, PostingKind, Reservation,
        ReservationState, StockAlert, StockLevel, StockPosting,
    },
    money::Decimal,
};
use sqlx::{Result, Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::unreadable;
use crate::numeric::{decimal, optional_decimal};

/// The level in the columns item, warehouse, on hand, reserved and value.
pub(crate) fn level(row: &PgRow) -> Result<StockLevel> {
    Ok(StockLevel {
        item: ItemId::from_uuid(row.try_get(0)?),
        warehouse: WarehouseId::from_uuid(row.try_get(1)?),
        on_hand: decimal(row, 2)?,
        reserved: decimal(row, 3)?,
        value: decimal(row, 4)?,
    })
}

/// The balance: its level, then the columns rate, low, seq, last time and layers.
pub(crate) fn balance(row: &PgRow) -> Result<Balance> {
    let Json(layers): Json<Vec<Layer>> = row.try_get(9)?;
    Ok(Balance {
        level: level(row)?,
        rate: decimal(row, 5)?,
        low: row.try_get(6)?,
        seq: row.try_get(7)?,
        last_at: row.try_get(8)?,
        layers,
    })
}

/// The posting, in the order of the table's columns.
pub(crate) fn posting(row: &PgRow) -> Result<StockPosting> {
    let kind: &str = row.try_get(1)?;
    let mut kinds = PostingKind::ALL.iter().copied();
    Ok(StockPosting {
        id: PostingId::from_uuid(row.try_get(0)?),
        kind: kinds
            .find(|one| one.as_str() == kind)
            .ok_or_else(|| unreadable("kind of a posting", kind))?,
        reference: row.try_get(2)?,
        reverses: row.try_get::<Option<Uuid>, _>(3)?.map(PostingId::from_uuid),
        posted_by: row.try_get::<Option<Uuid>, _>(4)?.map(UserId::from_uuid),
        posted_at: row.try_get(5)?,
        effective_at: row.try_get(6)?,
    })
}

pub(crate) fn movement(row: &PgRow) -> Result<Movement> {
    let of: (Option<Uuid>, Option<i32>) = (row.try_get(11)?, row.try_get(12)?);
    let consumed: (Option<Uuid>, Option<Decimal>) = (row.try_get(16)?, optional_decimal(row, 17)?);
    let kind = match row.try_get(4)? {
        "stock" => MovementKind::Stock,
        "revaluation" => MovementKind::Revaluation,
        "correction" => MovementKind::Correction,
        other => return Err(unreadable("kind of a movement", other)),
    };
    let stated = optional_decimal(row, 10)?;
    let (counted, unit_cost) = match kind {
        MovementKind::Revaluation => (None, stated),
        _ => (stated, None),
    };
    Ok(Movement {
        posting: PostingId::from_uuid(row.try_get(0)?),
        line: row.try_get(1)?,
        item: ItemId::from_uuid(row.try_get(2)?),
        warehouse: WarehouseId::from_uuid(row.try_get(3)?),
        kind,
        quantity: decimal(row, 5)?,
        value: decimal(row, 6)?,
        effective_at: row.try_get(7)?,
        seq: row.try_get(8)?,
        priced: row.try_get(9)?,
        counted,
        unit_cost,
        of: of
            .0
            .zip(of.1)
            .map(|(posting, line)| MovementRef { posting: PostingId::from_uuid(posting), line }),
        lot: row.try_get::<Option<Uuid>, _>(13)?.map(LotId::from_uuid),
        layers: row
            .try_get::<Option<Json<_>>, _>(14)?
            .map(|Json(layers)| layers)
            .unwrap_or_default(),
        returns: row.try_get::<Option<Uuid>, _>(15)?.map(PostingId::from_uuid),
        consumed: consumed
            .0
            .zip(consumed.1)
            .map(|(id, quantity)| Consumed { reservation: ReservationId::from_uuid(id), quantity }),
    })
}

pub(crate) fn reservation(row: &PgRow) -> Result<Reservation> {
    let state: &str = row.try_get(6)?;
    let mut states = ReservationState::ALL.iter().copied();
    Ok(Reservation {
        id: ReservationId::from_uuid(row.try_get(0)?),
        item: ItemId::from_uuid(row.try_get(1)?),
        warehouse: WarehouseId::from_uuid(row.try_get(2)?),
        owner: UserId::from_uuid(row.try_get(3)?),
        quantity: decimal(row, 4)?,
        consumed: decimal(row, 5)?,
        state: states
            .find(|one| one.as_str() == state)
            .ok_or_else(|| unreadable("state of a reservation", state))?,
        expires_at: row.try_get(7)?,
        reference: row.try_get(8)?,
        created_at: row.try_get(9)?,
    })
}

pub(crate) fn alert(row: &PgRow) -> Result<StockAlert> {
    Ok(StockAlert {
        id: StockAlertId::from_uuid(row.try_get(0)?),
        item: ItemId::from_uuid(row.try_get(1)?),
        warehouse: WarehouseId::from_uuid(row.try_get(2)?),
        available: decimal(row, 3)?,
        reorder_level: decimal(row, 4)?,
        raised_at: row.try_get(5)?,
        acknowledged_by: row.try_get::<Option<Uuid>, _>(6)?.map(UserId::from_uuid),
        acknowledged_at: row.try_get(7)?,
    })
}
