//! Scenarios of the module `inventory`, through the engine's services.
//!
//! A scenario is a `pub async fn name(h: Harness)` in a file of this directory, named after the rule
//! it holds, and registered below as `SUBJECT { name … }`: what is not listed is reported as dead
//! code.

pub mod back_dated;
pub mod categories;
pub mod counts;
pub mod history;
pub mod layers;
pub mod lot_days;
pub mod lot_rivals;
pub mod lots;
pub mod low_stock;
pub mod masters;
pub mod numbers;
pub mod periods;
pub mod postings;
pub mod reports;
pub mod reservations;
pub mod revaluations;
pub mod rivals;
pub mod storms;
pub mod texts;
pub mod together;
pub mod valuation;

use erp_core::{
    Ctx,
    access::BuiltInRole,
    ids::{ReservationId, WarehouseId},
    inventory::{
        Direction, Item, ItemFields, NewLine, NewPosting, NewReservation, PostedStock, PostingKind,
        Price, Reservation, StockKey, StockLevel, Warehouse,
    },
    money::Decimal,
    record::Stored,
};

use crate::Harness;

/// Someone who keeps the masters.
async fn keeper(h: &Harness) -> Ctx {
    Ctx::user(h.user_with_role("keeper", BuiltInRole::ADMIN).await.id)
}

fn warehouse_fields(code: &str) -> Warehouse {
    Warehouse::new(code, &format!("Warehouse {code}")).expect("a code and a name")
}

fn item_fields(sku: &str) -> ItemFields {
    ItemFields::new(sku, format!("Item {sku}"))
}

async fn warehouse(h: &Harness, ctx: &Ctx, code: &str) -> Stored<Warehouse> {
    h.engine.records().create(ctx, warehouse_fields(code)).await.expect("it is new")
}

async fn item(h: &Harness, ctx: &Ctx, fields: ItemFields) -> Item {
    h.engine.inventory().create_item(ctx, fields).await.expect("it is new")
}

