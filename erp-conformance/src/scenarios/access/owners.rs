//! The first owner, and the last one.

use erp_core::{
    Ctx, Error,
    access::{BuiltInRole, NewOwner, NewTeam, RoleHolder, TeamNesting},
    error::Conflict,
    ids::UserId,
    page::PageRequest,
};
use futures::future::join_all;

use super::{PASSWORD, id, member, owner, person, view};
use crate::Harness;

const OWNER: erp_core::ids::RoleId = BuiltInRole::OWNER.id;

fn new_owner(name: &str) -> NewOwner {
    NewOwner {
        email: format!("{name}@example.org"),
        display_name: name.to_owned(),
        password: PASSWORD.into(),
    }
}

#[track_caller]
fn last_owner<T: std::fmt::Debug + PartialEq>(result: Result<T, Error>) {
    assert_eq!(result, Err(Error::Conflict(Conflict::LastOwner)));
}

/// Runs both as tasks of their own.
async fn at_once<A, B>(one: A, other: B) -> (A::Output, B::Output)
where
    A: Future<Output: Send + 'static> + Send + 'static,
    B: Future<Output: Send + 'static> + Send + 'static,
{
    let (one, other) = (tokio::spawn(one), tokio::spawn(other));
    (one.await.expect("no panic"), other.await.expect("no panic"))
}

async fn owners(h: &Harness) -> Vec<UserId> {
    let graph = h.store.access().graph().await.unwrap();
    let view = erp_core::access::rules::graph::GraphView::new(&graph);
    view.owners().into_iter().collect()
}

/// However many set the organisation up at once, it has one owner.
pub async fn auth_7_set_up_makes_one_owner_of_many_at_once(h: Harness) {
    let tries = (0..6).map(|number| {
        let engine = h.engine.clone();
        tokio::spawn(async move {
            engine.access().set_up(&Ctx::system(), new_owner(&format!("o{number}"))).await
        })
    });
    let results: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    for refused in results.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, Error::Precondition(_)), "{refused:?}");
    }
    let access = h.engine.access();
    let all = access.users(&Ctx::system(), Default::default(), PageRequest::default()).await;
    assert_eq!(all.unwrap().items.len(), 1);
    assert_eq!(owners(&h).await.len(), 1);
}

/// No path takes the last owner away.
pub async fn auth_7_the_last_owner_stays(h: Harness) {
    let owner = owner(&h).await;
    let access = h.engine.access();
    let version = view(&h, &owner).await.version;
    let holder = RoleHolder::User(id(&owner));
    for ctx in [&owner, &Ctx::system()] {
        last_owner(access.revoke_role(ctx, holder, OWNER).await);
        last_owner(access.deactivate_user(ctx, id(&owner), version).await);
        last_owner(access.delete_user(ctx, id(&owner), version).await);
    }
    // A second one who is shut out is none.
    let second = person(&h, "second", &[OWNER]).await;
    let version = view(&h, &second).await.version;
    access.deactivate_user(&owner, id(&second), version).await.unwrap();
    last_owner(access.revoke_role(&owner, holder, OWNER).await);
    let version = view(&h, &second).await.version;
    access.reactivate_user(&owner, id(&second), version).await.unwrap();
    access.revoke_role(&owner, holder, OWNER).await.unwrap();
    assert_eq!(owners(&h).await, [id(&second)]);
}

