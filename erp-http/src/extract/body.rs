//! The JSON body of a request.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::{problem::Failure, state::App};

/// What serde_json says of a body that nests more than 128 levels.
const TOO_DEEP: &str = "recursion limit exceeded";
/// The longest path that is told, in bytes.
const MAX_PATH_BYTES: usize = 300;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        if !is_json(request.headers()) {
            return Err(Failure::media_type());
        }
        let bytes = Bytes::from_request(request, app)
            .await
            .map_err(|rejection| unread(&rejection, app.options.max_body_bytes))?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn unread(rejection: &BytesRejection, max_bytes: usize) -> Failure {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Failure::too_large(max_bytes)
    } else {
        Failure::malformed("the body broke off".to_owned())
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    // serde would take an array's items for an object's fields in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Failure::field("body", "must be a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refused(&path, error.inner())
    })?;
    json.end().map_err(|error| refused(".", &error))?;
    Ok(value)
}

/// Bad syntax is told with line and column, a wrong value with the path of its field.
fn refused(path: &str, error: &serde_json::Error) -> Failure {
    if error.to_string().starts_with(TOO_DEEP) {
        let shown = path.floor_char_boundary(MAX_PATH_BYTES);
        return Failure::field(&path[..shown], "must not nest so many levels");
    }
    if error.classify() != Category::Data {
        return Failure::malformed(error.to_string());
    }
    let text = error.to_string();
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
    use axum::response::IntoResponse;
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
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[allow(dead_code, reason = "only parsed")]
        members: Vec<Inner>,
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
