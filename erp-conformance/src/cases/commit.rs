//! The one audited write: all of it, or nothing.

use chrono::TimeDelta;
use erp_core::{
    Ctx,
    access::{AccessChange, AccessEvent, UserCard},
    change::{
        Audience, BroadcastEvent, Change, EntityRef, EventBody, Guard, NewEvent, OtherEvent,
        Position, Recorder, Scope, Version,
    },
    chat::{ChatChange, ChatEvent, PointerMove, RoomKind, RoomRole, Seq},
    ids::{ConnectionId, MessageId, SessionId, UserId},
    policy::{Action, Permission},
    port::{IdGenerator as _, StoreError},
    presence::PresenceEvent,
};
use serde_json::json;

use super::support::missing;
use crate::Harness;

/// `Store::commit`, effect: the last change fails; nothing is there of those before it, of the
/// audit entry and of the events.
pub async fn a_failing_last_change_leaves_nothing(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let (message, mut set) = h.posting(room.id, ann.id, "lost");
    let user = h.new_user("bob");
    set.change(AccessChange::CreateUser { user: user.clone(), password: None });
    set.change(ChatChange::EditMessage {
        id: MessageId::generate(&*h.ids),
        expected: Version::FIRST,
        body: "of no message".to_owned(),
        by: ann.id,
        at: h.now(),
    });
    let sent = BroadcastEvent::Sent { name: "lost".to_owned(), payload: json!({}) };
    set.event(NewEvent::new(sent, [Audience::Everyone]));
    let audit = set.audit.id;

    assert_eq!(h.store.commit(set).await, missing("message"));
    assert_eq!(h.store.access().user(user.id).await, Ok(None));
    assert_eq!(h.store.chat().message(message).await, Ok(None));
    assert_eq!(h.read_room(room.id).await, room, "the sequence was not used up");
    assert_eq!(h.events().await, []);
    assert!(!h.has_audit(audit).await);
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}

/// `Store::commit`, effect: whatever the reason of the refusal, nothing is there.
pub async fn every_kind_of_refusal_leaves_nothing(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let post = h.post(room.id, ann.id, "there").await;
    let (audit, events) = (h.audit().await, h.events().await);
    let room = h.read_room(room.id).await;
    let graph = h.store.access().graph().await;

    let refusals: [(&str, Option<Guard>, Change); 4] = [
        (
            "a guard",
            Some(Guard::Held(Scope::access_graph(), Version(99))),
            ChatChange::SetMute { room: room.id, user: ann.id, until: None }.into(),
        ),
        (
            "a version",
            None,
            ChatChange::EditMessage {
                id: post.id,
                expected: Version(7),
                body: String::new(),
                by: ann.id,
                at: h.now(),
            }
            .into(),
        ),
        (
            "a conflict",
            None,
            AccessChange::CreateUser { user: h.new_user("ann"), password: None }.into(),
        ),
        (
            "a missing thing",
            None,
            AccessChange::AddTeamMember { team: h.new_team("none").id, user: ann.id }.into(),
        ),
    ];
    for (reason, guard, last) in refusals {
        let (message, mut set) = h.posting(room.id, ann.id, "lost");
        let team = h.new_team(reason);
        set.change(AccessChange::CreateTeam(team.clone()));
        let user = UserId::generate(&*h.ids);
        set.change(ChatChange::RemoveMember { room: room.id, user });
        set.change(last);
        set.guards.extend(guard);
        assert!(h.store.commit(set).await.is_err(), "{reason}");
        assert_eq!(h.store.chat().message(message).await, Ok(None), "{reason}");
        assert_eq!(h.store.access().team(team.id).await, Ok(None), "{reason}");
        assert_eq!(h.read_room(room.id).await, room, "{reason}: the room");
        assert_eq!(h.store.access().graph().await, graph, "{reason}: the graph");
        assert_eq!(h.audit().await, audit, "{reason}: the audit log");
        assert_eq!(h.events().await, events, "{reason}: the event log");
    }
}

