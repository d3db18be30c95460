//! What the store allocates: it comes back in the receipt, and stands in the events.

use std::collections::BTreeMap;

use erp_core::{
    change::{Audience, Change, EventBody, NewEvent, Position},
    chat::{
        ChatChange, ChatEvent, HistoryPolicy, MessageKind, PointerMove, Room, RoomKind, RoomRole,
        Seq,
    },
};

use super::support::{at_once, commit_at_once};
use crate::Harness;

/// CHAT-11: a room's messages are numbered 1, 2, 3 … whoever posts, and each room for itself; the
/// receipt, the message, the room and the event say the same number.
pub async fn chat_11_messages_are_numbered_without_a_gap(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let rooms = [h.group(&[ann.id, bob.id]).await, h.group(&[bob.id, ann.id]).await];
    for number in 1..=5 {
        for room in &rooms {
            let author = if number % 2 == 0 { ann.id } else { bob.id };
            let at = h.pass(1);
            let (id, set) = h.posting(room.id, author, "hello");
            let receipt = h.store.commit(set).await.expect("the post is valid");
            assert_eq!(receipt.number(0), Ok(number));
            let message = h.message(id).await;
            assert_eq!(message.seq, Seq(number));
            let now = h.read_room(room.id).await;
            assert_eq!((now.last_seq, now.last_message_at), (Seq(number), Some(at)));
            let event = h.events().await.pop().expect("the post's event");
            assert_eq!(Some(event.position), receipt.position);
            assert_eq!(event.body, EventBody::Chat(ChatEvent::MessagePosted(message)));
        }
    }
}

/// CHAT-11, X-18: 32 people who post into few rooms at once: no number twice, none left out, and
/// the log has each room's messages in the order of their numbers.
pub async fn chat_11_numbers_have_no_gap_when_many_post_at_once(h: Harness) {
    const POSTS: usize = 12;
    let mut users = Vec::new();
    for n in 0..32 {
        users.push(h.user(&format!("user-{n}")).await.id);
    }
    let rooms = [h.group(&users).await.id, h.group(&users).await.id, h.group(&users).await.id];
    let posters = users.iter().enumerate().map(|(n, user)| {
        let store = h.store.clone();
        let sets: Vec<_> = (0..POSTS)
            .map(|round| {
                let room = rooms[(n + round) % rooms.len()];
                (room, h.posting(room, *user, &format!("{n}/{round}")))
            })
            .collect();
        async move {
            let mut posted = Vec::new();
            for (room, (id, set)) in sets {
                let receipt = store.commit(set).await.expect("the post is valid");
                posted.push((room, Seq(receipt.number(0).expect("its number")), id));
            }
            posted
        }
    });
    let posted: Vec<_> = at_once(posters.collect::<Vec<_>>()).await.concat();
    let mut told: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (room, seq, id) in posted {
        let twice = told.entry(room).or_default().insert(seq, id);
        assert_eq!(twice, None, "{room}: {seq} was told twice");
    }
    let mut logged: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for event in h.events().await {
        if let EventBody::Chat(ChatEvent::MessagePosted(message)) = &event.body {
            logged.entry(message.room).or_default().push((message.seq, message.id));
        }
    }
    for room in rooms {
        let kept: Vec<_> = h.messages(room).await.iter().map(|m| (m.seq, m.id)).collect();
        let wanted = 1..=i64::try_from(32 * POSTS / rooms.len()).expect("it is small");
        let numbers: Vec<_> = kept.iter().map(|(seq, _)| seq.0).collect();
        assert_eq!(numbers, wanted.collect::<Vec<_>>());
        assert_eq!(told[&room].clone().into_iter().collect::<Vec<_>>(), kept, "the receipts");
        assert_eq!(logged[&room], kept, "the log");
        assert_eq!(h.read_room(room).await.last_seq, kept.last().expect("posts").0);
    }
}

