//! With what an operation can be refused: told by what it takes, for all of them in this one place.

use http::StatusCode;
use utoipa::openapi::{
    Components, Content, Header, HttpMethod, Object, Ref, RefOr, Response, ResponseBuilder, Type,
    path::{Operation, ParameterIn},
};

use super::PROBLEM;

const JSON: &str = "application/json";

/// What an operation takes.
pub(super) struct Takes {
    login: bool,
    json: bool,
    streamed: bool,
    parameters: bool,
    /// Something is named by its id.
    id: bool,
    changes: bool,
    upgrade: bool,
    /// The answer is a stream or a file, which how things stand must allow.
    streams: bool,
    /// It neither counts nor asks anything.
    nothing: bool,
}

impl Takes {
    /// By what the operation says of itself. The schemas of bodies are looked up in the components.
    pub(super) fn of(
        (path, method): (&str, HttpMethod),
        operation: &Operation,
        needs_login: bool,
        components: Option<&Components>,
    ) -> Self {
        let content = operation.request_body.as_ref().and_then(|body| match body {
            RefOr::T(body) => Some(&body.content),
            RefOr::Ref(_) => None,
        });
        let parameters = operation.parameters.as_deref().unwrap_or_default();
        let in_path = parameters.iter().any(
            |parameter| matches!(parameter, RefOr::T(it) if it.parameter_in == ParameterIn::Path),
        );
        let json = content.is_some_and(|content| content.contains_key(JSON));
        let answers = operation.responses.responses.values();
        let streams = answers.filter_map(|answer| match answer {
            RefOr::T(answer) => Some(&answer.content),
            RefOr::Ref(_) => None,
        });
        let streams = streams.flat_map(|content| content.keys()).any(|kind| kind != JSON);
        let text = serde_json::to_value((&operation.request_body, parameters)).unwrap_or_default();
        Self {
            login: needs_login,
            json,
            streamed: content.is_some() && !json,
            parameters: !parameters.is_empty(),
            id: in_path || names_an_id(&text, components, &mut Vec::new()),
            changes: method != HttpMethod::Get,
            upgrade: operation.responses.responses.contains_key("101"),
            streams,
            nothing: path == "/api/health",
        }
    }

    fn refused_with(&self) -> impl Iterator<Item = &'static Refusal> {
        let Self { login, json, streamed, parameters, id, changes, upgrade, streams, nothing } =
            *self;
        let can = move |refusal: &&Refusal| match refusal.status {
            StatusCode::BAD_REQUEST => json || upgrade,
            // The login itself is one, too.
            StatusCode::UNAUTHORIZED => login || changes,
            StatusCode::FORBIDDEN => login || changes,
            StatusCode::NOT_FOUND => id,
            StatusCode::REQUEST_TIMEOUT => streamed,
            StatusCode::CONFLICT => changes || streams,
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNSUPPORTED_MEDIA_TYPE => json,
            StatusCode::UNPROCESSABLE_ENTITY => login || json || parameters,
            StatusCode::UPGRADE_REQUIRED => upgrade,
            _ => !nothing,
        };
        REFUSALS.iter().filter(can)
    }

    /// Adds to the operation with what it can be refused, and that everything else is a problem too.
    pub(super) fn describe(&self, operation: &mut Operation) {
        let responses = &mut operation.responses.responses;
        for refusal in self.refused_with() {
            let response = RefOr::Ref(Ref::from_response_name(refusal.name));
            responses.entry(refusal.status.as_str().to_owned()).or_insert(response);
        }
        responses.insert("default".to_owned(), RefOr::Ref(Ref::from_response_name("Problem")));
    }
}

/// Whether a schema names the id of something, itself or in what it refers to.
fn names_an_id(
    json: &serde_json::Value,
    components: Option<&Components>,
    seen: &mut Vec<String>,
) -> bool {
    match json {
        serde_json::Value::Array(items) => {
            items.iter().any(|item| names_an_id(item, components, seen))
        }
        serde_json::Value::Object(members) => {
            let name = members.get("$ref").and_then(|it| it.as_str()?.rsplit('/').next());
            match name {
                Some(name) if name.ends_with("Id") => true,
                Some(name) if seen.iter().all(|one| one != name) => {
                    seen.push(name.to_owned());
                    let schema = components.and_then(|all| all.schemas.get(name));
                    let schema = serde_json::to_value(schema).unwrap_or_default();
                    names_an_id(&schema, components, seen)
                }
                _ => members.values().any(|item| names_an_id(item, components, seen)),
            }
        }
        _ => false,
    }
}

/// A way in which operations are refused.
struct Refusal {
    status: StatusCode,
    name: &'static str,
    about: &'static str,
    header: Option<(&'static str, &'static str)>,
}

const fn refusal(status: StatusCode, name: &'static str, about: &'static str) -> Refusal {
    Refusal { status, name, about, header: None }
}

const RETRY: Option<(&str, &str)> = Some(("Retry-After", "Seconds to wait before trying again."));

const REFUSALS: &[Refusal] = &[
    refusal(StatusCode::BAD_REQUEST, "Malformed", "The request cannot be read at all."),
    Refusal {
        header: Some(("WWW-Authenticate", "`Bearer`.")),
        ..refusal(StatusCode::UNAUTHORIZED, "Unauthenticated", "No valid login came with it.")
    },
    refusal(
        StatusCode::FORBIDDEN,
        "Forbidden",
        "The caller may not do this, or it comes from a page of another origin.",
    ),
    refusal(
        StatusCode::NOT_FOUND,
        "NotFound",
        "There is no such thing, or the caller may not know of it.",
    ),
    refusal(StatusCode::REQUEST_TIMEOUT, "TooSlow", "Too little of the body came in time."),
    refusal(
        StatusCode::CONFLICT,
        "Conflict",
        "It conflicts with how things stand now; `conflict` says in what.",
    ),
    refusal(StatusCode::PAYLOAD_TOO_LARGE, "TooLarge", "The body is longer than is read."),
    refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "MediaType", "The body is not said to be JSON."),
    refusal(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Invalid",
        "Fields or parameters are wrong; `errors` says which.",
    ),
    refusal(StatusCode::UPGRADE_REQUIRED, "UpgradeRequired", "It is no WebSocket handshake."),
    Refusal {
        header: RETRY,
        ..refusal(StatusCode::TOO_MANY_REQUESTS, "RateLimited", "There were too many requests.")
    },
    Refusal {
        header: RETRY,
        ..refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "Unavailable",
            "There was no answer in time. It may have been done: repeat it with the same key.",
        )
    },
];

/// Describes the refusals that operations refer to.
pub(super) fn components(components: &mut Components) {
    for refusal in REFUSALS {
        let mut response = problem(refusal.about);
        if let Some((name, about)) = refusal.header {
            let mut header = Header::new(Object::with_type(Type::String));
            header.description = Some(about.to_owned());
            response = response.header(name, header);
        }
        let response: Response = response.build();
        components.responses.insert(refusal.name.to_owned(), response.into());
    }
    components.responses.insert("Problem".to_owned(), problem("A problem").build().into());
}

fn problem(about: &str) -> ResponseBuilder {
    let reference = RefOr::Ref(Ref::from_schema_name("Problem"));
    ResponseBuilder::new().description(about).content(PROBLEM, Content::new(Some(reference)))
}
