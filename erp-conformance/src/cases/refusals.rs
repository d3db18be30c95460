//! What a store answers to a change of something that is not there, and which error comes first.

use erp_core::{
    Conflict,
    access::{
        AccessChange, PasswordHash, RevokedSessions, RoleHolder, TeamNesting, UserPatch, UserStatus,
    },
    change::{Change, Guard, Scope, Version},
    chat::{ChatChange, PointerMove, RoomKind, RoomRole, Seq},
    ids::{MessageId, UserId},
    policy::PermissionSet,
    port::StoreError,
};

use super::support::{conflict, exists, missing, stale};
use crate::Harness;

/// `StoreError::NotFound`: a change of users, roles or teams names the kind of thing that is missing.
pub async fn a_missing_user_role_or_team_is_told(h: Harness) {
    let ann = h.user("ann").await;
    let (role, team) = (h.role("a role", &[]).await, h.team("a team").await);
    let (nobody, no_role, no_team) =
        (h.new_user("nobody"), h.new_role("none", &[]), h.new_team("none"));
    let (expected, at) = (Version(1), h.now());
    let (session, token) = h.new_session(nobody.id);
    let patch = UserPatch { display_name: Some("x".to_owned()), email: None };
    let status = UserStatus::Deactivated;
    let holder = RoleHolder::User(ann.id);
    let name = || "renamed".to_owned();
    let permissions = PermissionSet::EMPTY;
    let password = PasswordHash("$argon2id$".to_owned());
    for (entity, change) in [
        ("user", AccessChange::UpdateUser { id: nobody.id, expected, patch, at }),
        ("user", AccessChange::SetUserStatus { id: nobody.id, expected, status, at }),
        ("user", AccessChange::SetPassword { id: nobody.id, password }),
        ("user", AccessChange::CreateSession { session, token: token.hash() }),
        ("role", AccessChange::UpdateRole { id: no_role.id, expected, name: name(), permissions }),
        ("role", AccessChange::DeleteRole { id: no_role.id, expected }),
        ("role", AccessChange::GrantRole { holder, role: no_role.id }),
        ("user", AccessChange::GrantRole { holder: RoleHolder::User(nobody.id), role: role.id }),
        ("team", AccessChange::GrantRole { holder: RoleHolder::Team(no_team.id), role: role.id }),
        ("team", AccessChange::RenameTeam { id: no_team.id, expected, name: name() }),
        ("team", AccessChange::DeleteTeam { id: no_team.id, expected }),
        ("team", AccessChange::AddTeamMember { team: no_team.id, user: ann.id }),
        ("user", AccessChange::AddTeamMember { team: team.id, user: nobody.id }),
        ("team", AccessChange::NestTeam(TeamNesting { parent: team.id, child: no_team.id })),
        ("team", AccessChange::NestTeam(TeamNesting { parent: no_team.id, child: team.id })),
    ] {
        assert_eq!(h.try_commit(change.clone()).await, missing(entity), "{change:?}");
    }
}

/// `StoreError::NotFound`: a change of rooms or messages names the kind of thing that is missing.
pub async fn a_missing_room_member_or_message_is_told(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let nobody = UserId::generate(&*h.ids);
    let (room, no_room) = (h.group(&[ann.id]).await, h.new_room(RoomKind::Group, None));
    let (expected, at) = (Version(1), h.now());
    let role = RoomRole::Member;
    let no_message = MessageId::generate(&*h.ids);
    let (id, user) = (room.id, bob.id);
    let to = PointerMove::ForwardTo(Seq(0));
    for (entity, change) in [
        ("user", ChatChange::CreateRoom { room: no_room.clone(), members: vec![(nobody, role)] }),
        ("room", ChatChange::UpdateRoom { id: no_room.id, expected, name: None, topic: None }),
        ("room", ChatChange::AddMember { room: no_room.id, user: ann.id, role, at }),
        ("user", ChatChange::AddMember { room: id, user: nobody, role, at }),
        ("member", ChatChange::SetMemberRole { room: id, user, role }),
        ("member", ChatChange::SetMute { room: id, user, until: None }),
        ("member", ChatChange::MovePointer { room: id, user, to }),
        ("member", h.append(id, user, "from outside").1),
        ("room", ChatChange::SetMemberRole { room: no_room.id, user, role }),
        ("room", ChatChange::SetMute { room: no_room.id, user, until: None }),
        ("room", ChatChange::MovePointer { room: no_room.id, user, to }),
        ("room", h.append(no_room.id, user, "nowhere").1),
        (
            "message",
            ChatChange::EditMessage { id: no_message, expected, body: String::new(), by: user, at },
        ),
        (
            "message",
            ChatChange::SetMessageDeleted { id: no_message, expected, deleted_at: Some(at) },
        ),
    ] {
        assert_eq!(h.try_commit(change.clone()).await, missing(entity), "{change:?}");
    }
    assert_eq!(h.read_room(room.id).await, room);
}