fn d(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

/// An item and a warehouse that keep nothing special.
async fn place(h: &Harness, ctx: &Ctx) -> StockKey {
    (item(h, ctx, item_fields("x")).await.id, warehouse(h, ctx, "main").await.id)
}

fn line(key: StockKey, quantity: &str, direction: Direction) -> NewLine {
    NewLine::new(key, d(quantity), direction)
}

fn posting(kind: PostingKind, lines: Vec<NewLine>) -> NewPosting {
    NewPosting { kind, reference: None, effective_at: None, returns: None, lines }
}

/// A receipt worth this in all.
fn receipt(key: StockKey, quantity: &str, total: &str) -> NewPosting {
    let price = Some(Price::Total(d(total)));
    posting(PostingKind::Receipt, vec![line(key, quantity, Direction::In { price })])
}

fn issue(key: StockKey, quantity: &str) -> NewPosting {
    issue_of(key, quantity, None)
}

fn issue_of(key: StockKey, quantity: &str, reservation: Option<ReservationId>) -> NewPosting {
    posting(PostingKind::Issue, vec![line(key, quantity, Direction::Out { reservation })])
}

fn transfer(key: StockKey, quantity: &str, to: WarehouseId) -> NewPosting {
    let to = Direction::To { warehouse: to };
    posting(PostingKind::Transfer, vec![line(key, quantity, to)])
}

async fn post(h: &Harness, ctx: &Ctx, new: NewPosting) -> PostedStock {
    h.engine.inventory().post(ctx, new).await.expect("the posting is good")
}

fn reservation((item, warehouse): StockKey, quantity: &str) -> NewReservation {
    let quantity = d(quantity);
    NewReservation { item, warehouse, quantity, owner: None, expires_at: None, reference: None }
}

async fn reserve(h: &Harness, ctx: &Ctx, new: NewReservation) -> Reservation {
    h.engine.inventory().reserve(ctx, new).await.expect("there is enough")
}

async fn level(h: &Harness, key: StockKey) -> StockLevel {
    h.store.inventory().level(key).await.expect("a read").expect("something moved")
}

/// On hand, reserved and value, without zeros at the end.
async fn numbers(h: &Harness, key: StockKey) -> String {
    let StockLevel { on_hand, reserved, value, .. } = level(h, key).await;
    format!("{} {} {}", on_hand.normalize(), reserved.normalize(), value.normalize())
}

fn insufficient((item, warehouse): StockKey, available: &str) -> erp_core::Error {
    let available = d(available);
    erp_core::Conflict::InsufficientStock { item, warehouse, available }.into()
}

/// Nothing that is kept differs from what it is made of.
async fn assert_sound(h: &Harness) {
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
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
            numbers {
                x_21_numbers_come_back_with_their_digits
                x_22_what_nothing_can_have_is_not_looked_for
            }
            texts {
                x_20_names_and_codes_can_be_seen
                x_19_what_looks_the_same_is_one_thing
                x_19_a_lot_is_named_in_any_normal_form
            }
            categories {
                a_category_that_an_item_is_in_stays
                x_18_nothing_comes_into_a_category_that_goes
            }
            postings {
                inv_1_what_is_on_hand_is_what_came_in_less_what_went_out
                inv_1_nothing_goes_out_that_is_not_there_unless_it_may
                inv_4_a_transfer_takes_goods_and_value_along
                inv_4_a_posting_that_fails_in_one_line_leaves_all_untouched
                inv_5_a_posting_is_reversed_once
                inv_6_bad_lines_are_refused_by_field
                inv_14_an_item_that_moved_keeps_unit_and_valuation_and_stays
                x_3_a_posting_is_audited_and_told_with_what_it_came_to
                x_24_the_event_of_a_posting_is_bounded
                x_6_the_same_posting_twice_is_written_once
                x_7_who_may_not_read_or_post_stock_does_not
                x_13_a_posting_of_many_lines_is_the_sum_of_singles
                a_posting_says_when_it_had_effect
                ids_of_postings_are_used_once
                a_change_of_stock_sees_those_before_it
            }
            reservations {
                inv_1_what_is_reserved_is_not_available
                inv_3_an_issue_consumes_its_reservation
                inv_3_releasing_twice_releases_once
                inv_3_of_releases_at_once_one_is_told_of
                inv_3_expiry_frees_what_is_left
                inv_3_an_expired_reservation_holds_up_nobody
                x_6_reserving_twice_with_one_key_reserves_once
                x_7_only_owner_and_manager_release
                reservations_are_listed_by_id
            }
            rivals {
                inv_2_of_20_reservations_of_10_in_stock_10_succeed
                inv_2_of_200_reservations_of_100_in_stock_100_succeed
                inv_2_reservations_issues_and_transfers_at_once_take_what_is_there
                inv_4_transfers_to_and_fro_at_once_lose_nothing
                inv_5_of_reversals_at_once_one_happens
                inv_14_a_first_receipt_and_a_change_of_unit_exclude_each_other
                x_10_after_random_operations_at_once_the_books_are_right
            }
            storms {
                inv_2_of_20_with_cancellations_and_expiries_10_succeed
                inv_2_of_200_with_cancellations_and_expiries_100_succeed
                inv_3_expired_reservations_hold_up_none_of_many_at_once
                storm_inv_2_of_2000_reservations_of_1000_in_stock_1000_succeed
                storm_inv_2_of_2000_with_cancellations_and_expiries_1000_succeed
                storm_x_2_values_are_conserved_over_10000_operations
            }
            valuation {
                inv_7_what_goes_out_costs_the_moving_average
                inv_8_what_came_in_first_goes_out_first
                inv_9_thirds_add_up_and_of_nothing_the_value_is_nothing
                inv_10_less_than_nothing_costs_the_last_price_and_is_put_right
                what_comes_in_without_a_price_has_the_present_one
                x_2_values_are_conserved_over_random_operations
            }
            revaluations {
                inv_10_a_revaluation_is_an_entry_of_its_own
                inv_9_of_nothing_only_the_price_is_set
                inv_11_a_revaluation_holds_whatever_is_entered_later_of_before_it
                inv_15_lots_are_revalued_together
                bad_revaluations_are_refused_by_field
                x_6_and_x_7_managers_revalue_once_for_a_key
            }
            history {
                movements_are_listed_newest_first_in_pages
                postings_of_a_balance_are_numbered_in_order
                stock_at_an_instant_is_what_moved_up_to_it
                inv_1_stock_is_projected_as_reservations_lapse_and_lots_expire
                instants_that_no_store_keeps_are_refused_by_field
                levels_are_listed_by_item_and_warehouse_in_pages
            }
            low_stock {
                inv_13_going_low_is_told_once_until_it_recovers
                inv_13_a_reservation_may_make_stock_low_and_its_end_recovers_it
                inv_13_a_notice_is_seen_to_once
                inv_13_of_those_who_see_to_a_notice_at_once_one_is_told_of
                low_stock_is_listed_by_the_present_level
                inv_13_what_has_expired_is_not_counted
            }
            periods {
                inv_12_nothing_has_effect_in_a_closed_period
                inv_12_a_period_with_open_reservations_is_not_closed
                inv_12_postings_at_once_with_a_closing_are_before_or_after_it
                inv_12_of_closings_at_once_one_is_told_of
            }
            back_dated {
                inv_11_posting_in_random_order_equals_posting_in_sorted_order
                inv_11_later_costs_are_put_right_by_further_rows
                inv_11_a_count_holds_whatever_is_entered_later_of_before_it
                inv_11_what_later_ones_need_does_not_go_out_before
                inv_12_nothing_is_put_right_in_a_closed_period
                inv_11_postings_of_the_past_at_once_with_those_of_now
            }
            together {
                x_24_postings_of_the_past_together_are_the_sum_of_singles
                x_24_postings_of_the_past_together_are_one_replay
                x_24_the_work_on_the_past_is_counted
            }
            lots {
                inv_15_what_expires_first_goes_out_first
                inv_15_an_expired_lot_is_not_issued
                inv_15_what_has_expired_is_not_promised
                inv_15_bad_lots_are_refused_by_field
                inv_15_tracking_stays_once_there_was_stock
                inv_15_a_serial_number_is_in_one_place_or_in_none
                inv_15_a_reversal_gives_back_to_the_same_lots
                inv_15_a_count_is_of_one_lot
                inv_15_what_is_entered_late_takes_no_lot_that_later_ones_took
                x_11_lots_are_listed_by_the_day_that_they_expire_on
                x_13_postings_together_name_lots_of_those_before
            }
            layers {
                inv_17_a_reversal_leaves_the_layers_of_others
                inv_17_a_transfer_takes_its_layers_along
                inv_17_what_is_entered_late_has_its_place_in_the_queue
                inv_17_a_return_takes_from_the_receipt_that_it_names
                inv_17_bad_returns_are_refused_by_field
                inv_18_anothers_reservation_is_not_posted_from
                inv_18_a_reversal_gives_back_what_it_consumed
            }
            lot_days {
                inv_15_the_last_good_day_of_a_lot_is_corrected
            }
            lot_rivals {
                inv_15_of_corrections_at_once_one_happens
                inv_15_of_receipts_of_one_serial_number_at_once_one_happens
                inv_15_a_lot_that_comes_in_many_times_at_once_is_one
                inv_15_after_random_operations_at_once_lots_add_up
            }
            reports {
                postings_are_found_by_what_caused_them
                stock_is_worth_at_an_instant_what_moved_up_to_it
                what_moved_in_a_time_leads_from_its_beginning_to_its_end
                x_13_postings_together_are_the_sum_of_singles
            }
            counts {
                inv_16_a_count_is_compared_with_the_books_of_its_time
            }
        } }
    };
}
