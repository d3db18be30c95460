use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Shelf, StockBook};
use crate::{
    error::Conflict,
    ids::{ItemId, PostingId, StockAlertId, WarehouseId},
    inventory::{
        Balance, Dated, InventoryChange, LineMove, Movement, MovementKey, MovementKind,
        NewStockPosting, PostingKind, PostingLine, StockKey, StockOutcome, StockPosting,
        StockTerms, Tracking, ValuationMethod, ValueRounding,
    },
    money::{Decimal, Rounding},
    port::StoreResult,
    time::Timestamp,
};

pub(super) const ITEM: ItemId = ItemId::from_uuid(Uuid::from_u128(1));
pub(super) const PLACES: [WarehouseId; 2] =
    [WarehouseId::from_uuid(Uuid::from_u128(2)), WarehouseId::from_uuid(Uuid::from_u128(3))];

pub(super) fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(super) fn at(minute: i64) -> Timestamp {
    Timestamp::default() + chrono::TimeDelta::minutes(minute)
}

/// The least of a store: balances and a ledger.
pub(super) struct Books {
    terms: StockTerms,
    pub(super) balances: BTreeMap<StockKey, Balance>,
    ledger: BTreeMap<MovementKey, Movement>,
    posted: BTreeMap<PostingId, Vec<Movement>>,
}

impl Books {
    pub(super) fn new(valuation: ValuationMethod, may_go_negative: bool) -> Self {
        let tracking = Tracking::None;
        let terms = StockTerms {
            valuation,
            reorder_level: None,
            may_go_negative,
            tracking,
            closed_until: None,
        };
        Self { terms, balances: BTreeMap::new(), ledger: BTreeMap::new(), posted: BTreeMap::new() }
    }

    pub(super) fn post(
        &mut self,
        minute: i64,
        place: usize,
        movement: LineMove,
    ) -> StoreResult<StockOutcome> {
        let id = PostingId::from_uuid(Uuid::from_u128(100 + self.posted.len() as u128));
        self.write(id, None, Dated::At(at(minute)), vec![line(place, movement)])
    }

    pub(super) fn reverse(&mut self, id: PostingId, minute: i64) -> StoreResult<StockOutcome> {
        let back = |one: &Movement| {
            let place = PLACES.iter().position(|place| *place == one.warehouse).unwrap();
            line(place, LineMove::Back { line: one.line, reservation: None })
        };
        let goods = self.posted[&id].iter().filter(|one| one.kind == MovementKind::Stock);
        let lines = goods.rev().map(back).collect();
        let new = PostingId::from_uuid(Uuid::from_u128(100 + self.posted.len() as u128));
        self.write(new, Some(id), Dated::At(at(minute)), lines)
    }

    fn write(
        &mut self,
        id: PostingId,
        reverses: Option<PostingId>,
        dated: Dated,
        lines: Vec<PostingLine>,
    ) -> StoreResult<StockOutcome> {
        let posting = StockPosting {
            id,
            kind: PostingKind::Adjustment,
            reference: None,
            reverses,
            posted_by: None,
            posted_at: at(0),
            effective_at: at(0),
        };
        let change = InventoryChange::Post(NewStockPosting {
            posting,
            dated,
            rounding: ValueRounding { scale: 2, mode: Rounding::HalfUp },
            day: NaiveDate::default(),
            today: NaiveDate::default(),
            tracked: BTreeMap::new(),
            new_lots: Vec::new(),
            alerts: vec![StockAlertId::from_uuid(Uuid::nil()); 2 * lines.len()],
            lines,
            max_replayed: 1_000,
        });
        let mut book = StockBook::default();
        for place in PLACES {
            let key = (ITEM, place);
            let balance = self.balances.get(&key).cloned();
            let balance = balance.unwrap_or_else(|| Balance::empty(key));
            book.shelves.insert(key, Shelf { balance, terms: self.terms, lots: BTreeMap::new() });
        }
        let named = change.named_postings();
        let about = |one: &&Movement| {
            named.contains(&one.posting) || one.of.is_some_and(|of| named.contains(&of.posting))
        };
        book.named = self.ledger.values().filter(about).cloned().collect();
        for item in book.replayed(&change) {
            book.histories.insert(item, self.ledger.values().cloned().collect());
        }
        let outcome = book.apply(&change, at(1_000_000))?;
        for (key, shelf) in book.shelves {
            self.balances.insert(key, shelf.balance);
        }
        self.posted.insert(id, outcome.movements.clone());
        for one in outcome.movements.iter().chain(&outcome.corrections) {
            self.ledger.insert(MovementKey::of(one), one.clone());
        }
        Ok(outcome)
    }

    /// As the books were kept before layers had names.
    pub(super) fn forget_layers(&mut self) {
        let layers = self.balances.values_mut().flat_map(|balance| &mut balance.layers);
        layers.for_each(|layer| layer.of = None);
        self.ledger.values_mut().for_each(|row| row.layers.clear());
    }

