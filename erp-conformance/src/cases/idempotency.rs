//! The same request twice gives the first answer again.

use erp_core::{
    Conflict, Ctx,
    access::AccessChange,
    change::{ChangeSet, Guard, Idempotency, Scope, Version},
    chat::ChatChange,
    ctx::IdempotencyKey,
    ids::{RoomId, UserId},
    policy::Action,
    port::StoreError,
};
use serde_json::json;

use super::support::{commit_at_once, conflict};
use crate::Harness;

/// A post as a service makes it for a client that may send it again: ids and times are new each
/// time, the request and its fingerprint are not.
fn keyed_post(h: &Harness, room: RoomId, author: UserId, key: &str, body: &str) -> ChangeSet {
    let (message, mut set) = h.posting(room, author, body);
    set.idempotency = Some(keyed(Ctx::user(author), key, body, message.to_string().as_str()));
    set
}

fn keyed(ctx: Ctx, key: &str, request: &str, answer: &str) -> Idempotency {
    let ctx = ctx.with_idempotency_key(IdempotencyKey::new(key).expect("a key"));
    Idempotency::of(&ctx, Action::ChatPost, &request, &answer)
        .expect("it is JSON")
        .expect("the context has a key")
}

/// the same key and request give the stored answer and allocations, and write nothing.
pub async fn x_6_a_repeated_request_gets_the_first_answer(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    h.post(room.id, ann.id, "before").await;
    let first = keyed_post(&h, room.id, ann.id, "key-1", "hello");
    let answer = first.idempotency.as_ref().expect("it has one").answer.clone();
    let receipt = h.store.commit(first).await.expect("the post is valid");
    assert_eq!((receipt.number(0), receipt.replayed), (Ok(2), None));
    h.post(room.id, ann.id, "after").await;

    let (room_before, audit, events) =
        (h.read_room(room.id).await, h.audit().await, h.events().await);
    for _ in 0..3 {
        h.pass(60);
        let again = keyed_post(&h, room.id, ann.id, "key-1", "hello");
        let replay = h.store.commit(again).await.expect("the first answer");
        assert_eq!(replay.replayed, Some(answer.clone()));
        assert_eq!((replay.allocated, replay.position), (receipt.allocated.clone(), None));
    }
    assert_eq!(h.read_room(room.id).await, room_before);
    assert_eq!(h.audit().await, audit);
    assert_eq!(h.events().await, events);
}

/// the stored answer is any JSON, and comes back as it was.
pub async fn x_6_the_answer_comes_back_as_it_was(h: Harness) {
    let answer = json!({ "text": "ä\u{1f600}\"", "list": [1, -2.5, null, {}], "none": null });
    let set = || {
        let mut set = h.changes([AccessChange::CreateTeam(h.new_team("a team"))]);
        set.idempotency = Some(keyed(Ctx::system(), "key", "request", ""));
        set.idempotency.as_mut().expect("just set").answer = answer.clone();
        set
    };
    h.store.commit(set()).await.expect("the set is valid");
    let replay = h.store.commit(set()).await.expect("the first answer");
    assert_eq!(replay.replayed, Some(answer.clone()));
}

/// the same key with another request is refused, and writes nothing.
pub async fn x_6_a_key_is_not_used_for_another_request(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    h.store.commit(keyed_post(&h, room.id, ann.id, "key", "hello")).await.expect("valid");
    let (before, audit) = (h.read_room(room.id).await, h.audit().await);
    let other = keyed_post(&h, room.id, ann.id, "key", "something else");
    assert_eq!(h.store.commit(other).await, conflict(Conflict::IdempotencyKeyReused));
    assert_eq!(h.read_room(room.id).await, before);
    assert_eq!(h.audit().await, audit);
}

/// `Idempotency::actor`: a key is the actor's own.
pub async fn x_6_a_key_is_the_actors_own(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id, bob.id]).await;
    for author in [ann.id, bob.id] {
        let post = keyed_post(&h, room.id, author, "same", &format!("by {author}"));
        assert_eq!(h.store.commit(post).await.expect("valid").replayed, None);
    }
    let mut by_host = h.changes([AccessChange::CreateTeam(h.new_team("by the host"))]);
    by_host.idempotency = Some(keyed(Ctx::system(), "same", "a team", ""));
    assert_eq!(h.store.commit(by_host).await.expect("valid").replayed, None);
    assert_eq!(h.messages(room.id).await.len(), 2);
}

