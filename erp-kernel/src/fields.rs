//! The types of the fields of records: a value of one is right by its type (parse, don't validate).
//!
//! Texts are in their [`Form`](crate::text::Form), decimals have their digits and their bounds. `Money`,
//! instants, `bool`, `i64` and ids are used as they are.

mod number;
pub mod samples;
mod text;

pub(crate) use number::with_digits;
pub use number::{Day, Percent, Rate, Scaled};
pub use text::{Address, Code, Color, Email, Language, Line, Name, Phone, Text, Url, Zone};

use std::borrow::Cow;

use crate::Violation;

/// A value that a field cannot have, told in plain words: what it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(Cow<'static, str>);

impl Unfit {
    /// It must be this.
    pub(crate) fn new(says: impl Into<Cow<'static, str>>) -> Self {
        Self(says.into())
    }

    /// The same of a field.
    pub fn of(&self, field: &str) -> Violation {
        Violation::new(field, self.0.as_ref())
    }
}
