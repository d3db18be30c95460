//! Texts in a form.

use std::{fmt, ops::Deref, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Unfit;
use crate::{
    FieldType, Type, Value, Violation,
    text::{self, Form, forms},
};

/// One type of text a line: its name and its form.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident $(<$max:ident>)? = $form:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name $(<const $max: usize>)? (Arc<str>);

        impl $(<const $max: usize>)? $name $(<$max>)? {
            /// What such a text may be.
            pub const FORM: &'static Form = &$form;

            /// The text in its form: NFC, and trimmed unless the form keeps white space.
            ///
            /// # Errors
            /// [`Unfit`] says what it must be.
            pub fn new(text: &str) -> Result<Self, Unfit> {
                Self::FORM.canonical(text).map(|text| Self(text.into())).map_err(Unfit::new)
            }

            /// The text in its form, as the value of a field of this name.
            ///
            /// # Errors
            /// A [`Violation`] of the field says what it must be.
            pub fn of(field: &str, text: &str) -> Result<Self, Violation> {
                Self::new(text).map_err(|unfit| unfit.of(field))
            }

            /// What it is unique, sorted and found by.
            pub fn key(&self) -> String {
                text::key(&self.0)
            }
        }

        impl $(<const $max: usize>)? FieldType for $name $(<$max>)? {
            const TYPE: Type = Type::Text(Self::FORM);

            fn to_value(&self) -> Value {
                Value::Text(Arc::clone(&self.0))
            }

            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::Text(text) => Some(Self(Arc::clone(text))),
                    _ => None,
                }
            }
        }

        impl $(<const $max: usize>)? Deref for $name $(<$max>)? {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl $(<const $max: usize>)? fmt::Display for $name $(<$max>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl $(<const $max: usize>)? fmt::Debug for $name $(<$max>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl $(<const $max: usize>)? Serialize for $name $(<$max>)? {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de $(, const $max: usize)?> Deserialize<'de> for $name $(<$max>)? {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).map_err(de::Error::custom)
            }
        }
    )+};
}

texts! {
    /// What a person calls a thing: one line of 1 to 200 characters.
    Name = forms::NAME;
    /// What a thing is ordered or looked up by: 1 to 64 characters without spaces.
    Code = forms::CODE;
    /// Where a thing is: 1 to 500 characters, of several lines.
    Address = forms::ADDRESS;
    /// One line of 1 to `N` characters.
    Line<N> = Form::line("line", 1, N);
    /// What people write, of at most `N` bytes, not blank.
    Text<N> = Form::free("text", 1, N);
    /// An e-mail address.
    Email = forms::EMAIL;
    /// A telephone number.
    Phone = forms::PHONE;
    /// The address of a page.
    Url = forms::URL;
    /// The name of a time zone in the IANA database.
    Zone = forms::ZONE;
    /// The tag of a language (BCP 47).
    Language = forms::LANGUAGE;
    /// A colour, like `#1a2b3c`.
    Color = forms::COLOR;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_19_a_field_holds_the_canonical_text() {
        let name = Name::new(" Cafe\u{301} ").unwrap();
        assert_eq!((&*name, name.to_string().as_str()), ("Café", "Café"));
        assert_eq!(
            (format!("{name:>5}"), format!("{name:?}")),
            (" Café".into(), "\"Café\"".into())
        );
        assert_eq!(name.key(), Name::new("CAFÉ").unwrap().key());
        assert_ne!(name, Name::new("CAFÉ").unwrap());
        assert_eq!(name.len(), 5, "it is a str");
    }

    #[test]
    fn a_field_is_written_as_text_and_checked_when_it_is_read() {
        let code: Code = serde_json::from_str(r#"" AB-1 ""#).unwrap();
        assert_eq!(serde_json::to_string(&code).unwrap(), r#""AB-1""#);
        for bad in [r#""a b""#, r#""""#, "1", "null", r#""\u3164""#] {
            assert!(serde_json::from_str::<Code>(bad).is_err(), "{bad}");
        }
        let told = serde_json::from_str::<Code>(r#""a b""#).unwrap_err().to_string();
        assert!(told.contains("must be 1 to 64 characters without spaces"), "{told}");
    }

    #[test]
    fn a_length_is_a_part_of_the_type() {
        assert!(Line::<3>::new("abc").is_ok() && Line::<3>::new("abcd").is_err());
        assert!(Text::<3>::new(" \n").is_err() && Text::<3>::new("a\nb").is_ok());
        assert_eq!(Line::<3>::FORM.facts().max_length, 3);
        let wrong = Line::<3>::new("").unwrap_err().of("unit");
        assert_eq!(wrong.field, "unit");
        assert_eq!(wrong.message, "must be 1 to 3 characters on one line");
    }
}
