//! What a caller says of a record, and what is wrong with it: all of it at once, by path.

use std::sync::Arc;

use erp_kernel::{Value, Violation};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{Field, Kind};
use crate::error::{Error, Result};

/// What a caller says of a record. It is read after their rights.
#[derive(Clone, Debug)]
pub enum Input {
    /// Members of a JSON object, by the names of the fields.
    Json(Map<String, Json>),
    /// The values of all fields, in their order.
    Values(Vec<Value>),
}

/// How much of a record an input tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// All of it: what is left out is empty, or stays if it is fixed.
    Whole,
    /// What changes: what is left out stays.
    Part,
}

impl Input {
    /// The values of a new record.
    ///
    /// # Errors
    /// Validation errors, all of them, by path.
    pub fn new_values(&self, kind: &Kind) -> Result<Arc<[Value]>> {
        self.values(kind, &mut |field, _| match field.default {
            Some(default) => Ok(default()),
            None if field.optional => Ok(Value::Null),
            None => Err(Violation::new(field.name, "is required")),
        })
    }

    /// The values of a record that had these.
    ///
    /// # Errors
    /// Validation errors, all of them, by path.
    pub fn changed_values(&self, kind: &Kind, told: Told, was: &[Value]) -> Result<Arc<[Value]>> {
        let stays = |place: usize| was.get(place).cloned().unwrap_or(Value::Null);
        let values = self.values(kind, &mut |field, place| match told {
            Told::Part => Ok(stays(place)),
            Told::Whole if field.fixed => Ok(stays(place)),
            Told::Whole if field.optional => Ok(Value::Null),
            Told::Whole => Err(Violation::new(field.name, "is required")),
        })?;
        let fields = kind.fields.iter().zip(was).zip(values.iter());
        let moved = fields.filter(|((field, was), now)| field.fixed && was != now);
        let wrong: Vec<_> =
            moved.map(|((field, _), _)| Violation::new(field.name, "cannot be changed")).collect();
        if wrong.is_empty() { Ok(values) } else { Err(Error::Validation(wrong)) }
    }

    /// The id in a field, as far as there is one.
    pub(super) fn id_in(&self, kind: &Kind, place: usize) -> Option<Uuid> {
        let field = kind.fields.get(place)?;
        match self {
            Self::Values(values) => values.get(place)?.as_id(),
            Self::Json(members) => {
                field.ty.read(field.name, members.get(field.name)?).ok()?.as_id()
            }
        }
    }

    fn values(
        &self,
        kind: &Kind,
        left_out: &mut dyn FnMut(&Field, usize) -> Result<Value, Violation>,
    ) -> Result<Arc<[Value]>> {
        let mut wrong = Vec::new();
        let mut values = Vec::with_capacity(kind.fields.len());
        for (place, field) in kind.fields.iter().enumerate() {
            let value = match self {
                Self::Values(values) => Ok(values.get(place).cloned().unwrap_or(Value::Null)),
                Self::Json(members) => match members.get(field.name) {
                    None => left_out(field, place),
                    Some(Json::Null) if field.optional => Ok(Value::Null),
                    Some(Json::Null) if field.default.is_some() => left_out(field, place),
                    Some(json) => field.ty.read(field.name, json),
                },
            };
            let checked = value.and_then(|value| match value {
                // An optional text without a letter is none.
                value if field.optional && is_nothing(&value) => Ok(Value::Null),
                value => field.ty.check(field.name, value),
            });
            match checked {
                Ok(value) => values.push(value),
                Err(violation) => wrong.push(violation),
            }
        }
        if let Self::Json(members) = self {
            let unknown = members.keys().filter(|name| kind.field(name).is_none());
            wrong.extend(unknown.map(|name| Violation::new(name, "unknown field")));
        }
        if wrong.is_empty() { Ok(values.into()) } else { Err(Error::Validation(wrong)) }
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_text().is_some_and(|text| text.trim().is_empty())
}
