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

#[tokio::test]
async fn inv_15_lots_go_out_by_the_day_that_they_expire_on() {
    let world = World::start().await;
    let unit = json!({ "name": "pcs", "scale": 0 });
    let new = json!({ "sku": "PASTE", "name": "Paste", "unit": unit, "valuation": "fifo",
        "tracking": "lot" });
    let item = world.send(Person::Owner, Method::POST, "/api/inventory/items", new).await;
    let item = item.expect(201)["id"].take();
    let line = |quantity: &str, direction: Value, lot: Value| {
        json!({ "item": item, "warehouse": world.things.warehouse, "quantity": quantity,
            "direction": direction, "lot": lot })
    };
    let post = async |kind: &str, line: Value| {
        let posting = json!({ "kind": kind, "lines": [line] });
        world.send(Person::Owner, Method::POST, "/api/inventory/postings", posting).await
    };
    let into = || json!({ "in": { "price": { "each": "2" } } });
    for (code, day) in [("L-2", "2999-02-01"), ("L-1", "2999-01-01"), ("OLD", "1999-01-01")] {
        let lot = json!({ "code": code, "expires_on": day });
        post("receipt", line("5", into(), lot)).await.expect(201);
    }
    let unnamed = post("receipt", line("5", into(), Value::Null)).await.expect(422);
    assert_eq!(unnamed["errors"][0]["field"], "lines[0].lot");
    let issued = post("issue", line("7", json!({ "out": {} }), Value::Null)).await.expect(201);
    let quantities: Vec<_> =
        issued["movements"].as_array().unwrap().iter().map(|one| &one["quantity"]).collect();
    assert_eq!(quantities, ["-5", "-2"]);
    let old = line("1", json!({ "out": {} }), json!({ "code": "old" }));
    let refused = post("issue", old.clone()).await.expect(409);
    assert_eq!(
        (&refused["conflict"], &refused["expires_on"]),
        (&json!("lot_expired"), &json!("1999-01-01"))
    );
    post("adjustment", old).await.expect(201);
    let list = async |filter: &str| {
        let path = format!("/api/inventory/lots?item={}{filter}", item.as_str().unwrap());
        let page = world.get(Person::Owner, &path).await.expect(200);
        let text = |one: &Value| {
            let (code, on_hand) = (one["lot"]["code"].as_str(), one["on_hand"].as_str());
            format!("{} {}", code.unwrap(), on_hand.unwrap())
        };
        page["items"].as_array().unwrap().iter().map(text).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, ["OLD 4", "L-2 3"]);
    assert_eq!(list("&expires_before=2000-01-01").await, ["OLD 4"]);
    let count = json!({ "item": item, "warehouse": world.things.warehouse, "lot": "l-2",
        "counted": "1", "counted_at": world.engine.now() });
    let counts = "/api/inventory/counts";
    world.send(Person::Owner, Method::POST, counts, count).await.expect(201);
    assert_eq!(list("").await, ["OLD 4", "L-2 1"]);
    assert_eq!(world.get(Person::Gus, "/api/inventory/lots").await.status, 403);
}
