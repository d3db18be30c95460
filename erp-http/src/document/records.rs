//! Routes and bodies of records, by the descriptions of their kinds.

use erp_core::record::{Away, Field, Kind, Part, Type, entity_of};
use serde_json::{Map, Value as Json, json};
use utoipa::openapi::{Components, OpenApi, PathItem, RefOr, schema::Schema};

use crate::records::Verb;

/// Adds what is done to records of a kind at a path.
pub(crate) fn record(document: &mut OpenApi, kind: &'static Kind, verb: Verb, path: &str) {
    let item: PathItem = parsed(json!({ (verb.method().1): operation(kind, verb) }));
    match document.paths.paths.get_mut(path) {
        Some(present) => present.merge_operations(item),
        None => drop(document.paths.paths.insert(path.to_owned(), item)),
    }
    let components = document.components.get_or_insert_with(Components::new);
    for (name, schema) in schemas(kind) {
        components.schemas.insert(name, parsed::<RefOr<Schema>>(schema));
    }
    let about = format!("The id of a {}.", kind.name.replace('_', " "));
    let id = || parsed::<RefOr<Schema>>(id_schema(kind.prefix, &about));
    components.schemas.entry(format!("{}Id", camel(kind.name))).or_insert_with(id);
}

/// The schema of a record of a kind.
pub(crate) fn record_schema(kind: &Kind) -> RefOr<Schema> {
    let (_, schema) = schemas(kind).swap_remove(0);
    parsed(schema)
}

/// What is written here is of OpenAPI's shape.
#[allow(clippy::expect_used, reason = "the document is made by a test, never in a server")]
fn parsed<T: serde::de::DeserializeOwned>(json: Json) -> T {
    serde_json::from_value(json).expect("it has OpenAPI's shape")
}

fn operation(kind: &Kind, verb: Verb) -> Json {
    let words = kind.name.replace('_', " ");
    let (name, schema) = (kind.name, camel(kind.name));
    let list = kind.item.rsplit('/').next().unwrap_or(kind.table).replace('-', "_");
    let list = if kind.under.is_some() { list.as_str() } else { kind.table };
    let (id, summary) = match verb {
        Verb::List if kind.tree.is_some() => (
            format!("list_{list}"),
            format!("All {}; `parent` makes them a tree.", list.replace('_', " ")),
        ),
        Verb::List => (format!("list_{list}"), format!("The {}.", list.replace('_', " "))),
        Verb::Create => (format!("create_{name}"), format!("Creates a {words}.")),
        Verb::Get => (format!("get_{name}"), format!("A {words}.")),
        Verb::Replace => {
            (format!("{}_{name}", kind.replace), format!("Replaces the fields of a {words}."))
        }
        Verb::Patch => (format!("patch_{name}"), format!("Changes some fields of a {words}.")),
        Verb::Remove if kind.away == Some(Away::Deleted) => {
            (format!("delete_{name}"), format!("Deletes a {words} until it is restored."))
        }
        Verb::Remove => (
            format!("delete_{name}"),
            format!("Removes a {words} for good, if nothing refers to it."),
        ),
        Verb::Archive => (format!("archive_{name}"), format!("Archives a {words}.")),
        Verb::Restore => {
            let from = match kind.away {
                Some(Away::Deleted) => format!("Restores a deleted {words}."),
                _ => format!("Takes a {words} out of the archive."),
            };
            (format!("restore_{name}"), from)
        }
    };
    let body = |name: String| {
        let content = json!({ "application/json": { "schema": reference(&name) } });
        json!({ "content": content, "required": true })
    };
    let (status, answer) = match verb {
        Verb::Create => ("201", Some(schema.clone())),
        Verb::Remove => ("204", None),
        Verb::List => ("200", Some(listed(kind))),
        _ => ("200", Some(schema.clone())),
    };
    let mut response = json!({ "description": "" });
    if let Some(name) = answer {
        response["content"] = json!({ "application/json": { "schema": reference(&name) } });
    }
    let mut operation = json!({
        "summary": summary, "operationId": id, "responses": { status: response },
    });
    let parameters = parameters(kind, verb);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    match verb {
        Verb::Create => operation["requestBody"] = body(format!("Create{schema}")),
        Verb::Replace => operation["requestBody"] = body(replacing(kind)),
        Verb::Patch => operation["requestBody"] = body(format!("Patch{schema}")),
        Verb::Archive | Verb::Restore => operation["requestBody"] = body("Expected".to_owned()),
        Verb::List | Verb::Get | Verb::Remove => {}
    }
    operation
}

