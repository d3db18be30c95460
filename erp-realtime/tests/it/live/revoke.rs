//! What is taken away reaches open connections, on every node.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use erp_core::{
    Ctx,
    access::{BuiltInRole, NewRole, NewTeam, RoleHolder},
    policy::{Permission, PermissionSet},
    port::{Clock, ManualClock},
};
use erp_realtime::frame::{Bye, ByeCode};
use erp_store_memory::MemoryStore;

use super::{
    on_both,
    peer::{Carrier, Who},
    world::{World, until},
};

on_both!(
    rts_7_a_revoked_session_closes_its_connections_on_every_node_and_no_others,
    rts_7_all_sessions_but_one,
    auth_2_deactivating_closes_every_connection,
    auth_3_and_rts_7_an_expired_session_closes_by_the_clock,
    auth_3_a_session_that_is_used_elsewhere_keeps_its_connection,
    a_hosts_own_end_of_a_login_is_kept,
    auth_8_a_taken_role_stops_the_room_and_a_given_one_starts_it,
    auth_8_rights_through_teams_reach_open_connections,
    chat_7_a_removed_member_gets_nothing_from_the_removal_on,
);

async fn rts_7_a_revoked_session_closes_its_connections_on_every_node_and_no_others(
    carrier: Carrier,
) {
    let world = World::new().await;
    let (here, there) = (world.node().await, world.node().await);
    let (first, second) = (world.login("bob").await, world.login("bob").await);
    let who = Who::user(carrier, world.bob);
    let mut gone = [
        who.clone().session(first).connect(&here).await,
        who.clone().session(first).connect(&there).await,
    ];
    let mut stays = who.clone().session(second).connect(&here).await;
    world.post(world.ann, world.room, "before").await;
    world.engine.access().revoke_session(&Ctx::user(world.bob), first).await.unwrap();
    for peer in &mut gone {
        assert_eq!(peer.text().await, "before", "what was sent before the end arrives");
        assert_eq!(peer.bye().await, Bye::terminal(ByeCode::Revoked));
    }
    world.post(world.ann, world.room, "after").await;
    assert_eq!(stays.texts_until("after").await, ["before", "after"]);
    let again = who.session(first).try_connect(&here, None).await;
    assert!(again.is_err(), "a revoked session opens nothing");
    until("one connection is left", || {
        (here.hub.stats().connections, there.hub.stats().connections) == (1, 0)
    })
    .await;
}

async fn rts_7_all_sessions_but_one(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let (own, other) = (world.login("bob").await, world.login("bob").await);
    let who = Who::user(carrier, world.bob);
    let mut kept = who.clone().session(own).connect(&node).await;
    let mut lost = who.session(other).connect(&node).await;
    let ctx = Ctx::user(world.bob).with_session(own);
    world.engine.access().revoke_other_sessions(&ctx).await.unwrap();
    assert_eq!(lost.bye().await.code, ByeCode::Revoked);
    world.post(world.ann, world.room, "still here").await;
    assert_eq!(kept.text().await, "still here");
}

async fn auth_2_deactivating_closes_every_connection(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let session = world.login("bob").await;
    let mut peers = [
        Who::user(carrier, world.bob).connect(&node).await,
        Who::user(carrier, world.bob).session(session).connect(&node).await,
    ];
    let system = Ctx::system();
    let bob = world.engine.access().user(&system, world.bob).await.unwrap();
    world.engine.access().deactivate_user(&system, world.bob, bob.version).await.unwrap();
    for peer in &mut peers {
        assert_eq!(peer.bye().await, Bye::terminal(ByeCode::Revoked));
    }
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(DateTime::from_timestamp(1_750_000_000, 0).unwrap()))
}

async fn auth_3_and_rts_7_an_expired_session_closes_by_the_clock(carrier: Carrier) {
    let clock = clock();
    let world = World::over(Arc::new(MemoryStore::new()), clock.clone()).await;
    let node = world.node().await;
    let session = world.login("bob").await;
    let mut peer = Who::user(carrier, world.bob).session(session).connect(&node).await;
    clock.advance(world.engine.options().access.session_idle + TimeDelta::seconds(1));
    assert_eq!(peer.bye().await, Bye::terminal(ByeCode::Expired));
}

