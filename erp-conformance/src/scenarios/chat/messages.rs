//! Sending, reading, editing, deleting, importing.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use erp_core::{
    Conflict, Ctx, Error,
    access::UserStatus,
    change::Version,
    chat::{
        BodyFormat, EditMessage, HistoryPolicy, Import, ImportedMessage, MessageAnchor, NewMessage,
        NewRoom, RoomKind, RoomRole, Seq,
    },
    ctx::IdempotencyKey,
    page::Limit,
};
use futures::future::join_all;

use super::{group, id, new_room, person, post, unread};
use crate::Harness;

/// Thirty-two writers: the numbers are 1, 2, 3 … and the events tell of them in that order.
pub async fn chat_11_concurrent_posts_are_numbered_without_gap(h: Harness) {
    let ada = person(&h, "ada").await;
    let room = group(&h, &ada, &[]).await;
    let start = h.settled().await;
    let posts = (0..32).map(|writer| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        tokio::spawn(async move {
            let mut seqs = Vec::new();
            for n in 0..8 {
                let text = NewMessage::text(format!("{writer}/{n}"));
                seqs.push(engine.chat().post(&ada, room.id, text).await.unwrap().seq.0);
            }
            assert!(seqs.is_sorted(), "one writer's messages keep their order");
            seqs
        })
    });
    let told = join_all(posts).await.into_iter().flat_map(Result::unwrap);
    let told: BTreeSet<i64> = told.collect();
    assert_eq!(told, (1..=256).collect());
    let logged: Vec<i64> = h
        .events_after(start)
        .await
        .iter()
        .filter_map(|event| event.body.room_seq())
        .map(|seq| seq.0)
        .collect();
    assert_eq!(logged, (1..=256).collect::<Vec<_>>(), "commit order within the room");
}

/// The same key and message give the first message again, also at once from many sides.
pub async fn chat_11_a_repeated_post_gives_the_same_message(h: Harness) {
    let ada = person(&h, "ada").await;
    let room = group(&h, &ada, &[]).await;
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("send-1").unwrap());
    let posts = (0..16).map(|_| {
        let (engine, keyed) = (h.engine.clone(), keyed.clone());
        tokio::spawn(async move {
            engine.chat().post(&keyed, room.id, NewMessage::text("once")).await.unwrap()
        })
    });
    let answers = join_all(posts).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    assert_eq!(h.read_room(room.id).await.last_seq, Seq(1));
    let other = h.engine.chat().post(&keyed, room.id, NewMessage::text("twice")).await;
    assert_eq!(other, Err(Error::Conflict(Conflict::IdempotencyKeyReused)));
}

/// Others may not edit; the moderators and the author may read what it said before.
pub async fn chat_12_only_author_and_moderators_edit_and_history_is_kept(h: Harness) {
    let (ada, bob, eve) =
        (person(&h, "ada").await, person(&h, "bob").await, person(&h, "eve").await);
    let room = group(&h, &ada, &[&bob, &eve]).await;
    let message = post(&h, &bob, room.id, "one").await;
    let chat = h.engine.chat();
    let edit = |expected, body: &str| EditMessage { expected, body: body.to_owned() };
    let refused = chat.edit(&eve, message.id, edit(message.version, "mine")).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    h.pass(5);
    let edited = chat.edit(&bob, message.id, edit(message.version, "two")).await.unwrap();
    assert_eq!((edited.version, edited.edited_at), (Version(2), Some(h.now())));
    let by_owner = chat.edit(&ada, message.id, edit(Version(2), "three")).await.unwrap();
    assert_eq!(h.message(message.id).await, by_owner, "the answer is what is stored");
    let said: Vec<_> = chat
        .edit_history(&bob, message.id)
        .await
        .unwrap()
        .into_iter()
        .map(|edit| (edit.version.0, edit.body, edit.edited_by))
        .collect();
    let wanted = [(1, "one".to_owned(), id(&bob)), (2, "two".to_owned(), id(&ada))];
    assert_eq!(said, wanted);
    let hidden = chat.edit_history(&eve, message.id).await;
    assert!(matches!(hidden, Err(Error::Forbidden { .. })), "{hidden:?}");
    let before = h.settled().await;
    chat.edit(&ada, message.id, edit(Version(3), "three")).await.unwrap();
    assert_eq!(h.settled().await, before, "the same body is no edit");
}

