//! Items.

use chrono::{DateTime, Utc};
use utoipa::ToSchema;

use super::{ItemCategoryId, ItemId};

/// Whether stock may be taken that is not there.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum NegativeStock {
    /// Never.
    Forbidden,
    /// It may: what is on hand goes below zero until the papers follow.
    Allowed,
}

/// How what leaves is valued.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum ValuationMethod {
    /// At the average of what is there.
    MovingAverage,
    /// At the price of what came in first.
    Fifo,
}

/// What of an item's stock is kept apart.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Tracking {
    /// Nothing.
    None,
    /// What was made together.
    Lot,
    /// Every piece: a lot of which there is one or none, in all warehouses together.
    Serial,
}

/// What an item is counted in.
#[derive(ToSchema)]
pub(crate) struct Unit {
    /// Its name, such as `pcs` or `kg`.
    name: String,
    /// Digits after the point of a quantity, 0 to 6.
    scale: u8,
}

/// What stock is of.
#[derive(ToSchema)]
pub(crate) struct Item {
    /// Its id.
    id: ItemId,
    /// Its number, unique without regard to case.
    sku: String,
    /// Its name.
    name: String,
    /// The category that it is in.
    category: Option<ItemCategoryId>,
    /// What it is counted in.
    unit: Unit,
    /// Stock is low when what is available in a warehouse is not above this decimal.
    reorder_level: Option<String>,
    /// How what leaves is valued.
    valuation: ValuationMethod,
    /// Whether it may be taken where it is not; null leaves it to the warehouse.
    negative: Option<NegativeStock>,
    /// What of its stock is kept apart.
    tracking: Tracking,
    /// Whether anything of it comes in or goes out.
    active: bool,
    /// Rises with every change.
    version: i64,
    /// When it was created.
    created_at: DateTime<Utc>,
}