    /// On hand and value of each place after the movements of an instant and before.
    pub(super) fn then(&self, minute: i64) -> Vec<(Decimal, Decimal)> {
        let by_then = |place: WarehouseId| {
            let rows = self.ledger.values().filter(move |one| one.effective_at <= at(minute));
            let rows = rows.filter(move |one| one.warehouse == place);
            rows.fold((Decimal::ZERO, Decimal::ZERO), |(quantity, value), one| {
                (quantity + one.quantity, value + one.value)
            })
        };
        PLACES.iter().map(|place| by_then(*place)).collect()
    }

    pub(super) fn now(&self) -> Vec<(Decimal, Decimal)> {
        let level = |place: &WarehouseId| {
            let balance = self.balances.get(&(ITEM, *place));
            balance.map_or_else(Default::default, |one| (one.level.on_hand, one.level.value))
        };
        PLACES.iter().map(level).collect()
    }
}

fn line(place: usize, movement: LineMove) -> PostingLine {
    PostingLine { item: ITEM, warehouse: PLACES[place], lot: None, movement }
}

pub(super) fn receipt(quantity: &str, value: &str) -> LineMove {
    LineMove::In { quantity: d(quantity), value: Some(d(value)) }
}

pub(super) fn issue(quantity: &str) -> LineMove {
    LineMove::Out { quantity: d(quantity), reservation: None }
}

#[test]
fn inv_11_a_receipt_of_the_past_puts_the_cost_of_later_issues_right() {
    let mut books = Books::new(ValuationMethod::MovingAverage, false);
    books.post(1, 0, receipt("10", "30.00")).unwrap();
    books.post(3, 0, issue("4")).unwrap();
    let outcome = books.post(2, 0, receipt("10", "50.00")).unwrap();
    let right: Vec<_> =
        outcome.corrections.iter().map(|one| (one.kind, one.quantity, one.value)).collect();
    assert_eq!(right, [(MovementKind::Correction, d("0"), d("-4.00"))]);
    assert_eq!(outcome.corrections[0].effective_at, at(3));
    assert_eq!(books.now()[0], (d("16"), d("64.00")));
    assert_eq!(books.then(2)[0], (d("20"), d("80.00")));
}

#[test]
fn inv_11_a_count_holds_whatever_is_entered_later_of_before_it() {
    let mut books = Books::new(ValuationMethod::MovingAverage, false);
    books.post(1, 0, receipt("10", "20.00")).unwrap();
    books.post(5, 0, LineMove::Count { counted: d("9") }).unwrap();
    books.post(6, 0, issue("2")).unwrap();
    let outcome = books.post(3, 0, receipt("5", "10.00")).unwrap();
    assert_eq!(outcome.corrections[0].quantity, d("-5"));
    assert_eq!(books.then(5)[0], (d("9"), d("18.00")));
    assert_eq!(books.now()[0], (d("7"), d("14.00")));
}

#[test]
fn inv_11_a_transfer_takes_the_new_cost_along() {
    let mut books = Books::new(ValuationMethod::Fifo, false);
    books.post(2, 0, receipt("10", "100.00")).unwrap();
    books.post(3, 0, LineMove::Transfer { quantity: d("5"), to: PLACES[1] }).unwrap();
    books.post(4, 1, issue("5")).unwrap();
    books.post(1, 0, receipt("5", "10.00")).unwrap();
    assert_eq!(books.then(3), [(d("10"), d("100.00")), (d("5"), d("10.00"))]);
    assert_eq!(books.now(), [(d("10"), d("100.00")), (d("0"), d("0.00"))]);
}

#[test]
fn inv_11_what_later_issues_need_does_not_go_out_before() {
    let mut books = Books::new(ValuationMethod::MovingAverage, false);
    books.post(1, 0, receipt("10", "10.00")).unwrap();
    books.post(3, 0, issue("8")).unwrap();
    books.post(5, 0, receipt("10", "10.00")).unwrap();
    let refused = books.post(2, 0, issue("3")).unwrap_err();
    let lacking =
        Conflict::InsufficientStock { item: ITEM, warehouse: PLACES[0], available: d("7") };
    assert_eq!(refused, lacking.into());
    books.post(2, 0, issue("2")).unwrap();
    assert_eq!(books.now()[0].0, d("10"));
}

#[test]
fn inv_11_what_was_put_right_is_taken_back_as_it_is_now() {
    let mut books = Books::new(ValuationMethod::MovingAverage, false);
    books.post(1, 0, receipt("10", "30.00")).unwrap();
    let issued = books.post(3, 0, issue("10")).unwrap().posting.unwrap().id;
    books.post(2, 0, receipt("10", "50.00")).unwrap();
    let outcome = books.reverse(issued, 4).unwrap();
    assert_eq!(outcome.movements[0].value, d("40.00"));
    assert_eq!(books.now()[0], (d("20"), d("80.00")));
}

