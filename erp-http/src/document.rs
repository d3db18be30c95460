//! The OpenAPI document, generated from the routes. With what operations are refused (`errors`) and how
//! long texts may be (`texts`) is told here for all of them.

mod errors;
mod records;
mod texts;

pub(super) use records::{record, record_schema};

use axum::http::StatusCode;
use utoipa::{
    __dev::SchemaReferences,
    PartialSchema, Path, ToSchema,
    openapi::{
        Components, HttpMethod, Info, OpenApi, PathItem, RefOr,
        path::Operation,
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
        tag::Tag,
    },
};

use self::errors::Takes;
use super::{health, options::CookieSecurity, realtime, route::Routes, router, schema};

const BEARER: &str = "bearer";
const COOKIE: &str = "cookie";
const PROBLEM: &str = "application/problem+json";
const TAGS: &[(&str, &str)] = &[
    ("auth", "The caller's own login."),
    ("users", "Users, their sessions and their roles."),
    ("roles", "Named sets of permissions."),
    ("teams", "Groups of users, and of other teams."),
    ("audit", "Who did what."),
    ("chat", "Rooms, members and messages."),
    ("inventory", "Warehouses, items and stock."),
    ("projects", "Projects, their members and their tasks."),
    ("project-categories", "Categories of projects, and what belongs to them."),
    ("project-templates", "What projects are made from, and projects made from it."),
    ("tasks", "Tasks, what they wait for, and the time that is spent on them."),
    ("comments", "Comments on tasks."),
    ("attachments", "Files on tasks."),
    ("rates", "Hourly rates."),
    ("milestones", "Milestones of projects."),
    ("phases", "Phases of projects."),
    ("phase-definitions", "Kinds of phase."),
    ("time", "The caller's timer, and time entries."),
    ("realtime", "Live delivery, presence and broadcasts."),
    ("health", "Whether the server answers."),
];

/// The OpenAPI 3.1 document of all routes, as `GET /api/openapi.json` answers it.
pub fn document() -> OpenApi {
    let open = describe(router::open_routes().merge(health::routes()));
    let closed = describe(router::closed_routes().merge(realtime::streams()));
    let mut document = OpenApi::default();
    document.info = Info::new("ERP engine", env!("CARGO_PKG_VERSION"));
    document.info.description = Some(
        "All bodies are JSON. Ids are texts with the prefix of their kind; times are UTC in \
         RFC 3339. Every error is an RFC 9457 problem document."
            .to_owned(),
    );
    document.tags = Some(TAGS.iter().map(|(name, about)| tag(name, about)).collect());
    for (mut part, needs_login) in [(open, false), (closed, true)] {
        for (path, item) in &mut part.paths.paths {
            for (method, operation) in operations(item) {
                let components = part.components.as_ref();
                let takes = Takes::of((path, method), operation, needs_login, components);
                complete(path, operation, needs_login);
                takes.describe(operation);
                texts::parameters(operation);
            }
        }
        document.merge(part);
    }
    let components = document.components.get_or_insert_with(Components::new);
    describe_errors(components);
    describe_logins(components);
    texts::describe(components);
    document
}

/// Adds an operation to the document.
pub(super) type Describe = std::sync::Arc<dyn Fn(&mut OpenApi) + Send + Sync>;

/// Adds the operation that utoipa has described.
pub(super) fn operation<P: Path + SchemaReferences>(document: &mut OpenApi) {
    let item = PathItem::from_http_methods(P::methods(), P::operation());
    match document.paths.paths.get_mut(&P::path()) {
        Some(present) => present.merge_operations(item),
        None => drop(document.paths.paths.insert(P::path(), item)),
    }
    let mut schemas = Vec::new();
    P::schemas(&mut schemas);
    document.components.get_or_insert_with(Components::new).schemas.extend(schemas);
}

fn describe(routes: Routes) -> OpenApi {
    let mut document = OpenApi::default();
    for add in routes.operations {
        add(&mut document);
    }
    document
}

fn tag(name: &str, about: &str) -> Tag {
    let mut tag = Tag::new(name);
    tag.description = Some(about.to_owned());
    tag
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [
        (HttpMethod::Get, get),
        (HttpMethod::Put, put),
        (HttpMethod::Post, post),
        (HttpMethod::Delete, delete),
        (HttpMethod::Patch, patch),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// What all operations have in common: their tag and the login.
fn complete(path: &str, operation: &mut Operation, needs_login: bool) {
    let module = path.trim_start_matches("/api/").split('/').next().unwrap_or_default();
    operation.tags = Some(vec![module.to_owned()]);
    for (status, response) in &mut operation.responses.responses {
        let reason = status.parse().ok().and_then(|status: StatusCode| status.canonical_reason());
        if let (RefOr::T(response), Some(reason)) = (response, reason) {
            response.description = reason.to_owned();
        }
    }
    let none: [&str; 0] = [];
    operation.security = Some(if needs_login {
        [BEARER, COOKIE].map(|scheme| SecurityRequirement::new(scheme, none)).into()
    } else {
        Vec::new()
    });
}

fn describe_errors(components: &mut Components) {
    let mut schemas = vec![(schema::Problem::name().into_owned(), schema::Problem::schema())];
    schema::Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    errors::components(components);
}

fn describe_logins(components: &mut Components) {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let cookie = ApiKey::Cookie(ApiKeyValue::new(CookieSecurity::Host.name()));
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    components.add_security_scheme(COOKIE, SecurityScheme::ApiKey(cookie));
}
