//! Records: the same routes for every kind, by its description.

use std::{collections::BTreeMap, fmt};

use axum::{extract::State, http::StatusCode, routing::MethodFilter};
use erp_core::{
    change::Version,
    error::{Error, Violation},
    page::{Cursor, Limit, Page, PageRequest},
    record::{Away, Field, Input, Kind, Row, Shelf, Shelving, Told, Value, kinds},
};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{
    extract::{Argument, Body, Call, Caller, Expected, Path, Query},
    problem::{Failure, Reply},
    route::{Erased, Json as Answer, Route, Routes},
    state::App,
};

/// The routes of every kind.
pub(super) fn routes() -> Routes {
    kinds().fold(Routes::default(), |routes, kind| routes.routes(of(kind)))
}

/// What is done to records through routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    List,
    Create,
    Get,
    Replace,
    Patch,
    Remove,
    Archive,
    Restore,
}

impl Verb {
    const ALL: [Self; 8] = [
        Self::List,
        Self::Create,
        Self::Get,
        Self::Replace,
        Self::Patch,
        Self::Remove,
        Self::Archive,
        Self::Restore,
    ];

    /// Whether records of the kind have it.
    fn is_of(self, kind: &Kind) -> bool {
        match self {
            Self::Remove => kind.remove || kind.away == Some(Away::Deleted),
            Self::Archive => kind.away == Some(Away::Archived),
            Self::Restore => kind.away.is_some(),
            Self::List | Self::Get => !kind.views,
            _ => true,
        }
    }

    /// The path under `/api/`.
    fn path(self, kind: &Kind) -> String {
        let (list, one) = (kind.path, kind.item);
        match self {
            Self::List | Self::Create => format!("/api/{list}"),
            Self::Get | Self::Replace | Self::Patch | Self::Remove => format!("/api/{one}/{{id}}"),
            Self::Archive => format!("/api/{one}/{{id}}/archive"),
            Self::Restore => format!("/api/{one}/{{id}}/restore"),
        }
    }

    /// The method, for the router and for the document.
    pub(crate) fn method(self) -> (MethodFilter, &'static str) {
        match self {
            Self::List | Self::Get => (MethodFilter::GET, "get"),
            Self::Create | Self::Archive | Self::Restore => (MethodFilter::POST, "post"),
            Self::Replace => (MethodFilter::PUT, "put"),
            Self::Patch => (MethodFilter::PATCH, "patch"),
            Self::Remove => (MethodFilter::DELETE, "delete"),
        }
    }

    fn handler(self, kind: &'static Kind) -> Erased {
        match self {
            Self::List if kind.under.is_some() => Erased::new(move |app, caller, id, query| {
                list_under(kind, (app, caller), id, query)
            }),
            Self::Create if kind.under.is_some() => Erased::new(move |app, caller, id, body| {
                create_under(kind, (app, caller), id, body)
            }),
            Self::List => {
                Erased::new(move |app, caller, query| list(kind, (app, caller), query, Vec::new()))
            }
            Self::Create => Erased::new(move |app, caller, body| create(kind, app, caller, body)),
            Self::Get => Erased::new(move |app, caller, id| get(kind, app, caller, id)),
            Self::Replace => Erased::new(move |app, caller, id, body| {
                change(kind, Told::Whole, (app, caller), id, body)
            }),
            Self::Patch => Erased::new(move |app, caller, id, body| {
                change(kind, Told::Part, (app, caller), id, body)
            }),
            Self::Remove => {
                Erased::new(move |app, caller, id, seen| remove(kind, (app, caller), id, seen))
            }
            Self::Archive => Erased::new(move |app, caller, id, seen| {
                shelve(kind, Shelving::PutAway, (app, caller), id, seen)
            }),
            Self::Restore => Erased::new(move |app, caller, id, seen| {
                shelve(kind, Shelving::Restore, (app, caller), id, seen)
            }),
        }
    }
}

/// The routes of a kind.
fn of(kind: &'static Kind) -> impl Iterator<Item = Route> {
    Verb::ALL.into_iter().filter(move |verb| verb.is_of(kind)).map(move |verb| {
        Route::new(
            verb.method().0,
            verb.path(kind),
            verb.handler(kind),
            #[cfg(feature = "openapi")]
            std::sync::Arc::new(move |document| {
                crate::document::record(document, kind, verb, &verb.path(kind));
            }),
        )
    })
}

async fn list_under(
    kind: &'static Kind,
    (app, caller): (State<App>, Caller),
    Path(id): Path<AnyId>,
    pairs: Pairs,
) -> Reply<Answer<Page<Json>>> {
    let (field, id) = id.under(kind)?;
    list(kind, (app, caller), pairs, vec![(field.name, Value::Id(id))]).await
}

async fn create_under(
    kind: &'static Kind,
    (app, caller): (State<App>, Caller),
    Path(id): Path<AnyId>,
    Body(Members(mut members)): Body<Members>,
) -> Reply<(StatusCode, Answer<Json>)> {
    let (field, _) = id.under(kind)?;
    if members.insert(field.name.to_owned(), Json::String(id.0)).is_some() {
        return Err(Failure::field(field.name, "unknown field"));
    }
    create(kind, app, caller, Body(Members(members))).await
}