fn parameters(kind: &Kind, verb: Verb) -> Vec<Json> {
    let id = || {
        let schema = reference(&format!("{}Id", camel(kind.name)));
        json!({ "name": "id", "in": "path", "required": true, "schema": schema })
    };
    let under = || {
        let field = &kind.fields[kind.under?];
        Some(json!({ "name": "id", "in": "path", "required": true,
            "schema": schema_of(&field.ty) }))
    };
    match verb {
        Verb::List if kind.tree.is_some() => Vec::new(),
        Verb::List => {
            let filters = kind.fields.iter().enumerate().filter(|(place, field)| {
                field.filter && kind.under != Some(*place)
            });
            let filters = filters.map(|(_, field)| {
                json!({ "name": field.name, "in": "query", "required": false,
                    "description": format!("Only those with this. {}", field.doc),
                    "schema": schema_of(&field.ty) })
            });
            let paging = [
                json!({ "name": "limit", "in": "query", "required": false,
                    "description": "The most items on the page: 50 without it, at most 500 however \
                        many are asked for.",
                    "schema": { "type": "integer", "format": "int32", "minimum": 0 } }),
                json!({ "name": "cursor", "in": "query", "required": false,
                    "description": "The `next` of the page before.",
                    "schema": { "type": "string" } }),
            ];
            under().into_iter().chain(filters).chain(paging).collect()
        }
        Verb::Create => under().into_iter().chain([json!({ "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The client's name for this request, 1 to 128 visible ASCII characters: \
                within 24 hours the\nsame key with the same request gets the first answer again, with \
                another one a conflict.",
            "schema": { "type": "string" } })]).collect(),
        Verb::Remove => vec![
            id(),
            json!({ "name": "expected", "in": "query", "required": true,
                "description": "The version that the caller has seen.",
                "schema": { "type": "integer", "format": "int64" } }),
        ],
        Verb::Get | Verb::Replace | Verb::Patch | Verb::Archive | Verb::Restore => vec![id()],
    }
}

/// The schemas of a kind: the record, a page of them, and what it is created, replaced and changed by.
fn schemas(kind: &Kind) -> Vec<(String, Json)> {
    let name = camel(kind.name);
    let words = kind.name.replace('_', " ");
    // What records lie under is in the path, not in bodies.
    let in_path =
        |field: &Field| kind.under.is_some_and(|place| kind.fields[place].name == field.name);
    let own = |whole: bool| {
        let fields = kind.fields.iter().filter(|field| whole || !in_path(field));
        fields.map(|field| (field.name.to_owned(), described(field, true))).collect::<Map<_, _>>()
    };
    let required = |extra: &[&str], which: &dyn Fn(&Field) -> bool| {
        let fields = kind.fields.iter().filter(|field| which(field)).map(|field| field.name);
        extra.iter().copied().chain(fields).map(Json::from).collect::<Vec<_>>()
    };
    let instant =
        |text: &str| json!({ "type": "string", "format": "date-time", "description": text });
    let seen = || {
        json!({ "type": "integer", "format": "int64",
            "description": "The version that the caller has seen." })
    };

    let mut members = own(true);
    members.insert("id".to_owned(), refers(&format!("{name}Id"), "Its id."));
    members.insert(
        "version".to_owned(),
        json!({ "type": "integer", "format": "int64", "description": "Rises with every change." }),
    );
    members.insert("created_at".to_owned(), instant("When it was created."));
    members.insert("updated_at".to_owned(), instant("When it was last changed."));
    if let Some(away) = kind.away {
        let mut since = instant(match away {
            Away::Archived => "When it was archived.",
            Away::Deleted => "When it was deleted.",
        });
        since["type"] = json!(["string", "null"]);
        members.insert(away.since().to_owned(), since);
    }
    let mut always = required(&["id"], &|field| !field.optional);
    always.extend(["version", "created_at", "updated_at"].map(Json::from));
    let record = json!({ "type": "object", "description": kind.doc, "required": always,
        "properties": members });

    let items = json!({ "type": "array", "items": record.clone(),
        "description": "The items, in the list's order." });
    let next = json!({ "type": ["string", "null"],
        "description": "The cursor of the next page; not there on the last page." });
    let page = match kind.tree {
        Some(_) => json!({ "type": "object", "description": "A list that is answered whole.",
            "required": ["items"], "properties": { "items": items } }),
        None => {
            json!({ "type": "object", "description": "A page of a list.", "required": ["items"],
            "properties": { "items": items, "next": next } })
        }
    };

    let body = |about: String, members: Map<String, Json>, required: Vec<Json>| {
        json!({ "type": "object", "description": about, "required": required,
            "properties": members, "additionalProperties": false })
    };
    let created = {
        let fields = kind.fields.iter().filter(|field| !in_path(field));
        let members =
            fields.map(|field| (field.name.to_owned(), described(field, field.default.is_none())));
        let needed = |field: &Field| !field.optional && field.default.is_none() && !in_path(field);
        let required = required(&[], &needed);
        body(format!("A {words} to create."), members.collect(), required)
    };
    let mut members = own(false);
    members.insert("expected".to_owned(), seen());
    let needed = |field: &Field| !field.optional && !field.fixed;
    let replaced = body(
        format!("The new fields of a {words}, all of them."),
        members.clone(),
        required(&["expected"], &needed),
    );
    let changed = body(
        format!("New fields of a {words}; what is left out stays."),
        members,
        vec!["expected".into()],
    );
    vec![
        (name.clone(), record),
        (listed(kind), page),
        (format!("Create{name}"), created),
        (replacing(kind), replaced),
        (format!("Patch{name}"), changed),
    ]
}

