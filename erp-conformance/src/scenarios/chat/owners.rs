//! That a room keeps an owner, and how it ends: archived.

use erp_core::{
    Conflict, Ctx, Error,
    access::{BuiltInRole, UserStatus},
    change::{EventBody, Version},
    chat::{ChatEvent, EditMessage, NewMessage, RoomKind, RoomPatch, RoomRole, Seq},
    ids::{RoomId, UserId},
};
use futures::future::join_all;

use super::{group, id, new_room, person, post, unread};
use crate::Harness;

fn is_precondition<T: std::fmt::Debug>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Precondition(_)))
}

async fn role(h: &Harness, room: RoomId, user: UserId) -> Option<RoomRole> {
    let access = h.store.chat().access(room, user).await.unwrap().unwrap();
    access.member.map(|member| member.role)
}

/// CHAT-40: the last owner does not leave, is not demoted, by himself or the host, and not taken out;
/// when there is another who is let in, he may go.
pub async fn chat_40_the_last_owner_stays(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let room = group(&h, &ada, &[&bob]).await;
    let chat = h.engine.chat();
    for who in [&ada, &Ctx::system()] {
        let demoted = chat.set_role(who, room.id, id(&ada), RoomRole::Moderator).await;
        assert!(is_precondition(&demoted), "{demoted:?}");
        let out = chat.remove_member(who, room.id, id(&ada)).await;
        assert!(is_precondition(&out), "{out:?}");
    }
    let left = chat.leave(&ada, room.id).await;
    assert!(is_precondition(&left), "{left:?}");
    // Another owner who is shut out is none who keeps the room.
    chat.set_role(&ada, room.id, id(&bob), RoomRole::Owner).await.unwrap();
    h.set_status(id(&bob), UserStatus::Deactivated).await;
    let left = chat.leave(&ada, room.id).await;
    assert!(is_precondition(&left), "{left:?}");
    h.set_status(id(&bob), UserStatus::Active).await;
    assert_eq!(chat.leave(&ada, room.id).await, Ok(()));
    assert_eq!(role(&h, room.id, id(&bob)).await, Some(RoomRole::Owner));
    let left = chat.leave(&bob, room.id).await;
    assert!(is_precondition(&left), "he is the last now: {left:?}");
}

/// CHAT-40, X-18: of two owners who leave at once, or demote each other, one stays.
pub async fn chat_40_of_two_owners_who_leave_at_once_one_stays(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    for round in 0..8 {
        let room = group(&h, &ada, &[&bob]).await;
        h.engine.chat().set_role(&ada, room.id, id(&bob), RoomRole::Owner).await.unwrap();
        let going = [&ada, &bob].map(|who| {
            let (engine, who, room) = (h.engine.clone(), who.clone(), room.id);
            tokio::spawn(async move {
                if round % 2 == 0 {
                    engine.chat().leave(&who, room).await
                } else {
                    engine.chat().set_role(&who, room, id(&who), RoomRole::Member).await
                }
            })
        });
        let gone = join_all(going).await.into_iter().map(Result::unwrap);
        assert_eq!(gone.filter(Result::is_ok).count(), 1);
        assert_eq!(h.store.chat().owners(room.id).await.unwrap().len(), 1);
    }
}