async fn list(
    kind: &'static Kind,
    (State(app), Caller(ctx)): (State<App>, Caller),
    Pairs(mut pairs): Pairs,
    mut equal: Vec<(&'static str, Value)>,
) -> Reply<Answer<Page<Json>>> {
    if kind.tree.is_some() {
        if let Some((name, _)) = pairs.first_key_value() {
            return Err(Failure::field(name, "unknown field"));
        }
        let rows = app.engine.all_records().tree(&ctx, kind).await?.into_iter();
        let items = rows.map(|row| Json::Object(row.json(kind))).collect();
        return Ok(Answer(Page { items, next: None }));
    }
    let limit = pairs.remove("limit").map(|text| {
        text.parse::<u32>().map_err(|error| Failure::field("limit", error.to_string()))
    });
    let limit = Limit::clamped(limit.transpose()?);
    let page = PageRequest { limit, cursor: pairs.remove("cursor").map(Cursor::from_text) };
    for (name, text) in pairs {
        let (_, field) = kind
            .field(&name)
            .filter(|(place, field)| field.filter && kind.under != Some(*place))
            .ok_or_else(|| Failure::field(&name, "unknown field"))?;
        let json = match text.as_str() {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            _ => Json::String(text),
        };
        let value = field.ty.read(field.name, &json).map_err(Error::from)?;
        equal.push((field.name, value));
    }
    let records = app.engine.all_records();
    let shelf = if kind.away == Some(Away::Deleted) { Shelf::Live } else { Shelf::All };
    let page = records.list(&ctx, kind, (shelf, &equal), &page).await?;
    Ok(Answer(page.map(|row| Json::Object(row.json(kind)))))
}

async fn create(
    kind: &'static Kind,
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(Members(members)): Body<Members>,
) -> Reply<(StatusCode, Answer<Json>)> {
    let row = app.engine.all_records().create(&ctx, kind, &Input::Json(members)).await?;
    Ok((StatusCode::CREATED, shown(kind, &row)))
}

async fn get(
    kind: &'static Kind,
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<AnyId>,
) -> Reply<Answer<Json>> {
    let id = id.of(kind)?;
    Ok(shown(kind, &app.engine.all_records().get(&ctx, kind, id).await?))
}

async fn change(
    kind: &'static Kind,
    told: Told,
    (State(app), Caller(ctx)): (State<App>, Caller),
    Path(id): Path<AnyId>,
    Body(Members(mut members)): Body<Members>,
) -> Reply<Answer<Json>> {
    let id = id.of(kind)?;
    let expected = expected(&mut members)?;
    let input = Input::Json(members);
    let records = app.engine.all_records();
    Ok(shown(kind, &records.update(&ctx, kind, (id, expected), (told, &input)).await?))
}

async fn remove(
    kind: &'static Kind,
    (State(app), Caller(ctx)): (State<App>, Caller),
    Path(id): Path<AnyId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    let (records, of) = (app.engine.all_records(), (id.of(kind)?, seen.expected));
    match kind.away {
        Some(Away::Deleted) => drop(records.shelve(&ctx, kind, of, Shelving::PutAway).await?),
        _ => records.remove(&ctx, kind, of).await?,
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn shelve(
    kind: &'static Kind,
    to: Shelving,
    (State(app), Caller(ctx)): (State<App>, Caller),
    Path(id): Path<AnyId>,
    Body(seen): Body<Expected>,
) -> Reply<Answer<Json>> {
    let id = id.of(kind)?;
    let records = app.engine.all_records();
    Ok(shown(kind, &records.shelve(&ctx, kind, (id, seen.expected), to).await?))
}

fn shown(kind: &Kind, row: &Row) -> Answer<Json> {
    Answer(Json::Object(row.json(kind)))
}

/// Takes the version that the caller has seen out of a body.
fn expected(members: &mut Map<String, Json>) -> Result<Version, Failure> {
    let told = members.remove("expected");
    let version = told.as_ref().and_then(Json::as_i64).map(Version);
    let wrong = match told {
        None => "missing field `expected`",
        Some(_) => "must be a whole number",
    };
    version.ok_or_else(|| Failure::from(Error::from(Violation::new("expected", wrong))))
}

/// The members of a JSON object, each once.
#[derive(Debug)]
struct Members(Map<String, Json>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Map<String, Json>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Json>()? {
                    if members.contains_key(&name) {
                        return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
                    }
                    members.insert(name, value);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Each).map(Self)
    }
}

/// The parameters of a query, each once.
struct Pairs(BTreeMap<String, String>);

impl Argument for Pairs {
    fn take(call: &mut Call) -> Result<Self, Failure> {
        let Query(pairs) = Query::<Vec<(String, String)>>::take(call)?;
        let mut all = BTreeMap::new();
        for (name, value) in pairs {
            if all.insert(name.clone(), value).is_some() {
                return Err(Failure::field(name, "is given twice"));
            }
        }
        Ok(Self(all))
    }
}

/// An id of a kind that the route tells.
#[derive(Debug)]
struct AnyId(String);

impl std::str::FromStr for AnyId {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl AnyId {
    fn of(&self, kind: &Kind) -> Result<Uuid, Failure> {
        let wrong = || {
            let text = format!("expected `{}_` and 32 hexadecimal digits", kind.prefix);
            Failure::field("id", text)
        };
        erp_core::record::ids::parse(&self.0, kind.prefix).ok_or_else(wrong)
    }

    /// As the id of what records of the kind lie under, with the field that refers to it.
    fn under(&self, kind: &Kind) -> Result<(&'static Field, Uuid), Failure> {
        let field = kind.under.and_then(|place| kind.fields.get(place));
        let wrong = || Failure::field("id", "not the id of such a thing");
        let field = field.ok_or_else(wrong)?;
        match field.ty.read("id", &Json::String(self.0.clone())).map_err(Error::from)? {
            Value::Id(id) => Ok((field, id)),
            _ => Err(wrong()),
        }
    }
}
