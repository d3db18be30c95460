//! Unique constraints: without regard to case, among those that count.

use erp_core::{
    Conflict,
    access::{AccessChange, Email, UserPatch, UserStatus},
    change::Version,
    chat::{ChatChange, RoomKind, RoomRole, Seq},
    ids::UserId,
    port::StoreError,
};

use super::support::{commit_at_once, conflict, exists, winners};
use crate::Harness;

fn with_email(h: &Harness, name: &str, email: &str) -> AccessChange {
    let mut user = h.new_user(name);
    user.email = Email::new(email).expect("an address");
    AccessChange::CreateUser { user, password: None }
}

/// AUTH-6: an address is unique by its normalised form, when a user is created and when it changes.
pub async fn auth_6_an_address_is_unique_without_regard_to_case(h: Harness) {
    h.commit(with_email(&h, "ann", "Ann@Example.org")).await;
    let taken = conflict(Conflict::taken("user", "email"));
    for same in ["ann@example.org", "ANN@EXAMPLE.ORG", "Ann@Example.org"] {
        assert_eq!(h.try_commit(with_email(&h, "other", same)).await, taken, "{same}");
    }
    h.commit(with_email(&h, "zoë", "ZOË@example.org")).await;
    assert_eq!(h.try_commit(with_email(&h, "zoe", "zoë@example.org")).await, taken);

    let bob = h.user("bob").await;
    let rename = |expected, email: &str| {
        let email = Some(Email::new(email).expect("an address"));
        let patch = UserPatch { email, display_name: None };
        AccessChange::UpdateUser { id: bob.id, expected, patch, at: h.now() }
    };
    assert_eq!(h.try_commit(rename(Version(1), "aNN@example.org")).await, taken);
    h.commit(rename(Version(1), "BOB@example.org")).await;
    assert_eq!(h.read_user(bob.id).await.email.as_str(), "BOB@example.org");
    h.commit(rename(Version(2), "robert@example.org")).await;
    h.commit(with_email(&h, "bob", "bob@example.org")).await;
}

/// AUTH-6: a deleted user's address is free, a deactivated one's is not; restoring a user whose
/// address was taken is a conflict, and possible again when it is free.
pub async fn auth_6_a_deleted_users_address_is_free(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    h.set_status(ann.id, UserStatus::Deleted).await;
    h.set_status(bob.id, UserStatus::Deactivated).await;
    let taken = conflict(Conflict::taken("user", "email"));
    assert_eq!(h.try_commit(with_email(&h, "bob", "bob@example.org")).await, taken);
    h.commit(with_email(&h, "ann", "ann@example.org")).await;
    let credentials = h.store.access().credentials("ann@example.org").await.expect("a read");
    let second = credentials.expect("the new one").user;
    assert_ne!(second.id, ann.id);

    let restore = || AccessChange::SetUserStatus {
        id: ann.id,
        expected: Version(2),
        status: UserStatus::Active,
        at: h.now(),
    };
    assert_eq!(h.try_commit(restore()).await, taken);
    assert_eq!(h.read_user(ann.id).await.status, UserStatus::Deleted);
    h.set_status(second.id, UserStatus::Deleted).await;
    h.commit(restore()).await;
    let credentials = h.store.access().credentials("ann@example.org").await.expect("a read");
    assert_eq!(credentials.expect("the first one").user.id, ann.id);
}

/// `Role`, `Team`: names are unique without regard to case, by Unicode; a deleted one's is free.
pub async fn role_and_team_names_are_unique_without_regard_to_case(h: Harness) {
    let role = h.role("Ärzte", &[]).await;
    let team = h.team("Ärzte").await;
    let new_role = |name| AccessChange::CreateRole(h.new_role(name, &[]));
    let new_team = |name| AccessChange::CreateTeam(h.new_team(name));
    for same in ["Ärzte", "ärzte", "ÄRZTE"] {
        let refused = h.try_commit(new_role(same)).await;
        assert_eq!(refused, conflict(Conflict::taken("role", "name")), "{same}");
        let refused = h.try_commit(new_team(same)).await;
        assert_eq!(refused, conflict(Conflict::taken("team", "name")), "{same}");
    }
    assert_eq!(h.try_commit(new_role("OWNER")).await, conflict(Conflict::taken("role", "name")));
    let (other, others) = (h.role("other", &[]).await, h.team("other").await);
    let rename = |name: &str| AccessChange::UpdateRole {
        id: other.id,
        expected: Version(1),
        name: name.to_owned(),
        permissions: other.permissions,
    };
    assert_eq!(h.try_commit(rename("äRZTE")).await, conflict(Conflict::taken("role", "name")));
    h.commit(rename("OTHER")).await;
    let rename = |name: &str| AccessChange::RenameTeam {
        id: others.id,
        expected: Version(1),
        name: name.to_owned(),
    };
    assert_eq!(h.try_commit(rename("äRZTE")).await, conflict(Conflict::taken("team", "name")));
    h.commit(rename("OTHER")).await;

    h.commit(AccessChange::DeleteRole { id: role.id, expected: Version(1) }).await;
    h.commit(AccessChange::DeleteTeam { id: team.id, expected: Version(1) }).await;
    h.commit(new_role("ärzte")).await;
    h.commit(new_team("ärzte")).await;
}

