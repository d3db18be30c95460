//! Layers of FIFO, and what a return names (INV-17); what reservations are taken from and given back
//! (INV-18).

use chrono::TimeDelta;
use erp_core::{
    Ctx, Error,
    access::BuiltInRole,
    ids::PostingId,
    inventory::{
        Direction, ItemFields, NewPosting, NewReservation, PostingKind, ReservationState, StockKey,
        Tracking, ValuationMethod,
    },
};

use super::{
    assert_sound, d, insufficient, issue, issue_of, item, item_fields, keeper, line,
    lots::expiring, lots::of, lots::shelf, numbers, post, posting, receipt, reservation, reserve,
    transfer, warehouse,
};
use crate::Harness;

async fn fifo(h: &Harness, ctx: &Ctx, sku: &str) -> StockKey {
    let fields = ItemFields { valuation: ValuationMethod::Fifo, ..item_fields(sku) };
    (item(h, ctx, fields).await.id, warehouse(h, ctx, sku).await.id)
}

/// So much of a receipt goes back to where it came from.
fn sent_back(key: StockKey, quantity: &str, receipt: PostingId) -> NewPosting {
    let out = Direction::Out { reservation: None };
    let new = posting(PostingKind::Return, vec![line(key, quantity, out)]);
    NewPosting { returns: Some(receipt), ..new }
}

async fn reverse(h: &Harness, ctx: &Ctx, id: PostingId) {
    h.engine.inventory().reverse(ctx, id, None).await.expect("it is reversed");
}

/// INV-17: what is taken back takes its own goods, and what comes back is what it was.
pub async fn inv_17_a_reversal_leaves_the_layers_of_others(h: Harness) {
    let ada = keeper(&h).await;
    let key = fifo(&h, &ada, "one").await;
    post(&h, &ada, receipt(key, "1", "10")).await;
    let second = post(&h, &ada, receipt(key, "1", "20")).await;
    reverse(&h, &ada, second.posting.id).await;
    assert_eq!(numbers(&h, key).await, "1 0 10");
    let key = fifo(&h, &ada, "two").await;
    post(&h, &ada, receipt(key, "10", "50")).await;
    post(&h, &ada, receipt(key, "10", "70")).await;
    let issued = post(&h, &ada, issue(key, "12")).await;
    post(&h, &ada, receipt(key, "10", "90")).await;
    reverse(&h, &ada, issued.posting.id).await;
    let values = [("10", "-50"), ("8", "-56"), ("2", "-14"), ("10", "-90")];
    for (quantity, value) in values {
        let posted = post(&h, &ada, issue(key, quantity)).await;
        assert_eq!(posted.movements[0].value, d(value), "{quantity}");
    }
    assert_sound(&h).await;
}

/// INV-17: what goes to another warehouse stays what it is, and keeps its place in the queue there.
pub async fn inv_17_a_transfer_takes_its_layers_along(h: Harness) {
    let ada = keeper(&h).await;
    let key = fifo(&h, &ada, "one").await;
    let there = (key.0, warehouse(&h, &ada, "there").await.id);
    post(&h, &ada, receipt(key, "10", "50")).await;
    post(&h, &ada, receipt(key, "10", "70")).await;
    let moved = post(&h, &ada, transfer(key, "12", there.1)).await;
    post(&h, &ada, issue(there, "10")).await;
    assert_eq!(numbers(&h, there).await, "2 0 14");
    // What came in before it there is older only if it is.
    post(&h, &ada, receipt(there, "20", "180")).await;
    post(&h, &ada, transfer(key, "3", there.1)).await;
    assert_eq!(post(&h, &ada, issue(there, "5")).await.movements[0].value, d("-35"));
    // What is lacking of its goods is made up for by the oldest.
    reverse(&h, &ada, moved.posting.id).await;
    assert_eq!(numbers(&h, key).await, "17 0 99");
    assert_eq!(numbers(&h, there).await, "8 0 72");
    assert_sound(&h).await;
}

