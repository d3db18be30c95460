//! Guards: a commit happens only while what was read before the decision still holds.

use erp_core::{
    access::{
        AccessChange, BuiltInRole, PasswordHash, RoleHolder, TeamNesting, UserPatch, UserStatus,
    },
    change::{Change, ChangeSet, Guard, Scope, Version},
    chat::{ChatChange, PointerMove, RoomRole, Seq},
    ids::RoomId,
    policy::PermissionSet,
    port::StoreError,
};

use super::support::{commit_at_once, winners};
use crate::Harness;

async fn graph_version(h: &Harness) -> Version {
    let version = h.store.access().graph().await.expect("a read").version;
    assert_eq!(h.store.access().graph_version().await, Ok(version), "with and without the graph");
    version
}

/// `Scope::access_graph`: another version than the present one is refused, the present one is not.
pub async fn a_guard_on_another_access_graph_is_refused(h: Harness) {
    let ann = h.user("ann").await;
    h.team("a team").await;
    let now = graph_version(&h).await;
    let graph = Scope::access_graph();
    for guard in [
        Guard::Seen(graph, Version(now.0 - 1)),
        Guard::Seen(graph, now.next()),
        Guard::Held(graph, Version(now.0 - 1)),
        Guard::Held(graph, now.next()),
    ] {
        let mut set = h.changes([AccessChange::RevokeSessions {
            user: ann.id,
            which: erp_core::access::RevokedSessions::All,
        }]);
        set.guard(guard);
        let refused = h.store.commit(set).await.expect_err("the guard does not hold");
        assert!(refused.is_guard(), "{refused:?}");
        let stale = matches!(refused, StoreError::Stale { entity: "access_graph", .. });
        assert!(stale, "{refused:?}");
    }
    for (guard, name) in
        [(Guard::Seen(graph, now), "seen"), (Guard::Held(graph, now.next()), "held")]
    {
        let mut set = h.changes([AccessChange::CreateTeam(h.new_team(name))]);
        set.guard(guard);
        h.store.commit(set).await.expect("the guard holds");
    }
}

/// `Scope::roster`: another version than the room's present one is refused.
pub async fn a_guard_on_another_roster_is_refused(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id]).await;
    h.add_member(room.id, bob.id).await;
    let now = h.read_room(room.id).await.roster;
    for version in [room.roster, now.next()] {
        let (_, mut set) = h.posting(room.id, ann.id, "hello");
        set.guard(Guard::Held(Scope::roster(room.id), version));
        let refused = h.store.commit(set).await.expect_err("the guard does not hold");
        assert!(refused.is_guard(), "{refused:?}");
        assert!(matches!(refused, StoreError::Stale { entity: "roster", .. }), "{refused:?}");
    }
    let (_, mut set) = h.posting(room.id, ann.id, "hello");
    set.guard(Guard::Held(Scope::roster(room.id), now));
    h.store.commit(set).await.expect("the guard holds");
}

/// `Store::commit`: a guard is told before what is wrong with the changes: the service reads anew.
pub async fn a_stale_guard_is_told_before_a_refused_change(h: Harness) {
    h.user("ann").await;
    let taken = AccessChange::CreateUser { user: h.new_user("ann"), password: None };
    let mut set = h.changes([taken]);
    set.guard(Guard::Held(Scope::access_graph(), graph_version(&h).await.next()));
    let refused = h.store.commit(set).await.expect_err("neither holds");
    assert!(refused.is_guard(), "{refused:?}");
}

