//! Coming in, going out, and what a member may do.

use chrono::TimeDelta;
use erp_core::{
    Ctx, Error,
    access::{BuiltInRole, RoleHolder, UserStatus},
    chat::{MessageAnchor, NewMessage, RoomKind, RoomRole, Seq},
    page::{Limit, PageRequest},
};
use futures::future::join_all;

use super::{group, id, new_room, person, post, unread};
use crate::Harness;

/// From the commit on that takes someone out, he sees nothing of the room.
pub async fn chat_7_who_left_sees_neither_messages_nor_counts(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    let message = post(&h, &ada, room.id, "one").await;
    assert_eq!(unread(&h, &bob, room.id).await, 1);
    let chat = h.engine.chat();
    chat.leave(&bob, room.id).await.unwrap();
    assert_eq!(unread(&h, &bob, room.id).await, 0);
    assert!(chat.rooms(&bob, &PageRequest::default()).await.unwrap().items.is_empty());
    let read = chat.messages(&bob, room.id, MessageAnchor::Latest, Limit::default()).await;
    assert_eq!(read, Err(Error::NotFound { entity: "room" }));
    let edited = chat.edit_history(&bob, message.id).await;
    assert_eq!(edited, Err(Error::NotFound { entity: "message" }));
    assert_eq!(h.read_room(room.id).await.member_count, 1);
}

/// Whoever comes back starts anew: nothing from before his return is unread.
pub async fn chat_7_who_comes_back_starts_at_his_return(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let chat = h.engine.chat();
    let room = chat.create_room(&ada, new_room(RoomKind::Group, &[&bob])).await.unwrap();
    post(&h, &ada, room.id, "one").await;
    chat.leave(&bob, room.id).await.unwrap();
    post(&h, &ada, room.id, "two").await;
    chat.add_member(&ada, room.id, id(&bob), RoomRole::Member).await.unwrap();
    assert_eq!(unread(&h, &bob, room.id).await, 0);
    let page = chat.messages(&bob, room.id, MessageAnchor::Latest, Limit::default()).await.unwrap();
    assert!(page.items.is_empty() && !page.has_before, "history from joining on");
    post(&h, &ada, room.id, "three").await;
    assert_eq!(unread(&h, &bob, room.id).await, 1);
}

/// Whoever has posted before is refused as soon as he may no more, and let in as soon as he may
/// again, whatever a store remembers of him.
pub async fn chat_7_and_auth_8_a_post_is_decided_on_what_holds_now(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    let bob_id = id(&bob);
    let posted = async || {
        h.engine
            .chat()
            .post(&bob, room.id, NewMessage::text("hello"))
            .await
            .map(|message| message.seq)
    };
    assert_eq!((posted().await, posted().await), (Ok(Seq(1)), Ok(Seq(2))));
    let missing = Err(Error::NotFound { entity: "room" });

    h.remove_member(room.id, bob_id).await;
    assert_eq!(posted().await, missing);
    h.add_member(room.id, bob_id).await;
    assert_eq!((posted().await, posted().await), (Ok(Seq(3)), Ok(Seq(4))));

    h.revoke(RoleHolder::User(bob_id), BuiltInRole::MEMBER.id).await;
    assert_eq!(posted().await, missing);
    h.grant(RoleHolder::User(bob_id), BuiltInRole::MEMBER.id).await;
    assert_eq!((posted().await, posted().await), (Ok(Seq(5)), Ok(Seq(6))));

    h.set_status(bob_id, UserStatus::Deactivated).await;
    assert_eq!(posted().await, Err(Error::Unauthenticated));
    h.set_status(bob_id, UserStatus::Active).await;
    assert_eq!((posted().await, posted().await), (Ok(Seq(7)), Ok(Seq(8))));
    assert_eq!(h.read_room(room.id).await.last_seq, Seq(8));
}