/// `Store::commit`: the changes are applied in order, each seeing those before it.
pub async fn a_change_sees_those_before_it(h: Harness) {
    let (ann, bob) = (h.new_user("ann"), h.new_user("bob"));
    let room = h.new_room(RoomKind::Group, None);
    let (first, append_first) = h.append(room.id, ann.id, "one");
    let (_, append_second) = h.append(room.id, ann.id, "two");
    let receipt = h
        .store
        .commit(
            h.changes::<Change>([
                AccessChange::CreateUser { user: ann.clone(), password: None }.into(),
                AccessChange::CreateUser { user: bob.clone(), password: None }.into(),
                ChatChange::CreateRoom {
                    room: room.clone(),
                    members: vec![(ann.id, RoomRole::Owner)],
                }
                .into(),
                append_first.into(),
                ChatChange::AddMember {
                    room: room.id,
                    user: bob.id,
                    role: RoomRole::Member,
                    at: h.now(),
                }
                .into(),
                append_second.into(),
                ChatChange::EditMessage {
                    id: first,
                    expected: Version(1),
                    body: "uno".to_owned(),
                    by: ann.id,
                    at: h.now(),
                }
                .into(),
                ChatChange::EditMessage {
                    id: first,
                    expected: Version(2),
                    body: "eins".to_owned(),
                    by: ann.id,
                    at: h.now(),
                }
                .into(),
                ChatChange::MovePointer {
                    room: room.id,
                    user: bob.id,
                    to: PointerMove::ForwardTo(Seq(9)),
                }
                .into(),
            ]),
        )
        .await
        .expect("the set is valid");

    let allocated: Vec<_> = receipt.allocated.iter().map(|one| one.number).collect();
    let none = None;
    let expected = [none, none, none, Some(1), Some(1), Some(2), none, none, Some(2)];
    assert_eq!(allocated, expected);
    assert_eq!(h.message(first).await.body, "eins");
    assert_eq!(h.message(first).await.version, Version(3));
    assert_eq!(h.store.chat().edits(first).await.expect("a read").len(), 2);
    assert_eq!(h.read_room(room.id).await.member_count, 2);
}

/// `Receipt`: the position of the last event, none without events; one allocation for each change.
pub async fn the_receipt_has_the_last_position_and_one_allocation_for_each_change(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let (_, mut set) = h.posting(room.id, ann.id, "hello");
    set.change(ChatChange::SetMute { room: room.id, user: ann.id, until: None });
    for name in ["one", "two"] {
        let sent = BroadcastEvent::Sent { name: name.to_owned(), payload: json!(null) };
        set.event(NewEvent::new(sent, [Audience::Everyone]));
    }
    let receipt = h.store.commit(set).await.expect("the set is valid");
    let positions: Vec<_> = h.events().await.iter().map(|event| event.position).collect();
    assert_eq!(positions.len(), 3);
    assert!(positions.is_sorted_by(|one, next| one < next), "{positions:?}");
    assert_eq!(receipt.position, positions.last().copied());
    assert_eq!(receipt.allocated.len(), 2);
    assert_eq!(receipt.replayed, None);

    let mute = ChatChange::SetMute { room: room.id, user: ann.id, until: None };
    assert_eq!(h.commit(mute).await.position, None);
}

/// `Store::commit`: a set without changes still has its audit entry and its events.
pub async fn a_set_without_changes_writes_its_audit_entry_and_its_events(h: Harness) {
    let mut set = h.set(Action::RealtimeBroadcast, EntityRef::new("broadcast", h.ids.uuid()));
    let sent = BroadcastEvent::Sent { name: "hello".to_owned(), payload: json!({ "to": "all" }) };
    set.event(NewEvent::new(sent, [Audience::Everyone]));
    let audit = set.audit.clone();
    let receipt = h.store.commit(set).await.expect("the set is valid");
    assert_eq!(receipt.allocated, []);
    assert_eq!(h.audit().await, [audit]);
    assert_eq!(h.kinds_after(Position::START).await, ["broadcast.sent"]);
}