async fn auth_3_a_session_that_is_used_elsewhere_keeps_its_connection(carrier: Carrier) {
    let clock = clock();
    let world = World::over(Arc::new(MemoryStore::new()), clock.clone()).await;
    let node = world.node().await;
    let session = world.login("bob").await;
    let mut peer = Who::user(carrier, world.bob).session(session).connect(&node).await;
    let idle = world.engine.options().access.session_idle;
    clock.advance(idle - TimeDelta::minutes(1));
    world.engine.store().sessions().touch(session, clock.now()).await.unwrap();
    clock.advance(TimeDelta::minutes(2));
    world.post(world.ann, world.room, "still here").await;
    assert_eq!(peer.text().await, "still here");
    clock.advance(idle);
    assert_eq!(peer.bye().await.code, ByeCode::Expired);
}

async fn a_hosts_own_end_of_a_login_is_kept(carrier: Carrier) {
    let clock = clock();
    let world = World::over(Arc::new(MemoryStore::new()), clock.clone()).await;
    let node = world.node().await;
    let until = clock.now() + TimeDelta::minutes(5);
    let mut peer = Who::user(carrier, world.bob).valid_until(until).connect(&node).await;
    clock.advance(TimeDelta::minutes(5));
    assert_eq!(peer.bye().await, Bye::terminal(ByeCode::Expired));
}

async fn auth_8_a_taken_role_stops_the_room_and_a_given_one_starts_it(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let mut peer = Who::user(carrier, world.bob).connect(&node).await;
    let (system, access) = (Ctx::system(), world.engine.access());
    let (holder, role) = (RoleHolder::User(world.bob), BuiltInRole::MEMBER.id);
    world.post(world.ann, world.room, "one").await;
    access.revoke_role(&system, holder, role).await.unwrap();
    world.post(world.ann, world.room, "two").await;
    // Rights are those of the moment of delivery: it must come before they are given back.
    world.delivered(&node.hub).await;
    access.grant_role(&system, holder, role).await.unwrap();
    world.post(world.ann, world.room, "three").await;
    assert_eq!(peer.texts_until("three").await, ["one", "three"]);
}

async fn auth_8_rights_through_teams_reach_open_connections(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let (system, access) = (Ctx::system(), world.engine.access());
    let permissions = PermissionSet::of(&[Permission::RolesRead]);
    let role =
        access.create_role(&system, NewRole { name: "Readers".to_owned(), permissions }).await;
    let role = role.unwrap().id;
    let team = access.create_team(&system, NewTeam { name: "Team".to_owned() }).await.unwrap().id;
    access.grant_role(&system, RoleHolder::Team(team), role).await.unwrap();
    let mut gus = Who::user(carrier, world.gus).connect(&node).await;
    let named = async |name: &str| {
        let permissions = PermissionSet::EMPTY;
        let new = NewRole { name: name.to_owned(), permissions };
        access.create_role(&system, new).await.unwrap();
        world.delivered(&node.hub).await;
    };
    named("hidden").await;
    access.add_team_member(&system, team, world.gus).await.unwrap();
    named("shown").await;
    access.remove_team_member(&system, team, world.gus).await.unwrap();
    named("hidden again").await;
    access.add_team_member(&system, team, world.gus).await.unwrap();
    named("end").await;
    let mut names = Vec::new();
    while names.last().is_none_or(|name| name != "end") {
        let event = gus.event_of("access.role_created").await;
        names.push(event.data["name"].as_str().unwrap().to_owned());
    }
    assert_eq!(names, ["shown", "end"]);
}

async fn chat_7_a_removed_member_gets_nothing_from_the_removal_on(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let mut peer = Who::user(carrier, world.bob).connect(&node).await;
    let ann = Ctx::user(world.ann);
    let other = world.room("Other", vec![world.bob]).await;
    world.post(world.ann, world.room, "one").await;
    world.engine.chat().remove_member(&ann, world.room, world.bob).await.unwrap();
    world.post(world.ann, world.room, "two").await;
    world.post(world.ann, other, "end").await;
    assert_eq!(peer.texts_until("end").await, ["one", "end"]);
}
