//! Hostile texts in every parameter of every route, on both stores: each is refused, and in the same
//! words (X-21, X-22).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use reqwest::Method;
use serde_json::Value;

use super::{
    both_stores::{Both, STREAMS},
    contract::DOCUMENT,
    requests::{Operation, operations},
    world::Person,
};

/// Larger than any text that is kept.
const LARGE: usize = 1 << 20;
/// The longest part of an address that a client sends.
const LONG: usize = 60_000;

/// Percent-encoded, for paths and queries: NUL, halves of characters, what is no UTF-8 at all.
const ODD_IN_URLS: &[&str] = &["%00", "a%00b", "%FF", "%C3", "%ED%A0%80", "%F8%88%80%80%80"];

/// Within a JSON string: NUL, halves of pairs, half of a character, a byte that never is in UTF-8.
const ODD_IN_BODIES: &[&[u8]] =
    &[b"\\u0000", b"a\\u0000b", b"\\ud800", b"\\udc00x", b"\xC3", b"\xFF"];

/// What may say anything, as long as it is JSON: what it says is not looked into.
pub(super) const FREE: &[(&str, &str)] = &[("broadcast", "/payload")];

async fn refused(both: &Both, token: &str, of: &Operation, path: &str, body: Option<&[u8]>) {
    let (status, text) = both.ask((&of.method(), path), token, body).await;
    let start: String = format!("{} {path}", of.id).chars().take(200).collect();
    assert!((400..500).contains(&status), "{start}: {status} {text}");
}

pub(super) fn asked() -> impl Iterator<Item = Operation> {
    operations().into_iter().filter(|one| !STREAMS.contains(&one.id.as_str()))
}

/// The request with each placeholder of the path, and each parameter of the query, in turn like this.
fn urls_with(both: &Both, operation: &Operation, odd: &str) -> Vec<String> {
    let (path, _) = operation.request(&both.memory);
    let (bare, query) = path.split_once('?').unwrap_or((&path, ""));
    let mut urls = Vec::new();
    for (place, part) in operation.path.split('/').enumerate() {
        if part.starts_with('{') {
            let parts = bare.split('/').enumerate();
            let parts: Vec<_> =
                parts.map(|(at, part)| if at == place { odd } else { part }).collect();
            urls.push(format!("{}?{query}", parts.join("/")));
        }
    }
    let of = &DOCUMENT["paths"][&operation.path][operation.method.to_lowercase()];
    for parameter in of["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "query" {
            let name = parameter["name"].as_str().unwrap();
            let others = query.split('&').filter(|one| one.split('=').next() != Some(name));
            let mut query: Vec<_> = others.map(str::to_owned).collect();
            query.push(format!("{name}={odd}"));
            urls.push(format!("{bare}?{}", query.join("&")));
        }
    }
    urls
}

/// The places of texts in a body, as JSON pointers, with what they are.
pub(super) fn texts(body: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), body)];
    while let Some((at, value)) = open.pop() {
        match value {
            Value::String(text) => found.push((at, text.clone())),
            Value::Array(items) => {
                open.extend(items.iter().enumerate().map(|(n, item)| (format!("{at}/{n}"), item)));
            }
            Value::Object(fields) => {
                open.extend(fields.iter().map(|(name, value)| (format!("{at}/{name}"), value)));
            }
            _ => {}
        }
    }
    found
}

/// The body with these bytes in the place of a text.
fn with(body: &Value, at: &str, odd: &[u8]) -> Vec<u8> {
    const MARK: &str = "4c9d0f";
    let mut body = body.clone();
    *body.pointer_mut(at).unwrap() = MARK.into();
    let body = serde_json::to_string(&body).unwrap();
    let (before, after) = body.split_once(MARK).unwrap();
    [before.as_bytes(), odd, after.as_bytes()].concat()
}

/// Who asks: Ann, who has most of the things, and the owner, who may do most of the rest.
pub(super) const WHO: [Person; 2] = [Person::Ann, Person::Owner];

