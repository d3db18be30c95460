//! Files go in and come out as bytes.

use std::{convert::Infallible, time::Duration};

use axum::body::{Body, Bytes};
use erp_http::{HttpOptions, RateLimits, router};
use futures::{Stream, StreamExt};
use http_body_util::BodyExt;
use reqwest::Method;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::world::{Person, World};

#[tokio::test]
async fn a_file_goes_in_and_comes_out_as_it_was() {
    let world = World::start().await;
    let token = world.token(Person::Ann).await;
    let project = format!("/api/projects/{}/attachments", world.things.project);
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let name = "?name=Pl%C3%A4ne%20%22s%C3%BCd%22.bin";
    let upload = world.call(Method::POST, &format!("{project}{name}")).token(&token);
    let upload = upload.header("content-type", "application/zip; v=1").body(bytes.clone());
    let file = upload.send().await.expect(201);
    assert_eq!(file["name"], "Pläne \"süd\".bin");
    assert_eq!(file["content_type"], "application/zip");
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
        ("content-type", "application/zip"),
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

/// A request to upload what comes in such pieces, in a name of Ann's.
async fn upload(
    world: &World,
    timeout: Duration,
    pieces: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
) -> (u16, Value) {
    let token = world.token(Person::Ann).await;
    let options = HttpOptions {
        request_timeout: timeout,
        rate_limits: RateLimits::NONE,
        ..HttpOptions::default()
    };
    let erp = router(world.engine.clone(), world.hub.clone(), options);
    let request =
        http::Request::post(format!("/api/projects/{}/attachments?name=f", world.things.project))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "text/plain")
            .body(Body::from_stream(pieces))
            .unwrap();
    let response = erp.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn rts_13_a_slow_upload_takes_as_long_as_it_needs() {
    let world = World::start().await;
    tokio::time::pause();
    // 24 MiB over 4 Mbit/s: 50 seconds and more.
    let piece = Bytes::from(vec![b'x'; 256 * 1024]);
    let pieces = futures::stream::iter(0..96).then(move |_| {
        let piece = piece.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(525)).await;
            Ok(piece)
        }
    });
    let began = tokio::time::Instant::now();
    let (status, file) = upload(&world, Duration::from_secs(30), pieces).await;
    assert!(began.elapsed() > Duration::from_secs(50));
    assert_eq!((status, &file["stored"]["size_bytes"]), (201, &json!(24 << 20)), "{file}");
}

#[tokio::test]
async fn rts_13_an_upload_that_stands_still_is_given_up_and_leaves_nothing() {
    let world = World::start().await;
    let (ann, projects) = (world.id(Person::Ann), world.engine.store().projects());
    let before = projects.pending_files(ann).await.unwrap();
    tokio::time::pause();
    let head = Bytes::from(vec![b'x'; 5_000]);
    let still = futures::stream::iter([Ok(head.clone())]).chain(futures::stream::pending());
    let trickle =
        futures::stream::iter([Ok(head)]).chain(futures::stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok(Bytes::from_static(b"x")), ()))
        }));
    for pieces in [still.boxed(), trickle.boxed()] {
        let began = tokio::time::Instant::now();
        let (status, problem) = upload(&world, Duration::from_secs(30), pieces).await;
        assert_eq!((status, &problem["code"]), (408, &json!("too_slow")), "{problem}");
        let took = began.elapsed();
        assert!((29..32).contains(&took.as_secs()), "{took:?}");
    }
    assert_eq!(projects.pending_files(ann).await.unwrap(), before);
}

#[tokio::test]
async fn what_a_browser_would_run_comes_out_as_bytes() {
    let world = World::start().await;
    let token = world.token(Person::Ann).await;
    let project = format!("/api/projects/{}/attachments", world.things.project);
    for (stated, served, disposition) in [
        ("text/javascript", "application/octet-stream", "attachment"),
        ("image/svg+xml", "application/octet-stream", "attachment"),
        ("text/html", "application/octet-stream", "attachment"),
        ("text/css", "application/octet-stream", "attachment"),
        ("application/pdf", "application/pdf", "attachment"),
        ("image/png", "image/png", "inline"),
    ] {
        let call = world.call(Method::POST, &format!("{project}?name=f")).token(&token);
        let call = call.header("content-type", stated).body("alert(1)");
        let file = call.send().await.expect(201);
        assert_eq!(file["content_type"], stated, "it is known as what it is");
        let url =
            format!("{}/api/attachments/{}/content", world.base, file["id"].as_str().unwrap());
        let answer = world.client.get(&url).bearer_auth(&token).send().await.unwrap();
        for (header, value) in [
            ("content-type", served),
            ("content-disposition", &format!("{disposition}; filename*=UTF-8''f")),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers()[header], value, "{stated}");
        }
    }
}
