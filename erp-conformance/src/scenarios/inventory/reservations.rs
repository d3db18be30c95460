//! Setting stock aside, and giving it back.

use chrono::TimeDelta;
use erp_core::{
    Conflict, Ctx, Error,
    access::BuiltInRole,
    ctx::IdempotencyKey,
    inventory::{NewReservation, ReservationState},
    page::PageRequest,
    policy::Action,
};

use super::{
    assert_sound, d, insufficient, issue, issue_of, keeper, numbers, place, post, receipt,
    reservation, reserve,
};
use crate::{
    Harness,
    cases::support::{at_once, conflict},
};

/// INV-1: what is reserved is on hand, but neither issued to others nor promised again.
pub async fn inv_1_what_is_reserved_is_not_available(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "10", "10")).await;
    reserve(&h, &ada, reservation(key, "7")).await;
    assert_eq!(numbers(&h, key).await, "10 7 10");
    let inventory = h.engine.inventory();
    let refused = inventory.reserve(&ada, reservation(key, "4")).await;
    assert_eq!(refused, Err(insufficient(key, "3")));
    assert_eq!(inventory.post(&ada, issue(key, "4")).await, Err(insufficient(key, "3")));
    post(&h, &ada, issue(key, "3")).await;
    assert_eq!(numbers(&h, key).await, "7 7 7");
    for bad in ["0", "-1", "0.5"] {
        let refused = inventory.reserve(&ada, reservation(key, bad)).await;
        assert!(matches!(refused, Err(Error::Validation(_))), "{refused:?}");
    }
    let past = NewReservation { expires_at: Some(h.now()), ..reservation(key, "1") };
    let refused = inventory.reserve(&ada, past).await;
    assert!(matches!(refused, Err(Error::Validation(_))), "{refused:?}");
    assert_sound(&h).await;
}

/// INV-3: an issue takes from its reservation first; what is beyond it must be available.
pub async fn inv_3_an_issue_consumes_its_reservation(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let inventory = h.engine.inventory();
    post(&h, &ada, receipt(key, "10", "10")).await;
    let held = reserve(&h, &ada, reservation(key, "6")).await;
    post(&h, &ada, issue_of(key, "4", Some(held.id))).await;
    assert_eq!(numbers(&h, key).await, "6 2 6");
    let there = inventory.reservation(&ada, held.id).await.unwrap();
    assert_eq!((there.consumed, there.remaining()), (d("4"), d("2")));
    let refused = inventory.post(&ada, issue_of(key, "7", Some(held.id))).await;
    assert_eq!(refused, Err(insufficient(key, "4")), "two of its own and four others");
    post(&h, &ada, issue_of(key, "5", Some(held.id))).await;
    let there = inventory.reservation(&ada, held.id).await.unwrap();
    assert_eq!(there.state, ReservationState::Consumed);
    assert_eq!(numbers(&h, key).await, "1 0 1");
    let ended = Err(Conflict::ReservationEnded { reservation: held.id }.into());
    assert_eq!(inventory.post(&ada, issue_of(key, "1", Some(held.id))).await, ended);
    assert_sound(&h).await;
}

/// INV-3: a release gives back what is left, once.
pub async fn inv_3_releasing_twice_releases_once(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let inventory = h.engine.inventory();
    post(&h, &ada, receipt(key, "10", "10")).await;
    let held = reserve(&h, &ada, reservation(key, "6")).await;
    let other = reserve(&h, &ada, reservation(key, "1")).await;
    post(&h, &ada, issue_of(key, "2", Some(held.id))).await;
    for _ in 0..2 {
        let released = inventory.release(&ada, held.id).await.unwrap();
        assert_eq!((released.state, released.consumed), (ReservationState::Released, d("2")));
        assert_eq!(numbers(&h, key).await, "8 1 8");
    }
    assert_eq!(
        h.audit().await.iter().filter(|one| one.action.as_str() == "stock.release").count(),
        1
    );
    // The second of two that have both seen it active writes nothing.
    let again = erp_core::inventory::InventoryChange::EndReservation {
        id: held.id,
        key,
        state: ReservationState::Expired,
        day: h.now().date_naive(),
    };
    let ended = conflict(Conflict::ReservationEnded { reservation: held.id });
    assert_eq!(h.try_commit(again).await, ended);
    assert_eq!(numbers(&h, key).await, "8 1 8");
    assert_eq!(inventory.reservation(&ada, other.id).await, Ok(other));
    assert_sound(&h).await;
}

/// INV-3: of those who release at once one writes an audit entry and an event; all have the same answer.
pub async fn inv_3_of_releases_at_once_one_is_told_of(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "10", "10")).await;
    let held = reserve(&h, &ada, reservation(key, "6")).await;
    let before = h.settled().await;
    let released = at_once((0..8).map(|_| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        async move { engine.inventory().release(&ada, held.id).await.map(|it| it.state) }
    }))
    .await;
    assert_eq!(released, [const { Ok(ReservationState::Released) }; 8]);
    let entries = h.audit().await;
    let told = entries.iter().filter(|entry| entry.action == Action::StockRelease).count();
    assert_eq!((told, h.events_after(before).await.len()), (1, 1));
    assert_eq!(numbers(&h, key).await, "10 0 10");
    assert_sound(&h).await;
}