/// `AccessChange::touches`: each such change raises the graph's version by one, others leave
/// it; several in one set raise it by one.
pub async fn what_touches_the_access_graph_raises_its_version_by_one(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let (team, inner) = (h.team("outer").await, h.team("inner").await);
    let role = h.role("a role", &[]).await;
    let holder = RoleHolder::User(ann.id);
    let nesting = TeamNesting { parent: team.id, child: inner.id };
    let graph = Scope::access_graph();
    let changes = [
        AccessChange::CreateUser { user: h.new_user("cid"), password: None },
        AccessChange::UpdateUser {
            id: ann.id,
            expected: Version(1),
            patch: UserPatch { display_name: Some("Ann".to_owned()), email: None },
            at: h.now(),
        },
        AccessChange::SetUserStatus {
            id: bob.id,
            expected: Version(1),
            status: UserStatus::Deactivated,
            at: h.now(),
        },
        AccessChange::SetPassword { id: ann.id, password: PasswordHash("$argon2id$".to_owned()) },
        AccessChange::CreateRole(h.new_role("another", &[])),
        AccessChange::UpdateRole {
            id: role.id,
            expected: Version(1),
            name: "renamed".to_owned(),
            permissions: PermissionSet::ALL,
        },
        AccessChange::GrantRole { holder, role: role.id },
        AccessChange::GrantRole { holder, role: role.id },
        AccessChange::RevokeRole { holder, role: role.id },
        AccessChange::RevokeRole { holder, role: role.id },
        AccessChange::DeleteRole { id: role.id, expected: Version(2) },
        AccessChange::RenameTeam { id: team.id, expected: Version(1), name: "renamed".to_owned() },
        AccessChange::AddTeamMember { team: team.id, user: ann.id },
        AccessChange::RemoveTeamMember { team: team.id, user: ann.id },
        AccessChange::NestTeam(nesting),
        AccessChange::UnnestTeam(nesting),
        AccessChange::DeleteTeam { id: inner.id, expected: Version(1) },
    ];
    for change in changes {
        let before = graph_version(&h).await;
        let expected = if change.touches().contains(&graph) { before.next() } else { before };
        h.commit(change.clone()).await;
        assert_eq!(graph_version(&h).await, expected, "{change:?}");
    }
    let before = graph_version(&h).await;
    let set = h.changes([
        AccessChange::CreateTeam(h.new_team("one")),
        AccessChange::CreateTeam(h.new_team("two")),
        AccessChange::GrantRole { holder, role: BuiltInRole::GUEST.id },
    ]);
    h.store.commit(set).await.expect("the set is valid");
    assert_eq!(graph_version(&h).await, before.next());
}

/// `ChatChange::touches`: each such change raises the room's roster by one, others leave it, and
/// other rooms' too; several in one set raise it by one.
pub async fn what_touches_a_roster_raises_its_version_by_one(h: Harness) {
    let (ann, bob) = (h.user("ann").await, h.user("bob").await);
    let room = h.group(&[ann.id]).await;
    let other = h.group(&[ann.id]).await;
    let at = h.now();
    let add = |user| ChatChange::AddMember { room: room.id, user, role: RoomRole::Member, at };
    let changes = [
        add(bob.id),
        add(bob.id),
        ChatChange::SetMemberRole { room: room.id, user: bob.id, role: RoomRole::Moderator },
        h.append(room.id, bob.id, "hello").1,
        ChatChange::SetMute { room: room.id, user: bob.id, until: Some(at) },
        ChatChange::MovePointer { room: room.id, user: ann.id, to: PointerMove::ForwardTo(Seq(1)) },
        ChatChange::UpdateRoom { id: room.id, expected: Version(1), name: None, topic: None },
        ChatChange::RemoveMember { room: room.id, user: bob.id },
        ChatChange::RemoveMember { room: room.id, user: bob.id },
    ];
    for change in changes {
        let before = h.read_room(room.id).await.roster;
        let expected =
            if change.touches().contains(&Scope::roster(room.id)) { before.next() } else { before };
        h.commit(change.clone()).await;
        assert_eq!(h.read_room(room.id).await.roster, expected, "{change:?}");
    }
    let before = h.read_room(room.id).await.roster;
    let role = RoomRole::Moderator;
    let promote = ChatChange::SetMemberRole { room: room.id, user: bob.id, role };
    h.store.commit(h.changes([add(bob.id), promote])).await.expect("the set is valid");
    assert_eq!(h.read_room(room.id).await.roster, before.next());
    assert_eq!(h.read_room(other.id).await, other);
}

/// `Store::commit`: of several commits under one version of the graph exactly one happens, so that
/// two demotions, each legal alone, cannot take both owners (AUTH-7, X-18).
pub async fn auth_7_of_commits_under_one_graph_exactly_one_happens(h: Harness) {
    for round in 0..8 {
        let mut owners = Vec::new();
        for name in 0..4 {
            let name = format!("owner-{round}-{name}");
            owners.push(h.user_with_role(&name, BuiltInRole::OWNER).await.id);
        }
        let version = graph_version(&h).await;
        let sets = owners.iter().map(|owner| {
            let holder = RoleHolder::User(*owner);
            let role = BuiltInRole::OWNER.id;
            let mut set = h.changes([AccessChange::RevokeRole { holder, role }]);
            set.guard(Guard::Held(Scope::access_graph(), version));
            set
        });
        let results = commit_at_once(&h.store, sets.collect::<Vec<_>>()).await;
        assert_eq!(winners(&results, StoreError::is_guard), 1);
        assert_eq!(graph_version(&h).await, version.next());
    }
}