/// At the end of the window the author's time is over, a moderator's is not.
pub async fn chat_12_the_edit_window_binds_the_author(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    let message = post(&h, &bob, room.id, "one").await;
    let window = h.engine.options().chat.edit_window.unwrap();
    h.clock.set(message.created_at + window - TimeDelta::microseconds(1));
    let chat = h.engine.chat();
    let edit = |expected, body: &str| EditMessage { expected, body: body.to_owned() };
    chat.edit(&bob, message.id, edit(Version(1), "in time")).await.unwrap();
    h.clock.set(message.created_at + window);
    let late = chat.edit(&bob, message.id, edit(Version(2), "late")).await;
    assert!(matches!(late, Err(Error::Precondition(_))), "{late:?}");
    chat.edit(&ada, message.id, edit(Version(2), "by the owner")).await.unwrap();
}

/// Of edits under one version one is taken; a deleted message is not edited.
pub async fn chat_12_a_stale_edit_is_refused_and_a_deleted_message_not_edited(h: Harness) {
    let ada = person(&h, "ada").await;
    let room = group(&h, &ada, &[]).await;
    let message = post(&h, &ada, room.id, "one").await;
    let edits = (0..8).map(|n| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        tokio::spawn(async move {
            let edit = EditMessage { expected: Version(1), body: format!("edit {n}") };
            engine.chat().edit(&ada, message.id, edit).await
        })
    });
    let results: Vec<_> = join_all(edits).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let conflict = Conflict::Version { entity: "message".into(), current: Version(2) };
    for refused in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_eq!(*refused, Error::Conflict(conflict.clone()));
    }
    let chat = h.engine.chat();
    let deleted = chat.delete(&ada, message.id, Version(2)).await.unwrap();
    let edit = EditMessage { expected: deleted.version, body: "again".to_owned() };
    let refused = chat.edit(&ada, message.id, edit).await;
    assert!(matches!(refused, Err(Error::Precondition(_))), "{refused:?}");
}

/// The messages of someone shut out stay; a direct room with him takes no more.
pub async fn chat_18_a_direct_room_with_someone_shut_out_is_read_only(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let chat = h.engine.chat();
    let direct = chat.open_direct(&ada, id(&bob)).await.unwrap();
    let shared = group(&h, &ada, &[&bob]).await;
    post(&h, &bob, direct.id, "before").await;
    post(&h, &bob, shared.id, "before").await;
    for status in [UserStatus::Deactivated, UserStatus::Deleted] {
        h.set_status(id(&bob), status).await;
        let refused = chat.post(&ada, direct.id, NewMessage::text("hello?")).await;
        assert!(matches!(refused, Err(Error::Precondition(_))), "{refused:?}");
        post(&h, &ada, shared.id, "the others go on").await;
        for room in [direct.id, shared.id] {
            let anchor = MessageAnchor::After(Seq(0));
            let page = chat.messages(&ada, room, anchor, Limit::default()).await.unwrap();
            assert_eq!(page.items[0].body, "before");
        }
        let shut_out = chat.post(&bob, shared.id, NewMessage::text("hello")).await;
        assert_eq!(shut_out, Err(Error::Unauthenticated));
    }
    h.set_status(id(&bob), UserStatus::Active).await;
    post(&h, &ada, direct.id, "welcome back").await;
}

/// Pages before, after and around a number, and at both ends.
pub async fn messages_are_paged_both_ways_and_around(h: Harness) {
    let ada = person(&h, "ada").await;
    let room = group(&h, &ada, &[]).await;
    for n in 1..=10 {
        post(&h, &ada, room.id, &n.to_string()).await;
    }
    for (anchor, wanted, has_before, has_after) in [
        (MessageAnchor::Latest, 7..=10, true, false),
        (MessageAnchor::Before(Seq(7)), 3..=6, true, true),
        (MessageAnchor::Before(Seq(3)), 1..=2, false, true),
        (MessageAnchor::After(Seq(2)), 3..=6, true, true),
        (MessageAnchor::After(Seq(8)), 9..=10, true, false),
        (MessageAnchor::Around(Seq(5)), 3..=6, true, true),
        (MessageAnchor::Around(Seq(1)), 1..=2, false, true),
        (MessageAnchor::Around(Seq(10)), 8..=10, true, false),
        (MessageAnchor::Before(Seq(i64::MAX)), 7..=10, true, false),
    ] {
        let limit = Limit::clamped(Some(4));
        let page = h.engine.chat().messages(&ada, room.id, anchor, limit).await.unwrap();
        let seqs: Vec<i64> = page.items.iter().map(|message| message.seq.0).collect();
        assert_eq!(seqs, wanted.collect::<Vec<_>>(), "{anchor:?}");
        assert_eq!((page.has_before, page.has_after), (has_before, has_after), "{anchor:?}");
    }
    for (anchor, has_before, has_after) in
        [(MessageAnchor::After(Seq(10)), true, false), (MessageAnchor::Before(Seq(1)), false, true)]
    {
        let limit = Limit::default();
        let page = h.engine.chat().messages(&ada, room.id, anchor, limit).await.unwrap();
        assert!(page.items.is_empty());
        assert_eq!((page.has_before, page.has_after), (has_before, has_after), "{anchor:?}");
    }
}

