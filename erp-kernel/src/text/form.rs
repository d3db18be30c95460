//! The form of a text: how long it may be, and what may stand in it.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use super::signs::{is_assigned, is_bidi_control, is_line_break, is_visible};
use crate::Violation;

/// The greatest length of a text, after it was brought into its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Max {
    /// So many characters.
    Chars(usize),
    /// So many bytes of UTF-8.
    Bytes(usize),
}

/// Where lines may end in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Nowhere: it is one line of what can be seen. No controls, no separators of lines, nothing that
    /// turns the direction of writing, nothing that Unicode has not assigned (X-20).
    One,
    /// Anywhere, by `\n`; it has no other controls.
    Several,
    /// Anywhere: it is what people write, all but NUL, which PostgreSQL does not keep.
    Free,
}

/// What becomes of the white space of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spaces {
    /// That around it is dropped; inside there is none, nor anything else that shows nothing.
    None,
    /// That around it is dropped.
    Inside,
    /// It stays as it was typed.
    Kept,
}

/// What a form asks for besides.
#[derive(Clone, Copy, Debug)]
pub struct Further {
    /// Whether the text, of the right length and signs, is one of the form.
    pub check: fn(&str) -> bool,
    /// The same as a regular expression (ECMA 262) for a JSON schema, as far as one can say it.
    pub pattern: &'static str,
    /// What the text must be, for a person. It is said whatever is wrong.
    pub says: &'static str,
    /// Texts that are of the form.
    pub examples: &'static [&'static str],
}

/// The form of a text, as data.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// What it is the form of.
    pub name: &'static str,
    /// The fewest characters.
    pub min_chars: usize,
    /// The greatest length.
    pub max: Max,
    /// Where lines may end.
    pub lines: Lines,
    /// What becomes of white space.
    pub spaces: Spaces,
    /// What it asks for besides.
    pub further: Option<Further>,
}

/// What a JSON schema says of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// `minLength`, in characters.
    pub min_length: usize,
    /// `maxLength`, in characters. Where bytes are counted, no text of more characters fits.
    pub max_length: usize,
    /// `pattern`.
    pub pattern: Option<&'static str>,
}

impl Form {
    /// One line of so many characters.
    pub const fn line(name: &'static str, min_chars: usize, max_chars: usize) -> Self {
        Self {
            name,
            min_chars,
            max: Max::Chars(max_chars),
            lines: Lines::One,
            spaces: Spaces::Inside,
            further: None,
        }
    }

    /// What people write, of so many bytes: it stays as it was typed.
    pub const fn free(name: &'static str, min_chars: usize, max_bytes: usize) -> Self {
        Self {
            name,
            min_chars,
            max: Max::Bytes(max_bytes),
            lines: Lines::Free,
            spaces: Spaces::Kept,
            further: None,
        }
    }

    /// The same without spaces inside.
    #[must_use]
    pub const fn solid(self) -> Self {
        Self { spaces: Spaces::None, ..self }
    }

    /// The same with a further check.
    #[must_use]
    pub const fn and(self, further: Further) -> Self {
        Self { further: Some(further), ..self }
    }

    /// The same of at most so many bytes.
    #[must_use]
    pub const fn within_bytes(self, max_bytes: usize) -> Self {
        Self { max: Max::Bytes(max_bytes), ..self }
    }

    /// What a JSON schema says of it.
    pub const fn facts(&self) -> Facts {
        let (Max::Chars(max_length) | Max::Bytes(max_length)) = self.max;
        let pattern = match (&self.further, self.spaces) {
            (Some(further), _) => Some(further.pattern),
            (None, Spaces::None) => Some(r"^\S+$"),
            (None, Spaces::Inside | Spaces::Kept) => None,
        };
        Facts { min_length: self.min_chars, max_length, pattern }
    }

