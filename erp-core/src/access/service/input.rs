//! Input that several calls share.

use std::fmt;

use serde::Deserialize;

use crate::error::{Error, Result};

/// The longest name of a user, in characters.
pub(super) const MAX_DISPLAY_NAME_CHARS: usize = 200;
/// The longest name of a role or a team, in characters.
pub(super) const MAX_NAME_CHARS: usize = 100;

/// A password as a person typed it. It shows nothing of itself in debug output.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// The password of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The name without the spaces around it.
pub(super) fn name(field: &'static str, text: &str, max_chars: usize) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > max_chars {
        return Err(Error::invalid(field, format!("must be 1 to {max_chars} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, "must not contain control characters"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(name("name", "  Ada  ", 5).unwrap(), "Ada");
        assert_eq!(name("name", "äöüßé", 5).unwrap(), "äöüßé");
        for bad in ["", "   ", "toolong", "a\nb", "a\u{0}b"] {
            assert!(matches!(name("name", bad, 5), Err(Error::Validation(_))), "{bad:?}");
        }
    }

    #[test]
    fn a_password_has_bounds_and_hides_in_debug_output() {
        assert_eq!(format!("{:?}", Password::from("hunter2 hunter2")), "Password(…)");
    }
}
