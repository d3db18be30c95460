//! Reading messages: by number, both ways, and around one.

use erp_core::{
    change::Version,
    chat::{ChatChange, Message, MessageAnchor, MessageEdit, MessageQuery, RoomKind, Seq},
    ids::MessageId,
};

use crate::{Deleted, Harness};

/// What the query means, said with a list.
fn expected(all: &[Message], query: &MessageQuery) -> Vec<Message> {
    let visible: Vec<_> = all.iter().filter(|one| one.seq > query.visible_after).collect();
    let before = |seq: Seq, limit: usize| {
        let below: Vec<_> = visible.iter().filter(|one| one.seq < seq).collect();
        below[below.len().saturating_sub(limit)..].iter().map(|one| (**one).clone()).collect()
    };
    let from = |seq: Seq, limit: usize| {
        visible.iter().filter(|one| one.seq >= seq).take(limit).map(|one| (*one).clone()).collect()
    };
    let limit = query.limit;
    match query.anchor {
        MessageAnchor::Latest => before(Seq(i64::MAX), limit),
        MessageAnchor::Before(seq) => before(seq, limit),
        MessageAnchor::After(seq) => from(Seq(seq.0 + 1), limit),
        MessageAnchor::Around(seq) => {
            let mut around: Vec<Message> = before(seq, limit / 2);
            around.extend::<Vec<Message>>(from(seq, limit - limit / 2));
            around
        }
    }
}

/// `MessageQuery`: every anchor, with limits, ends and what is not visible; the answer is in order of
/// the numbers, and deleted messages are in it.
pub async fn every_anchor_gives_its_part_in_order(h: Harness) {
    let ann = h.user("ann").await;
    let (room, other) = (h.group(&[ann.id]).await, h.group(&[ann.id]).await);
    for n in 0..12 {
        let message = h.post(room.id, ann.id, &format!("number {n}")).await;
        h.post(other.id, ann.id, "elsewhere").await;
        if n % 5 == 0 {
            h.set_deleted(message.id, Deleted::Yes).await;
        }
    }
    let all = h.messages(room.id).await;
    assert_eq!(all.len(), 12);
    for limit in [1, 2, 5, 6, 100] {
        for visible_after in [0, 1, 4, 12].map(Seq) {
            let mut anchors = vec![MessageAnchor::Latest];
            for seq in [0, 1, 3, 6, 12, 13, 99].map(Seq) {
                let (before, after) = (MessageAnchor::Before(seq), MessageAnchor::After(seq));
                anchors.extend([before, after, MessageAnchor::Around(seq)]);
            }
            for anchor in anchors {
                let query = MessageQuery { room: room.id, visible_after, anchor, limit };
                let read = h.store.chat().messages(query).await.expect("a read");
                assert_eq!(read, expected(&all, &query), "{query:?}");
            }
        }
    }
}

/// `ChatReads::messages`: a room without messages, and one that is not there, have none.
pub async fn a_room_without_messages_has_none(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    for room in [room.id, h.new_room(RoomKind::Group, None).id] {
        for anchor in [
            MessageAnchor::Latest,
            MessageAnchor::Before(Seq(5)),
            MessageAnchor::After(Seq(0)),
            MessageAnchor::Around(Seq(1)),
        ] {
            let query = MessageQuery { room, visible_after: Seq(0), anchor, limit: 10 };
            assert_eq!(h.store.chat().messages(query).await, Ok(vec![]));
        }
    }
    assert_eq!(h.store.chat().message(MessageId::generate(&*h.ids)).await, Ok(None));
}

/// CHAT-12: an edit keeps what the message said before, the oldest first.
pub async fn chat_12_an_edit_keeps_what_was_said_before(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id, bob.id]).await;
    let mut expected = h.post(room.id, ann.id, "first").await;
    assert_eq!(h.store.chat().edits(expected.id).await, Ok(vec![]));
    let mut history = Vec::new();
    for (version, body, by) in [(1, "second", ann.id), (2, "third", bob.id), (3, "third", ann.id)] {
        let at = h.pass(60);
        h.commit(ChatChange::EditMessage {
            id: expected.id,
            expected: Version(version),
            body: body.to_owned(),
            by,
            at,
        })
        .await;
        history.push(MessageEdit {
            message: expected.id,
            version: Version(version),
            body: expected.body.clone(),
            edited_by: by,
            edited_at: at,
        });
        expected.body = body.to_owned();
        expected.edited_at = Some(at);
        expected.version = Version(version + 1);
        assert_eq!(h.message(expected.id).await, expected);
        assert_eq!(h.store.chat().edits(expected.id).await, Ok(history.clone()));
    }
}

/// `ChatChange::SetMessageDeleted`: deletion keeps all else, the body too; restoring takes the mark away.
pub async fn deleting_and_restoring_sets_the_mark_alone(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let mut expected = h.post(room.id, ann.id, "still here").await;
    for deleted_at in [Some(h.pass(60)), Some(h.pass(60)), None, None, Some(h.pass(60))] {
        let version = expected.version;
        h.commit(ChatChange::SetMessageDeleted { id: expected.id, expected: version, deleted_at })
            .await;
        expected.deleted_at = deleted_at;
        expected.version = version.next();
        assert_eq!(h.message(expected.id).await, expected);
    }
    assert_eq!(h.read_room(room.id).await.last_seq, Seq(1));
    assert_eq!(h.store.chat().edits(expected.id).await, Ok(vec![]), "no edit");
}
