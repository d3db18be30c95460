//! How long texts may be and what they look like: for requests, answers and parameters alike, in this
//! one place. What is kept has a form of the core's, whose numbers stand here; that this table tells the
//! truth is tested.

use erp_core::{forms, text::Form};
use utoipa::openapi::{
    Components, Object, OneOf, RefOr, Schema, Type,
    path::{Operation, Parameter, ParameterIn},
    schema::{AdditionalProperties, ArrayItems, SchemaType},
};

/// What a text may be.
#[derive(Clone, Copy, Debug, Default)]
struct Text {
    min: Option<usize>,
    max: Option<usize>,
    pattern: Option<&'static str>,
}

/// At most so many characters.
const fn up_to(max: usize) -> Text {
    Text { min: None, max: Some(max), pattern: None }
}

/// One to so many characters.
const fn some(max: usize) -> Text {
    Text { min: Some(1), max: Some(max), pattern: None }
}

/// What the form says.
const fn of(form: &Form) -> Text {
    let facts = form.facts();
    let min = if facts.min_length == 0 { None } else { Some(facts.min_length) };
    Text { min, max: Some(facts.max_length), pattern: facts.pattern }
}

const fn like(pattern: &'static str) -> Text {
    Text { min: None, max: None, pattern: Some(pattern) }
}

impl Text {
    const fn at_most(self, max: usize) -> Self {
        Self { max: Some(max), ..self }
    }
}

const DECIMAL: Text = like(r"^-?[0-9]+(\.[0-9]+)?$");
/// A code, an SKU or what stands on a lot.
const CODE: Text = of(&forms::CODE);
const CURSOR: Text = like("^[A-Za-z0-9_-]+$").at_most(512);
const HASH: Text = like("^[0-9a-f]{64}$");
const TIME_OF_DAY: Text = like("^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$");
/// Names with commas between.
const NAMES: Text = like("^[a-z_]+(,[a-z_]+)*$");

/// Parameters count as fields of this schema.
const PARAMETERS: &str = "?";

/// The schemas in whose names one of these stands, none meaning all; their fields; what these may be.
/// The first row that fits holds.
const TEXTS: &[(&[&str], &[&str], Text)] = &[
    (&[PARAMETERS], &["Idempotency-Key"], like("^[!-~]+$").at_most(128)),
    (&[PARAMETERS], &["X-Connection-Id"], like("^con_[0-9a-f]{32}$")),
    (&[PARAMETERS], &["ids"], like("^usr_[0-9a-f]{32}(,usr_[0-9a-f]{32})*$").at_most(500 * 37 - 1)),
    (&[PARAMETERS], &["last_event_id"], up_to(100)),
    (&[PARAMETERS], &["name"], of(&forms::FILE_NAME)),
    (&[PARAMETERS], &["parent"], like("^none$|^tsk_[0-9a-f]{32}$")),
    (&[PARAMETERS], &["q"], some(1_000)),
    (&[PARAMETERS], &["search"], of(&forms::USER_SEARCH)),
    (&[PARAMETERS], &["status"], NAMES),
    (
        &[PARAMETERS],
        &["entity_id"],
        like("^([a-z]+_)?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$"),
    ),
    (&[PARAMETERS], &["entity_kind"], like("^[a-z_]+$")),
    (&[PARAMETERS], &["label"], of(&forms::LABEL)),
    (&[], &["cursor", "next"], CURSOR),
    (&["Project"], &["code"], of(&forms::PROJECT_CODE)),
    (&["Task"], &["code"], like("^[A-Z][A-Z0-9]{0,9}-[0-9]{3,}$")),
    (&["Problem"], &["code"], Text { min: None, max: None, pattern: Some("^[a-z_]+$") }),
    (&[], &["sku", "code"], CODE),
    (&["CountStock"], &["lot"], CODE),
    (&["Project"], &["task_prefix"], of(&forms::TASK_PREFIX)),
    (&[], &["zone"], of(&forms::ZONE)),
    (&[], &["currency"], like("^[A-Z]{3}$")),
    (
        &[],
        &[
            "amount",
            "available",
            "consumed",
            "counted",
            "each",
            "expired",
            "on_hand",
            "percent_by_count",
            "percent_by_estimate",
            "projected",
            "quantity",
            "reorder_level",
            "reserved",
            "revalued",
            "total",
            "unit_cost",
            "value",
        ],
        DECIMAL,
    ),
    (&["WorkingHours"], &["from", "until"], TIME_OF_DAY),
    (&["Attachment"], &["name"], of(&forms::FILE_NAME)),
    (
        &["Attachment"],
        &["content_type"],
        like("^[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+$").at_most(127),
    ),
    (&["Device", "DeviceInfo"], &["name"], of(&forms::DEVICE)),
    (&["DeviceInfo"], &["user_agent"], up_to(500)),
    (&["ItemUnit", "Unit"], &["name"], of(&forms::UNIT)),
    (&["Broadcast"], &["name"], of(&forms::BROADCAST)),
    (&["Role", "Team"], &["name"], of(&forms::SHORT_NAME)),
    // A direct room has none.
    (&["Room"], &["name"], up_to(forms::SHORT_NAME.facts().max_length)),
    (&[], &["name", "title", "display_name"], of(&forms::NAME)),
    // To log in, anything may be typed.
    (&[], &["email"], some(forms::EMAIL.facts().max_length)),
    (&[], &["password", "current", "new"], some(1_024)),
    (&[], &["token", "device_token"], like("^[A-Za-z0-9_-]{43}$")),
    (&[], &["topic"], of(&forms::TOPIC)),
    (&["Reservation", "Stock", "Posting"], &["reference"], of(&forms::REFERENCE)),
    (&[PARAMETERS], &["reference"], of(&forms::REFERENCE)),
    (&["Checklist"], &["text"], of(&forms::CHECKLIST_LINE)),
    (&["ProjectFromTemplate"], &["key"], of(&forms::ORIGIN_KEY)),
    (
        &["Template"],
        &["key", "parent", "phase", "predecessor", "successor"],
        of(&forms::TEMPLATE_KEY),
    ),
    (&["Template"], &["role"], of(&forms::NAME)),
    (&[], &["labels"], of(&forms::LABEL)),
    (&["CreateComment", "EditComment"], &["body"], of(&forms::COMMENT)),
    (&["ChangeMessage"], &["body"], of(&forms::MESSAGE)),
    (&["PostMessage"], &["body"], Text { min: Some(1), max: None, pattern: None }),
    // A deleted one says nothing.
    (&["Comment"], &["body"], up_to(forms::COMMENT.facts().max_length)),
    (&[], &["description", "note"], of(&forms::DESCRIPTION)),
    (&[], &["sha256", "digest"], HASH),
    (&[], &["ip"], up_to(45)),
    (&[], &["correlation_id"], some(128)),
    (&["EntityRef"], &["kind"], like("^[a-z_]+$")),
];

