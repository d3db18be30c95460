//! Two processes on one PostgreSQL: each node has a store of its own.

use std::sync::Arc;

use erp_conformance::pg_cluster::PgCluster;
use erp_core::{Ctx, Engine, system::Argon2Passwords};
use erp_realtime::{
    frame::{Bye, ByeCode, Recovered},
    hub::HubOptions,
};
use erp_store_postgres::{PgStore, PgStoreOptions};

use super::{
    on_both,
    peer::{Carrier, Who},
    world::{Node, World},
};

on_both!(
    bc_7_what_one_process_commits_the_other_delivers,
    rts_7_what_one_process_revokes_the_other_closes,
    rts_2_a_client_goes_on_at_the_other_process,
);

async fn store(url: &str) -> Arc<PgStore> {
    let options = PgStoreOptions { max_connections: 5, ..Default::default() };
    Arc::new(PgStore::connect(url, options).await.unwrap())
}

/// The organisation as the first process sees it, and a node of each process.
async fn two_processes() -> (World, Node, Node) {
    let url = PgCluster::shared().unwrap().fresh_database().unwrap();
    let first = store(&url).await;
    first.migrate().await.unwrap();
    let world = World::over(first, Arc::new(erp_core::system::SystemClock)).await;
    let here = world.node().await;
    // The second process's store must live on its node's runtime, as a real one's would.
    let there = Node::on_own_store(HubOptions::default(), async move {
        Engine::builder(store(&url).await)
            .passwords(Arc::new(Argon2Passwords::with_params(8, 1, 1).unwrap()))
            .build()
            .unwrap()
    })
    .await;
    (world, here, there)
}

async fn bc_7_what_one_process_commits_the_other_delivers(carrier: Carrier) {
    let (world, here, there) = two_processes().await;
    let mut peers = [
        Who::user(carrier, world.bob).connect(&here).await,
        Who::user(carrier, world.bob).connect(&there).await,
    ];
    let posts = (0..30).map(|number| {
        let text = number.to_string();
        let world = &world;
        async move { world.post(world.ann, world.room, &text).await }
    });
    futures::future::join_all(posts).await;
    world.post(world.ann, world.room, "end").await;
    let [first, second] = &mut peers;
    let (first, second) = (first.texts_until("end").await, second.texts_until("end").await);
    assert_eq!(first.len(), 31);
    assert_eq!(first, second);
}

async fn rts_7_what_one_process_revokes_the_other_closes(carrier: Carrier) {
    let (world, _here, there) = two_processes().await;
    let session = world.login("bob").await;
    let mut revoked = Who::user(carrier, world.bob).session(session).connect(&there).await;
    let mut removed = Who::user(carrier, world.bob).connect(&there).await;
    world.engine.access().revoke_session(&Ctx::user(world.bob), session).await.unwrap();
    assert_eq!(revoked.bye().await, Bye::terminal(ByeCode::Revoked));
    let ann = Ctx::user(world.ann);
    world.engine.chat().remove_member(&ann, world.room, world.bob).await.unwrap();
    world.post(world.ann, world.room, "not for him").await;
    let other = world.room("Other", vec![world.bob]).await;
    world.post(world.ann, other, "for him").await;
    assert_eq!(removed.text().await, "for him");
}

async fn rts_2_a_client_goes_on_at_the_other_process(carrier: Carrier) {
    let (world, here, there) = two_processes().await;
    let who = Who::user(carrier, world.bob);
    let mut peer = who.connect(&here).await;
    world.post(world.ann, world.room, "0").await;
    assert_eq!(peer.text().await, "0");
    for number in 1..20 {
        let at = peer.position().clone();
        drop(peer);
        let text = number.to_string();
        world.post(world.ann, world.room, &text).await;
        peer = who.resume(if number % 2 == 0 { &here } else { &there }, &at).await;
        assert_eq!(peer.hello().recovered, Recovered::Yes);
        assert_eq!(peer.text().await, text);
    }
}