/// keys are compared letter by letter.
pub async fn x_6_keys_differ_by_case(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    for key in ["key", "KEY", "key-", "k"] {
        let post = keyed_post(&h, room.id, ann.id, key, "hello");
        assert_eq!(h.store.commit(post).await.expect("valid").replayed, None, "{key}");
    }
}

/// the key is looked at before guards and versions: what was true for the first request need
/// not be true any more.
pub async fn x_6_a_repeated_request_is_answered_though_its_guards_are_stale(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let graph = h.store.access().graph().await.expect("a read").version;
    let set = || {
        let mut set = h.changes([ChatChange::UpdateRoom {
            id: room.id,
            expected: Version(1),
            name: Some("renamed".to_owned()),
            topic: None,
        }]);
        set.change(AccessChange::CreateTeam(h.new_team("a team")));
        set.guard(Guard::Held(Scope::access_graph(), graph));
        set.idempotency = Some(keyed(Ctx::system(), "rename", "renamed", "done"));
        set
    };
    h.store.commit(set()).await.expect("the set is valid");
    let replay = h.store.commit(set()).await.expect("the first answer");
    assert_eq!(replay.replayed, Some(json!("done")));
    assert_eq!(h.read_room(room.id).await.version, Version(2));
}

/// a set that fails leaves no record: the key is free for another request.
pub async fn x_6_a_failed_request_leaves_its_key_free(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let mut fails = keyed_post(&h, room.id, ann.id, "key", "hello");
    let graph = h.store.access().graph().await.expect("a read").version;
    fails.guard(Guard::Seen(Scope::access_graph(), graph.next()));
    let refused = h.store.commit(fails).await.expect_err("the guard does not hold");
    assert!(refused.is_guard(), "{refused:?}");
    let mut fails = keyed_post(&h, room.id, ann.id, "key", "hello");
    fails.change(AccessChange::GrantRole {
        holder: erp_core::access::RoleHolder::User(ann.id),
        role: h.new_role("none", &[]).id,
    });
    let refused = h.store.commit(fails).await;
    assert_eq!(refused, Err(StoreError::NotFound { entity: "role" }));

    let other = keyed_post(&h, room.id, ann.id, "key", "another request");
    let receipt = h.store.commit(other).await.expect("the key is free");
    assert_eq!((receipt.number(0), receipt.replayed), (Ok(1), None));
}

/// of the same request from 16 tasks at once one is written; all get its answer.
pub async fn x_6_the_same_request_from_many_tasks_is_written_once(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    for round in 0..8 {
        let key = format!("round-{round}");
        let sets: Vec<_> = (0..16).map(|_| keyed_post(&h, room.id, ann.id, &key, "once")).collect();
        let answers: Vec<_> = sets.iter().map(answer_of).collect();
        let results = commit_at_once(&h.store, sets).await;
        let fresh: Vec<_> = results
            .iter()
            .enumerate()
            .filter(|(_, result)| result.as_ref().expect("an answer").replayed.is_none())
            .map(|(index, _)| index)
            .collect();
        assert_eq!(fresh.len(), 1, "one is fresh");
        for result in &results {
            let receipt = result.as_ref().expect("an answer");
            assert_eq!(receipt.number(0), Ok(round + 1));
            if let Some(replayed) = &receipt.replayed {
                assert_eq!(*replayed, answers[fresh[0]]);
            }
        }
    }
    assert_eq!(h.messages(room.id).await.len(), 8);
    assert_eq!(h.events().await.len(), 8);
}

/// of different requests under one key at once one is written, the others are refused.
pub async fn x_6_one_key_for_many_requests_at_once_is_used_by_one(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let sets: Vec<_> =
        (0..16).map(|n| keyed_post(&h, room.id, ann.id, "key", &format!("body {n}"))).collect();
    let results = commit_at_once(&h.store, sets).await;
    let reused = StoreError::Conflict(Conflict::IdempotencyKeyReused);
    assert_eq!(super::support::winners(&results, |error| *error == reused), 1);
    assert_eq!(h.messages(room.id).await.len(), 1);
}

fn answer_of(set: &ChangeSet) -> serde_json::Value {
    set.idempotency.as_ref().expect("it has one").answer.clone()
}
