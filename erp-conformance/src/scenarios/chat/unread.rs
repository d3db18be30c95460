//! Unread counts and read pointers.

use chrono::TimeDelta;
use erp_core::{
    EngineOptions,
    chat::{ChatOptions, EditMessage, MutedRooms, NewMessage, Seq},
};

use super::{group, id, person, post, unread};
use crate::Harness;

/// What others wrote after the pointer counts; one's own messages do not, and sending one does not
/// make earlier ones read.
pub async fn chat_1_unread_counts_what_others_wrote_since(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    post(&h, &ada, room.id, "one").await;
    post(&h, &ada, room.id, "two").await;
    assert_eq!(unread(&h, &ada, room.id).await, 0);
    assert_eq!(unread(&h, &bob, room.id).await, 2);
    post(&h, &bob, room.id, "three").await;
    assert_eq!(unread(&h, &bob, room.id).await, 2, "sending reads nothing");
    assert_eq!(unread(&h, &ada, room.id).await, 1);
    post(&h, &ada, room.id, "four").await;
    assert_eq!(unread(&h, &bob, room.id).await, 3);
    assert_eq!(unread(&h, &ada, room.id).await, 1);
    h.engine.chat().mark_read(&bob, room.id, Seq(2)).await.unwrap();
    assert_eq!(unread(&h, &bob, room.id).await, 1, "the own message in between does not count");
}

/// A deletion lowers the count of exactly those who had not read it, once; restoring raises it.
pub async fn chat_2_deleting_and_restoring_moves_only_those_who_had_it_unread(h: Harness) {
    let (ada, bob, eve) =
        (person(&h, "ada").await, person(&h, "bob").await, person(&h, "eve").await);
    let room = group(&h, &ada, &[&bob, &eve]).await;
    let message = post(&h, &ada, room.id, "one").await;
    post(&h, &ada, room.id, "two").await;
    let chat = h.engine.chat();
    chat.mark_read(&eve, room.id, Seq(1)).await.unwrap();
    let counts = async || (unread(&h, &bob, room.id).await, unread(&h, &eve, room.id).await);
    assert_eq!(counts().await, (2, 1));
    let deleted = chat.delete(&ada, message.id, message.version).await.unwrap();
    chat.delete(&ada, message.id, deleted.version).await.unwrap();
    assert_eq!(counts().await, (1, 1), "only bob had it unread, and only once");
    chat.restore(&ada, message.id, deleted.version).await.unwrap();
    assert_eq!(counts().await, (2, 1));
}

/// An edit is not unread again.
pub async fn chat_3_an_edit_raises_nothing(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    let message = post(&h, &ada, room.id, "one").await;
    let chat = h.engine.chat();
    chat.mark_read(&bob, room.id, Seq(1)).await.unwrap();
    let edit = EditMessage { expected: message.version, body: "two".to_owned() };
    chat.edit(&ada, message.id, edit).await.unwrap();
    assert_eq!(unread(&h, &bob, room.id).await, 0);
}

/// Marks in any order end at the highest; beyond the last message counts as the last; a mark that
/// changes nothing tells nobody.
pub async fn chat_4_marking_read_is_monotone_clamped_and_told_once(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    for n in 0..5 {
        post(&h, &ada, room.id, &n.to_string()).await;
    }
    let chat = h.engine.chat();
    let start = h.settled().await;
    for (up_to, pointer) in [(3, 3), (1, 3), (3, 3), (99, 5), (-7, 5), (i64::MAX, 5)] {
        assert_eq!(chat.mark_read(&bob, room.id, Seq(up_to)).await.unwrap(), Seq(pointer));
    }
    assert_eq!(unread(&h, &bob, room.id).await, 0);
    let told = h.kinds_after(start).await;
    assert_eq!(told, ["chat.read_moved", "chat.read_moved"], "one event for each move");
}

/// Marking unread lowers the pointer, never raises it.
pub async fn chat_5_marking_unread_lowers_the_pointer(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    for n in 0..5 {
        post(&h, &ada, room.id, &n.to_string()).await;
    }
    let chat = h.engine.chat();
    chat.mark_read(&bob, room.id, Seq(4)).await.unwrap();
    for (from, pointer) in [(3, 2), (5, 2), (i64::MIN, 0)] {
        assert_eq!(chat.mark_unread(&bob, room.id, Seq(from)).await.unwrap(), Seq(pointer));
    }
    assert_eq!(unread(&h, &bob, room.id).await, 5);
    chat.mark_unread(&ada, room.id, Seq(2)).await.unwrap();
    assert_eq!(unread(&h, &ada, room.id).await, 0, "own messages never count");
}

/// Posts and marks at once: the counts in the end are those of the state in the end.
pub async fn chat_6_posts_and_marks_at_once_end_in_a_serial_state(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    let writer = {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        tokio::spawn(async move {
            for n in 0..100 {
                let text = NewMessage::text(n.to_string());
                engine.chat().post(&ada, room.id, text).await.unwrap();
            }
        })
    };
    let reader = {
        let (engine, bob) = (h.engine.clone(), bob.clone());
        tokio::spawn(async move {
            let mut last = Seq(0);
            for n in 0..100 {
                let up_to = Seq(n * 7 % 101);
                let pointer = engine.chat().mark_read(&bob, room.id, up_to).await.unwrap();
                assert!(pointer >= last, "the pointer never falls");
                last = pointer;
                let badge = engine.chat().badge(&bob).await.unwrap();
                assert!((0..=100).contains(&badge.total), "never negative: {}", badge.total);
            }
        })
    };
    writer.await.unwrap();
    reader.await.unwrap();
    let pointer = h.member(room.id, id(&bob)).await.read_seq;
    assert_eq!(unread(&h, &bob, room.id).await, 100 - pointer.0);
}

/// The total leaves muted rooms out, or counts them, as the host has set it.
pub async fn chat_8_the_badge_is_the_sum_and_muted_rooms_are_left_out(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let (one, two) = (group(&h, &ada, &[&bob]).await, group(&h, &ada, &[&bob]).await);
    post(&h, &ada, one.id, "one").await;
    post(&h, &ada, two.id, "two").await;
    post(&h, &ada, two.id, "three").await;
    let badge = h.engine.chat().badge(&bob).await.unwrap();
    assert_eq!((badge.total, badge.rooms.len()), (3, 2));
    let until = h.now() + TimeDelta::hours(1);
    h.engine.chat().mute(&bob, two.id, Some(until)).await.unwrap();
    assert_eq!(h.engine.chat().badge(&bob).await.unwrap().total, 1);
    let chat = ChatOptions { muted_rooms: MutedRooms::Count, ..ChatOptions::default() };
    let h = h.with_options(EngineOptions { chat, ..EngineOptions::default() });
    assert_eq!(h.engine.chat().badge(&bob).await.unwrap().total, 3);
}
