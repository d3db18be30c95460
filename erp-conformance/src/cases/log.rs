//! The event log as its readers see it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use erp_core::{
    change::{
        Audience, BroadcastEvent, ChangeSet, EntityRef, Event, EventBody, NewEvent, Position,
    },
    policy::Action,
    port::{IdGenerator as _, Store},
};
use serde_json::json;

use crate::Harness;

/// How long something that happens at once may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A set that only broadcasts this number.
fn broadcast(h: &Harness, numbers: &[u64]) -> ChangeSet {
    let mut set = h.set(Action::RealtimeBroadcast, EntityRef::new("broadcast", h.ids.uuid()));
    for number in numbers {
        let sent = BroadcastEvent::Sent { name: "n".to_owned(), payload: json!(number) };
        set.event(NewEvent::new(sent, [Audience::Everyone]));
    }
    set
}

async fn send(h: &Harness, numbers: &[u64]) -> Position {
    let receipt = h.store.commit(broadcast(h, numbers)).await.expect("it is valid");
    receipt.position.expect("it has events")
}

fn numbers(events: &[Arc<Event>]) -> Vec<u64> {
    events
        .iter()
        .map(|event| match &event.body {
            EventBody::Broadcast(BroadcastEvent::Sent { payload, .. }) => {
                payload.as_u64().expect("a number")
            }
            other => panic!("not a broadcast: {other:?}"),
        })
        .collect()
}

/// `EventLog::epoch`: letters and digits, and always the same one of one store.
pub async fn the_epoch_is_letters_and_digits_and_stays(h: Harness) {
    let epoch = h.store.events().epoch().await.expect("a read");
    let well_formed = epoch.0.chars().all(|c| c.is_ascii_alphanumeric());
    assert!(well_formed && !epoch.0.is_empty(), "{epoch}");
    send(&h, &[1]).await;
    assert_eq!(h.store.events().epoch().await, Ok(epoch));
}

/// `EventLog`: an empty log has nothing to read, and reading it does not go astray.
pub async fn an_empty_log_has_nothing_to_read(h: Harness) {
    let settled = h.settled().await;
    let batch = h.store.events().read(Position::START, 10).await.expect("a read");
    assert_eq!((batch.events, batch.reached), (vec![], settled));
    assert!(h.store.events().horizon().await.expect("a read") <= settled);
    let position = send(&h, &[1]).await;
    assert!(position > settled, "an event comes after what was settled");
    assert_eq!(numbers(&h.events_after(batch.reached).await), [1]);
}

/// `EventLog::settled`: it covers every event whose commit was answered before the call, and never
/// goes back.
pub async fn settled_covers_every_answered_commit(h: Harness) {
    let mut before = h.settled().await;
    for n in 0..50 {
        let position = send(&h, &[n]).await;
        let settled = h.settled().await;
        assert!(settled >= position, "{settled} does not cover {position}");
        assert!(settled >= before, "{settled} is before {before}");
        before = settled;
    }
}

/// X-18, RTS-5: who reads after a commit was answered sees its events, also while others commit.
pub async fn rts_5_an_answered_commit_is_read_at_once(h: Harness) {
    let writers = (0..8_u64).map(|writer| {
        let store = h.store.clone();
        let sets: Vec<_> = (0..20).map(|n| broadcast(&h, &[writer * 100 + n])).collect();
        async move {
            for set in sets {
                let before = store.events().settled().await.expect("a read");
                let receipt = store.commit(set).await.expect("it is valid");
                let position = receipt.position.expect("it has an event");
                assert!(position > before, "{position} appeared below the settled {before}");
                let batch = store.events().read(Position(position.0 - 1), 1).await;
                let batch = batch.expect("a read");
                let read = batch.events.first().map(|event| event.position);
                assert_eq!(read, Some(position));
            }
        }
    });
    super::support::at_once(writers.collect::<Vec<_>>()).await;
}

