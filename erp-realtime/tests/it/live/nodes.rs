//! Two nodes over one store.

use super::{
    on_both,
    peer::{Carrier, Who},
    world::World,
};

on_both!(
    bc_7_what_one_node_commits_the_other_delivers_in_the_same_order,
    bc_7_a_client_goes_on_at_the_other_node_when_its_own_is_killed,
);

async fn bc_7_what_one_node_commits_the_other_delivers_in_the_same_order(carrier: Carrier) {
    let world = World::new().await;
    let (here, there) = (world.node().await, world.node().await);
    let mut peers = [
        Who::user(carrier, world.bob).connect(&here).await,
        Who::user(carrier, world.bob).connect(&there).await,
    ];
    let posts = (0..20).map(|number| {
        let text = number.to_string();
        let world = &world;
        async move { world.post(world.ann, world.room, &text).await }
    });
    futures::future::join_all(posts).await;
    world.post(world.ann, world.room, "end").await;
    let [first, second] = &mut peers;
    let (first, second) = (first.texts_until("end").await, second.texts_until("end").await);
    assert_eq!(first.len(), 21);
    assert_eq!(first, second);
}

async fn bc_7_a_client_goes_on_at_the_other_node_when_its_own_is_killed(carrier: Carrier) {
    let world = World::new().await;
    let (doomed, other) = (world.node().await, world.node().await);
    let who = Who::user(carrier, world.bob);
    let mut peer = who.connect(&doomed).await;
    world.post(world.ann, world.room, "one").await;
    assert_eq!(peer.text().await, "one");
    let at = peer.position().clone();
    // The last handle goes with its node: nothing is said to the client.
    drop(doomed);
    world.post(world.ann, world.room, "two").await;
    let mut peer = who.resume(&other, &at).await;
    world.post(world.ann, world.room, "three").await;
    assert_eq!(peer.texts_until("three").await, ["two", "three"]);
}