    /// The text as it is kept: NFC, and trimmed unless the form keeps its white space. Nothing else of
    /// it is changed.
    ///
    /// # Errors
    /// What it must be, for a person, when it does not have the form.
    pub fn canonical(&self, text: &str) -> Result<String, Cow<'static, str>> {
        let text = self.normal(text);
        match self.fault(&text) {
            None => Ok(text.into_owned()),
            Some(fault) => Err(fault),
        }
    }

    /// The same of a field.
    ///
    /// # Errors
    /// A violation of the field when the text does not have the form.
    pub fn check(&self, field: &str, text: &str) -> Result<String, Violation> {
        self.canonical(text).map_err(|fault| Violation::new(field, fault))
    }

    /// The same of a field that may have none: an empty or blank text is none.
    ///
    /// # Errors
    /// A violation of the field when there is a text and it does not have the form.
    pub fn check_optional(
        &self,
        field: &str,
        text: Option<&str>,
    ) -> Result<Option<String>, Violation> {
        let text = text.filter(|text| !text.trim().is_empty());
        text.map(|text| self.check(field, text)).transpose()
    }

    /// Brings a field of several that are checked together into its form.
    pub fn keep(&self, field: &str, text: &mut String, wrong: &mut Vec<Violation>) {
        match self.check(field, text) {
            Ok(kept) => *text = kept,
            Err(violation) => wrong.push(violation),
        }
    }

    /// The same of a field that may have none: an empty or blank text is none.
    pub fn keep_optional(
        &self,
        field: &str,
        text: &mut Option<String>,
        wrong: &mut Vec<Violation>,
    ) {
        match self.check_optional(field, text.as_deref()) {
            Ok(kept) => *text = kept,
            Err(violation) => wrong.push(violation),
        }
    }

    fn normal<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let text = if self.spaces == Spaces::Kept { text } else { text.trim() };
        if text.is_ascii() || is_nfc(text) {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(text.nfc().collect())
        }
    }

    /// What is wrong with a text in NFC.
    fn fault(&self, text: &str) -> Option<Cow<'static, str>> {
        if self.spaces == Spaces::Kept && self.min_chars > 0 && text.trim().is_empty() {
            return Some("must not be blank".into());
        }
        if !self.has_length(text) || !self.has_signs(text) {
            return Some(self.says());
        }
        if self.lines == Lines::One {
            if !text.is_empty() && !text.chars().any(is_visible) {
                return Some("must have a visible character".into());
            }
            if text.chars().any(is_bidi_control) {
                return Some("must not have characters that turn the direction of writing".into());
            }
            if !text.chars().all(is_assigned) {
                return Some("must not have characters that Unicode has not assigned".into());
            }
        }
        let further = self.further.filter(|further| !(further.check)(text))?;
        Some(further.says.into())
    }

    fn has_length(&self, text: &str) -> bool {
        let fits = match self.max {
            Max::Chars(max) => text.chars().count() <= max,
            Max::Bytes(max) => text.len() <= max,
        };
        fits && text.chars().take(self.min_chars).count() == self.min_chars
    }

    fn has_signs(&self, text: &str) -> bool {
        let lines = match self.lines {
            Lines::One => !text.chars().any(|sign| sign.is_control() || is_line_break(sign)),
            Lines::Several => !text.chars().any(|sign| sign.is_control() && sign != '\n'),
            Lines::Free => !text.contains('\0'),
        };
        // A text of nothing that can be seen is told as one.
        let solid = |text: &str| text.chars().all(is_visible) || !text.chars().any(is_visible);
        lines && (self.spaces != Spaces::None || solid(text))
    }

    /// What a text of this form is, for a person.
    fn says(&self) -> Cow<'static, str> {
        if let Some(further) = &self.further {
            return further.says.into();
        }
        let (max, unit) = match self.max {
            Max::Chars(max) => (max, "characters"),
            Max::Bytes(max) => (max, "bytes"),
        };
        let length = match self.min_chars {
            min if min > 0 && self.lines != Lines::Free => format!("{min} to {}", thousands(max)),
            _ => format!("at most {}", thousands(max)),
        };
        let signs = match (self.lines, self.spaces) {
            (_, Spaces::None) => " without spaces",
            (Lines::One, _) => " on one line",
            (Lines::Several, _) => "",
            (Lines::Free, _) => " without NUL",
        };
        format!("must be {length} {unit}{signs}").into()
    }
}

/// The number with a comma between thousands, as people read it.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
