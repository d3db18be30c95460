//! Checks answers against the OpenAPI document: it must not say anything but the truth.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use regex::Regex;
use reqwest::Method;
use serde_json::{Map, Value};

use super::call::Answer;

pub static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(erp_http::DOCUMENT).unwrap());

/// The operation of this method at the path that this one is an instance of.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let path = &path[path.find("/api")?..];
    let matches = |template: &str| {
        let (given, wanted) = (path.split('/'), template.split('/'));
        given.clone().count() == wanted.clone().count()
            && given.zip(wanted).all(|(given, wanted)| wanted.starts_with('{') || given == wanted)
    };
    let templates = DOCUMENT["paths"].as_object().unwrap();
    let exact = templates.get(path);
    let item = exact.or_else(|| templates.iter().find(|(t, _)| matches(t)).map(|(_, item)| item));
    item?.get(method.as_str().to_lowercase())
}

/// Checks that the document knows of this answer.
#[track_caller]
pub fn check(method: &Method, path: &str, answer: &Answer) {
    let problem = answer.header("content-type") == Some("application/problem+json");
    let about = format!("{method} {path}: {} {}", answer.status, answer.json);
    if answer.status >= 400 {
        assert!(problem, "every error is a problem: {about}");
        assert_eq!(answer.json["status"], answer.status, "{about}");
        conforms(&DOCUMENT["components"]["schemas"]["Problem"], &answer.json, &about);
        let known = operation(method, path).map(|operation| &operation["responses"]);
        // A fault of the server is of no operation in particular.
        if let Some(known) = known.filter(|_| answer.status != 500) {
            assert!(known[answer.status.to_string()].is_object(), "not documented: {about}");
        }
        return;
    }
    let Some(operation) = operation(method, path) else { return };
    let response = &operation["responses"][answer.status.to_string()];
    assert!(response.is_object(), "the document does not know the status: {about}");
    match response["content"].as_object().and_then(|content| content.iter().next()) {
        Some((kind, media)) if kind == "application/json" => {
            conforms(&media["schema"], &answer.json, &about);
        }
        _ => assert_eq!(answer.json, Value::Null, "{about}"),
    }
}

/// Checks a value against a schema. It knows the words that the document uses; another one panics.
#[track_caller]
fn conforms(schema: &Value, value: &Value, about: &str) {
    if let Err(wrong) = mismatch(schema, value, "$") {
        panic!("{about}\n{wrong}");
    }
}

fn mismatch(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let schema = schema.as_object().ok_or_else(|| format!("{at}: no schema"))?;
    for (word, rule) in schema {
        let holds = match word.as_str() {
            "$ref" => {
                let name = rule.as_str().unwrap().rsplit('/').next().unwrap();
                mismatch(&DOCUMENT["components"]["schemas"][name], value, at)?;
                true
            }
            "oneOf" => {
                let options = rule.as_array().unwrap();
                options.iter().filter(|one| mismatch(one, value, at).is_ok()).count() == 1
            }
            "allOf" => {
                object(&merged(rule.as_array().unwrap()), value, at)?;
                true
            }
            "type" => is_a(rule, value),
            "enum" => rule.as_array().unwrap().contains(value),
            "pattern" => value.as_str().is_none_or(|text| follows(rule.as_str().unwrap(), text)),
            "maxLength" => {
                value.as_str().is_none_or(|it| it.chars().count() as u64 <= rule.as_u64().unwrap())
            }
            "minLength" => {
                value.as_str().is_none_or(|it| it.chars().count() as u64 >= rule.as_u64().unwrap())
            }
            "properties" => {
                object(schema, value, at)?;
                true
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    mismatch(rule, item, &format!("{at}[{index}]"))?;
                }
                true
            }
            "maxItems" => {
                value.as_array().is_none_or(|all| all.len() as u64 <= rule.as_u64().unwrap())
            }
            "minItems" => {
                value.as_array().is_none_or(|all| all.len() as u64 >= rule.as_u64().unwrap())
            }
            "required" | "description" | "format" | "minimum" => true,
            other => panic!("{at}: teach the test the word `{other}`"),
        };
        if !holds {
            return Err(format!("{at}: {value} against {word}: {rule}"));
        }
    }
    Ok(())
}

/// The object that has the keys of all these.
fn merged(parts: &[Value]) -> Map<String, Value> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for part in parts {
        let name = part["$ref"].as_str().and_then(|name| name.rsplit('/').next());
        let part = name.map_or(part, |name| &DOCUMENT["components"]["schemas"][name]);
        properties.extend(part["properties"].as_object().unwrap().clone());
        required.extend(part["required"].as_array().into_iter().flatten().cloned());
    }
    Map::from_iter([
        ("properties".to_owned(), properties.into()),
        ("required".to_owned(), required.into()),
    ])
}

/// Every key is documented, and every required one is there.
fn object(schema: &Map<String, Value>, value: &Value, at: &str) -> Result<(), String> {
    let Some(object) = value.as_object() else { return Ok(()) };
    let properties = schema["properties"].as_object().unwrap();
    for key in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        if !object.contains_key(key.as_str().unwrap()) {
            return Err(format!("{at}: {key} is missing"));
        }
    }
    for (key, value) in object {
        let rule = properties.get(key).ok_or_else(|| format!("{at}: `{key}` is not documented"))?;
        mismatch(rule, value, &format!("{at}.{key}"))?;
    }
    Ok(())
}

fn is_a(rule: &Value, value: &Value) -> bool {
    match rule {
        Value::Array(kinds) => kinds.iter().any(|kind| is_a(kind, value)),
        kind => match kind.as_str().unwrap() {
            "null" => value.is_null(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("teach the test the type `{other}`"),
        },
    }
}

fn follows(pattern: &str, text: &str) -> bool {
    static PATTERNS: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut patterns = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    let known = patterns.entry(pattern.to_owned());
    known.or_insert_with(|| Regex::new(pattern).unwrap()).is_match(text)
}

#[test]
fn the_check_sees_what_the_document_does_not_say() {
    let card = |change: fn(&mut Value)| {
        let id = format!("usr_{}", "0".repeat(32));
        let mut card = serde_json::json!({
            "id": id, "display_name": "Ann", "status": "active", "version": 1,
        });
        change(&mut card);
        mismatch(&DOCUMENT["components"]["schemas"]["UserCard"], &card, "$")
    };
    assert_eq!(card(|_| ()), Ok(()));
    assert!(card(|card| card["colour"] = "red".into()).is_err(), "a key too many");
    assert!(card(|card| drop(card.as_object_mut().unwrap().remove("version"))).is_err());
    assert!(card(|card| card["version"] = "1".into()).is_err(), "another type");
    assert!(card(|card| card["status"] = "gone".into()).is_err(), "not in the set");
    assert!(card(|card| card["id"] = "rom_1".into()).is_err(), "not the pattern");
}
