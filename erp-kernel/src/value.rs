//! Values of described fields, as stores and interfaces handle them. Rules see typed fields.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::time::Timestamp;

/// The value of one field. The order is that of lists: by value, what is empty last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact number.
    Decimal(Decimal),
    /// A text, or the member of a choice.
    Text(Arc<str>),
    /// An id.
    Id(Uuid),
    /// A day.
    Day(NaiveDate),
    /// An instant.
    Instant(Timestamp),
    /// Several values that are one, such as an amount with its currency.
    Parts(Arc<[Value]>),
    /// Nothing.
    Null,
}

impl Value {
    /// The first of all values.
    pub const LEAST: Self = Self::Bool(false);

    /// Whether there is none.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The id, if it is one.
    pub fn as_id(&self) -> Option<Uuid> {
        match self {
            Self::Id(id) => Some(*id),
            _ => None,
        }
    }
}

/// The values of a row, taken one after the other in the order of its fields.
#[derive(Debug)]
pub struct Values<'a>(std::slice::Iter<'a, Value>);

impl<'a> Values<'a> {
    /// The values of a row.
    pub fn of(values: &'a [Value]) -> Self {
        Self(values.iter())
    }

    /// The next value as the type of its field.
    ///
    /// # Errors
    /// There is none, or it is of another type: the row is not of this kind.
    pub fn take<T: crate::FieldType>(&mut self) -> Result<T, Unreadable> {
        self.0.next().and_then(|value| T::from_value(value)).ok_or(Unreadable)
    }
}

/// A row does not have the values of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a row does not have the values of its kind")]
pub struct Unreadable;