#[test]
fn inv_11_a_history_that_is_too_long_is_not_worked_out_again() {
    let mut books = Books::new(ValuationMethod::MovingAverage, true);
    for minute in 1..=1_001 {
        books.post(minute, 0, receipt("1", "1.00")).unwrap();
    }
    let refused = books.post(0, 0, issue("1")).unwrap_err();
    assert_eq!(refused, Conflict::HistoryTooLong { item: ITEM }.into());
}

/// What happens at an instant of its own.
#[derive(Clone, Debug)]
enum Step {
    Move(usize, LineMove),
    /// The n-th of those before in time is taken back.
    Reverse(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let quantity = (1_i64..30).prop_map(Decimal::from);
    let value = (0_i64..5_000).prop_map(|cents| Decimal::new(cents, 2));
    (0_u8..9, 0_usize..2, quantity, value, any::<prop::sample::Index>()).prop_map(
        |(what, place, quantity, value, index)| {
            let to = PLACES[1 - place];
            let movement = match what {
                0 | 1 => LineMove::In { quantity, value: Some(value) },
                2 => LineMove::In { quantity, value: None },
                3 | 4 => LineMove::Out { quantity, reservation: None },
                5 => LineMove::Transfer { quantity, to },
                6 => LineMove::Count { counted: quantity },
                7 => LineMove::Revalue { unit_cost: value },
                _ => return Step::Reverse(index.index(1_000)),
            };
            Step::Move(place, movement)
        },
    )
}

proptest! {
    /// INV-11: posted in any order, balances are those of the order in which they had effect, at
    /// every instant.
    #[test]
    fn inv_11_posting_in_random_order_equals_posting_in_sorted_order(
        steps in prop::collection::vec(step(), 1..25),
        keys in prop::collection::vec(any::<u32>(), 25),
        fifo in any::<bool>(),
    ) {
        let by = if fifo { ValuationMethod::Fifo } else { ValuationMethod::MovingAverage };
        let mut sorted = Books::new(by, true);
        for (minute, step) in (0_i64..).zip(&steps) {
            if let Step::Move(place, movement) = step {
                sorted.post(minute, *place, *movement).unwrap();
            }
        }
        let mut shuffled: Vec<_> = (0_i64..).zip(&steps).zip(&keys).collect();
        shuffled.sort_by_key(|(_, key)| **key);
        let mut random = Books::new(by, true);
        for ((minute, step), _) in shuffled {
            if let Step::Move(place, movement) = step {
                random.post(minute, *place, *movement).unwrap();
            }
            prop_assert_eq!(random.now(), random.then(1_000));
        }
        for minute in 0..25 {
            prop_assert_eq!(sorted.then(minute), random.then(minute), "at {}", minute);
        }
        prop_assert_eq!(sorted.now(), random.now());
        // Layers and prices are the same, too: what comes next costs the same.
        let layers = |balance: &Balance| {
            let came = |of: Option<MovementKey>| of.map(|of| of.effective_at);
            let layers = balance.layers.iter();
            layers.map(|one| (came(one.of), one.quantity, one.value)).collect::<Vec<_>>()
        };
        for (key, balance) in &sorted.balances {
            let other = &random.balances[key];
            prop_assert_eq!((layers(balance), balance.rate), (layers(other), other.rate));
        }
    }

    /// INV-5, INV-11: taking back and entering the past may come in any order.
    #[test]
    fn inv_11_reversals_follow_what_they_take_back(
        steps in prop::collection::vec(step(), 2..15),
        late in (0_i64..15, 0_usize..2, 1_i64..30, 0_i64..5_000),
        fifo in any::<bool>(),
    ) {
        let by = if fifo { ValuationMethod::Fifo } else { ValuationMethod::MovingAverage };
        let (minute, place, quantity, cents) = late;
        let late =
            LineMove::In { quantity: quantity.into(), value: Some(Decimal::new(cents, 2)) };
        let run = |first: bool| {
            let mut books = Books::new(by, true);
            let mut ids = Vec::new();
            let mut last = None;
            for (n, step) in (0_i64..).zip(&steps) {
                if first && n == minute {
                    last = Some(books.post(2 * n - 1, place, late));
                }
                match step {
                    Step::Move(place, movement) => {
                        let outcome = books.post(2 * n, *place, *movement).unwrap();
                        ids.push(outcome.posting.unwrap().id);
                    }
                    Step::Reverse(_) if ids.is_empty() => {}
                    Step::Reverse(index) => {
                        let id = ids.swap_remove(index % ids.len());
                        books.reverse(id, 2 * n).unwrap();
                    }
                }
            }
            if last.is_none() {
                books.post(2 * minute - 1, place, late).unwrap();
            }
            books
        };
        let (one, other) = (run(true), run(false));
        prop_assert_eq!(one.now(), other.now());
        for minute in -1..30 {
            prop_assert_eq!(one.then(minute), other.then(minute), "at {}", minute);
        }
    }
}
