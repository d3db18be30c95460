use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, TimeDelta};
use proptest::prelude::*;
use uuid::Uuid;

use super::{LotsWanted, Shelf, StockBook};
use crate::{
    error::Conflict,
    ids::{ItemId, LotId, PostingId, ReservationId, StockAlertId, UserId, WarehouseId},
    inventory::{
        Balance, Dated, InventoryChange, LineMove, Lot, LotLevel, NewStockPosting, PostingKind,
        PostingLine, Reservation, ReservationState, StockOutcome, StockPosting, StockTerms,
        Tracking, ValuationMethod, ValueRounding,
    },
    money::{Decimal, Rounding},
    port::{StoreError, StoreResult},
    time::Timestamp,
};

const ITEM: ItemId = ItemId::from_uuid(Uuid::from_u128(1));
const HERE: WarehouseId = WarehouseId::from_uuid(Uuid::from_u128(2));
const THERE: WarehouseId = WarehouseId::from_uuid(Uuid::from_u128(3));

fn today() -> NaiveDate {
    NaiveDate::default()
}

/// A lot that is good so many days longer, and came so many minutes ago.
fn lot(number: u128, days: Option<i64>, minutes: i64) -> Lot {
    Lot {
        id: LotId::from_uuid(Uuid::from_u128(100 + number)),
        item: ITEM,
        code: number.to_string(),
        expires_on: days.map(|days| today() + TimeDelta::days(days)),
        created_at: Timestamp::default() - TimeDelta::minutes(minutes),
    }
}

/// Here and there, with this much of these lots here.
fn book(tracking: Tracking, lots: &[(Lot, i64)]) -> StockBook {
    let terms = StockTerms {
        valuation: ValuationMethod::MovingAverage,
        reorder_level: None,
        may_go_negative: false,
        tracking,
        closed_until: None,
    };
    let mut book = StockBook::default();
    for key in [(ITEM, HERE), (ITEM, THERE)] {
        let (balance, lots) = (Balance::empty(key), BTreeMap::new());
        book.shelves.insert(key, Shelf { balance, terms, lots });
    }
    for (lot, many) in lots {
        let (on_hand, lot) = (Decimal::from(*many), lot.clone());
        book.know_level(LotLevel { lot, warehouse: HERE, on_hand });
        book.shelves.get_mut(&(ITEM, HERE)).unwrap().balance.level.on_hand += on_hand;
    }
    book
}

fn line(lot: Option<&Lot>, movement: LineMove) -> PostingLine {
    PostingLine { item: ITEM, warehouse: HERE, lot: lot.map(|lot| lot.id), movement }
}

fn out(quantity: i64) -> LineMove {
    LineMove::Out { quantity: quantity.into(), reservation: None }
}

fn change(book: &StockBook, kind: PostingKind, lines: Vec<PostingLine>) -> InventoryChange {
    let (at, id) = (Timestamp::default(), PostingId::from_uuid(Uuid::nil()));
    let posting = StockPosting {
        id,
        kind,
        reference: None,
        reverses: None,
        posted_by: None,
        posted_at: at,
        effective_at: at,
    };
    let tracking = book.shelves[&(ITEM, HERE)].terms.tracking;
    InventoryChange::Post(NewStockPosting {
        posting,
        dated: Dated::Now,
        rounding: ValueRounding { scale: 2, mode: Rounding::HalfUp },
        day: today(),
        today: today(),
        tracked: BTreeMap::from([(ITEM, tracking)]),
        new_lots: Vec::new(),
        alerts: vec![StockAlertId::from_uuid(Uuid::nil()); 2 * lines.len()],
        lines,
        max_replayed: 0,
    })
}

fn post(
    book: &mut StockBook,
    kind: PostingKind,
    lines: Vec<PostingLine>,
) -> StoreResult<StockOutcome> {
    let change = change(book, kind, lines);
    book.apply(&change, Timestamp::default())
}

/// What went out, lot by lot.
fn picked(outcome: &StockOutcome) -> Vec<(LotId, Decimal)> {
    outcome.movements.iter().map(|one| (one.lot.unwrap(), -one.quantity)).collect()
}

fn short(available: i64) -> StoreError {
    let available = available.into();
    Conflict::InsufficientStock { item: ITEM, warehouse: HERE, available }.into()
}

