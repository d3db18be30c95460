//! What counts as unread (CHAT-1), wherever it is told.

use erp_core::{
    chat::{
        ChatChange, HistoryPolicy, MessageKind, PointerMove, RoomKind, RoomQuery, RoomRole, Seq,
    },
    ids::{RoomId, UserId},
};

use crate::{Deleted, Harness, random::Random};

/// CHAT-1, by its words: a member's messages after his pointer, visible to him, not deleted, of a
/// person, and not his own.
async fn counted(h: &Harness, room: RoomId, user: UserId) -> i64 {
    let Some(member) = h.try_member(room, user).await else { return 0 };
    let messages = h.messages(room).await;
    let counts = messages.iter().filter(|message| {
        message.seq > member.read_seq
            && message.seq > member.visible_after
            && message.deleted_at.is_none()
            && message.kind == MessageKind::User
            && message.author != user
    });
    i64::try_from(counts.count()).expect("it is small")
}

/// CHAT-1: one's own messages, deleted ones and the system's do not count.
pub async fn chat_1_own_deleted_and_system_messages_do_not_count(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id, bob.id]).await;
    let first = h.post(room.id, ann.id, "one").await;
    h.post(room.id, bob.id, "own").await;
    h.post(room.id, ann.id, "two").await;
    let (_, mut system) = h.append(room.id, ann.id, "renamed the room");
    if let ChatChange::AppendMessage { kind, .. } = &mut system {
        *kind = MessageKind::System;
    }
    h.commit(system).await;
    assert_eq!(h.unread(room.id, bob.id).await, 2);
    assert_eq!(h.unread(room.id, ann.id).await, 1);
    h.set_deleted(first.id, Deleted::Yes).await;
    assert_eq!(h.unread(room.id, bob.id).await, 1);
}

/// CHAT-2: deleting lowers the count of those who had not read it, once; restoring reverses it.
pub async fn chat_2_deleting_lowers_by_one_for_those_who_had_not_read(h: Harness) {
    let (ann, bob, cid) = (h.user("ann").await, h.user("bob").await, h.user("cid").await);
    let room = h.group(&[ann.id, bob.id, cid.id]).await;
    let posts = [h.post(room.id, ann.id, "one").await, h.post(room.id, ann.id, "two").await];
    h.move_pointer(room.id, cid.id, PointerMove::ForwardTo(Seq(1))).await.expect("a member");
    let counts = async || (h.unread(room.id, bob.id).await, h.unread(room.id, cid.id).await);
    assert_eq!(counts().await, (2, 1));
    for _ in 0..2 {
        h.set_deleted(posts[0].id, Deleted::Yes).await;
        assert_eq!(counts().await, (1, 1), "cid had read it");
    }
    h.set_deleted(posts[1].id, Deleted::Yes).await;
    assert_eq!(counts().await, (0, 0));
    for post in &posts {
        h.set_deleted(post.id, Deleted::No).await;
    }
    assert_eq!(counts().await, (2, 1));
}

/// CHAT-3: an edit leaves the count.
pub async fn chat_3_an_edit_leaves_the_count(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id, bob.id]).await;
    let post = h.post(room.id, ann.id, "one").await;
    for expected in 1..3 {
        h.commit(ChatChange::EditMessage {
            id: post.id,
            expected: erp_core::change::Version(expected),
            body: format!("edit {expected}"),
            by: ann.id,
            at: h.now(),
        })
        .await;
        assert_eq!(h.unread(room.id, bob.id).await, 1);
    }
}

/// `ChatReads::unread`: rooms by id, with their count and their mute; rooms without any are left out,
/// muted ones are not.
pub async fn unread_lists_rooms_with_any_by_room_id(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let mut rooms = Vec::new();
    for _ in 0..4 {
        rooms.push(h.group(&[ann.id, bob.id]).await.id);
    }
    let elsewhere = h.group(&[ann.id]).await.id;
    rooms.sort_unstable();
    for room in [rooms[3], rooms[0], rooms[2], rooms[0], elsewhere] {
        h.post(room, ann.id, "hello").await;
    }
    let until = Some(h.now() + chrono::TimeDelta::hours(1));
    h.commit(ChatChange::SetMute { room: rooms[2], user: bob.id, until }).await;
    let counts = h.store.chat().unread(bob.id).await.expect("a read");
    assert_eq!(counts.rooms, [(rooms[0], 2, None), (rooms[2], 1, until), (rooms[3], 1, None)]);
    let counts = h.store.chat().unread(h.new_user("nobody").id).await.expect("a read");
    assert_eq!(counts.rooms, []);
}

