//! Warehouses, items and stock.

use erp_core::{
    change::Version,
    ids::{ItemCategoryId, ItemId, LotId},
    inventory::{Item, Lot, NegativeStock, Tracking, Unit, ValuationMethod},
};
use sqlx::{Result, Row, postgres::PgRow};
use uuid::Uuid;

use super::unreadable;
use crate::numeric::optional_decimal;

pub(crate) fn item(row: &PgRow) -> Result<Item> {
    Ok(Item {
        id: ItemId::from_uuid(row.try_get(0)?),
        sku: row.try_get(1)?,
        name: row.try_get(2)?,
        category: row.try_get::<Option<Uuid>, _>(3)?.map(ItemCategoryId::from_uuid),
        unit: Unit { name: row.try_get(4)?, scale: scale(row.try_get(5)?)? },
        reorder_level: optional_decimal(row, 6)?,
        valuation: valuation(row.try_get(7)?)?,
        negative: row.try_get::<Option<&str>, _>(8)?.map(negative).transpose()?,
        active: row.try_get(9)?,
        version: Version(row.try_get(10)?),
        created_at: row.try_get(11)?,
        tracking: tracking(row.try_get(12)?)?,
    })
}

/// The lot, in the order of its columns.
pub(crate) fn lot(row: &PgRow) -> Result<Lot> {
    Ok(Lot {
        id: LotId::from_uuid(row.try_get(0)?),
        item: ItemId::from_uuid(row.try_get(1)?),
        code: row.try_get(2)?,
        expires_on: row.try_get(3)?,
        created_at: row.try_get(4)?,
    })
}

pub(crate) fn tracking(text: &str) -> Result<Tracking> {
    let mut all = Tracking::ALL.iter().copied();
    all.find(|one| one.as_str() == text).ok_or_else(|| unreadable("tracking of an item", text))
}

fn scale(number: i16) -> Result<u8> {
    u8::try_from(number).map_err(|_| unreadable("scale of a unit", &number.to_string()))
}

/// Whether what the item says, else what the warehouse says, allows negative stock.
pub(crate) fn may_go_negative(of_item: Option<&str>, of_warehouse: &str) -> Result<bool> {
    Ok(negative(of_item.unwrap_or(of_warehouse))? == NegativeStock::Allowed)
}

fn negative(text: &str) -> Result<NegativeStock> {
    match text {
        "forbidden" => Ok(NegativeStock::Forbidden),
        "allowed" => Ok(NegativeStock::Allowed),
        _ => Err(unreadable("policy on negative stock", text)),
    }
}

pub(crate) fn valuation(text: &str) -> Result<ValuationMethod> {
    match text {
        "moving_average" => Ok(ValuationMethod::MovingAverage),
        "fifo" => Ok(ValuationMethod::Fifo),
        _ => Err(unreadable("valuation method", text)),
    }
}