#[test]
fn inv_15_a_lot_is_good_through_its_last_day() {
    let (gone, last) = (lot(1, Some(-1), 0), lot(2, Some(0), 0));
    let mut there = book(Tracking::Lot, &[(gone.clone(), 5), (last.clone(), 5)]);
    let issued = post(&mut there, PostingKind::Issue, vec![line(None, out(3))]).unwrap();
    assert_eq!(picked(&issued), [(last.id, 3.into())]);
    assert_eq!(
        there.apply(
            &change(&there, PostingKind::Issue, vec![line(None, out(3))]),
            Timestamp::default()
        ),
        Err(short(2))
    );
}

#[test]
fn inv_15_an_expired_lot_is_not_issued_and_goes_anywhere_else() {
    let gone = lot(1, Some(-1), 0);
    for kind in [PostingKind::Adjustment, PostingKind::Return, PostingKind::Transfer] {
        let mut there = book(Tracking::Lot, &[(gone.clone(), 5)]);
        let movement = match kind {
            PostingKind::Transfer => LineMove::Transfer { quantity: 3.into(), to: THERE },
            _ => out(3),
        };
        let outcome = post(&mut there, kind, vec![line(Some(&gone), movement)]).unwrap();
        assert_eq!(outcome.lots[0].on_hand, 2.into());
    }
    let mut there = book(Tracking::Lot, &[(gone.clone(), 5)]);
    let refused = post(&mut there, PostingKind::Issue, vec![line(Some(&gone), out(3))]);
    let expires_on = gone.expires_on.unwrap();
    assert_eq!(refused, Err(Conflict::LotExpired { lot: gone.id, expires_on }.into()));
}

#[test]
fn inv_15_no_lot_goes_below_zero_where_stock_may() {
    let some = lot(1, None, 0);
    for named in [None, Some(&some)] {
        let mut there = book(Tracking::Lot, &[(some.clone(), 2)]);
        there.shelves.values_mut().for_each(|shelf| shelf.terms.may_go_negative = true);
        let refused = post(&mut there, PostingKind::Issue, vec![line(named, out(3))]);
        assert_eq!(refused, Err(short(2)));
    }
}

#[test]
fn inv_15_a_serial_number_that_is_elsewhere_does_not_come_in() {
    let piece = lot(1, None, 0);
    let into = LineMove::In { quantity: 1.into(), value: None };
    let mut there = book(Tracking::Serial, &[]);
    let on_hand = Decimal::ONE;
    there.know_level(LotLevel { lot: piece.clone(), warehouse: THERE, on_hand });
    let refused = post(&mut there, PostingKind::Receipt, vec![line(Some(&piece), into)]);
    assert_eq!(refused, Err(Conflict::SerialInStock { lot: piece.id }.into()));
    let mut nowhere = book(Tracking::Serial, &[]);
    nowhere.know(piece.clone());
    let carried = LineMove::Transfer { quantity: 1.into(), to: THERE };
    let lines = vec![line(Some(&piece), into), line(Some(&piece), carried)];
    let outcome = post(&mut nowhere, PostingKind::Adjustment, lines).unwrap();
    let on_hand: Vec<_> = outcome.lots.iter().map(|one| one.on_hand).collect();
    assert_eq!(on_hand, [Decimal::ZERO, Decimal::ONE]);
}

/// What was decided on an item that has changed since is decided again.
#[test]
fn inv_15_a_line_fits_the_tracking_that_the_item_has_by_now() {
    let stale = StoreError::Stale { entity: "item", current: None };
    let mut plain = book(Tracking::None, &[]);
    let into = LineMove::In { quantity: 1.into(), value: None };
    let change = change(&plain, PostingKind::Receipt, vec![line(None, into)]);
    plain.shelves.values_mut().for_each(|shelf| shelf.terms.tracking = Tracking::Lot);
    assert_eq!(plain.apply(&change, Timestamp::default()), Err(stale));
}