/// CHAT-1, X-10: after many random operations every member's count is what a walk over the messages
/// counts, in the badge and in the list of rooms.
pub async fn chat_1_unread_is_what_the_messages_say_after_random_operations(h: Harness) {
    let mut random = Random::new(7);
    let mut users = Vec::new();
    for n in 0..5 {
        users.push(h.user(&format!("user-{n}")).await.id);
    }
    let mut rooms = Vec::new();
    for history in [HistoryPolicy::Full, HistoryPolicy::FromJoin] {
        let mut room = h.new_room(RoomKind::Group, None);
        room.history = history;
        rooms.push(h.open(room, &users).await.id);
    }
    for step in 0..240 {
        let room = *random.pick(&rooms);
        operate(&h, &mut random, room, &users).await;
        if step % 12 == 0 {
            compare(&h, &rooms, &users).await;
        }
    }
    compare(&h, &rooms, &users).await;
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}

async fn operate(h: &Harness, random: &mut Random, room: RoomId, users: &[UserId]) {
    let user = *random.pick(users);
    let last = h.read_room(room).await.last_seq.0;
    let seq = Seq(i64::try_from(random.below(20)).expect("it is small") + (last - 10).max(0));
    let is_member = h.try_member(room, user).await.is_some();
    match random.below(10) {
        0 if is_member => drop(h.remove_member(room, user).await),
        0 | 1 => drop(h.add_member(room, user).await),
        2 | 3 if is_member => {
            h.move_pointer(room, user, PointerMove::ForwardTo(seq)).await.expect("a member");
        }
        4 if is_member => {
            h.move_pointer(room, user, PointerMove::BackBefore(seq)).await.expect("a member");
        }
        5 => {
            if let Some(message) = h.messages(room).await.iter().find(|one| one.seq == seq) {
                let deleted = if message.deleted_at.is_some() { Deleted::No } else { Deleted::Yes };
                h.set_deleted(message.id, deleted).await;
            }
        }
        6 if is_member => {
            let (_, mut change) = h.append(room, user, "something happened");
            if let ChatChange::AppendMessage { kind, .. } = &mut change {
                *kind = MessageKind::System;
            }
            h.commit(change).await;
        }
        _ if is_member => drop(h.post(room, user, "hello").await),
        _ => {}
    }
}

async fn compare(h: &Harness, rooms: &[RoomId], users: &[UserId]) {
    for user in users {
        let query = RoomQuery { after: None, limit: 100 };
        let listed = h.store.chat().rooms_of(*user, query).await.expect("a read");
        for room in rooms {
            let counted = counted(h, *room, *user).await;
            assert_eq!(h.unread(*room, *user).await, counted, "the badge of {user} in {room}");
            let summary = listed.iter().find(|summary| summary.room.id == *room);
            let member = h.try_member(*room, *user).await;
            assert_eq!(summary.map(|summary| &summary.member), member.as_ref());
            assert_eq!(summary.map_or(0, |summary| summary.unread), counted, "the list");
        }
    }
}

/// CHAT-7: who is added later has nothing unread of what was there before, whatever he may see.
pub async fn chat_7_nothing_before_the_joining_is_unread(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    for history in [HistoryPolicy::Full, HistoryPolicy::FromJoin] {
        let mut room = h.new_room(RoomKind::Group, None);
        room.history = history;
        let room = h.open(room, &[ann.id]).await;
        for _ in 0..3 {
            h.post(room.id, ann.id, "before").await;
        }
        let (user, role, at) = (bob.id, RoomRole::Member, h.now());
        h.commit(ChatChange::AddMember { room: room.id, user, role, at }).await;
        assert_eq!(h.unread(room.id, bob.id).await, 0, "{history:?}");
        h.post(room.id, ann.id, "after").await;
        assert_eq!(h.unread(room.id, bob.id).await, 1, "{history:?}");
    }
}