/// Whoever owns through a team is an owner, and cannot be lost through the team either.
pub async fn auth_7_an_owner_through_teams_counts_on_every_path(h: Harness) {
    let first = owner(&h).await;
    let ada = member(&h, "ada").await;
    let access = h.engine.access();
    let named = |name: &str| NewTeam { name: name.to_owned() };
    let outer = access.create_team(&first, named("outer")).await.unwrap();
    let inner = access.create_team(&first, named("inner")).await.unwrap();
    let nesting = TeamNesting { parent: outer.id, child: inner.id };
    access.nest_team(&first, nesting).await.unwrap();
    access.add_team_member(&first, inner.id, id(&ada)).await.unwrap();
    access.grant_role(&first, RoleHolder::Team(outer.id), OWNER).await.unwrap();
    access.revoke_role(&first, RoleHolder::User(id(&first)), OWNER).await.unwrap();
    assert_eq!(owners(&h).await, [id(&ada)]);
    let version = view(&h, &ada).await.version;
    last_owner(access.remove_team_member(&ada, inner.id, id(&ada)).await);
    last_owner(access.unnest_team(&ada, nesting).await);
    last_owner(access.delete_team(&ada, outer.id, outer.version).await);
    last_owner(access.delete_team(&ada, inner.id, inner.version).await);
    last_owner(access.revoke_role(&ada, RoleHolder::Team(outer.id), OWNER).await);
    last_owner(access.deactivate_user(&ada, id(&ada), version).await);
    last_owner(access.delete_user(&ada, id(&ada), version).await);
    access.grant_role(&ada, RoleHolder::User(id(&ada)), OWNER).await.unwrap();
    access.delete_team(&ada, outer.id, outer.version).await.unwrap();
    assert_eq!(owners(&h).await, [id(&ada)]);
}

/// Two owners who demote each other, or themselves, at once: one remains.
pub async fn auth_7_two_demotions_at_once_leave_one_owner(h: Harness) {
    let first = owner(&h).await;
    let second = person(&h, "second", &[OWNER]).await;
    for round in 0..20 {
        let demote = |by: &Ctx, whom: &Ctx| {
            let (engine, by, whom) = (h.engine.clone(), by.clone(), id(whom));
            async move { engine.access().revoke_role(&by, RoleHolder::User(whom), OWNER).await }
        };
        // In turn: each himself, each the other.
        let (one, other) = if round % 2 == 0 {
            at_once(demote(&first, &first), demote(&second, &second)).await
        } else {
            at_once(demote(&first, &second), demote(&second, &first)).await
        };
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let left = owners(&h).await;
        assert_eq!(left.len(), 1);
        let lost = if left[0] == id(&first) { id(&second) } else { id(&first) };
        let grant = h.engine.access();
        grant.grant_role(&Ctx::system(), RoleHolder::User(lost), OWNER).await.unwrap();
    }
}

/// A demotion and a deactivation at once leave an owner too.
pub async fn auth_7_mixed_removals_at_once_leave_one_owner(h: Harness) {
    let first = owner(&h).await;
    let second = person(&h, "second", &[OWNER]).await;
    for _ in 0..10 {
        let (engine, by, whom) = (h.engine.clone(), first.clone(), id(&first));
        let demote =
            async move { engine.access().revoke_role(&by, RoleHolder::User(whom), OWNER).await };
        let (engine, by, whom) = (h.engine.clone(), second.clone(), id(&second));
        let version = view(&h, &second).await.version;
        let leave = async move { engine.access().deactivate_user(&by, whom, version).await };
        let (demoted, left) = at_once(demote, leave).await;
        assert!(demoted.is_ok() != left.is_ok(), "{demoted:?} {left:?}");
        assert_eq!(owners(&h).await.len(), 1);
        let access = h.engine.access();
        let holder = RoleHolder::User(id(&first));
        access.grant_role(&Ctx::system(), holder, OWNER).await.unwrap();
        let version = view(&h, &second).await.version;
        access.reactivate_user(&Ctx::system(), id(&second), version).await.unwrap();
    }
}

/// A user cannot set up, and nobody can a second time.
pub async fn x_14_only_the_host_sets_up(h: Harness) {
    let stranger = Ctx::user(UserId::generate(&*h.ids));
    let set_up = h.engine.access().set_up(&stranger, new_owner("eve")).await;
    assert_eq!(set_up, Err(Error::Unauthenticated));
    let first = owner(&h).await;
    let again = h.engine.access().set_up(&first, new_owner("eve")).await;
    super::forbidden(again);
    let again = h.engine.access().set_up(&Ctx::system(), new_owner("eve")).await;
    assert!(matches!(again, Err(Error::Precondition(_))), "{again:?}");
}
