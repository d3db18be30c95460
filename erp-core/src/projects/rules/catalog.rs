//! Decisions about the catalogue of projects.

use super::project::{MAX_NAME_CHARS, is_line};
use crate::error::{Error, Result};

/// A name in the catalogue as it is kept: without spaces around it.
///
/// # Errors
/// A validation error on `name` unless it is 1 to 200 characters on one line.
pub fn catalog_name(text: &str) -> Result<String> {
    let text = text.trim();
    if is_line(text, MAX_NAME_CHARS) {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid("name", "must be 1 to 200 characters on one line"))
    }
}