/// INV-11, INV-17: worked out again, layers are what they would have been.
pub async fn inv_17_what_is_entered_late_has_its_place_in_the_queue(h: Harness) {
    let ada = keeper(&h).await;
    let key = fifo(&h, &ada, "one").await;
    let early = h.now();
    h.pass(60);
    post(&h, &ada, receipt(key, "10", "50")).await;
    h.pass(60);
    let issued = post(&h, &ada, issue(key, "4")).await;
    h.pass(60);
    let late = NewPosting { effective_at: Some(early), ..receipt(key, "3", "27") };
    let late = post(&h, &ada, late).await;
    assert_eq!(numbers(&h, key).await, "9 0 45");
    // It took three of nine and one of five, by now.
    reverse(&h, &ada, issued.posting.id).await;
    assert_eq!(numbers(&h, key).await, "13 0 77");
    reverse(&h, &ada, late.posting.id).await;
    assert_eq!(numbers(&h, key).await, "10 0 50");
    assert_sound(&h).await;
}

/// INV-17: a return takes the goods of the receipt that it names: its layers and its lots.
pub async fn inv_17_a_return_takes_from_the_receipt_that_it_names(h: Harness) {
    let ada = keeper(&h).await;
    let key = fifo(&h, &ada, "one").await;
    post(&h, &ada, receipt(key, "10", "50")).await;
    let second = post(&h, &ada, receipt(key, "10", "70")).await.posting.id;
    post(&h, &ada, receipt(key, "10", "90")).await;
    let back = post(&h, &ada, sent_back(key, "4", second)).await;
    assert_eq!((back.movements[0].value, back.movements[0].returns), (d("-28"), Some(second)));
    assert_eq!(h.engine.inventory().posting(&ada, back.posting.id).await, Ok(back.clone()));
    // What has gone out meanwhile is made up for by the oldest.
    post(&h, &ada, issue(key, "12")).await;
    assert_eq!(numbers(&h, key).await, "14 0 118");
    assert_eq!(post(&h, &ada, sent_back(key, "5", second)).await.movements[0].value, d("-37"));
    reverse(&h, &ada, back.posting.id).await;
    assert_eq!(numbers(&h, key).await, "13 0 109");

    let key = shelf(&h, &ada, Tracking::Lot).await;
    let soon = (h.now() + TimeDelta::days(2)).date_naive();
    post(&h, &ada, expiring("soon", soon, receipt(key, "5", "5"))).await;
    let other = post(&h, &ada, of("other", receipt(key, "5", "5"))).await.posting.id;
    let back = post(&h, &ada, sent_back(key, "2", other)).await;
    assert_eq!(
        back.movements[0].lot,
        post(&h, &ada, of("other", receipt(key, "1", "1"))).await.movements[0].lot
    );
    assert_eq!(
        h.engine.inventory().post(&ada, sent_back(key, "5", other)).await,
        Err(insufficient(key, "4"))
    );
    assert_sound(&h).await;
}

/// INV-17: a return that names no receipt, or not its goods, is refused by the field.
pub async fn inv_17_bad_returns_are_refused_by_field(h: Harness) {
    let ada = keeper(&h).await;
    let key = fifo(&h, &ada, "one").await;
    let got = post(&h, &ada, receipt(key, "10", "50")).await.posting.id;
    let other = fifo(&h, &ada, "two").await;
    post(&h, &ada, receipt(other, "1", "5")).await;
    let issued = post(&h, &ada, issue(key, "1")).await.posting.id;
    let held = reserve(&h, &ada, reservation(key, "1")).await.id;
    let taken_back = post(&h, &ada, receipt(key, "1", "5")).await.posting.id;
    reverse(&h, &ada, taken_back).await;
    let back = |lines| NewPosting { returns: Some(got), ..posting(PostingKind::Return, lines) };
    let out = |key, quantity| line(key, quantity, Direction::Out { reservation: None });
    for (field, new) in [
        ("returns", NewPosting { returns: Some(got), ..issue(key, "1") }),
        ("returns", sent_back(key, "1", issued)),
        ("returns", sent_back(key, "1", taken_back)),
        ("lines[0].quantity", sent_back(key, "11", got)),
        ("lines[1].quantity", back(vec![out(key, "6"), out(key, "5")])),
        ("lines[0].quantity", back(vec![out(other, "1")])),
        ("lines[0].direction", back(vec![line(key, "1", Direction::In { price: None })])),
        (
            "lines[0].direction.reservation",
            back(vec![line(key, "1", Direction::Out { reservation: Some(held) })]),
        ),
    ] {
        let refused = h.engine.inventory().post(&ada, new).await;
        let Err(Error::Validation(faults)) = refused else { panic!("{field}: {refused:?}") };
        assert_eq!(faults.first().map(|fault| fault.field.as_str()), Some(field));
    }
}