/// CHAT-40: a room whose owner is deactivated or deleted is taken over by a moderator of it, or by a
/// member who moderates; by nobody else, and not while an owner is let in.
pub async fn chat_40_a_room_of_a_shut_out_owner_is_taken_over(h: Harness) {
    let (ada, bob, eve) =
        (person(&h, "ada").await, person(&h, "bob").await, person(&h, "eve").await);
    let admin = Ctx::user(h.user_with_role("admin", BuiltInRole::ADMIN).await.id);
    let chat = h.engine.chat();
    for (status, by) in [(UserStatus::Deactivated, &bob), (UserStatus::Deleted, &admin)] {
        let room = group(&h, &ada, &[&bob, &admin]).await;
        chat.set_role(&ada, room.id, id(&bob), RoomRole::Moderator).await.unwrap();
        let early = chat.take_over(by, room.id).await;
        assert!(is_precondition(&early), "it has an owner: {early:?}");
        h.set_status(id(&ada), status).await;
        assert_eq!(chat.take_over(&eve, room.id).await, Err(Error::NotFound { entity: "room" }));
        let before = h.settled().await;
        chat.take_over(by, room.id).await.unwrap();
        assert_eq!(role(&h, room.id, id(by)).await, Some(RoomRole::Owner));
        let told = h.events_after(before).await;
        let changed =
            ChatEvent::MemberRoleChanged { room: room.id, user: id(by), role: RoomRole::Owner };
        assert!(told.iter().any(|event| event.body == EventBody::Chat(changed.clone())));
        // He keeps the room, and may take the former owner out.
        let left = chat.leave(by, room.id).await;
        assert!(is_precondition(&left), "{left:?}");
        assert_eq!(chat.remove_member(by, room.id, id(&ada)).await, Ok(()));
        h.set_status(id(&ada), UserStatus::Active).await;
    }
    let room = group(&h, &ada, &[&bob]).await;
    h.set_status(id(&ada), UserStatus::Deactivated).await;
    let refused = chat.take_over(&bob, room.id).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "a plain member: {refused:?}");
}

/// CHAT-40: an archived room is read, and nothing is written into it, by whoever knew it before either;
/// nobody comes in, its name stays. Restored it is as before.
pub async fn chat_40_an_archived_room_is_read_only(h: Harness) {
    let (ada, bob, eve) =
        (person(&h, "ada").await, person(&h, "bob").await, person(&h, "eve").await);
    let room =
        h.engine.chat().create_room(&ada, new_room(RoomKind::Channel, &[&bob])).await.unwrap();
    let chat = h.engine.chat();
    let said = post(&h, &bob, room.id, "before").await;
    let refused = chat.archive_room(&bob, room.id, room.version).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let stale = chat.archive_room(&ada, room.id, Version(9)).await;
    assert!(matches!(stale, Err(Error::Conflict(Conflict::Version { .. }))), "{stale:?}");
    let archived = chat.archive_room(&ada, room.id, room.version).await.unwrap();
    assert_eq!(archived.archived_at, Some(h.now()));
    assert_eq!(archived, h.read_room(room.id).await, "the answer is what is stored");
    assert_eq!(chat.archive_room(&ada, room.id, Version(9)).await, Ok(archived.clone()), "once");
    let edit = EditMessage { expected: said.version, body: "other".to_owned() };
    let patch = RoomPatch { name: Some("new".to_owned()), topic: None };
    let told = [
        chat.post(&bob, room.id, NewMessage::text("after")).await.map(drop),
        chat.post(&ada, room.id, NewMessage::text("after")).await.map(drop),
        chat.edit(&bob, said.id, edit).await.map(drop),
        chat.join(&eve, room.id).await,
        chat.add_member(&ada, room.id, id(&eve), RoomRole::Member).await,
        chat.update_room(&ada, room.id, archived.version, patch).await.map(drop),
    ];
    for answer in told {
        assert_eq!(answer, Err(Error::Precondition("the room is archived".into())));
    }
    assert_eq!(unread(&h, &ada, room.id).await, 1, "it is read");
    assert_eq!(chat.mark_read(&ada, room.id, Seq(1)).await, Ok(Seq(1)));
    assert_eq!(chat.leave(&bob, room.id).await, Ok(()));
    let restored = chat.restore_room(&ada, room.id, archived.version).await.unwrap();
    assert_eq!((restored.archived_at, restored.version), (None, archived.version.next()));
    post(&h, &ada, room.id, "after").await;
    let direct = chat.open_direct(&ada, id(&bob)).await.unwrap();
    let refused = chat.archive_room(&Ctx::system(), direct.id, direct.version).await;
    assert!(is_precondition(&refused), "{refused:?}");
}
