//! Optimistic locking: a change of a versioned thing expects its present version.

use erp_core::{
    access::{AccessChange, Email, UserPatch, UserStatus},
    change::{Change, Version},
    chat::{ChatChange, RoomRole},
    port::StoreError,
};

use super::support::{commit_at_once, stale, winners};
use crate::Harness;

/// with the version before and with one that is still to come the change is refused and told
/// the present version; with the present one it happens, and the version rises by one.
pub async fn x_5_a_change_expects_the_present_version(h: Harness) {
    let ann = h.user("ann").await;
    let role = h.role("a role", &[]).await;
    let team = h.team("a team").await;
    let room = h.group(&[ann.id]).await;
    let post = h.post(room.id, ann.id, "hello").await;
    let at = h.now();
    type Build = Box<dyn Fn(Version) -> Change + Send>;
    let changes: [(&str, Build); 8] = [
        (
            "user",
            Box::new(move |expected| {
                let patch =
                    UserPatch { display_name: Some(format!("Ann {expected}")), email: None };
                AccessChange::UpdateUser { id: ann.id, expected, patch, at }.into()
            }),
        ),
        (
            "user",
            Box::new(move |expected| {
                let status = UserStatus::Deactivated;
                AccessChange::SetUserStatus { id: ann.id, expected, status, at }.into()
            }),
        ),
        (
            "role",
            Box::new(move |expected| {
                let name = format!("role {expected}");
                let permissions = role.permissions;
                AccessChange::UpdateRole { id: role.id, expected, name, permissions }.into()
            }),
        ),
        (
            "team",
            Box::new(move |expected| {
                let name = format!("team {expected}");
                AccessChange::RenameTeam { id: team.id, expected, name }.into()
            }),
        ),
        (
            "room",
            Box::new(move |expected| {
                let topic = Some(format!("topic {expected}"));
                ChatChange::UpdateRoom { id: room.id, expected, name: None, topic }.into()
            }),
        ),
        (
            "message",
            Box::new(move |expected| {
                let body = format!("body {expected}");
                ChatChange::EditMessage { id: post.id, expected, body, by: ann.id, at }.into()
            }),
        ),
        (
            "message",
            Box::new(move |expected| {
                let deleted_at = Some(at);
                ChatChange::SetMessageDeleted { id: post.id, expected, deleted_at }.into()
            }),
        ),
        (
            "message",
            Box::new(move |expected| {
                let deleted_at = None;
                ChatChange::SetMessageDeleted { id: post.id, expected, deleted_at }.into()
            }),
        ),
    ];
    let mut present = std::collections::BTreeMap::new();
    for (entity, build) in changes {
        let version = present.entry(entity).or_insert(Version::FIRST);
        for wrong in [Version(version.0 - 1), version.next()] {
            assert_eq!(h.try_commit(build(wrong)).await, stale(entity, *version));
        }
        h.commit(build(*version)).await;
        *version = version.next();
    }
    assert_eq!(h.read_user(ann.id).await.version, present["user"]);
    assert_eq!(h.read_room(room.id).await.version, present["room"]);
    assert_eq!(h.message(post.id).await.version, present["message"]);
}

/// deleting a role or a team expects its version, too.
pub async fn x_5_a_deletion_expects_the_present_version(h: Harness) {
    let (role, team) = (h.role("a role", &[]).await, h.team("a team").await);
    let role_gone = |expected| AccessChange::DeleteRole { id: role.id, expected };
    let team_gone = |expected| AccessChange::DeleteTeam { id: team.id, expected };
    assert_eq!(h.try_commit(role_gone(Version(2))).await, stale("role", Version(1)));
    assert_eq!(h.try_commit(team_gone(Version(2))).await, stale("team", Version(1)));
    h.commit(role_gone(Version(1))).await;
    h.commit(team_gone(Version(1))).await;
    assert_eq!(h.store.access().role(role.id).await, Ok(None));
    assert_eq!(h.store.access().team(team.id).await, Ok(None));
}

