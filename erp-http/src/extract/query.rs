//! The query of a request.

use std::{fmt::Display, str::FromStr};

use crate::describe::{IntoParams, ToSchema};
use erp_core::{
    change::Version,
    page::{Cursor, Limit, PageRequest},
};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, de::DeserializeOwned};

use super::call::{Argument, Call};
use crate::problem::Failure;

/// The query's parameters.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned + Send + 'static> Argument for Query<T> {
    fn take(call: &mut Call) -> Result<Self, Failure> {
        parse(call.parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Failure> {
    check_text(query)?;
    let pairs = form_urlencoded::parse(query.as_bytes());
    serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs)).map_err(|error| {
        let message = error.inner().to_string();
        let path = error.path().to_string();
        let quoted = message.split('`').nth(1).unwrap_or("query").to_owned();
        let field = if path == "." || path == "?" { quoted } else { path };
        Failure::field(field, message)
    })
}

/// That what is percent-encoded is UTF-8: decoding would put other characters in its place.
fn check_text(query: &str) -> Result<(), Failure> {
    let wrong = |part: &&str| percent_decode_str(part).decode_utf8().is_err();
    match query.split('&').find(wrong) {
        None => Ok(()),
        Some(part) => {
            let name = part.split('=').next().unwrap_or_default();
            let name = percent_decode_str(name).decode_utf8_lossy().into_owned();
            Err(Failure::field(name, "is not UTF-8"))
        }
    }
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    pub(crate) limit: Option<u32>,
    /// The `next` of the page before.
    pub(crate) cursor: Option<String>,
}

impl From<Paging> for PageRequest {
    fn from(paging: Paging) -> Self {
        Self { limit: Limit::clamped(paging.limit), cursor: paging.cursor.map(Cursor::from_text) }
    }
}

/// The names in a parameter that lists them with commas between; none when it is left out.
pub(crate) fn names<T: FromStr<Err: Display>>(
    field: &str,
    list: Option<String>,
) -> Result<Vec<T>, Failure> {
    let list = list.unwrap_or_default();
    let names = list.split(',').filter(|name| !name.is_empty());
    names
        .map(|name| name.parse().map_err(|error: T::Err| Failure::field(field, error.to_string())))
        .collect()
}

/// The version of a thing that the caller has seen: if it has another one now, nothing is changed.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Expected {
    /// The version that the caller has seen.
    #[param(value_type = i64)]
    #[schema(value_type = i64)]
    pub(crate) expected: Version,
}

#[cfg(test)]
mod tests {
    use axum::{http::StatusCode, response::IntoResponse};
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn x_17_a_wrong_parameter_is_named() {
        for (query, field) in [
            ("limit=x", "limit"),
            ("limit=-1", "limit"),
            ("limt=5", "limt"),
            ("limit=1&cursor=%FF%FE", "cursor"),
            ("cursor=%C3", "cursor"),
        ] {
            let response = parse::<Paging>(query).unwrap_err().into_response();
            assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
    }

    #[test]
    fn x_11_the_limit_is_clamped() {
        let page = PageRequest::from(parse::<Paging>("limit=100000").unwrap());
        assert_eq!(page.limit.get(), Limit::MAX as usize);
    }
}
