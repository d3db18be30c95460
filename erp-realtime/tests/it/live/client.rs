//! The client that comes back.

use std::{sync::Arc, time::Duration};

use erp_core::Ctx;
use erp_realtime::{
    client::{Backoff, Client, ClientOptions, Closed, Signal, Status},
    frame::ByeCode,
    hub::HubOptions,
};
use tokio::time::timeout;

use super::{
    on_both,
    peer::{Carrier, Who},
    world::{PATIENCE, World},
};

on_both!(
    rtc_4_and_rtc_5_cuts_and_a_restart_lose_and_double_nothing,
    rtc_1_nothing_follows_a_disconnect,
    rtc_2_a_terminal_end_is_not_tried_again,
);

fn options() -> ClientOptions {
    ClientOptions {
        backoff: Backoff::new(Duration::from_millis(1), Duration::from_millis(20)),
        ..Default::default()
    }
}

async fn next(client: &mut Client) -> Signal {
    timeout(PATIENCE, client.next()).await.expect("a signal in time").expect("a signal")
}

async fn rtc_4_and_rtc_5_cuts_and_a_restart_lose_and_double_nothing(carrier: Carrier) {
    let world = World::new().await;
    let options_of_hub =
        HubOptions { shutdown_spread: Duration::from_millis(1), ..Default::default() };
    let node = world.node_with(options_of_hub).await;
    let who = Who::user(carrier, world.bob);
    let mut client = Client::new(Arc::from(who.connector(&node)), options(), None);
    assert_eq!(*client.status(), Status::Idle);
    assert!(matches!(next(&mut client).await, Signal::Load(_)));
    assert_eq!(*client.status(), Status::Open);
    let (mut got, mut resumed) = (Vec::new(), 0);
    for number in 0..60 {
        world.post(world.ann, world.room, &number.to_string()).await;
        if number % 7 == 3 {
            client.cut();
        }
        while got.len() <= number {
            match next(&mut client).await {
                Signal::Event(event) if event.kind == "chat.message_posted" => {
                    got.push(event.data["body"].as_str().unwrap().parse::<usize>().unwrap());
                }
                Signal::Resumed(_) => resumed += 1,
                Signal::Event(_) | Signal::Lost { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(got, (0..60).collect::<Vec<_>>());
    assert_eq!(resumed, 9);
}

async fn rtc_1_nothing_follows_a_disconnect(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let who = Who::user(carrier, world.bob);
    let mut client = Client::new(Arc::from(who.connector(&node)), options(), None);
    next(&mut client).await;
    client.disconnect();
    assert_eq!(*client.status(), Status::Closed(Closed::Disconnected));
    assert_eq!(client.next().await, None);
    drop(client);
    super::world::until("the server notices", || node.hub.stats().connections == 0).await;
}

async fn rtc_2_a_terminal_end_is_not_tried_again(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let session = world.login("bob").await;
    let who = Who::user(carrier, world.bob).session(session);
    let mut client = Client::new(Arc::from(who.connector(&node)), options(), None);
    next(&mut client).await;
    world.engine.access().revoke_sessions(&Ctx::system(), world.bob).await.unwrap();
    let closed = loop {
        match next(&mut client).await {
            Signal::Event(_) => {}
            other => break other,
        }
    };
    assert!(matches!(closed, Signal::Closed(Closed::Bye(bye)) if bye.code == ByeCode::Revoked));
    assert_eq!(client.next().await, None);
}
