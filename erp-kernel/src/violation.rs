//! What is wrong with input.

use serde::Serialize;

/// One thing wrong with the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The path of the field, such as `email` or `members[2].role`.
    pub field: String,
    /// What is wrong with it, for a person.
    pub message: String,
}

impl Violation {
    /// This field is wrong in this way.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