/// CHAT-11: two messages of one set get two numbers, in order, and each event that of its own.
pub async fn chat_11_two_messages_of_one_set_get_two_numbers(h: Harness) {
    let ann = h.user("ann").await;
    let (one, other) = (h.group(&[ann.id]).await, h.group(&[ann.id]).await);
    let (first, mut set) = h.posting(one.id, ann.id, "first");
    let mut ids = vec![first];
    for room in [other.id, one.id] {
        let (id, mut more) = h.posting(room, ann.id, "more");
        let slot = set.change(more.changes.remove(0));
        set.event(more.events.remove(0).filled_by(slot));
        ids.push(id);
    }
    let receipt = h.store.commit(set).await.expect("the set is valid");
    let told: Vec<_> = receipt.allocated.iter().map(|one| one.number).collect();
    assert_eq!(told, [Some(1), Some(1), Some(2)]);
    for (event, id) in h.events().await.iter().zip(ids) {
        let message = h.message(id).await;
        assert_eq!(event.body, EventBody::Chat(ChatEvent::MessagePosted(message)));
    }
}

/// `Receipt::allocated`: a joining has the room's last number, and its event says it, so that a
/// viewer derives the membership from the event; so has that of someone who is in the room already.
pub async fn a_joining_has_the_rooms_last_number(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let mut room = h.new_room(RoomKind::Group, None);
    room.history = HistoryPolicy::FromJoin;
    let room = h.open(room, &[ann.id]).await;
    h.post(room.id, ann.id, "one").await;
    h.post(room.id, ann.id, "two").await;
    let before = h.settled().await;
    let (user, role, at) = (bob.id, RoomRole::Moderator, h.pass(60));
    let mut set = h.changes([ChatChange::AddMember { room: room.id, user, role, at }]);
    let boxed = Box::new(room.clone());
    let joined = ChatEvent::MemberAdded { room: boxed, user, role, joined_at: at, seq: Seq(0) };
    set.event(NewEvent::new(joined, [Audience::Room(room.id)]).filled_by(0));
    let receipt = h.store.commit(set).await.expect("the set is valid");
    assert_eq!(receipt.number(0), Ok(2));
    let events = h.events_after(before).await;
    let EventBody::Chat(joined) = &events[0].body else { panic!("{:?}", events[0].body) };
    assert_eq!(joined.joined(), h.try_member(room.id, bob.id).await);

    h.post(room.id, ann.id, "three").await;
    assert_eq!(h.add_member(room.id, bob.id).await.number(0), Ok(3));
}

/// CHAT-4: the receipt and the event have the pointer that resulted, not the one that was asked for.
pub async fn chat_4_the_event_has_the_pointer_that_resulted(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id, bob.id]).await;
    for _ in 0..5 {
        h.post(room.id, ann.id, "hello").await;
    }
    for (to, arrived) in [
        (PointerMove::ForwardTo(Seq(3)), 3),
        (PointerMove::ForwardTo(Seq(2)), 3),
        (PointerMove::ForwardTo(Seq(99)), 5),
        (PointerMove::BackBefore(Seq(2)), 1),
        (PointerMove::BackBefore(Seq(4)), 1),
    ] {
        let before = h.settled().await;
        let user = bob.id;
        let mut set = h.changes([ChatChange::MovePointer { room: room.id, user, to }]);
        let moved = ChatEvent::ReadMoved { room: room.id, user, seq: Seq(-1) };
        set.event(NewEvent::new(moved, [Audience::User(user)]).filled_by(0));
        let receipt = h.store.commit(set).await.expect("the set is valid");
        assert_eq!(receipt.number(0), Ok(arrived), "{to:?}");
        let moved = ChatEvent::ReadMoved { room: room.id, user, seq: Seq(arrived) };
        let events = h.events_after(before).await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].body, EventBody::Chat(moved), "{to:?}");
        assert_eq!(h.member(room.id, user).await.read_seq, Seq(arrived), "{to:?}");
    }
}

/// `NewEvent::slot`: an event is filled in wherever it stands in the set, one without a slot stays
/// as it is.
pub async fn a_slot_names_its_change_wherever_the_event_stands(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id, bob.id]).await;
    h.post(room.id, ann.id, "one").await;
    let moved = |seq| ChatEvent::ReadMoved { room: room.id, user: bob.id, seq };
    let to = PointerMove::ForwardTo(Seq(1));
    let mut set = h.changes::<Change>([
        ChatChange::SetMute { room: room.id, user: bob.id, until: None }.into(),
        ChatChange::MovePointer { room: room.id, user: bob.id, to }.into(),
        h.append(room.id, ann.id, "two").1.into(),
        h.append(room.id, ann.id, "three").1.into(),
    ]);
    for slot in [Some(3), None, Some(1), Some(2)] {
        let mut event = NewEvent::new(moved(Seq(42)), [Audience::Everyone]);
        event.slot = slot;
        set.event(event);
    }
    let before = h.settled().await;
    h.store.commit(set).await.expect("the set is valid");
    let bodies: Vec<_> =
        h.events_after(before).await.iter().map(|event| event.body.clone()).collect();
    assert_eq!(bodies, [3, 42, 1, 2].map(|seq| EventBody::Chat(moved(Seq(seq)))));
}

