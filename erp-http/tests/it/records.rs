//! Records, as a client writes them: of a kind of phase, which is one.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Person, World};

const LIST: &str = "/api/phase-definitions";

async fn ask(world: &World, method: Method, path: &str, body: Value) -> (u16, Value) {
    let call = world.by(Person::Owner, method, path).await;
    let answer = call.json(&body).send().await;
    (answer.status, answer.json)
}

#[tokio::test]
async fn x_17_all_that_is_wrong_with_a_record_is_told_at_once() {
    let world = World::start().await;
    let wrong = async |method: Method, path: &str, body: Value| {
        let (status, told) = ask(&world, method, path, body).await;
        assert_eq!(status, 422, "{told}");
        let errors = told["errors"].as_array().unwrap().clone();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let own = format!("{LIST}/{}", world.things.phase_definition);
    for (body, fields) in [
        (json!({ "name": 7, "more": 1 }), vec!["name", "more"]),
        (json!({ "more": 1 }), vec!["name", "more"]),
        (json!({ "name": null }), vec!["name"]),
        (json!({ "name": "\u{200b}" }), vec!["name"]),
        (json!({ "name": "x", "version": 9 }), vec!["version"]),
    ] {
        assert_eq!(wrong(Method::POST, LIST, body.clone()).await, fields, "{body}");
        let mut change = body.clone();
        change["expected"] = json!(1);
        assert_eq!(wrong(Method::PUT, &own, change).await, fields, "{body}");
    }
    assert_eq!(wrong(Method::PUT, &own, json!({ "name": "x" })).await, ["expected"]);
    assert_eq!(wrong(Method::PATCH, &own, json!({ "expected": 1, "name": "" })).await, ["name"]);
    let twice = world.by(Person::Owner, Method::POST, LIST).await;
    let twice = twice.header("content-type", "application/json");
    let twice = twice.body(r#"{"name":"x","name":"y"}"#).send().await;
    assert_eq!((twice.status, &twice.json["errors"][0]["field"]), (422, &json!("name")));
}

#[tokio::test]
async fn a_record_is_created_changed_in_part_archived_and_removed() {
    let world = World::start().await;
    let (status, made) = ask(&world, Method::POST, LIST, json!({ "name": " Netz " })).await;
    assert_eq!((status, &made["name"], &made["version"]), (201, &json!("Netz"), &json!(1)));
    let own = format!("{LIST}/{}", made["id"].as_str().unwrap());
    let kept = world.get(Person::Owner, &own).await.expect(200);
    assert_eq!(kept, made);
    let nothing = json!({ "expected": 1 });
    assert_eq!(ask(&world, Method::PATCH, &own, nothing).await, (200, made.clone()));
    let change = json!({ "expected": 1, "name": "Netze" });
    let (_, changed) = ask(&world, Method::PATCH, &own, change.clone()).await;
    assert_eq!((&changed["name"], &changed["version"]), (&json!("Netze"), &json!(2)));
    let (status, stale) = ask(&world, Method::PATCH, &own, change).await;
    assert_eq!(
        (status, &stale["conflict"], &stale["current"]),
        (409, &json!("version"), &json!(2))
    );
    let seen = json!({ "expected": 2 });
    let (_, archived) = ask(&world, Method::POST, &format!("{own}/archive"), seen).await;
    assert!(archived["archived_at"].is_string(), "{archived}");
    let page = world.get(Person::Owner, &format!("{LIST}?limit=1")).await.expect(200);
    let next = page["next"].as_str().unwrap();
    let page = world.get(Person::Owner, &format!("{LIST}?cursor={next}")).await.expect(200);
    assert_eq!(page["items"][0]["name"], "Netze");
    world.get(Person::Owner, &format!("{LIST}?name=Netze")).await.expect(422);
    let gone = world.by(Person::Owner, Method::DELETE, &format!("{own}?expected=3")).await;
    gone.send().await.expect(204);
    world.get(Person::Owner, &own).await.expect(404);
}
