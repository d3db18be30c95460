use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Shelf, StockBook};
use crate::{
    error::Conflict,
    ids::{ItemId, PostingId, StockAlertId, WarehouseId},
    inventory::{
        Balance, Dated, InventoryChange, LineMove, Movement, NewStockPosting, PostingKind,
        PostingLine, StockAlert, StockKey, StockOutcome, StockPosting, StockTerms, Tracking,
        ValuationMethod, ValueRounding,
    },
    money::{Decimal, Rounding},
    port::StoreResult,
    time::Timestamp,
};

const ITEM: ItemId = ItemId::from_uuid(Uuid::from_u128(1));
const HERE: WarehouseId = WarehouseId::from_uuid(Uuid::from_u128(2));
const THERE: WarehouseId = WarehouseId::from_uuid(Uuid::from_u128(3));

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn book(valuation: ValuationMethod, may_go_negative: bool) -> StockBook {
    let (reorder_level, tracking) = (Some(d("10")), Tracking::None);
    let terms =
        StockTerms { valuation, reorder_level, may_go_negative, tracking, closed_until: None };
    let shelf = |warehouse| {
        let key: StockKey = (ITEM, warehouse);
        (key, Shelf { balance: Balance::empty(key), terms, lots: BTreeMap::new() })
    };
    let shelves = [shelf(HERE), shelf(THERE)].into_iter().collect();
    StockBook { shelves, ..StockBook::default() }
}

fn post(book: &mut StockBook, moves: &[LineMove]) -> StoreResult<StockOutcome> {
    let at = Timestamp::default();
    let line = |movement: &LineMove| PostingLine {
        item: ITEM,
        warehouse: HERE,
        lot: None,
        movement: *movement,
    };
    let posting = StockPosting {
        id: PostingId::from_uuid(Uuid::nil()),
        kind: PostingKind::Adjustment,
        reference: None,
        reverses: None,
        posted_by: None,
        posted_at: at,
        effective_at: at,
    };
    let change = InventoryChange::Post(NewStockPosting {
        posting,
        dated: Dated::Now,
        rounding: ValueRounding { scale: 2, mode: Rounding::HalfUp },
        day: NaiveDate::default(),
        today: NaiveDate::default(),
        tracked: BTreeMap::new(),
        new_lots: Vec::new(),
        lines: moves.iter().map(line).collect(),
        max_replayed: 0,
        alerts: vec![StockAlertId::from_uuid(Uuid::nil()); 2 * moves.len()],
    });
    book.apply(&change, at)
}

fn take_in(quantity: &str, value: &str) -> LineMove {
    LineMove::In { quantity: d(quantity), value: Some(d(value)) }
}

fn out(quantity: &str) -> LineMove {
    LineMove::Out { quantity: d(quantity), reservation: None }
}

fn values(outcome: &StockOutcome) -> Vec<String> {
    outcome.movements.iter().map(|Movement { value, .. }| value.to_string()).collect()
}

fn there(book: &StockBook) -> (String, String) {
    let level = &book.shelves[&(ITEM, HERE)].balance.level;
    (level.on_hand.normalize().to_string(), level.value.to_string())
}

#[test]
fn inv_7_what_goes_out_costs_the_moving_average() {
    let mut book = book(ValuationMethod::MovingAverage, false);
    post(&mut book, &[take_in("10", "30.00"), take_in("20", "69.00")]).unwrap();
    assert_eq!(there(&book), ("30".into(), "99.00".into()));
    assert_eq!(book.shelves[&(ITEM, HERE)].balance.rate, d("3.30"));
    assert_eq!(values(&post(&mut book, &[out("7")]).unwrap()), ["-23.10"]);
    assert_eq!(there(&book), ("23".into(), "75.90".into()));
}

#[test]
fn inv_8_what_came_in_first_goes_out_first() {
    let mut book = book(ValuationMethod::Fifo, false);
    post(&mut book, &[take_in("10", "50.00"), take_in("10", "70.00")]).unwrap();
    assert_eq!(values(&post(&mut book, &[out("12")]).unwrap()), ["-64.00"]);
    assert_eq!(there(&book), ("8".into(), "56.00".into()));
}

#[test]
fn inv_9_thirds_add_up_and_of_nothing_the_value_is_nothing() {
    for valuation in [ValuationMethod::MovingAverage, ValuationMethod::Fifo] {
        let mut book = book(valuation, false);
        post(&mut book, &[take_in("3", "10.00")]).unwrap();
        let outcome = post(&mut book, &[out("1"), out("1"), out("1")]).unwrap();
        let cost: Decimal = outcome.movements.iter().map(|one| one.value).sum();
        assert_eq!(cost, d("-10.00"), "{:?}", values(&outcome));
        assert_eq!(there(&book), ("0".into(), "0.00".into()));
    }
}

#[test]
fn inv_10_less_than_nothing_costs_the_last_price_and_is_put_right() {
    for valuation in [ValuationMethod::MovingAverage, ValuationMethod::Fifo] {
        let mut book = book(valuation, true);
        post(&mut book, &[take_in("1", "4.00"), out("1")]).unwrap();
        assert_eq!(values(&post(&mut book, &[out("5")]).unwrap()), ["-20.00"]);
        let outcome = post(&mut book, &[take_in("10", "60.00")]).unwrap();
        assert_eq!(values(&outcome), ["60.00", "-10.00"]);
        assert_eq!(there(&book), ("5".into(), "30.00".into()));
        post(&mut book, &[out("9"), take_in("1", "9.00")]).unwrap();
        assert_eq!(there(&book), ("-3".into(), "-27.00".into()), "at the new price");
    }
}

