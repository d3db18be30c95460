//! Live connections through the router: the login, the resume point, and what arrives.

use std::time::Duration;

use futures::{SinkExt, Stream, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use sse_stream::SseStream;
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest};

use super::world::{Person, World};

/// The next frame that says something; heartbeats only move the position.
async fn next(frames: &mut (impl Stream<Item = Value> + Unpin)) -> Value {
    let wanted = async {
        loop {
            let frame = frames.next().await.unwrap();
            if frame["frame"] != "heartbeat" {
                return frame;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wanted).await.unwrap()
}

/// The next event of this type.
async fn event(frames: &mut (impl Stream<Item = Value> + Unpin), kind: &str) -> Value {
    loop {
        let frame = next(frames).await;
        if frame["type"] == kind {
            return frame;
        }
    }
}

async fn sse(
    world: &World,
    person: Person,
    resume: Option<&str>,
) -> impl Stream<Item = Value> + Unpin {
    let token = world.token(person).await;
    let mut request = world.client.get(format!("{}/api/realtime/stream", world.base));
    if let Some(resume) = resume {
        request = request.header("last-event-id", resume);
    }
    let response = request.bearer_auth(token).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let frames = SseStream::from_bytes_stream(response.bytes_stream());
    Box::pin(frames.filter_map(async |sse| {
        let data = sse.unwrap().data?;
        Some(serde_json::from_str(&data).unwrap())
    }))
}

async fn post(world: &World, by: Person, body: &str) {
    let message = json!({ "room": world.things.group, "body": body });
    world.send(by, Method::POST, "/api/chat/messages", message).await.expect(201);
}

#[tokio::test]
async fn rts_1_rts_2_a_stream_begins_with_hello_and_goes_on_where_it_was_left() {
    let world = World::start().await;
    let mut frames = sse(&world, Person::Ann, None).await;
    let hello = next(&mut frames).await;
    assert_eq!((&hello["frame"], &hello["recovered"]), (&json!("hello"), &json!("fresh")));
    post(&world, Person::Bob, "one").await;
    let one = event(&mut frames, "chat.message_posted").await;
    assert_eq!(one["data"]["body"], "one");
    assert_eq!(one["actor"]["user"], json!(world.id(Person::Bob)));
    drop(frames);
    post(&world, Person::Bob, "two").await;
    let left_off = one["position"].as_str().unwrap();
    let mut frames = sse(&world, Person::Ann, Some(left_off)).await;
    assert_eq!(next(&mut frames).await["recovered"], "true");
    assert_eq!(event(&mut frames, "chat.message_posted").await["data"]["body"], "two");
}

#[tokio::test]
async fn rts_7_a_logout_ends_the_stream_of_that_session() {
    let world = World::start().await;
    let token = world.token(Person::Ann).await;
    let request = world.client.get(format!("{}/api/realtime/stream", world.base));
    let response = request.bearer_auth(&token).send().await.unwrap();
    let mut frames = SseStream::from_bytes_stream(response.bytes_stream());
    while frames.next().await.unwrap().unwrap().data.is_none() {}
    world.call(Method::POST, "/api/auth/logout").token(&token).send().await.expect(204);
    let mut last = None;
    while let Some(Ok(sse)) = frames.next().await {
        last = sse.data.or(last);
    }
    let bye: Value = serde_json::from_str(&last.unwrap()).unwrap();
    assert_eq!((&bye["code"], &bye["terminal"]), (&json!("revoked"), &json!(true)));
}

#[tokio::test]
async fn bc_6_a_broadcast_spares_the_connection_that_sends_it() {
    let world = World::start().await;
    let (mut desk, mut phone) =
        (sse(&world, Person::Owner, None).await, sse(&world, Person::Owner, None).await);
    let connection = next(&mut desk).await["connection"].as_str().unwrap().to_owned();
    let send = async |name: &str, from: Option<&str>| {
        let body = json!({ "target": "everyone", "name": name, "payload": { "n": 1 } });
        let mut call = world.by(Person::Owner, Method::POST, "/api/realtime/broadcast").await;
        if let Some(from) = from {
            call = call.header("x-connection-id", from);
        }
        call.json(&body).send().await.expect(202);
    };
    send("from the desk", Some(&connection)).await;
    send("to all", None).await;
    let name = |frame: Value| frame["data"]["name"].clone();
    assert_eq!(name(event(&mut phone, "broadcast.sent").await), "from the desk");
    assert_eq!(name(event(&mut phone, "broadcast.sent").await), "to all");
    assert_eq!(name(event(&mut desk, "broadcast.sent").await), "to all");
}

#[tokio::test]
async fn pres_1_whoever_has_a_stream_is_online() {
    let world = World::start().await;
    let mut frames = sse(&world, Person::Bob, None).await;
    next(&mut frames).await;
    let online = async |asking| {
        let list = world.get(asking, "/api/realtime/online-users").await.expect(200);
        let bob = json!(world.id(Person::Bob));
        list["items"].as_array().unwrap().iter().any(|one| one["user"] == bob)
    };
    while !online(Person::Ann).await {
        tokio::task::yield_now().await;
    }
    assert!(online(Person::Gus).await, "they share a room");
    assert!(!online(Person::Stray).await, "he is none of his business");
}

#[tokio::test]
async fn a_websocket_carries_the_same_frames_with_the_cookie_of_its_own_page_only() {
    let world = World::start().await;
    let address = world.base.trim_start_matches("http://");
    let token = world.token(Person::Ann).await;
    let request = |origin: &str| {
        let url = format!("ws://{address}/api/realtime/ws");
        let mut request = url.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("cookie", format!("__Host-erp_session={token}").parse().unwrap());
        headers.insert("origin", origin.parse().unwrap());
        request
    };
    match tokio_tungstenite::connect_async(request("https://evil.example")).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 403),
        other => panic!("{other:?}"),
    }
    let (mut socket, _) = tokio_tungstenite::connect_async(request(&world.base)).await.unwrap();
    socket.send(Message::text(json!({ "resume": null }).to_string())).await.unwrap();
    let mut frames = Box::pin(socket.filter_map(async |message| match message.unwrap() {
        Message::Text(text) => Some(serde_json::from_str::<Value>(&text).unwrap()),
        _ => None,
    }));
    assert_eq!(next(&mut frames).await["frame"], "hello");
    post(&world, Person::Bob, "one").await;
    assert_eq!(event(&mut frames, "chat.message_posted").await["data"]["body"], "one");
}
