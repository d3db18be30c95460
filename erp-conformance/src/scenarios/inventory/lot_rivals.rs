//! Lots and serial numbers when several move them at once (INV-15).

use chrono::Days;
use erp_core::{
    Conflict, Error,
    inventory::{LotCorrection, LotFilter, Tracking},
    policy::Action,
};

use super::{
    assert_sound, d, issue, keeper,
    lots::{expiring, lot, lots, of, shelf, tracked},
    post, receipt, transfer, warehouse,
};
use crate::{Harness, cases::support::at_once, random::Random};

/// two receive one serial number in two warehouses, known or new: one is refused.
pub async fn inv_15_of_receipts_of_one_serial_number_at_once_one_happens(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Serial).await;
    let mut places = vec![key.1];
    for code in ["b", "c", "d"] {
        places.push(warehouse(&h, &ada, code).await.id);
    }
    for round in 0..10 {
        let code = format!("s{}", round / 2);
        let answers = at_once(places.iter().map(|place| {
            let new = of(&code, receipt((key.0, *place), "1", "10"));
            let (engine, ada) = (h.engine.clone(), ada.clone());
            async move { engine.inventory().post(&ada, new).await }
        }))
        .await;
        let in_stock = Conflict::SerialInStock { lot: lot(&h, key, &code).await };
        let in_stock = Err(Error::from(in_stock));
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == in_stock).count(), 3, "{answers:?}");
        let all = lots(&h, &ada, LotFilter { item: Some(key.0), ..LotFilter::default() }).await;
        assert_eq!(all.len(), 1, "one piece: {all:?}");
        post(&h, &ada, of(&code, issue(all[0].key(), "1"))).await;
        assert_sound(&h).await;
    }
}

/// many receive the same new lot at once, in several warehouses: it is one, and nothing is refused.
pub async fn inv_15_a_lot_that_comes_in_many_times_at_once_is_one(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    let other = (key.0, warehouse(&h, &ada, "other").await.id);
    let answers = at_once((0..12).map(|n| {
        let new = of(if n < 6 { "A" } else { "a" }, receipt([key, other][n % 2], "2", "2"));
        let (engine, ada) = (h.engine.clone(), ada.clone());
        async move { engine.inventory().post(&ada, new).await }
    }))
    .await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let all = lots(&h, &ada, LotFilter::default()).await;
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all.iter().all(|one| one.lot == all[0].lot && one.on_hand == d("12")), "{all:?}");
    assert_sound(&h).await;
}

/// whatever happens at once, lots are what moved, never below zero, and add up to what is on
/// hand.
pub async fn inv_15_after_random_operations_at_once_lots_add_up(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    let pieces = (tracked(&h, &ada, "s", Tracking::Serial).await.id, key.1);
    let other = warehouse(&h, &ada, "other").await.id;
    let today = h.now().date_naive();
    let answers = at_once((0..12_u64).map(|caller| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        async move {
            let mut random = Random::new(caller);
            let mut answers = Vec::new();
            for _ in 0..10 {
                let serial = random.percent(40);
                let item = if serial { pieces.0 } else { key.0 };
                let (from, to) = if random.percent(50) { (key.1, other) } else { (other, key.1) };
                let many = if serial { 1 } else { 1 + random.below(4) };
                let many = many.to_string();
                let code = format!("l{}", random.below(4));
                let name = |new| if serial { of(&code, new) } else { new };
                let new = match random.below(10) {
                    0..4 if serial => of(&code, receipt((item, from), "1", "3")),
                    0..4 => {
                        let days = Days::new(code.len() as u64 + u64::from(code.as_bytes()[1] % 4));
                        expiring(&code, today + days, receipt((item, from), &many, "3"))
                    }
                    4..7 => name(issue((item, from), &many)),
                    _ => transfer((item, from), &many, to),
                };
                answers.push(engine.inventory().post(&ada, new).await.map(drop));
            }
            answers
        }
    }))
    .await;
    let done = answers.iter().flatten().filter(|answer| answer.is_ok()).count();
    assert!(done > 20, "{answers:?}");
    for answer in answers.into_iter().flatten() {
        let known = matches!(
            answer,
            Ok(())
                | Err(Error::Conflict(
                    Conflict::InsufficientStock { .. } | Conflict::SerialInStock { .. }
                ))
                | Err(Error::Validation(_))
        );
        assert!(known, "{answer:?}");
    }
    let all = lots(&h, &ada, LotFilter { item: Some(pieces.0), ..LotFilter::default() }).await;
    let mut ids: Vec<_> = all.iter().map(|one| one.lot.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), all.len(), "a piece is in one place: {all:?}");
    assert!(all.iter().all(|one| one.on_hand == d("1")), "{all:?}");
    assert_sound(&h).await;
}

/// INV-15, X-18: of those who have seen the same day, one puts it right, and one is told of; nothing is picked
/// by a day that is not the lot's any more.
pub async fn inv_15_of_corrections_at_once_one_happens(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    let today = h.now().date_naive();
    let day = move |days| today + Days::new(days);
    post(&h, &ada, expiring("x", day(5), receipt(key, "50", "50"))).await;
    post(&h, &ada, expiring("y", day(9), receipt(key, "50", "50"))).await;
    let id = lot(&h, key, "x").await;
    let before = h.settled().await;
    let answers = at_once((0..8_u64).map(|n| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        async move {
            if n % 2 == 1 {
                return engine.inventory().post(&ada, issue(key, "3")).await.map(drop);
            }
            let correction = LotCorrection { seen: Some(day(5)), expires_on: Some(day(10 + n)) };
            engine.inventory().correct_lot(&ada, id, correction).await.map(drop)
        }
    }))
    .await;
    let lost = Err(Error::from(Conflict::Contention));
    assert_eq!(answers.iter().filter(|answer| **answer == lost).count(), 3, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5, "{answers:?}");
    assert_eq!(h.events_after(before).await.len(), 5);
    let entries = h.audit().await;
    let told = entries.iter().filter(|entry| entry.action == Action::LotCorrect).count();
    assert_eq!(told, 1);
    // Nothing is left of the day that it was.
    let (item, warehouse) = (Some(key.0), Some(key.1));
    let filter = LotFilter { item, warehouse, expires_before: Some(day(9)) };
    assert_eq!(lots(&h, &ada, filter).await, []);
    assert_sound(&h).await;
}
