//! Types of described fields: what a value may be, how it is read from JSON, and how it is written.

use std::{borrow::Cow, sync::Arc};

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use crate::{
    Violation,
    fields::Day,
    money::{Currency, Money, parse_decimal},
    text::Form,
    time::{self, Timestamp},
    value::Value,
};

/// The type of a field, as plain data.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Yes or no.
    Bool,
    /// A whole number between two, both included.
    Int(i64, i64),
    /// An exact number with so many digits after the point.
    Decimal {
        /// The digits after the point.
        scale: u32,
        /// Whether a number of so many digits is within the bounds.
        fits: fn(Decimal) -> bool,
        /// What it must be, for a person.
        says: &'static str,
    },
    /// A text of this form.
    Text(&'static Form),
    /// The id of a thing.
    Id {
        /// The prefix of its kind.
        prefix: &'static str,
    },
    /// A day.
    Day,
    /// An instant.
    Instant,
    /// One of several words.
    Choice(&'static [&'static str]),
    /// An amount in a currency.
    Money,
    /// Several values that are one.
    Parts(&'static [Part]),
}

/// One of several values that are a field together.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// What it may be.
    pub ty: Type,
}

/// The columns and members of an amount.
const MONEY: [&str; 2] = ["amount", "currency"];

/// A type that a field of a record may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a record's field",
    label = "not a field type",
    note = "use a type of `erp_kernel::fields`, an id, `Money`, `NaiveDate`, `bool`, an enum that \
            derives `Choice`, a struct that derives `Parts`, or an `Option` of these"
)]
pub trait FieldType: Sized {
    /// What it may be.
    const TYPE: Type;
    /// Whether it may be empty.
    const OPTIONAL: bool = false;

    /// The value.
    fn to_value(&self) -> Value;

    /// The type of this value; none when it is of another type.
    fn from_value(value: &Value) -> Option<Self>;
}

impl Type {
    /// How many columns a value takes.
    pub const fn width(&self) -> usize {
        match self {
            Self::Money => MONEY.len(),
            Self::Parts(parts) => parts.len(),
            _ => 1,
        }
    }

