//! Read pointers: forward by reading, back only by marking unread.

use erp_core::{
    change::Change,
    chat::{ChatChange, HistoryPolicy, Message, PointerMove, Room, RoomKind, Seq},
    ids::UserId,
};

use super::support::{commit_at_once, missing};
use crate::Harness;

const fn forward(seq: i64) -> PointerMove {
    PointerMove::ForwardTo(Seq(seq))
}

const fn back(seq: i64) -> PointerMove {
    PointerMove::BackBefore(Seq(seq))
}

/// A room with two members and so many messages of the first.
async fn room_with(h: &Harness, posts: usize) -> (Room, UserId, UserId) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id, bob.id]).await;
    for _ in 0..posts {
        h.post(room.id, ann.id, "hello").await;
    }
    (h.read_room(room.id).await, ann.id, bob.id)
}

/// CHAT-4: reading moves forward only; late and repeated calls are harmless, and a number beyond
/// the last message is cut to it.
pub async fn chat_4_reading_moves_forward_only_and_not_beyond_the_last_message(h: Harness) {
    let (room, _, bob) = room_with(&h, 5).await;
    assert_eq!(h.member(room.id, bob).await.read_seq, Seq(0));
    for (to, arrives) in [(2, 2), (1, 2), (2, 2), (0, 2), (-7, 2), (4, 4), (i64::MAX, 5), (5, 5)] {
        assert_eq!(h.move_pointer(room.id, bob, forward(to)).await, Ok(Seq(arrives)), "{to}");
        assert_eq!(h.member(room.id, bob).await.read_seq, Seq(arrives), "{to}");
    }
    let empty = h.group(&[bob]).await;
    assert_eq!(h.move_pointer(empty.id, bob, forward(9)).await, Ok(Seq(0)));
}

/// CHAT-5: marking unread moves back to just before the message, never forward, and not before
/// what the member may see.
pub async fn chat_5_marking_unread_moves_back_only(h: Harness) {
    let (room, _, bob) = room_with(&h, 5).await;
    h.move_pointer(room.id, bob, forward(4)).await.expect("a member");
    for (from, arrives) in [(5, 4), (99, 4), (3, 2), (3, 2), (4, 2), (1, 0), (0, 0), (-3, 0)] {
        assert_eq!(h.move_pointer(room.id, bob, back(from)).await, Ok(Seq(arrives)), "{from}");
    }
}

/// CHAT-5: in a room that shows its history from the joining on, the pointer stops there.
pub async fn chat_5_the_pointer_does_not_go_back_before_what_the_member_sees(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let mut room = h.new_room(RoomKind::Group, None);
    room.history = HistoryPolicy::FromJoin;
    let room = h.open(room, &[ann.id]).await;
    for _ in 0..3 {
        h.post(room.id, ann.id, "before").await;
    }
    h.add_member(room.id, bob.id).await;
    for _ in 0..2 {
        h.post(room.id, ann.id, "after").await;
    }
    assert_eq!(h.move_pointer(room.id, bob.id, back(1)).await, Ok(Seq(3)));
    assert_eq!(h.move_pointer(room.id, bob.id, forward(5)).await, Ok(Seq(5)));
    assert_eq!(h.move_pointer(room.id, bob.id, back(1)).await, Ok(Seq(3)));
    assert_eq!(h.unread(room.id, bob.id).await, 2);
}

/// `ChatChange::MovePointer`: each member has a pointer of his own; who is no member has none.
pub async fn a_pointer_is_the_members_own(h: Harness) {
    let (room, ann, bob) = room_with(&h, 3).await;
    let outside = h.user("outside").await;
    h.move_pointer(room.id, bob, forward(2)).await.expect("a member");
    assert_eq!(h.member(room.id, ann).await.read_seq, Seq(3));
    assert_eq!(h.member(room.id, bob).await.read_seq, Seq(2));
    let change = |user| ChatChange::MovePointer { room: room.id, user, to: forward(3) };
    assert_eq!(h.try_commit(change(outside.id)).await, missing("member"));
    h.remove_member(room.id, bob).await;
    assert_eq!(h.try_commit(change(bob)).await, missing("member"));
}

/// CHAT-1: posting moves the author's pointer only when he had read everything before: nothing of
/// others becomes read by it.
pub async fn chat_1_posting_reads_nothing_of_others(h: Harness) {
    let (room, ann, bob) = room_with(&h, 2).await;
    assert_eq!(h.member(room.id, ann).await.read_seq, Seq(2), "his own, all of them");
    h.post(room.id, bob, "without having read").await;
    assert_eq!(h.member(room.id, bob).await.read_seq, Seq(0));
    assert_eq!(h.unread(room.id, bob).await, 2);
    h.move_pointer(room.id, bob, forward(3)).await.expect("a member");
    h.post(room.id, bob, "having read").await;
    assert_eq!(h.member(room.id, bob).await.read_seq, Seq(4));
    assert_eq!(h.member(room.id, ann).await.read_seq, Seq(2));
    h.move_pointer(room.id, bob, back(4)).await.expect("a member");
    h.post(room.id, bob, "marked unread").await;
    assert_eq!(h.member(room.id, bob).await.read_seq, Seq(3));
}

/// CHAT-4, X-18: moves at once end where the furthest goes.
pub async fn chat_4_moves_at_once_end_at_the_furthest(h: Harness) {
    let (room, _, bob) = room_with(&h, 20).await;
    let mut furthest = 0;
    for round in 0..4 {
        let sets: Vec<_> = (1..=5)
            .map(|n| {
                let to = forward(round * 5 + (n * 3) % 5 + 1);
                h.changes([ChatChange::MovePointer { room: room.id, user: bob, to }])
            })
            .collect();
        let results = commit_at_once(&h.store, sets).await;
        for result in results {
            let arrived = result.expect("a member").number(0).expect("the pointer");
            assert!(arrived > furthest, "{arrived} is not beyond {furthest}");
        }
        furthest = round * 5 + 5;
        assert_eq!(h.member(room.id, bob).await.read_seq, Seq(furthest));
    }
}

/// CHAT-6: a post at once with reading everything: the unread count is that of some order.
pub async fn chat_6_a_post_at_once_with_reading_equals_some_order(h: Harness) {
    let (room, ann, bob) = room_with(&h, 1).await;
    for _ in 0..20 {
        let (id, post) = h.posting(room.id, ann, "hello");
        let to = forward(i64::MAX);
        let read = Change::from(ChatChange::MovePointer { room: room.id, user: bob, to });
        let results = commit_at_once(&h.store, [post, h.changes([read])]).await;
        let arrived = results[1].as_ref().expect("a member").number(0).expect("the pointer");
        let Message { seq, .. } = h.message(id).await;
        assert!(arrived == seq.0 || arrived == seq.0 - 1, "{arrived} at {seq}");
        assert_eq!(h.unread(room.id, bob).await, seq.0 - arrived);
    }
}