/// `Store::commit`: a change of the graph by another set also makes a guard false: of one guarded
/// set and one that touches the graph, both happen only in the order in which the guard held.
pub async fn a_guard_sees_changes_that_are_not_guarded(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    for round in 0..20 {
        let name = format!("late-{round}");
        let late = h.user(&name).await;
        let version = h.read_room(room.id).await.roster;
        let (message, mut guarded) = h.posting(room.id, ann.id, "before he came");
        guarded.guard(Guard::Held(Scope::roster(room.id), version));
        let role = RoomRole::Member;
        let at = h.now();
        let join = h.changes([ChatChange::AddMember { room: room.id, user: late.id, role, at }]);
        let results = commit_at_once(&h.store, [guarded, join]).await;
        let joined = results[1].as_ref().expect("no guard").number(0).expect("the room's last");
        match &results[0] {
            Ok(_) => assert!(h.message(message).await.seq.0 <= joined, "it came first"),
            Err(error) => assert!(error.is_guard(), "{error:?}"),
        }
    }
}

/// `Posting::guards`: a post is written only while what it was decided on holds, alone and beside
/// others that hold or do not; what a store remembers, it remembers with the versions of its time.
pub async fn a_post_is_written_only_while_what_it_was_decided_on_holds(h: Harness) {
    let ann = h.user_with_role("ann", BuiltInRole::MEMBER).await;
    let (room, other) = (h.group(&[ann.id]).await, h.group(&[ann.id]).await);
    let read = async |room: RoomId| {
        let posting = h.store.chat().posting(room, ann.id).await.expect("a read").expect("both");
        let remembered = h.store.chat().remembered_posting(room, ann.id);
        assert!(remembered.is_none_or(|remembered| remembered == posting));
        posting.guards()
    };
    let posts = |room: RoomId, guards: [Guard; 2], number: usize| {
        let sets = (0..number).map(|_| {
            let (_, mut set) = h.posting(room, ann.id, "hello");
            set.guards.extend(guards);
            set
        });
        sets.collect::<Vec<_>>()
    };
    let all_happen = async |sets: Vec<ChangeSet>| {
        for result in commit_at_once(&h.store, sets).await {
            result.expect("the guards hold");
        }
    };
    let before = [read(room.id).await, read(other.id).await];
    all_happen(posts(room.id, before[0], 1)).await;
    all_happen(posts(room.id, before[0], 24)).await;

    // The roster of one room changes: posts into the other still happen, beside it.
    let bob = h.user("bob").await;
    h.add_member(room.id, bob.id).await;
    let sets = [posts(room.id, before[0], 6), posts(other.id, before[1], 6)].concat();
    let results = commit_at_once(&h.store, sets).await;
    let stale =
        |entity| move |error: &StoreError| *error == StoreError::Stale { entity, current: None };
    assert_eq!(winners(&results[..6], stale("roster")), 0);
    assert_eq!(winners(&results[6..], stale("roster")), 6);
    all_happen(posts(room.id, read(room.id).await, 6)).await;

    // Rights change: neither happens until they are read anew.
    h.role("another role", &[]).await;
    let before = [read(room.id).await, before[1]];
    let results = commit_at_once(&h.store, posts(other.id, before[1], 6)).await;
    assert_eq!(winners(&results, stale("access_graph")), 0);
    let results = commit_at_once(&h.store, posts(other.id, before[1], 1)).await;
    assert_eq!(winners(&results, stale("access_graph")), 0);
    all_happen(posts(other.id, read(other.id).await, 6)).await;

    assert_eq!(h.read_room(room.id).await.last_seq, Seq(1 + 24 + 6));
    assert_eq!(h.read_room(other.id).await.last_seq, Seq(6 + 6));
    assert_eq!(h.messages(room.id).await.len() + h.messages(other.id).await.len(), 43);
}

/// `Scope::roster`: of several commits that change one roster under one version exactly one happens;
/// those of other rooms do not disturb it.
pub async fn of_commits_under_one_roster_exactly_one_happens(h: Harness) {
    let ann = h.user("ann").await;
    let rooms = [h.group(&[ann.id]).await, h.group(&[ann.id]).await];
    let mut sets: Vec<Vec<_>> = vec![Vec::new(), Vec::new()];
    for (room, sets) in rooms.iter().zip(&mut sets) {
        for name in 0..8 {
            let user = h.user(&format!("user-{}-{name}", room.id)).await.id;
            let role = RoomRole::Member;
            let add = ChatChange::AddMember { room: room.id, user, role, at: h.now() };
            let mut set = h.changes([Change::from(add)]);
            set.guard(Guard::Held(Scope::roster(room.id), room.roster));
            sets.push(set);
        }
    }
    let results = commit_at_once(&h.store, sets.concat()).await;
    for (room, results) in rooms.iter().zip(results.chunks(8)) {
        assert_eq!(winners(results, StoreError::is_guard), 1);
        assert_eq!(h.read_room(room.id).await.member_count, 2);
    }
}