/// CHAT-41: a message of the past (an import) says when it was sent; what was last in the room stays,
/// and nothing of it is unread for anybody, also among others in one set.
pub async fn chat_41_a_message_of_the_past_is_neither_last_nor_unread(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id, bob.id]).await;
    let past = |change: &mut ChatChange, days: i64| {
        if let ChatChange::AppendMessage { at, kind, .. } = change {
            *at = h.now() - chrono::TimeDelta::days(days);
            *kind = MessageKind::Imported;
        }
    };
    let (old, mut first) = h.append(room.id, ann.id, "of 2019");
    past(&mut first, 1_800);
    h.commit(first).await;
    let sent = Some(h.now() - chrono::TimeDelta::days(1_800));
    assert_eq!(h.read_room(room.id).await.last_message_at, sent, "there was none before");
    let (_, set) = h.posting(room.id, ann.id, "of today");
    h.store.commit(set).await.expect("the post is valid");
    let last = Some(h.now());
    let (mut second, mut third) =
        (h.append(room.id, ann.id, "of 2020").1, h.append(room.id, bob.id, "of 2021").1);
    past(&mut second, 1_500);
    past(&mut third, 1_200);
    h.store.commit(h.changes([second, third])).await.expect("the set is valid");
    let now = h.read_room(room.id).await;
    assert_eq!((now.last_seq, now.last_message_at), (Seq(4), last));
    assert_eq!(h.message(old).await.kind, MessageKind::Imported);
    let unread = async |user| h.store.chat().unread(user).await.expect("a read").rooms;
    assert_eq!(unread(bob.id).await, [(room.id, 1, None)], "what ann says today");
    assert!(unread(ann.id).await.is_empty());
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}

/// `Room::last_message_at`: the first message of a room sets it, whenever it was sent.
pub async fn a_message_is_kept_as_it_was_given(h: Harness) {
    let ann = h.user("ann").await;
    let mut room: Room = h.new_room(RoomKind::Support, Some("help"));
    room.history = HistoryPolicy::FromJoin;
    let room = h.open(room, &[ann.id]).await;
    let (id, mut change) = h.append(room.id, ann.id, "<b>Grüße</b> \u{1f600}\n\t'\"\\");
    let sent_at = h.now() - chrono::TimeDelta::days(400);
    if let ChatChange::AppendMessage { at, kind, format, .. } = &mut change {
        *at = sent_at;
        *kind = MessageKind::System;
        *format = erp_core::chat::BodyFormat::Html;
    }
    h.commit(change).await;
    let message = h.message(id).await;
    assert_eq!((message.room, message.author, message.seq), (room.id, ann.id, Seq(1)));
    assert_eq!(message.body, "<b>Grüße</b> \u{1f600}\n\t'\"\\");
    assert_eq!(message.kind, MessageKind::System);
    assert_eq!(message.format, erp_core::chat::BodyFormat::Html);
    assert_eq!((message.created_at, message.edited_at, message.deleted_at), (sent_at, None, None));
    assert_eq!(h.read_room(room.id).await.last_message_at, Some(sent_at));
}

/// CHAT-11: of posts that lose (their author is no member) no number is used up, also at once with
/// posts that win.
pub async fn chat_11_a_refused_post_uses_up_no_number(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id]).await;
    let sets: Vec<_> = (0..40)
        .map(|n| h.posting(room.id, if n % 2 == 0 { ann.id } else { bob.id }, "hello").1)
        .collect();
    let results = commit_at_once(&h.store, sets).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 20);
    let numbers: Vec<_> = h.messages(room.id).await.iter().map(|m| m.seq.0).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    assert_eq!(h.events_after(Position::START).await.len(), 20);
}
