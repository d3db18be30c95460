//! The JSON body of a request.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use super::call::{Argument, Call};
use crate::problem::Failure;

/// What serde_json says of a body that nests more than 128 levels.
const TOO_DEEP: &str = "recursion limit exceeded";
/// The longest path that is told, in bytes.
const MAX_PATH_BYTES: usize = 300;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned + Send + 'static> Argument for Body<T> {
    const READS_BODY: bool = true;

    fn take(call: &mut Call) -> Result<Self, Failure> {
        parse(&call.take_read()?).map(Self)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    // serde would take an array's items for an object's fields in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Failure::field("body", "must be a JSON object"));
    }
    // What is no JSON at all is told first, with line and column: then all that is wrong is a value.
    let syntax = serde_json::from_slice::<IgnoredAny>(bytes);
    syntax.map_err(|error| Failure::malformed(error.to_string()))?;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refused(&path, error.inner())
    })
}

/// A wrong value is told with the path of its field.
fn refused(path: &str, error: &serde_json::Error) -> Failure {
    let mut text = error.to_string();
    if text.starts_with(TOO_DEEP) {
        let shown = path.floor_char_boundary(MAX_PATH_BYTES);
        return Failure::field(&path[..shown], "must not nest so many levels");
    }
    if error.classify() == Category::Syntax && text.starts_with("expected value") {
        // The syntax was good: of a choice there are several members, or none.
        text = "must have exactly one member".to_owned();
    }
    let message = text.split(" at line ").next().unwrap_or(&text);
    let field = match quoted_field(message) {
        Some(field) if path == "." => field.to_owned(),
        Some(field) if !path.ends_with(field) => format!("{path}.{field}"),
        _ if path == "." => "body".to_owned(),
        _ => path.to_owned(),
    };
    Failure::field(field, message)
}

/// The name in serde's "missing field `x`" and "unknown field `x`", where the path stops short.
fn quoted_field(message: &str) -> Option<&str> {
    ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next())
}

#[cfg(test)]
mod tests {
    use axum::{http::StatusCode, response::IntoResponse};
    use http_body_util::BodyExt;
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[allow(dead_code, reason = "only parsed")]
        role: u8,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case", deny_unknown_fields)]
    enum Way {
        In {},
        Out {},
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[allow(dead_code, reason = "only parsed")]
        members: Vec<Inner>,
        #[allow(dead_code, reason = "only parsed")]
        #[serde(default)]
        ways: Vec<Way>,
    }

    async fn problem(body: &str) -> Value {
        let failure = parse::<Outer>(body.as_bytes()).unwrap_err();
        let body = failure.into_response().into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test]
    async fn x_17_a_wrong_value_is_told_with_its_path() {
        for (body, field) in [
            (r#"{"members":[{"role":1},{"role":"x"}]}"#, "members[1].role"),
            (r#"{"members":[{"role":1,"more":2}]}"#, "members[0].more"),
            (r#"{"members":[{}]}"#, "members[0].role"),
            (r#"{"other":1}"#, "other"),
            ("{}", "members"),
            ("[1,2,3]", "body"),
            (r#"{"members":[],"ways":[{"in":{}},{"in":{},"out":{}}]}"#, "ways[1]"),
            (r#"{"members":[],"ways":[{"in":{},"in":{}}]}"#, "ways[0]"),
            (r#"{"members":[],"ways":[{}]}"#, "ways[0]"),
            (r#"{"members":[],"ways":[{"up":{}}]}"#, "ways[0]"),
            (r#"{"members":[],"members":[]}"#, "members"),
        ] {
            let problem = problem(body).await;
            assert_eq!(problem["status"], 422, "{body}");
            assert_eq!(problem["errors"][0]["field"], json!(field), "{body}: {problem}");
        }
    }

    #[tokio::test]
    async fn rts_14_what_nests_too_deep_to_be_read_is_told_with_its_path() {
        let parse = |levels: usize| {
            let nested = format!("{}1{}", r#"{"a":["#.repeat(levels), "]}".repeat(levels));
            parse::<std::collections::BTreeMap<String, Value>>(
                format!(r#"{{"payload":{nested}}}"#).as_bytes(),
            )
        };
        assert!(parse(60).is_ok());
        for levels in [64, 40_000] {
            let response = parse(levels).unwrap_err().into_response();
            assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{levels}");
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert!(body.len() < 1_000, "{levels}: {}", body.len());
            let problem: Value = serde_json::from_slice(&body).unwrap();
            let field = problem["errors"][0]["field"].as_str().unwrap();
            assert!(field.starts_with("payload.a[0].a[0].a"), "{problem}");
        }
    }

    #[tokio::test]
    async fn x_17_bad_syntax_is_told_with_line_and_column() {
        for body in ["", "{", "{\n  \"members\": [}", "{\"members\":[]} trailing"] {
            let problem = problem(body).await;
            assert_eq!(problem["status"], 400, "{body}");
            assert_eq!(problem["code"], "malformed");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("line") && detail.contains("column"), "{detail}");
        }
    }
}