#[test]
fn inv_15_nothing_is_asked_of_lots_where_there_are_none() {
    let some = lot(1, None, 0);
    let plain = book(Tracking::None, &[]);
    let issue = |book: &StockBook, named: Option<&Lot>| {
        let change = change(book, PostingKind::Issue, vec![line(named, out(1))]);
        book.lots_wanted(&change)
    };
    assert!(issue(&plain, None).is_empty());
    let on_hand = BTreeSet::from([(ITEM, HERE)]);
    let tracked = book(Tracking::Lot, &[]);
    let picked = LotsWanted { on_hand: on_hand.clone(), ..LotsWanted::default() };
    assert_eq!(issue(&tracked, None), picked);
    let named = LotsWanted { named: BTreeSet::from([some.id]), ..picked };
    assert_eq!(issue(&tracked, Some(&some)), named);
}

#[test]
fn inv_15_what_has_expired_is_not_set_aside() {
    let lots = [(lot(1, Some(-1), 0), 5), (lot(2, Some(0), 0), 3)];
    let reserve = |quantity: i64| InventoryChange::Reserve {
        reservation: Reservation {
            id: ReservationId::from_uuid(Uuid::nil()),
            item: ITEM,
            warehouse: HERE,
            owner: UserId::from_uuid(Uuid::nil()),
            quantity: quantity.into(),
            consumed: Decimal::ZERO,
            state: ReservationState::Active,
            expires_at: None,
            reference: None,
            created_at: Timestamp::default(),
        },
        alert: StockAlertId::from_uuid(Uuid::nil()),
        day: today(),
    };
    let mut there = book(Tracking::Lot, &lots);
    assert_eq!(there.clone().apply(&reserve(4), Timestamp::default()), Err(short(3)));
    there.apply(&reserve(3), Timestamp::default()).unwrap();
    let refused = post(&mut there, PostingKind::Issue, vec![line(None, out(1))]);
    assert_eq!(refused, Err(short(0)), "it is promised");
}

/// Piece after piece, each of the best lot there is.
fn by_force(lots: &[(Lot, i64)], quantity: i64) -> Option<BTreeMap<LotId, Decimal>> {
    let mut left: Vec<_> = lots.to_vec();
    let mut taken = BTreeMap::new();
    for _ in 0..quantity {
        let good = |lot: &Lot| lot.expires_on.is_none_or(|last| today() <= last);
        let there = left.iter_mut().filter(|(lot, many)| *many > 0 && good(lot));
        let best = there.min_by(|(one, _), (other, _)| {
            let first = match (one.expires_on, other.expires_on) {
                (Some(one), Some(other)) => one.cmp(&other),
                (one, other) => one.is_none().cmp(&other.is_none()),
            };
            let came = one.created_at.cmp(&other.created_at);
            first.then(came).then(one.id.cmp(&other.id))
        });
        let (lot, many) = best?;
        *many -= 1;
        *taken.entry(lot.id).or_insert(Decimal::ZERO) += Decimal::ONE;
    }
    Some(taken)
}

proptest! {
    /// INV-15: what goes out is, piece by piece, of the lot that expires first; nothing has expired, and
    /// what went out of lots is what is no longer there of them.
    #[test]
    fn inv_15_what_is_picked_is_what_brute_force_picks(
        kinds in prop::collection::vec((prop::option::of(-3_i64..6), 0_i64..4, 0_i64..8), 0..12),
        quantity in 1_i64..40,
    ) {
        let lots: Vec<_> = (0_u128..).zip(&kinds)
            .map(|(number, (days, minutes, many))| (lot(number, *days, *minutes), *many))
            .collect();
        let mut there = book(Tracking::Lot, &lots);
        let answer = post(&mut there, PostingKind::Issue, vec![line(None, out(quantity))]);
        match (answer, by_force(&lots, quantity)) {
            (Ok(outcome), Some(expected)) => {
                prop_assert_eq!(BTreeMap::from_iter(picked(&outcome)), expected);
                let shelf = &there.shelves[&(ITEM, HERE)];
                let left: Decimal = shelf.lots.values().copied().sum();
                prop_assert_eq!(left, shelf.balance.level.on_hand);
                prop_assert!(outcome.lots.iter().all(|one| one.on_hand >= Decimal::ZERO));
            }
            (Err(refused), None) => {
                let last = today() - Days::new(1);
                let good = lots.iter().filter(|(lot, _)| lot.expires_on.is_none_or(|day| day > last));
                prop_assert_eq!(refused, short(good.map(|(_, many)| many).sum()));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