fn text(schema: &str, field: &str) -> Option<Text> {
    let fits = |(schemas, fields, _): &&(&[&str], &[&str], Text)| {
        let of_it = schemas.is_empty() || schemas.iter().any(|part| schema.contains(part));
        of_it && fields.contains(&field)
    };
    TEXTS.iter().find(fits).map(|(.., text)| *text)
}

/// Tells of the texts in all schemas.
pub(super) fn describe(components: &mut Components) {
    for (name, schema) in &mut components.schemas {
        if let RefOr::T(schema) = schema {
            within(name, "", schema);
        }
    }
}

/// Tells of the texts among an operation's parameters.
pub(super) fn parameters(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(Parameter { name, parameter_in, schema: Some(RefOr::T(schema)), .. }) =
            parameter
        else {
            continue;
        };
        if *parameter_in != ParameterIn::Cookie {
            within(PARAMETERS, name, schema);
        }
    }
}

/// `field` is what the schema is the value of.
fn within(name: &str, field: &str, schema: &mut Schema) {
    match schema {
        Schema::Object(object) => {
            limit(name, field, object);
            for (field, inner) in &mut object.properties {
                follow(name, field, inner);
            }
            if let Some(AdditionalProperties::RefOr(inner)) =
                object.additional_properties.as_deref_mut()
            {
                follow(name, field, inner);
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(inner) = &mut array.items {
                follow(name, field, inner);
            }
        }
        Schema::OneOf(OneOf { items, .. }) => {
            items.iter_mut().for_each(|inner| follow(name, field, inner));
        }
        Schema::AllOf(all) => all.items.iter_mut().for_each(|inner| follow(name, field, inner)),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(|inner| follow(name, field, inner)),
        _ => {}
    }
}

fn follow(name: &str, field: &str, inner: &mut RefOr<Schema>) {
    if let RefOr::T(schema) = inner {
        within(name, field, schema);
    }
}

/// What a field says of itself goes before.
fn limit(name: &str, field: &str, object: &mut Object) {
    let is_text = match &object.schema_type {
        SchemaType::Type(kind) => *kind == Type::String,
        SchemaType::Array(kinds) => kinds.contains(&Type::String),
        SchemaType::AnyValue => false,
    };
    let free = object.enum_values.is_none() && object.pattern.is_none();
    let Some(text) = text(name, field).filter(|_| is_text && free) else { return };
    let timed = object.format.as_ref().is_some_and(|format| {
        serde_json::to_value(format).is_ok_and(|it| it != "password" && it != "email")
    });
    if timed {
        return;
    }
    object.min_length = object.min_length.or(text.min);
    object.max_length = object.max_length.or(text.max);
    object.pattern = text.pattern.map(str::to_owned);
}
