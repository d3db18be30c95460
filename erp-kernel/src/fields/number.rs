//! Decimals with their digits and bounds, and days.

use std::fmt;

use chrono::{Datelike as _, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::Unfit;
use crate::{
    FieldType, Type, Value,
    money::{one_zero, read_decimal},
};

/// Decimals are below this, on both sides of zero, so that sums and products of them fit.
const BOUND: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);

/// The decimal with exactly so many digits after the point; none when it has more, or is not within the
/// bounds.
pub(crate) fn with_digits(
    value: Decimal,
    scale: u32,
    fits: impl Fn(Decimal) -> bool,
) -> Option<Decimal> {
    if value.normalize().scale() > scale || !fits(value) {
        return None;
    }
    let mut kept = one_zero(value);
    kept.rescale(scale);
    Some(kept)
}

/// One type of decimal a line: its digits, its bounds, and what is said of others.
macro_rules! decimals {
    ($($(#[$doc:meta])* $name:ident $(<$digits:ident>)? = $scale:expr, $fits:expr, $says:expr, $says_type:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name $(<const $digits: u32>)? (Decimal);

        impl $(<const $digits: u32>)? $name $(<$digits>)? {
            /// The digits after the point.
            pub const SCALE: u32 = $scale;

            /// This value, with its digits.
            ///
            /// # Errors
            /// [`Unfit`] when it is not within the bounds or has more digits: it is never rounded.
            pub fn new(value: Decimal) -> Result<Self, Unfit> {
                with_digits(value, Self::SCALE, $fits).map(Self).ok_or_else(|| Unfit::new($says))
            }

            /// The value.
            pub fn get(self) -> Decimal {
                self.0
            }
        }

        impl $(<const $digits: u32>)? FieldType for $name $(<$digits>)? {
            const TYPE: Type = Type::Decimal { scale: Self::SCALE, fits: $fits, says: $says_type };

            fn to_value(&self) -> Value {
                Value::Decimal(self.0)
            }

            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::Decimal(value) => Self::new(*value).ok(),
                    _ => None,
                }
            }
        }

        impl $(<const $digits: u32>)? fmt::Display for $name $(<$digits>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl<'de $(, const $digits: u32)?> Deserialize<'de> for $name $(<$digits>)? {
            /// From text alone: a JSON number has passed through a double (X-21).
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(read_decimal(deserializer)?).map_err(de::Error::custom)
            }
        }
    )+};
}

decimals! {
    /// Hundredths of a whole: 0 to 100, with two digits after the point.
    Percent = 2, |value| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&value),
        "must be 0 to 100, with at most 2 digits after the point",
        "must be 0 to 100, with at most 2 digits after the point";
    /// What one of something costs or counts, finer than money: not below zero, less than 10^12, with six
    /// digits after the point.
    Rate = 6, |value| value >= Decimal::ZERO && value < BOUND,
        "must be 0 to less than 1,000,000,000,000, with at most 6 digits after the point",
        "must be 0 to less than 1,000,000,000,000, with at most 6 digits after the point";
    /// A decimal of a fixed scale: between -10^12 and 10^12, with `S` digits after the point, which are
    /// at most 15.
    Scaled<S> = { assert!(S <= 15, "a decimal holds 12 digits before the point and 15 after it"); S },
        |value| value.abs() < BOUND,
        format!("must be between -10^12 and 10^12, with at most {S} digits after the point"),
        "must be between -10^12 and 10^12, and have no more digits after the point than are kept";
}

/// A day of the years 1 to 9000: stores may put "no day" after the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Day(NaiveDate);

impl Day {
    /// The last year.
    const LAST_YEAR: i32 = 9_000;
    /// What is said of another day.
    const SAYS: &'static str = "must be a day of the years 1 to 9000";

    /// This day.
    ///
    /// # Errors
    /// [`Unfit`] outside the years 1 to 9000.
    pub fn new(day: NaiveDate) -> Result<Self, Unfit> {
        if (1..=Self::LAST_YEAR).contains(&day.year()) {
            Ok(Self(day))
        } else {
            Err(Unfit::new(Self::SAYS))
        }
    }

    /// The day.
    pub fn get(self) -> NaiveDate {
        self.0
    }
}

impl FieldType for Day {
    const TYPE: Type = Type::Day;

    fn to_value(&self) -> Value {
        Value::Day(self.0)
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Day(day) => Self::new(*day).ok(),
            _ => None,
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(NaiveDate::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn x_21_a_decimal_has_its_digits_and_is_never_rounded() {
        assert_eq!(BOUND, Decimal::from(1_000_000_000_000_i64));
        assert_eq!(Scaled::<2>::new(decimal("1.5")).unwrap().to_string(), "1.50");
        assert_eq!(Scaled::<2>::new(decimal("-0.000")).unwrap().to_string(), "0.00");
        assert_eq!(Scaled::<0>::new(decimal("3.00")).unwrap().to_string(), "3");
        assert_eq!(Scaled::<15>::new(decimal("-999999999999.5")).unwrap().get().scale(), 15);
        assert!(Scaled::<2>::new(decimal("1.005")).is_err());
        assert!(Scaled::<2>::new(BOUND).is_err() && Scaled::<2>::new(-BOUND).is_err());
        assert_eq!(Rate::new(decimal("63.4615")).unwrap().to_string(), "63.461500");
        assert!(Rate::new(decimal("-0.1")).is_err() && Rate::new(decimal("0.0000001")).is_err());
        for (text, fits) in
            [("0", true), ("100.00", true), ("100.01", false), ("-1", false), ("0.001", false)]
        {
            assert_eq!(Percent::new(decimal(text)).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn x_21_a_decimal_is_written_and_read_as_text() {
        let rate: Rate = serde_json::from_str(r#""63.4615""#).unwrap();
        assert_eq!(serde_json::to_string(&rate).unwrap(), r#""63.461500""#);
        for bad in ["63.4615", "1", r#""1e3""#, r#""-1""#, "123456789012345.67", r#""""#] {
            assert!(serde_json::from_str::<Rate>(bad).is_err(), "{bad}");
            assert!(serde_json::from_str::<Scaled<6>>("123456789012345.67").is_err());
        }
    }

    #[test]
    fn a_day_is_one_that_every_store_keeps() {
        for (text, fits) in [
            ("0001-01-01", true),
            ("9000-12-31", true),
            ("9001-01-01", false),
            ("0000-12-31", false),
            ("-0001-01-01", false),
        ] {
            let day = text.parse().unwrap();
            assert_eq!(Day::new(day).is_ok(), fits, "{text}");
            assert_eq!(serde_json::from_str::<Day>(&format!("\"{text}\"")).is_ok(), fits, "{text}");
        }
        let day: Day = serde_json::from_str(r#""2024-02-29""#).unwrap();
        assert_eq!((day.to_string().as_str(), day.get().year()), ("2024-02-29", 2024));
        assert_eq!(serde_json::to_string(&day).unwrap(), r#""2024-02-29""#);
    }
}