/// INV-18: what is set aside for somebody is issued by them, or by who may release it.
pub async fn inv_18_anothers_reservation_is_not_posted_from(h: Harness) {
    let ada = keeper(&h).await;
    let key = super::place(&h, &ada).await;
    let inventory = h.engine.inventory();
    post(&h, &ada, receipt(key, "9", "9")).await;
    let member = async |name: &str| Ctx::user(h.user_with_role(name, BuiltInRole::MEMBER).await.id);
    let (bob, cid) = (member("bob").await, member("cid").await);
    let held = reserve(&h, &bob, reservation(key, "5")).await;
    let before = h.settled().await;
    let forbidden = Error::Forbidden { action: "stock.release" };
    assert_eq!(
        inventory.post(&cid, issue_of(key, "2", Some(held.id))).await,
        Err(forbidden.clone())
    );
    let dated = NewPosting { effective_at: Some(h.now()), ..issue_of(key, "2", Some(held.id)) };
    let each = inventory.post_each(&cid, &[issue(key, "1"), dated]).await.expect("answers");
    assert_eq!(each[1], Err(forbidden));
    assert!(each[0].is_ok(), "{each:?}");
    assert_eq!(h.events_after(before).await.len(), 1);
    assert_eq!(numbers(&h, key).await, "8 5 8");
    post(&h, &bob, issue_of(key, "1", Some(held.id))).await;
    post(&h, &ada, issue_of(key, "1", Some(held.id))).await;
    assert_eq!(numbers(&h, key).await, "6 3 6");
    assert_sound(&h).await;
}

/// INV-18: an issue that is taken back gives its reservation back, too, whoever takes it back.
pub async fn inv_18_a_reversal_gives_back_what_it_consumed(h: Harness) {
    let ada = keeper(&h).await;
    let key = super::place(&h, &ada).await;
    let inventory = h.engine.inventory();
    post(&h, &ada, receipt(key, "9", "9")).await;
    let bob = Ctx::user(h.user_with_role("bob", BuiltInRole::MEMBER).await.id);
    let cid = Ctx::user(h.user_with_role("cid", BuiltInRole::MEMBER).await.id);
    let held = reserve(&h, &bob, reservation(key, "5")).await.id;
    let issued = post(&h, &bob, issue_of(key, "7", Some(held))).await;
    assert_eq!(issued.movements[0].consumed.map(|part| part.quantity), Some(d("5")));
    assert_eq!(inventory.posting(&bob, issued.posting.id).await, Ok(issued.clone()));
    assert_eq!(numbers(&h, key).await, "2 0 2");
    reverse(&h, &cid, issued.posting.id).await;
    assert_eq!(numbers(&h, key).await, "9 5 9");
    let there = inventory.reservation(&bob, held).await.expect("it is there");
    assert_eq!((there.state, there.consumed), (ReservationState::Active, d("0")));
    assert_eq!(inventory.post(&cid, issue(key, "5")).await, Err(insufficient(key, "4")));
    // What was given back or is over meanwhile stays ended.
    let issued = post(&h, &bob, issue_of(key, "2", Some(held))).await.posting.id;
    inventory.release(&bob, held).await.expect("it is released");
    reverse(&h, &cid, issued).await;
    assert_eq!(numbers(&h, key).await, "9 0 9");
    let expires_at = Some(h.now() + TimeDelta::seconds(60));
    let held = NewReservation { expires_at, ..reservation(key, "3") };
    let held = reserve(&h, &bob, held).await.id;
    let issued = post(&h, &bob, issue_of(key, "3", Some(held))).await.posting.id;
    h.pass(60);
    reverse(&h, &cid, issued).await;
    assert_eq!(numbers(&h, key).await, "9 0 9");
    assert_sound(&h).await;
}
