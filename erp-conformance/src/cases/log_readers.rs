//! The event log while many write to it (RTS-6): every reader sees each event once, in one order.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use erp_core::{
    access::AccessChange,
    change::{
        Audience, BroadcastEvent, ChangeSet, EntityRef, Event, EventBody, NewEvent, Position,
    },
    chat::ChatEvent,
    ids::{RoomId, UserId},
    policy::Action,
    port::{IdGenerator as _, Store},
};
use serde_json::json;

use crate::{Harness, random::Random};

const WRITERS: usize = 16;
const READERS: usize = 4;
const COMMITS: usize = 25;

/// What a writer does next: a post, some broadcasts, or something that is refused.
fn next_set(h: &Harness, random: &mut Random, rooms: &[RoomId], user: UserId) -> ChangeSet {
    match random.below(4) {
        0 => {
            let mut refused = h.posting(*random.pick(rooms), user, "refused").1;
            let user = h.new_user("taken");
            refused.change(AccessChange::CreateUser { user, password: None });
            refused
        }
        1 => {
            let entity = EntityRef::new("broadcast", h.ids.uuid());
            let mut set = h.set_by(&erp_core::Ctx::user(user), Action::RealtimeBroadcast, entity);
            for n in 0..=random.below(4) {
                let payload = json!([set.audit.id, n]);
                let sent = BroadcastEvent::Sent { name: "n".to_owned(), payload };
                set.event(NewEvent::new(sent, [Audience::Everyone]));
            }
            set
        }
        _ => h.posting(*random.pick(rooms), user, "hello").1,
    }
}

/// Reads the log until the writers are done, and goes back to a place where it has been every now
/// and then, as a client does who lost his connection. What it reads again must be what it was.
async fn read_and_resume(
    store: Arc<dyn Store>,
    mut random: Random,
    done: Arc<AtomicBool>,
) -> BTreeMap<Position, Arc<Event>> {
    let mut read: BTreeMap<Position, Arc<Event>> = BTreeMap::new();
    let mut marks = vec![Position::START];
    loop {
        // Asked before the read: what was committed by then is read below.
        let last_round = done.load(Ordering::SeqCst);
        let mut after = *marks.last().expect("it has the start");
        if random.percent(20) {
            after = *random.pick(&marks);
            marks.retain(|mark| *mark <= after);
        }
        let limit = 1 + random.below(40);
        loop {
            let batch = store.events().read(after, limit).await.expect("a read");
            take(&mut read, after, &batch.events, batch.reached);
            let full = batch.events.len() == limit;
            after = batch.reached;
            marks.push(after);
            if !full {
                break;
            }
        }
        if last_round {
            return read;
        }
        tokio::task::yield_now().await;
    }
}

/// Notes a batch; where the reader has been before, it must hold the same events again.
fn take(
    read: &mut BTreeMap<Position, Arc<Event>>,
    after: Position,
    batch: &[Arc<Event>],
    reached: Position,
) {
    let furthest = read.keys().next_back().copied().unwrap_or_default();
    let known: Vec<_> = read
        .range(Position(after.0 + 1)..)
        .take_while(|(position, _)| **position <= reached)
        .map(|(_, event)| event.clone())
        .collect();
    let again: Vec<_> = batch.iter().filter(|event| event.position <= furthest).cloned().collect();
    assert_eq!(again, known, "between {after} and {reached}");
    for event in batch {
        read.insert(event.position, event.clone());
    }
}

/// `EventLog`, contract, RTS-6: 16 writers, and 4 readers who resume at random: each reads every
/// committed event once, nothing of a refused commit, all in the same order, and of one room in the
/// order of its commits.
pub async fn rts_6_every_reader_sees_every_event_once_in_one_order(h: Harness) {
    h.user("taken").await;
    let mut users = Vec::new();
    for n in 0..WRITERS {
        users.push(h.user(&format!("user-{n}")).await.id);
    }
    let rooms = [h.group(&users).await.id, h.group(&users).await.id, h.group(&users).await.id];
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..READERS)
        .map(|n| {
            let random = Random::new(n as u64);
            tokio::spawn(read_and_resume(h.store.clone(), random, done.clone()))
        })
        .collect();
    let writers = users.iter().enumerate().map(|(n, user)| {
        let mut random = Random::new(100 + n as u64);
        let sets: Vec<_> = (0..COMMITS).map(|_| next_set(&h, &mut random, &rooms, *user)).collect();
        let store = h.store.clone();
        async move {
            let mut last = Vec::new();
            for set in sets {
                let events = set.events.len();
                if let Ok(receipt) = store.commit(set).await {
                    last.push((receipt.position.expect("it has events"), events));
                }
            }
            last
        }
    });
    let committed = super::support::at_once(writers.collect::<Vec<_>>()).await;
    done.store(true, Ordering::SeqCst);

    let all = h.events().await;
    for reader in readers {
        let read = reader.await.expect("the reader ends");
        assert_eq!(read.into_values().collect::<Vec<_>>(), all);
    }
    let total: usize = committed.iter().flatten().map(|(_, events)| events).sum();
    assert_eq!(all.len(), total, "every committed event, and no other");
    let positions: BTreeSet<_> = all.iter().map(|event| event.position).collect();
    assert_eq!(positions.len(), total);
    for of_writer in &committed {
        assert!(of_writer.iter().all(|(position, _)| positions.contains(position)));
        assert!(of_writer.is_sorted(), "a writer's commits are in his order");
    }
    let mut next: BTreeMap<RoomId, i64> = BTreeMap::new();
    for event in &all {
        if let EventBody::Chat(ChatEvent::MessagePosted(message)) = &event.body {
            let expected = next.entry(message.room).or_insert(1);
            assert_eq!(message.seq.0, *expected, "the commit order of {}", message.room);
            *expected += 1;
        }
    }
}

/// whoever follows the log by waiting gets every event of many writers, without a poll.
pub async fn rts_5_who_waits_gets_every_event(h: Harness) {
    let writers = (0..8_u64).map(|writer| {
        let store = h.store.clone();
        let sets: Vec<_> = (0..20)
            .map(|n| {
                let entity = EntityRef::new("broadcast", h.ids.uuid());
                let mut set = h.set(Action::RealtimeBroadcast, entity);
                let payload = json!([writer, n]);
                let sent = BroadcastEvent::Sent { name: "n".to_owned(), payload };
                set.event(NewEvent::new(sent, [Audience::Everyone]));
                set
            })
            .collect();
        async move {
            for set in sets {
                store.commit(set).await.expect("it is valid");
                tokio::task::yield_now().await;
            }
        }
    });
    let store = h.store.clone();
    let follower = tokio::spawn(async move {
        let (mut after, mut read) = (Position::START, BTreeSet::new());
        while read.len() < 160 {
            let mark = store.events().wait(after).await.expect("a wait");
            while after < mark {
                let batch = store.events().read(after, 7).await.expect("a read");
                for event in &batch.events {
                    assert!(event.position > after, "{} again", event.position);
                    after = event.position;
                    assert!(read.insert(event.position), "{} again", event.position);
                }
                after = batch.reached;
            }
        }
    });
    super::support::at_once(writers.collect::<Vec<_>>()).await;
    follower.await.expect("it gets them all");
}