    /// The form of a text.
    pub const fn form(&self) -> Option<&'static Form> {
        match self {
            Self::Text(form) => Some(form),
            _ => None,
        }
    }

    /// Checks a value and brings it into the form in which it is kept.
    ///
    /// # Errors
    /// What is wrong with it, under the path of the field.
    pub fn check(&self, field: &str, value: Value) -> Result<Value, Violation> {
        let wrong = |message: &str| Violation::new(field, message);
        Ok(match (self, value) {
            (Self::Bool, value @ Value::Bool(_)) | (Self::Id { .. }, value @ Value::Id(_)) => value,
            (Self::Int(least, most), Value::Int(number)) => {
                if !(*least..=*most).contains(&number) {
                    return Err(wrong(&format!("must be {least} to {most}")));
                }
                Value::Int(number)
            }
            (Self::Decimal { scale, fits, says }, Value::Decimal(number)) => {
                let kept = crate::fields::with_digits(number, *scale, fits);
                Value::Decimal(kept.ok_or_else(|| wrong(says))?)
            }
            (Self::Text(form), Value::Text(text)) => Value::Text(form.check(field, &text)?.into()),
            (Self::Day, Value::Day(day)) => {
                Value::Day(Day::new(day).map_err(|unfit| unfit.of(field))?.get())
            }
            (Self::Instant, Value::Instant(at)) => Value::Instant(time::checked(field, at)?),
            (Self::Choice(words), Value::Text(word)) => {
                if !words.contains(&&*word) {
                    return Err(wrong(&format!("must be one of {}", words.join(", "))));
                }
                Value::Text(word)
            }
            (Self::Money, value) => match Money::from_value(&value) {
                Some(money) if money.is_current() => value,
                _ => return Err(wrong("must be an amount that its currency has")),
            },
            (Self::Parts(parts), Value::Parts(values)) if parts.len() == values.len() => {
                let check = |(part, value): (&Part, &Value)| {
                    part.ty.check(&format!("{field}.{}", part.name), value.clone())
                };
                let checked: Result<Arc<[Value]>, _> =
                    parts.iter().zip(values.iter()).map(check).collect();
                Value::Parts(checked?)
            }
            (ty, _) => return Err(wrong(&format!("must be {}", ty.noun()))),
        })
    }

    /// Reads a value from JSON. It is not checked yet.
    ///
    /// # Errors
    /// What is wrong with it, under the path of the field.
    pub fn read(&self, field: &str, json: &Json) -> Result<Value, Violation> {
        let wrong = || Violation::new(field, format!("must be {}", self.noun()));
        let value = match (self, json) {
            (Self::Bool, Json::Bool(yes)) => Some(Value::Bool(*yes)),
            (Self::Int(..), Json::Number(number)) => number.as_i64().map(Value::Int),
            (Self::Decimal { .. }, Json::String(text)) => match parse_decimal(text) {
                Ok(number) => Some(Value::Decimal(number)),
                Err(error) => return Err(Violation::new(field, error.to_string())),
            },
            (Self::Text(_) | Self::Choice(_), Json::String(text)) => {
                Some(Value::Text(text.as_str().into()))
            }
            (Self::Id { prefix }, Json::String(text)) => {
                crate::ids::parse(text, prefix).map(Value::Id)
            }
            (Self::Day, Json::String(text)) => text.parse().ok().map(Value::Day),
            (Self::Instant, Json::String(text)) => {
                text.parse::<Timestamp>().ok().map(Value::Instant)
            }
            (Self::Money, Json::Object(members)) => {
                only(field, members, &MONEY)?;
                let text = |name| members.get(name).and_then(Json::as_str).unwrap_or_default();
                let amount = parse_decimal(text("amount")).map_err(|error| {
                    Violation::new(format!("{field}.amount"), error.to_string())
                })?;
                let currency = Currency::kept(text("currency")).map_err(|error| {
                    Violation::new(format!("{field}.currency"), error.to_string())
                })?;
                Some(money(amount, currency.code()))
            }
            (Self::Parts(parts), Json::Object(members)) => {
                let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
                only(field, members, &names)?;
                let read = |part: &Part| {
                    let path = format!("{field}.{}", part.name);
                    part.ty.read(&path, members.get(part.name).unwrap_or(&Json::Null))
                };
                Some(Value::Parts(parts.iter().map(read).collect::<Result<_, _>>()?))
            }
            _ => None,
        };
        value.ok_or_else(wrong)
    }

    /// The value in JSON.
    pub fn write(&self, value: &Value) -> Json {
        match (self, value) {
            (_, Value::Null) => Json::Null,
            (_, Value::Bool(yes)) => Json::Bool(*yes),
            (_, Value::Int(number)) => (*number).into(),
            (_, Value::Decimal(number)) => Json::String(number.to_string()),
            (_, Value::Text(text)) => Json::String(text.to_string()),
            (Self::Id { prefix }, Value::Id(id)) => Json::String(crate::ids::text(prefix, *id)),
            (_, Value::Id(id)) => Json::String(id.to_string()),
            (_, Value::Day(day)) => Json::String(day.to_string()),
            (_, Value::Instant(at)) => serde_json::to_value(at).unwrap_or_default(),
            (Self::Parts(parts), Value::Parts(values)) => {
                let member =
                    |(part, value): (&Part, &Value)| (part.name.to_owned(), part.ty.write(value));
                Json::Object(parts.iter().zip(values.iter()).map(member).collect())
            }
            (_, Value::Parts(values)) => {
                let member =
                    |(name, value): (&&str, &Value)| ((*name).to_owned(), self.write(value));
                Json::Object(MONEY.iter().zip(values.iter()).map(member).collect())
            }
        }
    }

    /// What a value of it is, for a person.
    pub fn noun(&self) -> Cow<'static, str> {
        match self {
            Self::Bool => "true or false".into(),
            Self::Int(..) => "a whole number".into(),
            Self::Decimal { .. } => "a decimal in plain digits, as a text".into(),
            Self::Text(_) => "a text".into(),
            Self::Id { prefix } => format!("an id that begins with {prefix}_").into(),
            Self::Day => "a day, such as 2026-11-30".into(),
            Self::Instant => "an instant, such as 2026-11-30T12:00:00Z".into(),
            Self::Choice(words) => format!("one of {}", words.join(", ")).into(),
            Self::Money => "an amount and its currency".into(),
            Self::Parts(_) => "an object".into(),
        }
    }
}

/// The members of an object must be these.
fn only(field: &str, members: &Map<String, Json>, names: &[&str]) -> Result<(), Violation> {
    match members.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Violation::new(format!("{field}.{name}"), "unknown field")),
    }
}

fn money(amount: Decimal, currency: &str) -> Value {
    Value::Parts(Arc::new([Value::Decimal(amount), Value::Text(currency.into())]))
}

impl<T: FieldType> FieldType for Option<T> {
    const TYPE: Type = T::TYPE;
    const OPTIONAL: bool = true;

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: &Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::from_value(value).map(Some) }
    }
}

macro_rules! plain {
    ($($of:ty = $ty:expr, $value:ident;)*) => {$(
        impl FieldType for $of {
            const TYPE: Type = $ty;

            fn to_value(&self) -> Value {
                Value::$value(*self)
            }

            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::$value(value) => Some(*value),
                    _ => None,
                }
            }
        }
    )*};
}

plain! {
    bool = Type::Bool, Bool;
    i64 = Type::Int(i64::MIN, i64::MAX), Int;
    Timestamp = Type::Instant, Instant;
}

/// A small whole number, such as a scale.
impl FieldType for u8 {
    const TYPE: Type = Type::Int(0, 255);

    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) => Self::try_from(*number).ok(),
            _ => None,
        }
    }
}

impl FieldType for Money {
    const TYPE: Type = Type::Money;

    fn to_value(&self) -> Value {
        money(self.amount(), self.currency().code())
    }

    fn from_value(value: &Value) -> Option<Self> {
        let Value::Parts(parts) = value else { return None };
        match &**parts {
            [Value::Decimal(amount), Value::Text(currency)] => {
                Self::new(*amount, Currency::kept(currency).ok()?).ok()
            }
            _ => None,
        }
    }
}
