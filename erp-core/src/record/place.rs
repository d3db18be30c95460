//! A record's place in a list, as a cursor holds it.

use erp_kernel::{Value, cursor::CursorKey, text};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Field, Row};
use crate::error::{Error, Result};

/// A record's place in a list: the key of the field that it is sorted by, and its id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place(Json, Uuid);

impl CursorKey for Place {}

impl Place {
    /// The place of a record in a list by this field.
    pub fn of(field: &Field, place: usize, row: &Row) -> Self {
        let value = row.values.get(place).unwrap_or(&Value::Null);
        Self(field.ty.write(&sort_key(field, value)), row.id)
    }

    /// The key and the id.
    ///
    /// # Errors
    /// A validation error on `cursor` when no record can have the key.
    pub fn read(self, field: &Field) -> Result<(Value, Uuid)> {
        let Self(json, id) = self;
        if json.is_null() {
            return Ok((Value::Null, id));
        }
        let wrong = || Error::invalid("cursor", "not a cursor of this list");
        let value = field.ty.read(field.name, &json).map_err(|_| wrong())?;
        let kept = match &value {
            Value::Text(text) => !text.contains('\0'),
            value => field.ty.check(field.name, value.clone()).is_ok(),
        };
        if kept { Ok((value, id)) } else { Err(wrong()) }
    }
}

/// What a value is sorted and compared by: the key of a text, else itself.
pub fn sort_key(field: &Field, value: &Value) -> Value {
    match value {
        Value::Text(text) if field.ty.form().is_some() => Value::Text(text::key(text).into()),
        value => value.clone(),
    }
}