/// A guest sees no channel, but reads and writes where he was put.
pub async fn a_guest_sees_only_rooms_he_was_put_into(h: Harness) {
    let ada = person(&h, "ada").await;
    let guest = Ctx::user(h.user_with_role("guest", BuiltInRole::GUEST).await.id);
    let chat = h.engine.chat();
    let channel = chat.create_room(&ada, new_room(RoomKind::Channel, &[])).await.unwrap();
    assert!(chat.channels(&guest, &PageRequest::default()).await.is_err());
    assert_eq!(chat.join(&guest, channel.id).await, Err(Error::NotFound { entity: "room" }));
    let opened = chat.create_room(&guest, new_room(RoomKind::Group, &[])).await;
    assert!(matches!(opened, Err(Error::Forbidden { .. })), "{opened:?}");
    chat.add_member(&ada, channel.id, id(&guest), RoomRole::Member).await.unwrap();
    post(&h, &guest, channel.id, "hello").await;
}

/// A moderator handles plain members, an owner all.
pub async fn moderators_do_not_outrank_owners(h: Harness) {
    let (ada, mod_, bob) =
        (person(&h, "ada").await, person(&h, "mod").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&mod_, &bob]).await;
    let chat = h.engine.chat();
    let forbidden = |result: Result<(), Error>| {
        assert!(matches!(result, Err(Error::Forbidden { .. })), "{result:?}");
    };
    forbidden(chat.remove_member(&bob, room.id, id(&mod_)).await);
    chat.set_role(&ada, room.id, id(&mod_), RoomRole::Moderator).await.unwrap();
    forbidden(chat.remove_member(&mod_, room.id, id(&ada)).await);
    forbidden(chat.set_role(&mod_, room.id, id(&mod_), RoomRole::Owner).await);
    forbidden(chat.set_role(&mod_, room.id, id(&bob), RoomRole::Moderator).await);
    chat.remove_member(&mod_, room.id, id(&bob)).await.unwrap();
    chat.remove_member(&mod_, room.id, id(&bob)).await.expect("out is out");
    let direct = chat.open_direct(&ada, id(&bob)).await.unwrap();
    forbidden(chat.leave(&ada, direct.id).await);
    forbidden(chat.add_member(&ada, direct.id, id(&mod_), RoomRole::Member).await);
}

/// Joins that race for the roster are all taken, each once.
pub async fn concurrent_joins_lose_none(h: Harness) {
    let ada = person(&h, "ada").await;
    let room = h.engine.chat().create_room(&ada, new_room(RoomKind::Channel, &[])).await.unwrap();
    let mut people = Vec::new();
    for n in 0..6 {
        people.push(person(&h, &format!("p{n}")).await);
    }
    let joins = people.iter().cloned().map(|ctx| {
        let engine = h.engine.clone();
        tokio::spawn(async move { engine.chat().join(&ctx, room.id).await })
    });
    for joined in join_all(joins).await {
        joined.unwrap().unwrap();
    }
    let room = h.read_room(room.id).await;
    assert_eq!((room.member_count, room.roster.0), (7, 7));
}

/// However a post races with its author's removal: it is in the room, or it is refused; after the
/// removal was answered it is refused.
pub async fn x_18_a_post_is_refused_once_its_author_is_out(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    let poster = {
        let (engine, bob) = (h.engine.clone(), bob.clone());
        tokio::spawn(async move {
            let mut sent = 0;
            while engine.chat().post(&bob, room.id, NewMessage::text("again")).await.is_ok() {
                sent += 1;
            }
            sent
        })
    };
    h.engine.chat().remove_member(&ada, room.id, id(&bob)).await.unwrap();
    let at_removal = h.read_room(room.id).await.last_seq;
    let sent: i64 = poster.await.unwrap();
    assert_eq!(h.read_room(room.id).await.last_seq, at_removal, "nothing after the removal");
    assert_eq!(Seq(sent), at_removal, "what was answered is in the room");
}

/// A mute is seen by its owner alone, and ends by the clock.
pub async fn muting_is_ones_own(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    post(&h, &ada, room.id, "one").await;
    let chat = h.engine.chat();
    let until = h.now() + TimeDelta::hours(1);
    chat.mute(&bob, room.id, Some(until)).await.unwrap();
    assert!(chat.badge(&bob).await.unwrap().rooms[0].muted);
    assert_eq!(chat.badge(&bob).await.unwrap().total, 0);
    h.pass(3_600);
    let badge = chat.badge(&bob).await.unwrap();
    assert!(!badge.rooms[0].muted, "the interval is half-open");
    assert_eq!(badge.total, 1);
    assert_eq!(h.member(room.id, id(&ada)).await.muted_until, None);
}
