//! The OpenAPI document.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    contract::DOCUMENT,
    requests::operations,
    world::{Person, World},
};

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
            let can = |status: &str| operation["responses"][status].is_object();
            assert!(can("default"), "{method} {path}");
            let (body, changes) = (operation["requestBody"].is_object(), method != "get");
            let login = !operation["security"].as_array().unwrap().is_empty();
            let json = operation["requestBody"]["content"]["application/json"].is_object();
            for (status, expected) in [
                ("401", login || changes),
                ("403", login || changes),
                ("409", changes || path.ends_with("/stream") || path.ends_with("/content")),
                ("413", json),
                ("415", json),
                ("422", login || body),
                ("429", path != "/api/health"),
                ("503", path != "/api/health"),
            ] {
                assert_eq!(can(status), expected, "{status}: {method} {path}");
            }
            assert!(can("404") || !path.contains('{'), "{method} {path}");
        }
    }
}

/// Every text of a schema that says nothing of its length or its looks, by path.
fn bare(schema: &Value, path: &str, found: &mut Vec<String>) {
    let is_text = |kind: &Value| {
        kind == "string" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("string")))
    };
    let told = ["pattern", "minLength", "maxLength", "enum", "format", "const"];
    match schema {
        Value::Object(members) => {
            let text = members.get("type").is_some_and(is_text);
            if text && told.iter().all(|word| !members.contains_key(*word)) {
                found.push(path.to_owned());
            }
            for (name, inner) in members {
                let path =
                    if name == "properties" { path.to_owned() } else { format!("{path}.{name}") };
                bare(inner, &path, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| bare(inner, path, found)),
        _ => {}
    }
}

/// What the server says in words of its own, or as long as the host allows.
const FREE: &[&str] = &[
    "FieldView.field",
    "Health.status",
    "Message.body",
    "MessageEdit.body",
    "Problem.conflict",
    "Problem.detail",
    "Problem.entity",
    "Problem.key",
    "Problem.path.items",
    "Problem.type",
    "ProjectFromTemplate.roles.propertyNames",
    "Violation.field",
    "Violation.message",
];

#[test]
fn every_text_says_how_long_it_may_be_or_what_it_looks_like() {
    let mut found = Vec::new();
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        bare(schema, name, &mut found);
    }
    found.sort();
    assert_eq!(found, FREE);
    let mut found = Vec::new();
    for item in DOCUMENT["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                bare(&parameter["schema"], parameter["name"].as_str().unwrap(), &mut found);
            }
        }
    }
    assert_eq!(found, [""; 0]);
}

#[tokio::test]
async fn a_text_longer_than_the_document_says_is_refused() {
    let world = World::start().await;
    let mut asked = 0;
    for operation in operations() {
        let (path, Some(body)) = operation.request(&world) else { continue };
        let media = &DOCUMENT["paths"][&operation.path][operation.method.to_lowercase()];
        let schema = &media["requestBody"]["content"]["application/json"]["schema"];
        let name = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
        let Some(name) = name else { continue };
        let properties = &DOCUMENT["components"]["schemas"][name]["properties"];
        for (field, rule) in properties.as_object().into_iter().flatten() {
            let Some(max) = rule["maxLength"].as_u64() else { continue };
            let mut body = body.clone();
            body[field] = json!("A".repeat(usize::try_from(max).unwrap() + 1));
            // Of these one may do it; what is refused changes nothing.
            let mut answers = Vec::new();
            for person in [Person::Owner, Person::Ann] {
                let call = world.by(person, operation.method(), &path).await.json(&body);
                answers.push(call.send().await);
            }
            // Of a secret that is wrong nobody is told in what.
            let secret = ["login", "change_password"].contains(&operation.id.as_str());
            let refused = answers.iter().any(|answer| match answer.status {
                422 => true,
                400..500 => secret,
                _ => false,
            });
            assert!(refused, "{} {field}: {answers:?}", operation.id);
            asked += 1;
        }
    }
    assert!(asked > 50, "{asked}");
}

#[test]
fn every_reference_in_the_document_leads_somewhere() {
    let text = DOCUMENT.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(DOCUMENT.pointer(pointer).is_some(), "{pointer}");
    }
}
