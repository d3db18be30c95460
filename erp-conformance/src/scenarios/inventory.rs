//! Scenarios of the module `inventory`, through the engine's services.
//!
//! A scenario is a `pub async fn name(h: Harness)` in a file of this directory, named after the rule
//! it holds, and registered below as `SUBJECT { name … }`: what is not listed is reported as dead
//! code.

pub mod categories;
pub mod masters;

use erp_core::{
    Ctx,
    access::BuiltInRole,
    inventory::{
        Item, ItemFields, NegativeStock, Unit, ValuationMethod, Warehouse, WarehouseFields,
    },
};

use crate::Harness;

/// Someone who keeps the masters.
async fn keeper(h: &Harness) -> Ctx {
    Ctx::user(h.user_with_role("keeper", BuiltInRole::ADMIN).await.id)
}

fn warehouse_fields(code: &str) -> WarehouseFields {
    WarehouseFields {
        code: code.to_owned(),
        name: format!("Warehouse {code}"),
        address: None,
        negative: NegativeStock::Forbidden,
        active: true,
    }
}

fn item_fields(sku: &str) -> ItemFields {
    ItemFields {
        sku: sku.to_owned(),
        name: format!("Item {sku}"),
        category: None,
        unit: Unit { name: "pcs".to_owned(), scale: 0 },
        reorder_level: None,
        valuation: ValuationMethod::MovingAverage,
        negative: None,
        active: true,
    }
}

async fn warehouse(h: &Harness, ctx: &Ctx, code: &str) -> Warehouse {
    h.engine.inventory().create_warehouse(ctx, warehouse_fields(code)).await.expect("it is new")
}

async fn item(h: &Harness, ctx: &Ctx, fields: ItemFields) -> Item {
    h.engine.inventory().create_item(ctx, fields).await.expect("it is new")
}

#[doc(hidden)]
#[macro_export]
macro_rules! __inventory_scenarios {
    ($callback:ident $(, $factory:expr)?) => {
        $crate::$callback! { [$($factory)?] inventory (scenarios::inventory) {
            masters {
                masters_are_kept_as_they_were_given
                bad_masters_are_refused_by_field
                codes_and_skus_are_unique_without_regard_to_case
                x_5_masters_are_changed_under_their_version
                x_6_creating_twice_with_one_key_creates_one
                x_11_masters_are_listed_by_code_in_pages
                x_17_without_the_right_nothing_is_there
                auth_12_a_change_of_masters_is_audited_and_told
                an_item_without_stock_is_deleted_for_good
                refusals_of_masters_are_told_in_order
            }
            categories {
                categories_are_a_tree_listed_by_name
                a_category_never_lies_in_itself
                x_18_of_two_moves_that_close_a_ring_one_happens
                x_18_many_moves_at_once_leave_a_tree
            }
        } }
    };
}