/// `Room::name`: a channel's is unique without regard to case, other rooms' may repeat.
pub async fn channel_names_are_unique_without_regard_to_case(h: Harness) {
    let ann = h.user("ann").await;
    h.channel("Übersicht", &[ann.id]).await;
    let other = h.channel("other", &[ann.id]).await;
    let create = |kind, name| {
        let room = h.new_room(kind, Some(name));
        ChatChange::CreateRoom { room, members: vec![(ann.id, RoomRole::Owner)] }
    };
    let taken = conflict(Conflict::taken("room", "name"));
    assert_eq!(h.try_commit(create(RoomKind::Channel, "ÜBERSICHT")).await, taken);
    for kind in [RoomKind::Group, RoomKind::Project, RoomKind::Support] {
        for _ in 0..2 {
            h.commit(create(kind, "übersicht")).await;
        }
    }
    let rename = |name: &str| ChatChange::UpdateRoom {
        id: other.id,
        expected: Version(1),
        name: Some(name.to_owned()),
        topic: None,
    };
    assert_eq!(h.try_commit(rename("übersicht")).await, taken);
    h.commit(rename("OTHER")).await;
}

/// CHAT-10: two users share one direct room, in whatever order they are named; a user has one with
/// himself.
pub async fn chat_10_a_direct_room_is_unique_per_pair(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let open = |one: UserId, other: UserId| {
        let mut members = vec![(one, RoomRole::Member)];
        if one != other {
            members.push((other, RoomRole::Member));
        }
        ChatChange::CreateRoom { room: h.new_direct(one, other), members }
    };
    h.commit(open(ann.id, bob.id)).await;
    let there = conflict(Conflict::DirectRoomExists);
    assert_eq!(h.try_commit(open(ann.id, bob.id)).await, there);
    assert_eq!(h.try_commit(open(bob.id, ann.id)).await, there);
    h.commit(open(ann.id, ann.id)).await;
    assert_eq!(h.try_commit(open(ann.id, ann.id)).await, there);
    h.commit(open(bob.id, bob.id)).await;
}

/// CHAT-10, AUTH-6, X-18: of several that want the same at once exactly one gets it.
pub async fn x_18_of_those_who_want_the_same_at_once_one_gets_it(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let sets = (0..8).map(|n| {
        let (one, other) = if n % 2 == 0 { (ann.id, bob.id) } else { (bob.id, ann.id) };
        let members = vec![(one, RoomRole::Member), (other, RoomRole::Member)];
        h.changes([ChatChange::CreateRoom { room: h.new_direct(one, other), members }])
    });
    let results = commit_at_once(&h.store, sets.collect::<Vec<_>>()).await;
    let there = StoreError::Conflict(Conflict::DirectRoomExists);
    assert_eq!(winners(&results, |error| *error == there), 1);

    let sets = (0..8).map(|_| h.changes([with_email(&h, "cid", "cid@example.org")]));
    let results = commit_at_once(&h.store, sets.collect::<Vec<_>>()).await;
    let taken = StoreError::Conflict(Conflict::taken("user", "email"));
    assert_eq!(winners(&results, |error| *error == taken), 1);

    let sets = (0..8).map(|_| {
        let room = h.new_room(RoomKind::Channel, Some("one"));
        h.changes([ChatChange::CreateRoom { room, members: vec![(ann.id, RoomRole::Owner)] }])
    });
    let results = commit_at_once(&h.store, sets.collect::<Vec<_>>()).await;
    let taken = StoreError::Conflict(Conflict::taken("room", "name"));
    assert_eq!(winners(&results, |error| *error == taken), 1);
}

/// `Conflict::Exists`: an id is used once.
pub async fn an_id_is_used_once(h: Harness) {
    let ann = h.user("ann").await;
    let (role, team) = (h.role("a role", &[]).await, h.team("a team").await);
    let room = h.group(&[ann.id]).await;
    let post = h.post(room.id, ann.id, "hello").await;

    let again = erp_core::access::User { id: ann.id, ..h.new_user("other") };
    let again = AccessChange::CreateUser { user: again, password: None };
    assert_eq!(h.try_commit(again).await, exists("user"));
    let again = erp_core::access::Role { id: role.id, ..h.new_role("other", &[]) };
    assert_eq!(h.try_commit(AccessChange::CreateRole(again)).await, exists("role"));
    let again = erp_core::access::Team { id: team.id, ..h.new_team("other") };
    assert_eq!(h.try_commit(AccessChange::CreateTeam(again)).await, exists("team"));
    let again = erp_core::chat::Room { id: room.id, ..h.new_room(RoomKind::Group, None) };
    let again = ChatChange::CreateRoom { room: again, members: vec![] };
    assert_eq!(h.try_commit(again).await, exists("room"));
    let (_, mut again) = h.append(room.id, ann.id, "again");
    if let ChatChange::AppendMessage { id, .. } = &mut again {
        *id = post.id;
    }
    assert_eq!(h.try_commit(again).await, exists("message"));
    assert_eq!(h.message(post.id).await, post);
    assert_eq!(h.post(room.id, ann.id, "next").await.seq, Seq(2), "no number was used up");
}