#[tokio::test(flavor = "multi_thread")]
async fn x_22_an_odd_text_in_any_path_or_query_is_refused_alike_on_both_stores() {
    let both = Both::start().await;
    let large = "x".repeat(LONG);
    let mut tried = 0;
    for person in WHO {
        let token = both.token(person).await;
        for operation in asked() {
            let body = operation.request(&both.memory).1;
            let body = body.map(|body| serde_json::to_vec(&body).unwrap());
            for odd in ODD_IN_URLS.iter().copied().chain([large.as_str()]) {
                for url in urls_with(&both, &operation, odd) {
                    refused(&both, &token, &operation, &url, body.as_deref()).await;
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 2_000, "{tried}");
}

/// An address that no client sends is refused before anybody asks where it leads.
#[tokio::test]
async fn x_22_an_address_of_a_megabyte_is_refused() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = super::world::World::start().await;
    for start in ["/api/inventory/items/by-sku/", "/api/tasks/search?q="] {
        let host = world.base.strip_prefix("http://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        let request = format!("GET {start}{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(LARGE));
        // The server may hang up before it has read all of it.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = [0; 12];
        match stream.read_exact(&mut answer).await {
            Ok(_) => assert!(answer.starts_with(b"HTTP/1.1 4"), "{answer:?}"),
            Err(gone) => assert_eq!(gone.kind(), std::io::ErrorKind::ConnectionReset),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn x_22_an_odd_text_in_any_body_is_refused_alike_on_both_stores() {
    let both = Both::start().await;
    let large = "x".repeat(LARGE);
    let mut tried = 0;
    for person in WHO {
        let token = both.token(person).await;
        for operation in asked() {
            let (path, Some(body)) = operation.request(&both.memory) else { continue };
            if operation.id == "upload_attachment" {
                continue;
            }
            for (at, _) in texts(&body) {
                if FREE.iter().any(|(id, free)| *id == operation.id && at.starts_with(free)) {
                    continue;
                }
                for odd in ODD_IN_BODIES.iter().copied().chain([large.as_bytes()]) {
                    let body = with(&body, &at, odd);
                    refused(&both, &token, &operation, &path, Some(&body)).await;
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn x_21_an_odd_number_instant_or_day_in_any_body_is_refused_alike_on_both_stores() {
    let both = Both::start().await;
    let mut tried = BTreeMap::<&str, usize>::new();
    for person in WHO {
        let token = both.token(person).await;
        for operation in asked() {
            let (path, Some(body)) = operation.request(&both.memory) else { continue };
            for (at, text) in texts(&body) {
                let (kind, odd): (_, &[&str]) = if is_decimal(&at, &text) {
                    let odd =
                        &["1_000", "1e3", "+1", " 1", "1 ", ".5", "1.", "1,5", "\u{661}", "NaN"];
                    ("decimal", odd)
                } else if DateTime::parse_from_rfc3339(&text).is_ok() {
                    let odd = &[
                        "2016-12-31T23:59:60Z",
                        "+262142-12-31T23:59:59Z",
                        "-0001-01-01T00:00:00Z",
                    ];
                    ("instant", odd)
                } else if text.parse::<NaiveDate>().is_ok() {
                    ("day", &["+262142-12-31", "-0001-01-01", "2026-02-30"])
                } else if at.ends_with("/currency") {
                    ("currency", &["ERU", "ZZZ", "XXX", "eur", "EURO", ""])
                } else {
                    continue;
                };
                for odd in odd {
                    let body = with(&body, &at, odd.as_bytes());
                    refused(&both, &token, &operation, &path, Some(&body)).await;
                    *tried.entry(kind).or_default() += 1;
                }
                if kind == "decimal" {
                    // A number of JSON passes through a double.
                    let mut body = body.clone();
                    *body.pointer_mut(&at).unwrap() = serde_json::json!(1.5);
                    let body = serde_json::to_vec(&body).unwrap();
                    refused(&both, &token, &operation, &path, Some(&body)).await;
                }
            }
        }
    }
    assert_eq!(tried.len(), 4, "{tried:?}");
}

/// Whether the text stands where a decimal does.
fn is_decimal(at: &str, text: &str) -> bool {
    const FIELDS: &[&str] =
        &["quantity", "amount", "counted", "unit_cost", "reorder_level", "each", "total"];
    let name = at.rsplit('/').next().unwrap_or_default();
    FIELDS.contains(&name) && text.starts_with(|first: char| first.is_ascii_digit())
}

#[tokio::test(flavor = "multi_thread")]
async fn x_22_an_absurd_instant_or_day_in_any_query_is_refused_alike_on_both_stores() {
    let both = Both::start().await;
    let token = both.token(Person::Owner).await;
    let mut tried = 0;
    for operation in asked() {
        let of = &DOCUMENT["paths"][&operation.path][operation.method.to_lowercase()];
        for parameter in of["parameters"].as_array().into_iter().flatten() {
            let format = parameter["schema"]["format"].as_str().unwrap_or_default();
            let odd: &[&str] = match format {
                "date-time" => &["2016-12-31T23:59:60Z", "%2B262142-12-31T23:59:59Z"],
                "date" => &["%2B262142-12-31", "-0001-01-01"],
                _ => continue,
            };
            let (path, body) = operation.request(&both.memory);
            let (bare, query) = path.split_once('?').unwrap_or((&path, ""));
            let name = parameter["name"].as_str().unwrap();
            let others = query.split('&').filter(|one| one.split('=').next() != Some(name));
            let others: Vec<_> = others.collect();
            let body = body.map(|body| serde_json::to_vec(&body).unwrap());
            for odd in odd {
                let path = format!("{bare}?{}&{name}={odd}", others.join("&"));
                refused(&both, &token, &operation, &path, body.as_deref()).await;
                tried += 1;
            }
        }
    }
    assert!(tried >= 10, "{tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn x_22_a_choice_of_two_members_is_told_with_its_path() {
    let both = Both::start().await;
    let token = both.token(Person::Owner).await;
    let things = &both.memory.things;
    for direction in [r#"{"in":{},"out":{}}"#, "{}", r#"{"up":{}}"#] {
        let body = format!(
            r#"{{"kind":"issue","lines":[{{"item":"{}","warehouse":"{}","quantity":"1","direction":{direction}}}]}}"#,
            things.item, things.warehouse,
        );
        let path = (&Method::POST, "/api/inventory/postings");
        let (status, text) = both.ask(path, &token, Some(body.as_bytes())).await;
        let problem: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(status, 422, "{text}");
        assert_eq!(problem["errors"][0]["field"], "lines[0].direction", "{text}");
    }
}