/// `User`: an update changes what the patch names and `updated_at`, nothing else.
pub async fn an_update_changes_what_it_names(h: Harness) {
    let ann = h.user("ann").await;
    let at = h.pass(60);
    let patch = UserPatch { display_name: Some("Ann Ä".to_owned()), email: None };
    h.commit(AccessChange::UpdateUser { id: ann.id, expected: Version(1), patch, at }).await;
    let mut expected = ann;
    expected.display_name = "Ann Ä".to_owned();
    (expected.version, expected.updated_at) = (Version(2), at);
    assert_eq!(h.read_user(expected.id).await, expected);

    let at = h.pass(60);
    let email = Email::new("Ann@Example.com").expect("an address");
    let patch = UserPatch { display_name: None, email: Some(email.clone()) };
    h.commit(AccessChange::UpdateUser { id: expected.id, expected: Version(2), patch, at }).await;
    expected.email = email;
    (expected.version, expected.updated_at) = (Version(3), at);
    assert_eq!(h.read_user(expected.id).await, expected);

    let at = h.pass(60);
    h.set_status(expected.id, UserStatus::Deactivated).await;
    expected.status = UserStatus::Deactivated;
    (expected.version, expected.updated_at) = (Version(4), at);
    assert_eq!(h.read_user(expected.id).await, expected);
}

/// `Room`: name and topic are replaced together; the roster and the sequence stay.
pub async fn a_room_update_replaces_name_and_topic(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let topic = Some("what we do".to_owned());
    let change = ChatChange::UpdateRoom { id: room.id, expected: Version(1), name: None, topic };
    h.commit(change).await;
    let mut expected = room;
    (expected.name, expected.topic) = (None, Some("what we do".to_owned()));
    expected.version = Version(2);
    assert_eq!(h.read_room(expected.id).await, expected);
}

/// `Room::version` rises with name and topic only: posts, members and pointers leave it.
pub async fn posts_and_members_leave_the_rooms_version(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id]).await;
    h.post(room.id, ann.id, "hello").await;
    h.add_member(room.id, bob.id).await;
    let role = RoomRole::Owner;
    h.commit(ChatChange::SetMemberRole { room: room.id, user: bob.id, role }).await;
    assert_eq!(h.read_room(room.id).await.version, Version::FIRST);
}

/// of several changes that expect one version exactly one happens.
pub async fn x_18_of_changes_that_expect_one_version_exactly_one_happens(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    for round in 0..8 {
        let post = h.post(room.id, ann.id, "draft").await;
        let sets = (0..8).map(|n| {
            h.changes([ChatChange::EditMessage {
                id: post.id,
                expected: Version::FIRST,
                body: format!("edit {n}"),
                by: ann.id,
                at: h.now(),
            }])
        });
        let results = commit_at_once(&h.store, sets.collect::<Vec<_>>()).await;
        let told = StoreError::Stale { entity: "message", current: Some(Version(2)) };
        assert_eq!(winners(&results, |error| *error == told), 1, "round {round}");
        let winner = results.iter().position(Result::is_ok).expect("a winner");
        assert_eq!(h.message(post.id).await.body, format!("edit {winner}"));
        assert_eq!(h.store.chat().edits(post.id).await.expect("a read").len(), 1);
    }
}

/// CHAT-40, X-5: a room is archived and restored under its version; its roster rises with it, so that
/// what was decided before does not hold any more.
pub async fn chat_40_archiving_raises_version_and_roster(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let at = Some(h.now());
    let archive = |expected, archived_at| ChatChange::SetRoomArchived {
        id: room.id,
        expected: Version(expected),
        archived_at,
    };
    assert_eq!(h.try_commit(archive(2, at)).await, super::support::stale("room", Version(1)));
    h.commit(archive(1, at)).await;
    let archived = h.read_room(room.id).await;
    assert_eq!((archived.version, archived.archived_at), (Version(2), at));
    assert_eq!(archived.roster, room.roster.next());
    h.commit(archive(2, None)).await;
    let restored = h.read_room(room.id).await;
    assert_eq!((restored.version, restored.archived_at), (Version(3), None));
    assert_eq!(restored.roster, archived.roster.next());
    let none = ChatChange::SetRoomArchived {
        id: h.new_room(erp_core::chat::RoomKind::Group, None).id,
        expected: Version(1),
        archived_at: at,
    };
    assert_eq!(h.try_commit(none).await, super::support::missing("room"));
}