/// `AccessChange`: setting what is set already, or removing what is not there, is no error.
pub async fn setting_twice_and_removing_what_is_not_there_is_no_error(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let (role, team, inner) =
        (h.role("a role", &[]).await, h.team("a team").await, h.team("inner").await);
    let room = h.group(&[ann.id]).await;
    let holder = RoleHolder::User(ann.id);
    let nesting = TeamNesting { parent: team.id, child: inner.id };
    let which = RevokedSessions::All;
    let twice: [Change; 8] = [
        AccessChange::GrantRole { holder, role: role.id }.into(),
        AccessChange::RevokeRole { holder, role: role.id }.into(),
        AccessChange::AddTeamMember { team: team.id, user: ann.id }.into(),
        AccessChange::RemoveTeamMember { team: team.id, user: ann.id }.into(),
        AccessChange::NestTeam(nesting).into(),
        AccessChange::UnnestTeam(nesting).into(),
        AccessChange::RevokeSessions { user: ann.id, which }.into(),
        ChatChange::RemoveMember { room: room.id, user: bob.id }.into(),
    ];
    for change in twice {
        h.commit(change.clone()).await;
        h.commit(change).await;
    }
    assert_eq!(h.store.access().roles_of(ann.id).await, Ok(vec![]));
    assert_eq!(h.store.access().team_members(team.id).await, Ok(vec![]));
    assert_eq!(h.read_room(room.id).await.member_count, 1);
}

/// `Store::commit`, errors: of one change, a stale version is told before a unique conflict, and
/// that before a missing reference.
pub async fn a_stale_version_is_told_before_a_conflict_and_that_before_a_missing_reference(
    h: Harness,
) {
    let ann = h.user("ann").await;
    h.channel("one", &[ann.id]).await;
    let two = h.channel("two", &[ann.id]).await;
    let rename = |expected| ChatChange::UpdateRoom {
        id: two.id,
        expected,
        name: Some("ONE".to_owned()),
        topic: None,
    };
    assert_eq!(h.try_commit(rename(Version(3))).await, stale("room", Version(1)));
    assert_eq!(h.try_commit(rename(Version(1))).await, conflict(Conflict::taken("room", "name")));
    let nobody = UserId::generate(&*h.ids);
    let create = ChatChange::CreateRoom {
        room: h.new_room(RoomKind::Channel, Some("One")),
        members: vec![(nobody, RoomRole::Owner)],
    };
    assert_eq!(h.try_commit(create).await, conflict(Conflict::taken("room", "name")));
}

/// `Store::commit`, errors: of a new thing the id that is in use is told before another value that is.
pub async fn a_used_id_is_told_before_another_unique_value(h: Harness) {
    let ann = h.user("ann").await;
    let role = h.role("a role", &[]).await;
    let channel = h.channel("one", &[ann.id]).await;
    let nobody = UserId::generate(&*h.ids);
    let again = AccessChange::CreateUser { user: ann, password: None };
    assert_eq!(h.try_commit(again).await, exists("user"));
    assert_eq!(h.try_commit(AccessChange::CreateRole(role)).await, exists("role"));
    let members = vec![(nobody, RoomRole::Owner)];
    let again = ChatChange::CreateRoom { room: channel, members };
    assert_eq!(h.try_commit(again).await, exists("room"));
}

/// `Store::commit`, errors: the guards are told in their order; that of an unknown room as missing.
pub async fn guards_are_told_in_their_order(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let graph = Guard::Seen(Scope::access_graph(), Version(77));
    let roster = Guard::Held(Scope::roster(room.id), Version(77));
    let unknown = Guard::Held(Scope::roster(h.new_room(RoomKind::Group, None).id), Version(1));
    let stale_guard = |entity| Err(StoreError::Stale { entity, current: None });
    for (guards, told) in [
        ([graph, roster], stale_guard("access_graph")),
        ([roster, graph], stale_guard("roster")),
        ([unknown, graph], missing("room")),
        ([graph, unknown], stale_guard("access_graph")),
    ] {
        let (_, mut set) = h.posting(room.id, ann.id, "hello");
        set.guards = guards.to_vec();
        assert_eq!(h.store.commit(set).await, told);
    }
}

/// `Store::commit`, errors: of several changes the first that is wrong is told.
pub async fn the_first_wrong_change_is_told(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let taken = || Change::from(AccessChange::CreateTeam(h.new_team("taken")));
    h.commit(taken()).await;
    let absent =
        || AccessChange::AddTeamMember { team: h.new_team("none").id, user: ann.id }.into();
    let outdated = || {
        let name = None;
        ChatChange::UpdateRoom { id: room.id, expected: Version(5), name, topic: None }.into()
    };
    let told_taken = conflict(Conflict::taken("team", "name"));
    for (changes, told) in [
        ([taken(), absent(), outdated()], told_taken),
        ([absent(), outdated(), taken()], missing("team")),
        ([outdated(), taken(), absent()], stale("room", Version(1))),
    ] {
        assert_eq!(h.store.commit(h.changes(changes)).await, told);
    }
}
