//! Closing the books.

use chrono::TimeDelta;
use erp_core::{
    Conflict, Ctx, Error,
    access::BuiltInRole,
    inventory::{InventoryChange, NewPosting, NewReservation},
    policy::Action,
};

use super::{
    assert_sound, d, insufficient, issue, item, item_fields, keeper, level, place, post, receipt,
    reservation, reserve,
};
use crate::{
    Harness,
    cases::support::{at_once, conflict},
};

/// INV-12: before the end of the closed period nothing has effect, at its end it does; the books are
/// not opened again.
pub async fn inv_12_nothing_has_effect_in_a_closed_period(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let inventory = h.engine.inventory();
    post(&h, &ada, receipt(key, "10", "10")).await;
    let until = h.pass(3_600);
    h.pass(60);
    assert_eq!(inventory.closed_until(&ada).await, Ok(None));
    let before = h.settled().await;
    for _ in 0..2 {
        inventory.close_period(&ada, until).await.unwrap();
    }
    assert_eq!(h.kinds_after(before).await, ["inventory.period_closed"]);
    assert_eq!(inventory.closed_until(&ada).await, Ok(Some(until)));
    let second = TimeDelta::seconds(1);
    let new = (item(&h, &ada, item_fields("new")).await.id, key.1);
    let closed = Error::from(Conflict::PeriodClosed { until });
    for key in [key, new] {
        let late = NewPosting { effective_at: Some(until - second), ..receipt(key, "1", "1") };
        assert_eq!(inventory.post(&ada, late).await, Err(closed.clone()));
        let at_its_end = NewPosting { effective_at: Some(until), ..receipt(key, "1", "1") };
        post(&h, &ada, at_its_end).await;
        post(&h, &ada, issue(key, "1")).await;
    }
    assert_eq!(inventory.close_period(&ada, until - second).await, Err(closed));
    let ahead = inventory.close_period(&ada, h.now() + second).await;
    assert!(matches!(ahead, Err(Error::Validation(_))), "{ahead:?}");
    let member = Ctx::user(h.user_with_role("member", BuiltInRole::MEMBER).await.id);
    let refused = inventory.close_period(&member, h.now()).await;
    assert_eq!(refused, Err(Error::Forbidden { action: "stock.close" }));
    assert_sound(&h).await;
}

/// INV-12: an active reservation of the period holds up its closing, one whose time is over does not.
pub async fn inv_12_a_period_with_open_reservations_is_not_closed(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let inventory = h.engine.inventory();
    post(&h, &ada, receipt(key, "10", "10")).await;
    let expires_at = Some(h.now() + TimeDelta::seconds(60));
    reserve(&h, &ada, NewReservation { expires_at, ..reservation(key, "1") }).await;
    let held = reserve(&h, &ada, reservation(key, "1")).await;
    let until = h.pass(60);
    reserve(&h, &ada, reservation(key, "1")).await;
    let open = Conflict::OpenReservation { reservation: held.id };
    assert_eq!(inventory.close_period(&ada, until).await, Err(open.into()));
    assert_eq!(inventory.closed_until(&ada).await, Ok(None));
    let late = NewPosting { effective_at: Some(until), ..receipt(key, "1", "1") };
    post(&h, &ada, late).await;
    inventory.release(&ada, held.id).await.unwrap();
    inventory.close_period(&ada, until).await.unwrap();
    assert_eq!(level(&h, key).await.reserved, d("1"), "made at the end of the period");
    let refused = inventory.post(&ada, issue(key, "11")).await;
    assert_eq!(refused, Err(insufficient(key, "10")));
    assert_sound(&h).await;
}

/// INV-12, X-18: what was posted before the closing has effect in the period, what comes after is
/// refused: nothing slips in.
pub async fn inv_12_postings_at_once_with_a_closing_are_before_or_after_it(h: Harness) {
    let ada = keeper(&h).await;
    let (_, warehouse) = place(&h, &ada).await;
    for round in 0..4 {
        let old = (item(&h, &ada, item_fields(&format!("old-{round}"))).await.id, warehouse);
        let new = (item(&h, &ada, item_fields(&format!("new-{round}"))).await.id, warehouse);
        h.pass(600);
        let inside = Some(h.now() - TimeDelta::seconds(300));
        let until = h.now();
        post(&h, &ada, NewPosting { effective_at: inside, ..receipt(old, "1", "1") }).await;
        let results = at_once((0..9).map(|n| {
            let (engine, ada) = (h.engine.clone(), ada.clone());
            let key = if n % 2 == 0 { old } else { new };
            let posting = NewPosting { effective_at: inside, ..receipt(key, "1", "1") };
            async move {
                if n == 4 {
                    let closed = engine.inventory().close_period(&ada, until).await;
                    closed.expect("it closes");
                    let then = engine.inventory().stock_at(&ada, key.0, until).await;
                    return Ok(then.expect("a read")[0].on_hand);
                }
                engine.inventory().post(&ada, posting).await.map(|_| d("0"))
            }
        }))
        .await;
        let at_closing = results[4].clone().expect("it closed");
        let later = h.engine.inventory().stock_at(&ada, old.0, until).await.unwrap();
        assert_eq!(later[0].on_hand, at_closing, "nothing slipped in");
        for result in results {
            let closed = Err(Error::from(Conflict::PeriodClosed { until }));
            assert!(result.is_ok() || result == closed, "{result:?}");
        }
    }
    assert_sound(&h).await;
}

/// INV-12: of those who close the same period at once one writes an audit entry and an event; all are
/// answered that it is closed.
pub async fn inv_12_of_closings_at_once_one_is_told_of(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "1", "1")).await;
    let until = h.pass(60);
    let before = h.settled().await;
    let closed = at_once((0..8).map(|_| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        async move { engine.inventory().close_period(&ada, until).await }
    }))
    .await;
    assert_eq!(closed, [const { Ok(()) }; 8]);
    let entries = h.audit().await;
    let told = entries.iter().filter(|entry| entry.action == Action::StockClose).count();
    assert_eq!((told, h.events_after(before).await.len()), (1, 1));
    // Whoever has seen it open writes nothing either.
    let second = TimeDelta::seconds(1);
    for late in [until, until - second] {
        let again = InventoryChange::ClosePeriod { until: late };
        assert_eq!(h.try_commit(again).await, conflict(Conflict::PeriodClosed { until }));
    }
}
