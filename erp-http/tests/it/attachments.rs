//! Files go in and come out as bytes.

use reqwest::Method;
use serde_json::json;

use super::world::{Person, World};

#[tokio::test]
async fn a_file_goes_in_and_comes_out_as_it_was() {
    let world = World::start().await;
    let token = world.token(Person::Ann).await;
    let project = format!("/api/projects/{}/attachments", world.things.project);
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let name = "?name=Pl%C3%A4ne%20%22s%C3%BCd%22.bin";
    let upload = world.call(Method::POST, &format!("{project}{name}")).token(&token);
    let upload = upload.header("content-type", "application/x-plan; v=1").body(bytes.clone());
    let file = upload.send().await.expect(201);
    assert_eq!(file["name"], "Pläne \"süd\".bin");
    assert_eq!(file["content_type"], "application/x-plan");
    assert_eq!(file["stored"]["size_bytes"], 1_200_000, "more than a JSON body may have");
    let id = file["id"].as_str().unwrap();
    let link = json!({ "expected": file["version"], "task": world.things.task });
    let path = format!("/api/attachments/{id}/task");
    world.call(Method::PUT, &path).token(&token).json(&link).send().await.expect(200);

    let url = format!("{}/api/attachments/{id}/content", world.base);
    let bob = world.token(Person::Bob).await;
    let answer = world.client.get(&url).bearer_auth(&bob).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    for (header, value) in [
        ("content-type", "application/x-plan"),
        ("content-length", "1200000"),
        ("content-disposition", "attachment; filename*=UTF-8''Pl%C3%A4ne%20%22s%C3%BCd%22.bin"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.headers()[header], value);
    }
    assert!(answer.headers().contains_key("content-security-policy"));
    assert!(answer.bytes().await.unwrap() == bytes, "the same bytes");
}

#[tokio::test]
async fn bad_files_are_refused_by_field() {
    let world = World::start().await;
    let token = world.token(Person::Ann).await;
    let project = format!("/api/projects/{}/attachments", world.things.project);
    let send = async |query: &str, kind: &str, body: Vec<u8>| {
        let call = world.call(Method::POST, &format!("{project}{query}")).token(&token);
        call.header("content-type", kind).body(body).send().await
    };
    assert_eq!(send("?name=a%2Fb", "text/plain", vec![1]).await.wrong_field(), "name");
    assert_eq!(send("?name=a", "text", vec![1]).await.wrong_field(), "content_type");
    assert_eq!(send("", "text/plain", vec![1]).await.wrong_field(), "name");
    let max = usize::try_from(world.engine.options().projects.max_file_bytes).unwrap();
    let large = send("?name=a", "text/plain", vec![0; max + 1]).await;
    assert_eq!(large.wrong_field(), "content");
}