/// `EventLog::read`: at most `limit` events, in order; `reached` is the last one's position when the
/// batch is full, else the settled mark; reading on from it gives each event once.
pub async fn reading_on_from_what_was_reached_gives_each_event_once(h: Harness) {
    for n in 0..10_u64 {
        send(&h, &[n * 2, n * 2 + 1]).await;
    }
    let settled = h.settled().await;
    for limit in [1, 3, 7, 20, 100] {
        let (mut after, mut read) = (Position::START, Vec::new());
        loop {
            let batch = h.store.events().read(after, limit).await.expect("a read");
            assert!(batch.events.len() <= limit);
            let last = batch.events.last().map(|event| event.position);
            let full = batch.events.len() == limit;
            assert_eq!(Some(batch.reached), if full { last } else { Some(settled) });
            after = batch.reached;
            read.extend(batch.events);
            if !full {
                break;
            }
        }
        assert_eq!(numbers(&read), (0..20).collect::<Vec<_>>(), "limit {limit}");
        let positions: Vec<_> = read.iter().map(|event| event.position).collect();
        assert!(positions.is_sorted_by(|one, next| one < next), "{positions:?}");
    }
}

/// `EventLog::read`: from any position on, also from one that no event has.
pub async fn reading_starts_after_any_position(h: Harness) {
    for n in 0..6 {
        send(&h, &[n]).await;
    }
    let all = h.events().await;
    // Positions may leave gaps of any width.
    let mut starts = BTreeSet::from([0, h.settled().await.0]);
    for event in &all {
        starts.extend([event.position.0 - 1, event.position.0]);
    }
    let sorted: Vec<_> = starts.iter().copied().collect();
    starts.extend(sorted.windows(2).map(|gap| i64::midpoint(gap[0], gap[1])));
    for after in starts {
        let expected: Vec<_> =
            all.iter().filter(|event| event.position.0 > after).cloned().collect();
        assert_eq!(h.events_after(Position(after)).await, expected, "after {after}");
    }
}

/// BC-3: the events of one commit keep their order.
pub async fn bc_3_the_events_of_a_commit_keep_their_order(h: Harness) {
    let all: Vec<u64> = (0..200).collect();
    let sets: Vec<_> = all.chunks(25).map(|chunk| broadcast(&h, chunk)).collect();
    for result in super::support::commit_at_once(&h.store, sets).await {
        result.expect("it is valid");
    }
    let read = numbers(&h.events().await);
    assert_eq!(read.len(), 200);
    for chunk in all.chunks(25) {
        let of_chunk: Vec<_> = read.iter().filter(|n| chunk.contains(n)).copied().collect();
        assert_eq!(of_chunk, chunk);
    }
}

/// BC-2: a refused commit leaves no event, and those after it are read all the same.
pub async fn bc_2_a_refused_commit_leaves_no_event(h: Harness) {
    let ann = h.user("ann").await;
    for n in 0..10 {
        let mut refused = broadcast(&h, &[100 + n]);
        refused.change(erp_core::access::AccessChange::CreateUser {
            user: h.new_user("ann"),
            password: None,
        });
        h.store.commit(refused).await.expect_err("the address is taken");
        send(&h, &[n]).await;
    }
    assert_eq!(numbers(&h.events().await), (0..10).collect::<Vec<_>>());
    assert_eq!(h.read_user(ann.id).await, ann);
}

/// `EventLog::wait`: a commit wakes those who wait; the mark that they get is beyond what they had.
pub async fn a_commit_wakes_those_who_wait(h: Harness) {
    for n in 0..20 {
        let settled = h.settled().await;
        let waiting: Vec<_> =
            (0..3).map(|_| tokio::spawn(wait_beyond(h.store.clone(), settled))).collect();
        tokio::task::yield_now().await;
        let position = send(&h, &[n]).await;
        for wait in waiting {
            let woken = tokio::time::timeout(PATIENCE, wait).await.expect("nobody waits on");
            assert!(woken.expect("the task ends") >= position);
        }
    }
}

async fn wait_beyond(store: Arc<dyn Store>, after: Position) -> Position {
    loop {
        let mark = store.events().wait(after).await.expect("a wait");
        if mark > after {
            return mark;
        }
    }
}

/// `EventLog::wait`: what is beyond the position already is told at once, and without any event it
/// returns in the end with the mark as it is.
pub async fn a_wait_ends_by_itself(h: Harness) {
    let position = send(&h, &[1]).await;
    let wait = h.store.events().wait(Position(position.0 - 1));
    let mark = tokio::time::timeout(PATIENCE, wait).await.expect("it returns").expect("a wait");
    assert!(mark >= position);
    let wait = h.store.events().wait(mark);
    let still = tokio::time::timeout(PATIENCE, wait).await.expect("it returns").expect("a wait");
    assert_eq!(still, mark);
}