/// INV-3: the sweep ends what is due, at its instant and not before, and frees what is left.
pub async fn inv_3_expiry_frees_what_is_left(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let inventory = h.engine.inventory();
    post(&h, &ada, receipt(key, "10", "10")).await;
    let until = |seconds| Some(h.now() + TimeDelta::seconds(seconds));
    let first = NewReservation { expires_at: until(60), ..reservation(key, "5") };
    let second = NewReservation { expires_at: until(90), ..reservation(key, "2") };
    let first = reserve(&h, &ada, first).await;
    reserve(&h, &ada, second).await;
    reserve(&h, &ada, reservation(key, "1")).await;
    post(&h, &ada, issue_of(key, "3", Some(first.id))).await;
    h.pass(59);
    assert_eq!(inventory.expire_reservations(&Ctx::system()).await, Ok(0));
    h.pass(1);
    let ended = Err(Conflict::ReservationEnded { reservation: first.id }.into());
    assert_eq!(inventory.post(&ada, issue_of(key, "1", Some(first.id))).await, ended);
    assert_eq!(inventory.expire_reservations(&Ctx::system()).await, Ok(1));
    assert_eq!(numbers(&h, key).await, "7 3 7");
    let there = inventory.reservation(&ada, first.id).await.unwrap();
    assert_eq!((there.state, there.consumed), (ReservationState::Expired, d("3")));
    assert_eq!(inventory.release(&ada, first.id).await, Ok(there), "nothing is left to release");
    h.pass(3_600);
    assert_eq!(inventory.expire_reservations(&Ctx::system()).await, Ok(1));
    assert_eq!(numbers(&h, key).await, "7 1 7");
    assert_sound(&h).await;
}

/// INV-3: nobody is refused for a reservation whose time is over, swept or not.
pub async fn inv_3_an_expired_reservation_holds_up_nobody(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "3", "3")).await;
    for n in 0..3 {
        let expires_at = Some(h.now() + TimeDelta::seconds(60));
        reserve(&h, &ada, NewReservation { expires_at, ..reservation(key, "3") }).await;
        let refused = h.engine.inventory().post(&ada, issue(key, "1")).await;
        assert_eq!(refused, Err(insufficient(key, "0")), "{n}");
        h.pass(60);
    }
    post(&h, &ada, issue(key, "3")).await;
    assert_eq!(numbers(&h, key).await, "0 0 0");
    assert_sound(&h).await;
}

/// the same reservation under one key is made once.
pub async fn x_6_reserving_twice_with_one_key_reserves_once(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "3", "3")).await;
    let keyed = ada.with_idempotency_key(IdempotencyKey::new("k").unwrap());
    let first = reserve(&h, &keyed, reservation(key, "2")).await;
    assert_eq!(reserve(&h, &keyed, reservation(key, "2")).await, first);
    assert_eq!(numbers(&h, key).await, "3 2 3");
}

/// a member releases his own, a manager any, a guest learns of none; only the host reserves for
/// others.
pub async fn x_7_only_owner_and_manager_release(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let inventory = h.engine.inventory();
    post(&h, &ada, receipt(key, "9", "9")).await;
    let member = async |name: &str| Ctx::user(h.user_with_role(name, BuiltInRole::MEMBER).await.id);
    let (bob, cid) = (member("bob").await, member("cid").await);
    let guest = Ctx::user(h.user_with_role("guest", BuiltInRole::GUEST).await.id);
    let held = reserve(&h, &bob, reservation(key, "1")).await;
    let refused = inventory.release(&cid, held.id).await;
    assert_eq!(refused, Err(Error::Forbidden { action: "stock.release" }));
    let hidden = Err(Error::NotFound { entity: "reservation" });
    assert_eq!(inventory.release(&guest, held.id).await, hidden);
    assert_eq!(inventory.reservation(&guest, held.id).await, hidden);
    inventory.release(&bob, held.id).await.unwrap();
    let held = reserve(&h, &bob, reservation(key, "1")).await;
    inventory.release(&ada, held.id).await.unwrap();

    let for_bob = NewReservation { owner: bob.actor.user(), ..reservation(key, "1") };
    let refused = inventory.reserve(&cid, for_bob.clone()).await;
    assert!(matches!(refused, Err(Error::Validation(_))), "{refused:?}");
    assert_eq!(reserve(&h, &Ctx::system(), for_bob).await.owner, bob.user_id().unwrap());
    let of_nobody = inventory.reserve(&Ctx::system(), reservation(key, "1")).await;
    assert!(matches!(of_nobody, Err(Error::Validation(_))), "{of_nobody:?}");
}

/// `InventoryReads::reservations`: the active ones of an item, page after page.
pub async fn reservations_are_listed_by_id(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "9", "9")).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(reserve(&h, &ada, reservation(key, "1")).await.id);
    }
    let inventory = h.engine.inventory();
    inventory.release(&ada, ids.remove(2)).await.unwrap();
    ids.sort_unstable();
    let mut page = PageRequest::first(3);
    let mut listed = Vec::new();
    loop {
        let part = inventory.reservations(&ada, key.0, &page).await.unwrap();
        listed.extend(part.items.into_iter().map(|one| one.id));
        let Some(next) = part.next else { break };
        page.cursor = Some(next);
    }
    assert_eq!(listed, ids);
}
