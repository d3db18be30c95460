//! Rooms, members and messages, as a client uses them.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    call::Answer,
    world::{Person, World},
};

async fn post(world: &World, by: Person, body: &str) -> Answer {
    let message = json!({ "room": world.things.group, "body": body });
    world.send(by, Method::POST, "/api/chat/messages", message).await
}

fn bodies(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|message| message["body"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn chat_11_messages_are_numbered_and_read_in_both_directions() {
    let world = World::start().await;
    for n in 2..=9 {
        let message = post(&world, Person::Bob, &format!("m{n}")).await.expect(201);
        assert_eq!(message["seq"], n);
    }
    let read = async |anchor: &str| {
        let path = format!("/api/chat/messages?room={}&limit=3{anchor}", world.things.group);
        world.get(Person::Ann, &path).await.expect(200)
    };
    let last = read("").await;
    assert_eq!(bodies(&last), ["m7", "m8", "m9"]);
    assert_eq!((&last["has_before"], &last["has_after"]), (&json!(true), &json!(false)));
    assert_eq!(bodies(&read("&before=7").await), ["m4", "m5", "m6"]);
    assert_eq!(bodies(&read("&after=7").await), ["m8", "m9"]);
    assert_eq!(bodies(&read("&around=5").await), ["m4", "m5", "m6"]);
}

#[tokio::test]
async fn x_6_a_repeated_send_gives_the_same_message_again() {
    let world = World::start().await;
    let token = world.token(Person::Bob).await;
    let send = |body: &'static str| {
        let message = json!({ "room": world.things.group, "body": body });
        let call = world.call(Method::POST, "/api/chat/messages").token(&token);
        call.header("idempotency-key", "k-1").json(&message).send()
    };
    let first = send("once").await.expect(201);
    assert_eq!(send("once").await.expect(201), first);
    assert_eq!(send("twice").await.expect(409)["conflict"], "idempotency_key_reused");
    let path = format!("/api/chat/messages?room={}", world.things.group);
    let page = world.get(Person::Ann, &path).await.expect(200);
    assert_eq!(bodies(&page), ["Hello", "once"]);
}

#[tokio::test]
async fn chat_12_an_edit_needs_the_present_version_and_keeps_the_history() {
    let world = World::start().await;
    let path = format!("/api/chat/messages/{}", world.things.message);
    let edit = json!({ "expected": 1, "body": "Hello all" });
    let edited = world.send(Person::Ann, Method::PATCH, &path, edit.clone()).await.expect(200);
    assert_eq!((&edited["version"], &edited["body"]), (&json!(2), &json!("Hello all")));
    let edit = json!({ "expected": 1, "body": "Hello again" });
    let stale = world.send(Person::Ann, Method::PATCH, &path, edit).await.expect(409);
    assert_eq!((&stale["conflict"], &stale["current"]), (&json!("version"), &json!(2)));
    let history = world.get(Person::Ann, &format!("{path}/history")).await.expect(200);
    assert_eq!(bodies(&history), ["Hello"]);
}

#[tokio::test]
async fn chat_2_a_deleted_message_shows_nothing_and_comes_back() {
    let world = World::start().await;
    let path = format!("/api/chat/messages/{}", world.things.message);
    let gone = world.by(Person::Ann, Method::DELETE, &format!("{path}?expected=1")).await;
    let gone = gone.send().await.expect(200);
    assert_eq!(gone["body"], "");
    let list = format!("/api/chat/messages?room={}", world.things.group);
    assert_eq!(bodies(&world.get(Person::Ann, &list).await.expect(200)), [""]);
    let seen = json!({ "expected": gone["version"] });
    let back = world.send(Person::Ann, Method::POST, &format!("{path}/restore"), seen).await;
    assert_eq!(back.expect(200)["body"], "Hello");
}

#[tokio::test]
async fn chat_4_chat_5_the_badge_follows_the_read_pointer() {
    let world = World::start().await;
    let room = format!("/api/chat/rooms/{}", world.things.group);
    for body in ["one", "two"] {
        post(&world, Person::Ann, body).await.expect(201);
    }
    let unread = async || {
        let badge = world.get(Person::Bob, "/api/chat/unread").await.expect(200);
        badge["total"].as_i64().unwrap()
    };
    let mark = async |what: &str, body: Value| {
        let path = format!("{room}/{what}");
        world.send(Person::Bob, Method::POST, &path, body).await.expect(200)["seq"].clone()
    };
    assert_eq!(unread().await, 3);
    assert_eq!(mark("read", json!({ "seq": 2 })).await, 2);
    assert_eq!(unread().await, 1);
    assert_eq!(mark("read", json!({ "seq": 1 })).await, 2, "it never moves back");
    assert_eq!(mark("read", json!({ "seq": 99 })).await, 3, "nor beyond the last");
    assert_eq!(unread().await, 0);
    assert_eq!(mark("unread", json!({ "from": 3 })).await, 2);
    assert_eq!(unread().await, 1);
    let rooms = world.get(Person::Bob, "/api/chat/rooms").await.expect(200);
    assert_eq!(rooms["items"][0]["unread"], 1);
    let until = json!({ "until": "2100-01-01T00:00:00Z" });
    world.send(Person::Bob, Method::PUT, &format!("{room}/mute"), until).await.expect(204);
    assert_eq!(unread().await, 0, "muted rooms do not count");
}

#[tokio::test]
async fn chat_10_a_direct_room_is_one_for_each_pair() {
    let world = World::start().await;
    let with = |peer| json!({ "kind": "direct", "members": [world.id(peer)] });
    let open = async |by, peer| {
        world.send(by, Method::POST, "/api/chat/rooms", with(peer)).await.expect(201)["id"].clone()
    };
    let room = open(Person::Ann, Person::Bob).await;
    assert_eq!(open(Person::Bob, Person::Ann).await, room);
    for (body, field) in [
        (json!({ "kind": "direct", "members": [] }), "members"),
        (json!({ "kind": "direct", "name": "x", "members": [world.id(Person::Bob)] }), "name"),
        (json!({ "kind": "group" }), "name"),
        (json!({ "kind": "cellar", "name": "x" }), "kind"),
    ] {
        let answer = world.send(Person::Ann, Method::POST, "/api/chat/rooms", body).await;
        assert_eq!(answer.wrong_field(), field);
    }
}

#[tokio::test]
async fn a_member_comes_in_gets_a_role_and_goes() {
    let world = World::start().await;
    let room = format!("/api/chat/rooms/{}", world.things.group);
    let member = format!("{room}/members/{}", world.id(Person::Stray));
    let role = async || {
        let list = world.get(Person::Ann, &format!("{room}/members")).await.expect(200);
        let all = list["items"].as_array().unwrap().clone();
        let id = json!(world.id(Person::Stray));
        all.into_iter().find(|member| member["user"] == id).map(|member| member["role"].clone())
    };
    let put = async |body| world.send(Person::Ann, Method::PUT, &member, body).await.expect(204);
    put(json!({ "role": "moderator" })).await;
    assert_eq!(role().await, Some(json!("moderator")), "put in with the role");
    put(json!({})).await;
    assert_eq!(role().await, Some(json!("moderator")), "who is in stays as he is");
    put(json!({ "role": "member" })).await;
    assert_eq!(role().await, Some(json!("member")));
    world.by(Person::Ann, Method::DELETE, &member).await.send().await.expect(204);
    assert_eq!(role().await, None);
}

#[tokio::test]
async fn a_channel_is_found_joined_and_left() {
    let world = World::start().await;
    let channels = world.get(Person::Bob, "/api/chat/channels").await.expect(200);
    assert_eq!(channels["items"][0]["id"], json!(world.things.channel));
    let room = format!("/api/chat/rooms/{}", world.things.channel);
    let go = async |what: &str| {
        let call = world.by(Person::Bob, Method::POST, &format!("{room}/{what}")).await;
        call.send().await.expect(204);
        world.get(Person::Bob, &room).await.expect(200)["member"].is_object()
    };
    assert!(go("join").await);
    assert!(!go("leave").await, "he still sees it, as anyone does");
}

#[tokio::test]
async fn x_11_lists_come_in_pages() {
    let world = World::start().await;
    for n in 0..5 {
        let room = json!({ "kind": "group", "name": format!("g{n}") });
        world.send(Person::Ann, Method::POST, "/api/chat/rooms", room).await.expect(201);
    }
    let (mut seen, mut path) = (Vec::new(), "/api/chat/rooms?limit=3".to_owned());
    loop {
        let page = world.get(Person::Ann, &path).await.expect(200);
        let ids = page["items"].as_array().unwrap().iter().map(|item| item["room"]["id"].clone());
        seen.extend(ids.map(|id| id.to_string()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/chat/rooms?limit=3&cursor={next}");
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), count), (7, 7));
    let all = world.get(Person::Ann, "/api/chat/rooms?limit=100000").await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 7);
}
