//! Stock, as a client moves it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    call::Answer,
    world::{Person, World},
};

const BATCH: &str = "/api/inventory/postings/batch";

fn issue(world: &World, quantity: &str) -> Value {
    let line = json!({ "item": world.things.item, "warehouse": world.things.warehouse,
        "quantity": quantity, "direction": { "out": {} } });
    json!({ "kind": "issue", "reference": quantity, "lines": [line] })
}

async fn batch(world: &World, key: &str, postings: &[Value]) -> Answer {
    let token = world.token(Person::Owner).await;
    let call = world.call(Method::POST, BATCH).token(&token).header("idempotency-key", key);
    call.json(&json!({ "postings": postings })).send().await
}

async fn on_hand(world: &World) -> Value {
    let path = format!("/api/inventory/stock?item={}", world.things.item);
    world.get(Person::Owner, &path).await.expect(200)["items"][0]["on_hand"].take()
}

#[tokio::test]
async fn x_13_postings_of_one_call_are_the_sum_of_singles() {
    let world = World::start().await;
    let (all, good) = (issue(&world, "1000"), issue(&world, "1.5"));
    let answer = batch(&world, "b-1", &[good.clone(), all, issue(&world, "2.555"), good]).await;
    let outcomes = answer.expect(200)["items"].take();
    assert_eq!(outcomes[0]["posted"]["movements"][0]["quantity"], "-1.50");
    assert_eq!(outcomes[0]["refused"], Value::Null);
    assert_eq!(outcomes[1]["posted"], Value::Null);
    assert_eq!(outcomes[1]["refused"]["conflict"], "insufficient_stock");
    assert_eq!(outcomes[2]["refused"]["errors"][0]["field"], "lines[0].quantity");
    assert!(outcomes[3]["posted"]["posting"]["id"].is_string(), "{outcomes}");
    assert_eq!(on_hand(&world).await, "97.00");
}

#[tokio::test]
async fn x_6_a_batch_that_comes_again_is_written_once() {
    let world = World::start().await;
    let postings = [issue(&world, "1"), issue(&world, "2")];
    let first = batch(&world, "b-1", &postings).await.expect(200);
    assert_eq!(batch(&world, "b-1", &postings).await.expect(200), first);
    assert_eq!(on_hand(&world).await, "97.00");
}

#[tokio::test]
async fn a_batch_is_bounded_and_needs_the_right_to_post() {
    let world = World::start().await;
    let many = vec![issue(&world, "1"); 101];
    let answer = batch(&world, "b-1", &many).await.expect(422);
    assert_eq!(answer["errors"][0]["field"], "postings");
    let none = json!({ "postings": [] });
    assert_eq!(
        world.send(Person::Owner, Method::POST, BATCH, none).await.expect(200)["items"],
        json!([])
    );
    let postings = json!({ "postings": [issue(&world, "1")] });
    assert_eq!(world.send(Person::Gus, Method::POST, BATCH, postings).await.status, 403);
    assert_eq!(on_hand(&world).await, "100.00");
}
