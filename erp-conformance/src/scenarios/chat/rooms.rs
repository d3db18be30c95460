//! Opening, changing and finding rooms.

use erp_core::{
    Conflict, Ctx, Error,
    access::{BuiltInRole, UserStatus},
    change::Version,
    chat::{HistoryPolicy, NewRoom, RoomKind, RoomPatch, RoomRole},
    ctx::IdempotencyKey,
    ids::{ProjectId, RoomId, UserId},
    page::PageRequest,
    port::IdGenerator as _,
    projects::{NewProject, ProjectDetails},
};
use futures::future::join_all;

use super::{id, new_room, person, post};
use crate::Harness;

/// A room of each kind has its creator as owner, and the history of its kind.
pub async fn a_room_of_each_kind_opens_with_its_members(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let roof = h.engine.projects().create(&ada, new_project("ROOF")).await.unwrap();
    for (kind, history) in [
        (RoomKind::Group, HistoryPolicy::FromJoin),
        (RoomKind::Channel, HistoryPolicy::Full),
        (RoomKind::Project, HistoryPolicy::Full),
        (RoomKind::Support, HistoryPolicy::Full),
    ] {
        let project = (kind == RoomKind::Project).then_some(roof.id);
        let new = NewRoom { project, ..new_room(kind, &[&bob, &bob, &ada]) };
        let room = h.engine.chat().create_room(&ada, new).await.unwrap();
        assert_eq!((room.kind, room.history, room.member_count), (kind, history, 2));
        let members =
            h.engine.chat().members(&bob, room.id, &PageRequest::default()).await.unwrap();
        let mut roles: Vec<_> = members.items.iter().map(|m| (m.user, m.role)).collect();
        roles.sort_by_key(|(user, _)| *user);
        assert_eq!(roles, [(id(&ada), RoomRole::Owner), (id(&bob), RoomRole::Member)]);
        assert_eq!(h.read_room(room.id).await, room, "the answer is what is stored");
    }
}