/// What a list is called.
fn listed(kind: &Kind) -> String {
    let what = if kind.tree.is_some() { "List" } else { "Page" };
    format!("{what}_{}", camel(kind.name))
}

/// What the body is called that replaces the fields.
fn replacing(kind: &Kind) -> String {
    camel(&format!("{}_{}", kind.replace, kind.name))
}

/// The schema of a field, with what it is.
fn described(field: &Field, needed: bool) -> Json {
    let mut schema = schema_of(&field.ty);
    let nullable = field.optional || !needed;
    if schema.get("$ref").is_some() {
        schema["description"] = field.doc.into();
        return if nullable { json!({ "oneOf": [schema, { "type": "null" }] }) } else { schema };
    }
    if nullable {
        let ty = schema["type"].take();
        schema["type"] = json!([ty, "null"]);
        schema.as_object_mut().map(|members| members.remove("minLength"));
        if let Some(words) = schema.get_mut("enum").and_then(Json::as_array_mut) {
            words.push(Json::Null);
        }
    }
    schema["description"] = field.doc.into();
    schema
}

/// The schema of a type.
fn schema_of(ty: &Type) -> Json {
    match ty {
        Type::Bool => json!({ "type": "boolean" }),
        Type::Int(least, most) => json!({ "type": "integer", "format": "int64",
            "minimum": least, "maximum": most }),
        Type::Decimal { .. } => {
            json!({ "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$" })
        }
        Type::Text(form) => {
            let facts = form.facts();
            let mut schema = json!({ "type": "string", "minLength": facts.min_length,
                "maxLength": facts.max_length });
            if let Some(pattern) = facts.pattern {
                schema["pattern"] = pattern.into();
            }
            schema
        }
        Type::Id { prefix } => match entity_of(prefix) {
            Some(entity) => reference(&format!("{}Id", camel(entity))),
            None => id_schema(prefix, "An id."),
        },
        Type::Day => json!({ "type": "string", "format": "date" }),
        Type::Instant => json!({ "type": "string", "format": "date-time" }),
        Type::Choice(words) => json!({ "type": "string", "enum": words }),
        Type::Money => reference("Money"),
        Type::Parts(parts) => {
            let member = |part: &Part| {
                let mut schema = schema_of(&part.ty);
                schema["description"] = part.doc.into();
                (part.name.to_owned(), schema)
            };
            let required: Vec<&str> = parts.iter().map(|part| part.name).collect();
            json!({ "type": "object", "required": required,
                "properties": parts.iter().map(member).collect::<Map<_, _>>(),
                "additionalProperties": false })
        }
    }
}

fn id_schema(prefix: &str, about: &str) -> Json {
    json!({ "type": "string", "description": about,
        "pattern": format!("^{prefix}_[0-9a-f]{{32}}$") })
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn refers(name: &str, about: &str) -> Json {
    let mut schema = reference(name);
    schema["description"] = about.into();
    schema
}

/// `phase_definition` as `PhaseDefinition`.
fn camel(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(char::to_uppercase);
        first.into_iter().flatten().chain(letters).collect::<String>()
    };
    name.split('_').map(word).collect()
}