/// `AuditEntry`: it is kept as it was given, with every field (AUTH-12).
pub async fn auth_12_the_audit_entry_is_kept_as_it_was_given(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let mut ctx = Ctx::user(ann.id).with_session(SessionId::generate(&*h.ids));
    ctx.on_behalf_of = Some(UserId::generate(&*h.ids));
    ctx.ip = Some("2001:db8:85a3::".parse().expect("an address"));
    ctx.correlation_id = Some("req-1".to_owned());
    h.clock.advance(TimeDelta::microseconds(123_457));
    let entity = EntityRef::in_room("room", room.id.uuid(), room.id);
    let mut set = h.set_by(&ctx, Action::ChatRoomUpdate, entity);
    set.record(
        Recorder::new()
            .field("name", Some("a group"), Some("Grüße \u{1f600} \"'\\"))
            .created("nested", json!({ "list": [1, 2.5, null, true], "text": "" })),
    );
    set.change(ChatChange::UpdateRoom {
        id: room.id,
        expected: Version::FIRST,
        name: Some("Grüße".to_owned()),
        topic: None,
    });
    let entry = set.audit.clone();
    h.store.commit(set).await.expect("the set is valid");
    assert_eq!(h.audit().await.first(), Some(&entry));
}

/// `Event`: it is kept as it was given, with its audience and the connection that is left out.
pub async fn an_event_is_kept_as_it_was_given(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    h.clock.advance(TimeDelta::microseconds(654_321));
    let card = UserCard {
        id: ann.id,
        display_name: "Ann".to_owned(),
        status: ann.status,
        version: ann.version,
    };
    let connection = ConnectionId::generate(&*h.ids);
    let events = [
        NewEvent::new(AccessEvent::UserChanged(card), [Audience::Everyone]),
        NewEvent::new(
            ChatEvent::RoomCreated { room: room.clone(), members: vec![(ann.id, RoomRole::Owner)] },
            [Audience::User(ann.id), Audience::Room(room.id), Audience::PeersOf(ann.id)],
        ),
        NewEvent::new(
            PresenceEvent::Online { user: ann.id, since: h.now() },
            [Audience::Holders(Permission::UsersRead)],
        ),
        NewEvent::new(
            BroadcastEvent::Sent { name: "x".to_owned(), payload: json!([1, "zwei", null]) },
            [],
        )
        .excluding(Some(connection)),
        NewEvent::new(
            EventBody::Other(OtherEvent {
                kind: "later.module_event".to_owned(),
                data: json!({ "kept": true }),
            }),
            [Audience::Everyone],
        ),
    ];
    let entity = EntityRef::new("user", ann.id.uuid());
    let mut set = h.set_by(&Ctx::user(ann.id), Action::UserUpdate, entity);
    set.events = events.to_vec();
    h.store.commit(set).await.expect("the set is valid");

    let read = h.events().await;
    assert_eq!(read.len(), events.len());
    for (event, given) in read.iter().zip(events) {
        assert_eq!(event.body, given.body);
        assert_eq!(event.audience, given.audience, "{:?}", event.body);
        assert_eq!(event.exclude, given.exclude, "{:?}", event.body);
        assert_eq!((event.at, event.actor), (h.now(), Ctx::user(ann.id).actor));
    }
}

/// `Store::commit`: after an error other than `Unavailable` the same store goes on as before.
pub async fn a_refusal_does_not_stop_the_next_commit(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    for round in 0..20 {
        let taken = AccessChange::CreateUser { user: h.new_user("ann"), password: None };
        let refused = h.try_commit(taken).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
        assert_eq!(h.post(room.id, ann.id, "on").await.seq, Seq(round + 1));
    }
}