#[test]
fn inv_4_a_transfer_moves_the_value_with_the_goods() {
    let mut book = book(ValuationMethod::Fifo, false);
    let transfer = LineMove::Transfer { quantity: d("12"), to: THERE };
    let moves = [take_in("10", "50.00"), take_in("10", "70.00"), transfer];
    assert_eq!(values(&post(&mut book, &moves).unwrap()), ["50.00", "70.00", "-64.00", "64.00"]);
    assert_eq!(book.shelves[&(ITEM, THERE)].balance.level.value, d("64.00"));
    let all = LineMove::Transfer { quantity: d("9"), to: THERE };
    let refused = post(&mut book, &[all]).unwrap_err();
    let lacking = Conflict::InsufficientStock { item: ITEM, warehouse: HERE, available: d("8") };
    assert_eq!(refused, lacking.into());
}

#[test]
fn inv_13_going_low_is_told_once_until_it_recovers() {
    let mut book = book(ValuationMethod::MovingAverage, false);
    let mut alerts = Vec::new();
    for step in [take_in("12", "12"), out("3"), out("1"), take_in("3", "3"), out("2")] {
        let outcome = post(&mut book, &[step]).unwrap();
        alerts.extend(outcome.alerts.iter().map(|StockAlert { available, .. }| *available));
    }
    assert_eq!(alerts, [d("9"), d("9")]);
}

fn take_back(book: &mut StockBook, taken: StockOutcome) -> StoreResult<StockOutcome> {
    let lines: Vec<_> = taken
        .movements
        .iter()
        .map(|one| LineMove::Back { line: one.line, reservation: None })
        .collect();
    book.named = taken.movements;
    post(book, &lines)
}

#[test]
fn inv_5_what_is_taken_back_leaves_what_was_there() {
    for valuation in [ValuationMethod::MovingAverage, ValuationMethod::Fifo] {
        let mut book = book(valuation, false);
        let first = post(&mut book, &[take_in("10", "30.00")]).unwrap();
        post(&mut book, &[take_in("10", "50.00")]).unwrap();
        let issued = post(&mut book, &[out("4")]).unwrap();
        let cost = issued.movements[0].value;
        assert_eq!(values(&take_back(&mut book, issued).unwrap()), [(-cost).to_string()]);
        assert_eq!(there(&book), ("20".into(), "80.00".into()));
        // Of the last goods, at a price that is not theirs any more: the value goes to nothing.
        post(&mut book, &[out("10")]).unwrap();
        take_back(&mut book, first).unwrap();
        assert_eq!(there(&book), ("0".into(), "0.00".into()));
    }
}

#[test]
fn inv_8_what_is_taken_back_is_the_first_to_leave_again() {
    let mut book = book(ValuationMethod::Fifo, false);
    post(&mut book, &[take_in("10", "50.00"), take_in("10", "70.00")]).unwrap();
    let issued = post(&mut book, &[out("10")]).unwrap();
    take_back(&mut book, issued).unwrap();
    assert_eq!(values(&post(&mut book, &[out("10")]).unwrap()), ["-50.00"]);
}

proptest! {
    /// INV-1, INV-9: the balance is the sum of what moved, of nothing the value is nothing, and
    /// where it must not, nothing goes below zero.
    #[test]
    fn inv_1_the_balance_is_the_sum_of_its_movements(
        steps in prop::collection::vec((0_u8..4, 1_i64..40, 0_i64..500), 1..60),
        fifo in any::<bool>(),
        negative in any::<bool>(),
    ) {
        let by = if fifo { ValuationMethod::Fifo } else { ValuationMethod::MovingAverage };
        let mut book = book(by, negative);
        let (mut quantity, mut value) = (Decimal::ZERO, Decimal::ZERO);
        for (what, many, cents) in steps {
            let (quantity_of, value_of) = (Decimal::from(many), Decimal::new(cents, 2));
            let step = match what {
                0 | 1 => LineMove::In { quantity: quantity_of, value: Some(value_of) },
                2 => LineMove::Out { quantity: quantity_of, reservation: None },
                _ => LineMove::Count { counted: quantity_of },
            };
            let mut tried = book.clone();
            let Ok(outcome) = post(&mut tried, &[step]) else { continue };
            book = tried;
            quantity += outcome.movements.iter().map(|one| one.quantity).sum::<Decimal>();
            value += outcome.movements.iter().map(|one| one.value).sum::<Decimal>();
            let balance = &book.shelves[&(ITEM, HERE)].balance;
            prop_assert_eq!(balance.level.on_hand, quantity);
            prop_assert_eq!(balance.level.value, value);
            prop_assert!(negative || quantity >= Decimal::ZERO);
            prop_assert!(!quantity.is_zero() || value.is_zero());
            prop_assert!(quantity <= Decimal::ZERO || value >= Decimal::ZERO, "a negative price");
            if fifo && quantity > Decimal::ZERO {
                let layers = &balance.layers;
                let sums: (Decimal, Decimal) = (
                    layers.iter().map(|layer| layer.quantity).sum(),
                    layers.iter().map(|layer| layer.value).sum(),
                );
                prop_assert_eq!(sums, (quantity, value));
            }
        }
    }
}
