//! Posts at once: they share transactions, and nobody notices.

use std::{collections::BTreeSet, sync::Arc};

use erp_conformance::{Harness, TestStore};
use erp_core::{
    Conflict, Ctx,
    change::{ChangeSet, Idempotency, Receipt},
    chat::Seq,
    ctx::IdempotencyKey,
    ids::{RoomId, UserId},
    policy::Action,
    port::{StoreError, StoreResult},
};
use tokio::task::JoinSet;

use crate::support::Database;

async fn harness() -> Harness {
    let database = Database::migrated().await;
    Harness::new(TestStore::new(database.store().await).keeping(database))
}

async fn commit_at_once(h: &Harness, sets: Vec<ChangeSet>) -> Vec<StoreResult<Receipt>> {
    let mut commits = JoinSet::new();
    for (index, set) in sets.into_iter().enumerate() {
        let store = Arc::clone(&h.store);
        commits.spawn(async move { (index, store.commit(set).await) });
    }
    let mut results = commits.join_all().await;
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn keyed(h: &Harness, user: UserId, room: RoomId, key: &str) -> ChangeSet {
    let ctx = Ctx::user(user).with_idempotency_key(IdempotencyKey::new(key).unwrap());
    let (_, mut set) = h.posting(room, user, key);
    set.idempotency = Idempotency::of(&ctx, Action::ChatPost, &key, &key).unwrap();
    set
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_11_three_hundred_posts_at_once_are_numbered_without_a_gap() {
    let h = harness().await;
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let mut rooms = Vec::new();
    for _ in 0..3 {
        rooms.push(h.group(&[ann, bob]).await.id);
    }
    let author = |n: usize| if n.is_multiple_of(3) { bob } else { ann };
    let sets = (0..300).map(|n| h.posting(rooms[n % 2], author(n), "hello").1).collect();
    let results = commit_at_once(&h, sets).await;
    let mut numbers = [BTreeSet::new(), BTreeSet::new()];
    for (n, result) in results.into_iter().enumerate() {
        let receipt = result.unwrap();
        let events =
            h.store.events().read(erp_core::change::Position(receipt.position.unwrap().0 - 1), 1);
        let event = events.await.unwrap().events.remove(0);
        assert_eq!(event.body.room_seq(), Some(Seq(receipt.number(0).unwrap())));
        numbers[n % 2].insert(Seq(receipt.number(0).unwrap()));
    }
    for numbers in numbers {
        assert_eq!(numbers, (1..=150).map(Seq).collect());
    }
    assert_eq!(h.unread(rooms[0], bob).await + h.unread(rooms[0], ann).await, 150);
    assert_eq!(h.store.maintenance().verify().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_post_does_not_harm_those_that_it_came_with() {
    let h = harness().await;
    let (ann, eve) = (h.user("ann").await.id, h.user("eve").await.id);
    let room = h.group(&[ann]).await.id;
    let author = |n: usize| if n.is_multiple_of(10) { eve } else { ann };
    let sets = (0..100).map(|n| h.posting(room, author(n), "hello").1).collect();
    let results = commit_at_once(&h, sets).await;
    for (n, result) in results.into_iter().enumerate() {
        match author(n) == eve {
            true => assert_eq!(result, Err(StoreError::NotFound { entity: "member" })),
            false => assert!(result.is_ok(), "{result:?}"),
        }
    }
    assert_eq!(h.read_room(room).await.last_seq, Seq(90));
    assert_eq!(h.audit().await.iter().filter(|entry| entry.action == Action::ChatPost).count(), 90);
}

#[tokio::test(flavor = "multi_thread")]
async fn x_6_keys_hold_for_posts_that_go_together() {
    let h = harness().await;
    let ann = h.user("ann").await.id;
    let room = h.group(&[ann]).await.id;
    let sets = (0..80).map(|n| keyed(&h, ann, room, &format!("key-{}", n / 2))).collect();
    let results = commit_at_once(&h, sets).await;
    for pair in results.chunks(2) {
        let [one, other] = pair else { panic!("a pair") };
        let (one, other) = (one.as_ref().unwrap(), other.as_ref().unwrap());
        assert_eq!(one.number(0), other.number(0));
        assert_ne!(one.replayed.is_some(), other.replayed.is_some());
    }
    assert_eq!(h.read_room(room).await.last_seq, Seq(40));

    let mut other = keyed(&h, ann, room, "key-0");
    other.idempotency.as_mut().unwrap().fingerprint = [7; 32];
    let refused = h.store.commit(other).await;
    assert_eq!(refused, Err(Conflict::IdempotencyKeyReused.into()));
}