/// Wrong input names its field, and nothing is opened.
pub async fn bad_rooms_are_refused_by_field(h: Harness) {
    let ada = person(&h, "ada").await;
    let nobody = UserId::from_uuid(h.ids.uuid());
    let project = Some(ProjectId::from_uuid(h.ids.uuid()));
    let good = new_room(RoomKind::Group, &[]);
    for (field, bad) in [
        ("name", NewRoom { name: " ".to_owned(), ..good.clone() }),
        ("name", NewRoom { name: "x".repeat(101), ..good.clone() }),
        ("topic", NewRoom { topic: Some("x".repeat(501)), ..good.clone() }),
        ("project", NewRoom { project, ..good.clone() }),
        ("project", NewRoom { kind: RoomKind::Project, ..good.clone() }),
        ("kind", NewRoom { kind: RoomKind::Direct, ..good.clone() }),
        ("members[0]", NewRoom { members: vec![nobody], ..good.clone() }),
    ] {
        match h.engine.chat().create_room(&ada, bad).await {
            Err(Error::Validation(violations)) => assert_eq!(violations[0].field, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    let rooms = h.engine.chat().rooms(&ada, &PageRequest::default()).await.unwrap();
    assert!(rooms.items.is_empty());
}

/// Two channels cannot share a name, in whatever case; groups can.
pub async fn a_channel_name_is_unique_and_a_group_name_is_not(h: Harness) {
    let ada = person(&h, "ada").await;
    let chat = h.engine.chat();
    let channel = NewRoom { name: "Site".to_owned(), ..new_room(RoomKind::Channel, &[]) };
    chat.create_room(&ada, channel.clone()).await.unwrap();
    let again = NewRoom { name: "sITE".to_owned(), ..channel };
    let taken = chat.create_room(&ada, again).await;
    assert_eq!(taken, Err(Error::Conflict(Conflict::taken("room", "name"))));
    for _ in 0..2 {
        chat.create_room(&ada, new_room(RoomKind::Group, &[])).await.unwrap();
    }
}

/// Sixteen openings at once, from both sides, give one room.
pub async fn chat_10_a_pair_has_one_direct_room_however_often_it_is_opened(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let opened = join_all((0..16).map(|n| {
        let engine = h.engine.clone();
        let (from, to) = if n % 2 == 0 { (ada.clone(), id(&bob)) } else { (bob.clone(), id(&ada)) };
        tokio::spawn(async move { engine.chat().open_direct(&from, to).await.unwrap().id })
    }))
    .await;
    let rooms: std::collections::BTreeSet<RoomId> =
        opened.into_iter().map(Result::unwrap).collect();
    assert_eq!(rooms.len(), 1);
    let notes = h.engine.chat().open_direct(&ada, id(&ada)).await.unwrap();
    assert_eq!(notes.member_count, 1, "a room of one's own");
    assert!(!rooms.contains(&notes.id));
}

/// A change names the version it has seen; one to the same values writes nothing.
pub async fn x_5_a_room_is_renamed_under_its_version(h: Harness) {
    let ada = person(&h, "ada").await;
    let chat = h.engine.chat();
    let room = chat.create_room(&ada, new_room(RoomKind::Group, &[])).await.unwrap();
    let rename = |name: &str| RoomPatch { name: Some(name.to_owned()), topic: None };
    let renamed = chat.update_room(&ada, room.id, room.version, rename("Roof")).await.unwrap();
    assert_eq!((renamed.name.as_deref(), renamed.version), (Some("Roof"), Version(2)));
    let stale = chat.update_room(&ada, room.id, room.version, rename("Cellar")).await;
    let conflict = Conflict::Version { entity: "room".into(), current: Version(2) };
    assert_eq!(stale, Err(Error::Conflict(conflict)));
    let before = h.settled().await;
    chat.update_room(&ada, room.id, Version(2), rename("Roof")).await.unwrap();
    assert_eq!(h.settled().await, before, "a change to the same name tells nobody");
}

/// The same request with the same key opens one room; another request with it is an error.
pub async fn x_6_opening_a_room_twice_with_one_key_opens_one(h: Harness) {
    let ada = person(&h, "ada").await.with_idempotency_key(IdempotencyKey::new("k").unwrap());
    let chat = h.engine.chat();
    let new = new_room(RoomKind::Group, &[]);
    let first = chat.create_room(&ada, new.clone()).await.unwrap();
    assert_eq!(chat.create_room(&ada, new.clone()).await.unwrap(), first);
    let other = NewRoom { name: "another".to_owned(), ..new };
    let reused = chat.create_room(&ada, other).await;
    assert_eq!(reused, Err(Error::Conflict(Conflict::IdempotencyKeyReused)));
    assert_eq!(chat.rooms(&ada, &PageRequest::default()).await.unwrap().items.len(), 1);
}

/// Whoever may not read a room gets the answer of a room that does not exist, whatever he asks.
pub async fn x_17_a_hidden_room_looks_like_none(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let guest = Ctx::user(h.user_with_role("guest", BuiltInRole::GUEST).await.id);
    let chat = h.engine.chat();
    let secret = chat.create_room(&ada, new_room(RoomKind::Group, &[])).await.unwrap();
    let channel = NewRoom { name: "open".to_owned(), ..new_room(RoomKind::Channel, &[]) };
    let channel = chat.create_room(&ada, channel).await.unwrap();
    let message = post(&h, &ada, secret.id, "hidden").await;
    let none = RoomId::from_uuid(h.ids.uuid());
    for (who, room) in [(&eve, secret.id), (&guest, secret.id), (&guest, channel.id), (&ada, none)]
    {
        let not_found = Err(Error::NotFound { entity: "room" });
        assert_eq!(chat.room(who, room).await.map(drop), not_found);
        assert_eq!(chat.join(who, room).await, not_found);
        assert_eq!(chat.leave(who, room).await, not_found);
        assert_eq!(chat.members(who, room, &PageRequest::default()).await.map(drop), not_found);
        let text = erp_core::chat::NewMessage::text("hello");
        assert_eq!(chat.post(who, room, text).await.map(drop), not_found);
        let up_to = erp_core::chat::Seq(1);
        assert_eq!(chat.mark_read(who, room, up_to).await.map(drop), not_found);
        let rename = RoomPatch::default();
        let renamed = chat.update_room(who, room, Version(1), rename).await;
        assert_eq!(renamed.map(drop), not_found);
        assert_eq!(chat.remove_member(who, room, id(&ada)).await, not_found);
    }
    let not_found = Err(Error::NotFound { entity: "message" });
    assert_eq!(chat.delete(&eve, message.id, message.version).await.map(drop), not_found);
    assert_eq!(chat.edit_history(&eve, message.id).await.map(drop), not_found);
    h.set_status(id(&eve), UserStatus::Deactivated).await;
    let shut_out = chat.room(&eve, channel.id).await.map(drop);
    assert_eq!(shut_out, Err(Error::Unauthenticated));
}

fn new_project(code: &str) -> NewProject {
    let (code, details) = (code.to_owned(), ProjectDetails::named(code));
    NewProject { code, details, members: Vec::new() }
}

/// CHAT-42, X-23: a project that the maker of a room does not see is like none; one that he sees has
/// rooms.
pub async fn chat_42_a_room_of_a_project_names_one_that_its_maker_sees(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let projects = h.engine.projects();
    let roof = projects.create(&ada, new_project("ROOF")).await.unwrap();
    let old = projects.create(&eve, new_project("OLD")).await.unwrap();
    projects.delete(&eve, old.id, old.version).await.unwrap();
    let none = ProjectId::from_uuid(h.ids.uuid());
    let open = async |who: &Ctx, project| {
        let new = NewRoom { project: Some(project), ..new_room(RoomKind::Project, &[]) };
        h.engine.chat().create_room(who, new).await
    };
    let refused = [roof.id, none, old.id];
    let like_none = Error::invalid("project", "no such project");
    for project in refused {
        assert_eq!(open(&eve, project).await, Err(like_none.clone()));
    }
    assert_eq!(open(&ada, roof.id).await.unwrap().project, Some(roof.id));
    assert!(open(&Ctx::system(), roof.id).await.is_ok(), "the host sees all");
    assert_eq!(open(&Ctx::system(), none).await, Err(like_none));
}

/// who was taken out of a room is not told of it by the key that he opened it with.
pub async fn x_23_a_room_of_a_key_is_told_to_those_who_see_it(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let key = IdempotencyKey::new("open").unwrap();
    let keyed = ada.clone().with_idempotency_key(key);
    let chat = h.engine.chat();
    let open = async || chat.create_room(&keyed, new_room(RoomKind::Group, &[&bob])).await;
    let room = open().await.unwrap();
    assert_eq!(open().await, Ok(room.clone()), "the first answer");
    chat.set_role(&ada, room.id, id(&bob), RoomRole::Owner).await.unwrap();
    chat.remove_member(&bob, room.id, id(&ada)).await.unwrap();
    assert_eq!(open().await, Err(Error::NotFound { entity: "room" }));
}