/// With history from joining, what came before does not exist for a newcomer.
pub async fn newcomers_see_history_by_the_rooms_policy(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let chat = h.engine.chat();
    for (history, seen) in [(HistoryPolicy::Full, 2), (HistoryPolicy::FromJoin, 1)] {
        let new = NewRoom { history: Some(history), ..new_room(RoomKind::Group, &[]) };
        let room = chat.create_room(&ada, new).await.unwrap();
        let old = post(&h, &ada, room.id, "before").await;
        chat.add_member(&ada, room.id, id(&bob), RoomRole::Member).await.unwrap();
        chat.set_role(&ada, room.id, id(&bob), RoomRole::Moderator).await.unwrap();
        post(&h, &ada, room.id, "after").await;
        let limit = Limit::default();
        for anchor in [MessageAnchor::Latest, MessageAnchor::Around(Seq(1))] {
            let page = chat.messages(&bob, room.id, anchor, limit).await.unwrap();
            assert_eq!(page.items.len(), seen, "{history:?} {anchor:?}");
            assert!(!page.has_before);
        }
        let deleted = chat.delete(&bob, old.id, old.version).await;
        match history {
            HistoryPolicy::Full => assert!(deleted.is_ok()),
            HistoryPolicy::FromJoin => {
                assert_eq!(deleted, Err(Error::NotFound { entity: "message" }));
            }
        }
    }
}

/// A deleted message leaves its place without its body; restored it is as it was.
pub async fn a_deleted_message_shows_no_body_and_comes_back(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    let message = post(&h, &bob, room.id, "one").await;
    let chat = h.engine.chat();
    let deleted = chat.delete(&bob, message.id, message.version).await.unwrap();
    assert_eq!((deleted.body.as_str(), deleted.version), ("", Version(2)));
    let again = chat.delete(&ada, message.id, message.version).await.unwrap();
    assert_eq!(again, deleted, "deleting twice deletes once");
    let anchor = MessageAnchor::Latest;
    let page = chat.messages(&ada, room.id, anchor, Limit::default()).await.unwrap();
    assert_eq!(page.items, [deleted]);
    assert!(chat.edit_history(&ada, message.id).await.unwrap().is_empty());
    let restored = chat.restore(&ada, message.id, Version(2)).await.unwrap();
    assert_eq!((restored.body.as_str(), restored.deleted_at), ("one", None));
    let audit = h.audit().await;
    assert!(audit.iter().all(|entry| entry.changes.iter().all(|change| change.field != "body")));
}

/// Blank, too long and NUL are refused by field.
pub async fn bad_bodies_are_refused(h: Harness) {
    let ada = person(&h, "ada").await;
    let room = group(&h, &ada, &[]).await;
    let max = h.engine.options().chat.max_body_bytes;
    for body in [String::new(), " \n ".to_owned(), "a\0b".to_owned(), "x".repeat(max + 1)] {
        match h.engine.chat().post(&ada, room.id, NewMessage::text(body)).await {
            Err(Error::Validation(violations)) => assert_eq!(violations[0].field, "body"),
            other => panic!("{other:?}"),
        }
    }
    let hostile = "<script>alert('1')</script>\u{202e}'; drop table chat_messages; -- \\ \u{0}"
        .replace('\0', "");
    let longest = "ü".repeat(max / 2);
    for body in [hostile, longest] {
        let sent = post(&h, &ada, room.id, &body).await;
        assert_eq!(h.message(sent.id).await.body, body, "kept as sent");
    }
}

