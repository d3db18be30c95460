//! A caller's future that is dropped (his client went away): the commit happens whole, or not.

use std::{future::Future, pin::pin, task::Poll};

use erp_core::{
    Ctx,
    change::{ChangeSet, EventBody, Idempotency},
    chat::ChatEvent,
    ctx::IdempotencyKey,
    ids::{AuditId, MessageId},
    policy::Action,
};

use crate::{Harness, random::Random};

/// Polls the future so many times, then drops it. Whether it ended is told.
async fn poll_and_drop<F: Future>(future: F, polls: usize) -> bool {
    let mut future = pin!(future);
    for _ in 0..polls {
        let ended = std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending => Poll::Ready(false),
        });
        if ended.await {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

/// What is there of a post: the message, its audit entry, its event.
async fn parts(h: &Harness, message: MessageId, audit: AuditId) -> [bool; 3] {
    let there = h.store.chat().message(message).await.expect("a read").is_some();
    let event = h.events().await.iter().any(|event| match &event.body {
        EventBody::Chat(ChatEvent::MessagePosted(posted)) => posted.id == message,
        _ => false,
    });
    [there, h.has_audit(audit).await, event]
}

fn with_key(mut set: ChangeSet, key: &str) -> ChangeSet {
    let ctx = Ctx { actor: set.audit.actor, ..Ctx::system() };
    let ctx = ctx.with_idempotency_key(IdempotencyKey::new(key).expect("a key"));
    set.idempotency = Idempotency::of(&ctx, Action::ChatPost, &key, &key).expect("it is JSON");
    set
}

/// `Store::commit`: a dropped commit that is sent again with its key is there once, with all its
/// parts; whether the first or the second wrote it, the answer is the same.
pub async fn a_dropped_commit_sent_again_is_there_once(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let mut random = Random::new(11);
    let mut posts = Vec::new();
    for n in 0..60 {
        let (message, set) = h.posting(room.id, ann.id, "hello");
        let set = with_key(set, &format!("key-{n}"));
        let audit = set.audit.id;
        poll_and_drop(h.store.commit(set.clone()), 1 + random.below(6)).await;
        let receipt = h.store.commit(set).await.expect("it is written by now, or before");
        assert_eq!(receipt.number(0), Ok(n + 1));
        posts.push((message, audit));
    }
    for (message, audit) in posts {
        assert_eq!(parts(&h, message, audit).await, [true; 3]);
    }
    assert_eq!(h.messages(room.id).await.len(), 60);
    assert_eq!(h.events().await.len(), 60);
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}

/// `Store::commit`: once polled, a dropped commit leaves all of its parts or none; others go on.
pub async fn a_dropped_commit_leaves_all_of_it_or_nothing(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let mut random = Random::new(12);
    let mut dropped = Vec::new();
    for _ in 0..40 {
        let (message, set) = h.posting(room.id, ann.id, "dropped");
        let audit = set.audit.id;
        let ended = poll_and_drop(h.store.commit(set), 1 + random.below(4)).await;
        dropped.push((message, audit, ended));
        h.post(room.id, ann.id, "acknowledged").await;
    }
    for (message, audit, ended) in dropped {
        let whole = whole(&h, message, audit).await;
        assert!(whole || !ended, "an answered commit is there");
    }
    let numbers: Vec<_> = h.messages(room.id).await.iter().map(|one| one.seq.0).collect();
    let count = i64::try_from(numbers.len()).expect("it is small");
    assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
    assert!(count >= 40, "the acknowledged ones are all there");
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}

/// Whether all parts are there. A commit that still runs may come between the reads, so parts that
/// differ are read again for a while.
async fn whole(h: &Harness, message: MessageId, audit: AuditId) -> bool {
    let mut read = parts(h, message, audit).await;
    for _ in 0..1_000 {
        if read == [true; 3] || read == [false; 3] {
            break;
        }
        tokio::task::yield_now().await;
        read = parts(h, message, audit).await;
    }
    assert!(read[0] == read[1] && read[1] == read[2], "message, audit entry, event: {read:?}");
    read[0]
}
