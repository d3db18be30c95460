//! The OpenAPI document, as it is written down in `openapi.json`.
//!
//! It is made from the routes by `document`, which a test compares with the file: so a host compiles
//! neither the descriptions of all types nor what turns them into a document.

use std::sync::LazyLock;

use axum::{Router, body::Bytes, http::header::CONTENT_TYPE, routing::get};

use super::state::App;

/// The OpenAPI 3.1 document of all routes, as `GET /api/openapi.json` answers it.
pub const DOCUMENT: &str = include_str!("../openapi.json");

/// The document as it goes out, without the white space between its lines.
static COMPACT: LazyLock<Bytes> =
    LazyLock::new(|| DOCUMENT.lines().map(str::trim_start).collect::<String>().into());

/// The route that answers the document.
pub(super) fn route() -> Router<App> {
    let answer = async || ([(CONTENT_TYPE, "application/json")], COMPACT.clone());
    Router::new().route("/api/openapi.json", get(answer))
}