/// An import writes a message once, at its own time, by the host alone.
pub async fn an_import_may_run_again(h: Harness) {
    let ada = person(&h, "ada").await;
    let room = group(&h, &ada, &[]).await;
    let past = ImportedMessage {
        source: "zulip".to_owned(),
        source_id: "173112136".to_owned(),
        room: room.id,
        author: id(&ada),
        body: "<p>then</p>".to_owned(),
        format: BodyFormat::Html,
        sent_at: h.now() - TimeDelta::days(1_000),
    };
    let chat = h.engine.chat();
    let forbidden = chat.import_message(&ada, past.clone()).await;
    assert!(matches!(forbidden, Err(Error::Forbidden { .. })), "{forbidden:?}");
    let system = Ctx::system();
    let Import::Written(message) = chat.import_message(&system, past.clone()).await.unwrap() else {
        panic!("the first time it is written");
    };
    assert_eq!((message.created_at, message.seq), (past.sent_at, Seq(1)));
    let again = chat.import_message(&system, past.clone()).await.unwrap();
    assert_eq!(again, Import::AlreadyThere(message.id));
    let future = ImportedMessage { sent_at: h.now() + TimeDelta::seconds(1), ..past };
    assert!(matches!(chat.import_message(&system, future).await, Err(Error::Validation(_))));
    assert_eq!(h.read_room(room.id).await.last_seq, Seq(1));
}

/// after removal from the room a message is refused alike, whatever it says and whether its key
/// was used: no stored answer, no wrong field and no conflict of keys comes before that.
pub async fn x_23_after_removal_no_stored_answer_is_told(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    let chat = h.engine.chat();
    let key = IdempotencyKey::new("send-1").unwrap();
    let keyed = bob.clone().with_idempotency_key(key);
    let say = |text: &str| NewMessage::text(text);
    // Twice, so that a store that remembers what posts are decided on does.
    post(&h, &bob, room.id, "first").await;
    let sent = chat.post(&keyed, room.id, say("mine")).await.unwrap();
    assert_eq!(chat.post(&keyed, room.id, say("mine")).await, Ok(sent.clone()));
    chat.remove_member(&ada, room.id, id(&bob)).await.unwrap();
    for (who, text) in
        [(&keyed, "mine"), (&keyed, "another"), (&keyed, ""), (&bob, ""), (&bob, "x")]
    {
        let refused = chat.post(who, room.id, say(text)).await;
        assert_eq!(refused, Err(Error::NotFound { entity: "room" }), "{text:?}");
    }
    let edit = EditMessage { expected: Version(9), body: String::new() };
    let not_found = Err(Error::NotFound { entity: "message" });
    assert_eq!(chat.edit(&bob, sent.id, edit).await, not_found, "no version, no field");
    chat.add_member(&ada, room.id, id(&bob), RoomRole::Member).await.unwrap();
    assert_eq!(chat.post(&keyed, room.id, say("mine")).await, Ok(sent), "he may again");
    assert_eq!(h.read_room(room.id).await.last_seq, Seq(2));
}

/// CHAT-41, X-25: history that is taken over into a live room leaves unread counts, what was last, and
/// the order of rooms by it, as they are.
pub async fn chat_41_and_x_25_history_leaves_unread_counts_and_what_was_last(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    post(&h, &ada, room.id, "today").await;
    let before = h.read_room(room.id).await;
    h.pass(60);
    let sent_at = before.created_at - TimeDelta::days(1_800);
    let imported = |number: u32, author: &Ctx| ImportedMessage {
        source: "zulip".to_owned(),
        source_id: number.to_string(),
        room: room.id,
        author: id(author),
        body: format!("of 2019: {number}"),
        format: BodyFormat::Text,
        sent_at: sent_at + TimeDelta::seconds(number.into()),
    };
    for (number, author) in [(1, &ada), (2, &bob), (3, &ada)] {
        let written =
            h.engine.chat().import_message(&Ctx::system(), imported(number, author)).await;
        assert!(matches!(written, Ok(Import::Written(_))), "{written:?}");
    }
    let after = h.read_room(room.id).await;
    assert_eq!((after.last_seq, after.last_message_at), (Seq(4), before.last_message_at));
    assert_eq!((unread(&h, &ada, room.id).await, unread(&h, &bob, room.id).await), (0, 1));
    // What is deleted and restored of it counts no more than before, and what is said later does.
    let chat = h.engine.chat();
    let page = chat.messages(&bob, room.id, MessageAnchor::Latest, Limit::default()).await;
    let last = page.unwrap().items.pop().unwrap();
    assert_eq!((last.seq, last.created_at), (Seq(4), sent_at + TimeDelta::seconds(3)));
    h.engine.chat().delete(&ada, last.id, last.version).await.unwrap();
    assert_eq!(unread(&h, &bob, room.id).await, 1);
    h.engine.chat().restore(&ada, last.id, last.version.next()).await.unwrap();
    assert_eq!(unread(&h, &bob, room.id).await, 1);
    let said = post(&h, &ada, room.id, "later").await;
    assert_eq!(unread(&h, &bob, room.id).await, 2);
    assert_eq!(h.read_room(room.id).await.last_message_at, Some(said.created_at));
}
