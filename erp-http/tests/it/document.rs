//! The OpenAPI document.

use std::collections::BTreeSet;

use reqwest::Method;

use super::{contract::DOCUMENT, requests::operations, world::World};

/// `UPDATE_DOCUMENT=1` writes it down.
#[test]
fn the_document_is_as_written_down() {
    let made = erp_http::document().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE_DOCUMENT").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"), &made).unwrap();
    }
    let written = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"));
    let written = written.unwrap();
    let difference = made.lines().zip(written.lines()).find(|(made, written)| made != written);
    assert_eq!(difference, None, "made, written; UPDATE_DOCUMENT=1 writes it");
    assert_eq!(made.lines().count(), written.lines().count(), "UPDATE_DOCUMENT=1 writes it");
}

#[tokio::test]
async fn the_server_answers_the_document() {
    let world = World::start().await;
    let answer = world.call(Method::GET, "/api/openapi.json").send().await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.expect(200), *DOCUMENT);
}

#[test]
fn every_operation_has_a_name_of_its_own_a_summary_and_its_errors() {
    let all = operations();
    let names: BTreeSet<_> = all.iter().map(|operation| &operation.id).collect();
    assert_eq!(names.len(), all.len());
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(operation["responses"]["default"].is_object(), "{method} {path}");
        }
    }
}

#[test]
fn every_reference_in_the_document_leads_somewhere() {
    let text = DOCUMENT.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(DOCUMENT.pointer(pointer).is_some(), "{pointer}");
    }
}
