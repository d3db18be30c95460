//! Decimals as text: one form, read in one place.
//!
//! Plain digits, with digits after a point if there are any, after a minus if it is below zero:
//! `12`, `0.50`, `-3`. Other texts that some parsers take for numbers (`1_000`, `1e3`, `+1`, `.5`,
//! ` 1`) are refused, and so are JSON numbers, which pass through a double on their way (X-21). The
//! digits after the point are kept as they are given.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};

/// A text that is not a decimal in plain digits, or one with more digits than are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not plain digits.
    #[error("not a decimal in plain digits, such as 12.50")]
    Form,
    /// More than some 28 digits.
    #[error("a decimal with too many digits")]
    Digits,
}

/// The decimal of this text.
///
/// # Errors
/// As [`DecimalError`] says.
///
/// ```
/// use erp_kernel::money::parse_decimal;
/// assert_eq!(parse_decimal("0.50")?.to_string(), "0.50");
/// assert!(parse_decimal("1_000").is_err());
/// # Ok::<(), erp_kernel::money::DecimalError>(())
/// ```
pub fn parse_decimal(text: &str) -> Result<Decimal, DecimalError> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let plain = match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    };
    if !plain {
        return Err(DecimalError::Form);
    }
    let mut decimal = Decimal::from_str_exact(text).map_err(|_| DecimalError::Digits)?;
    if decimal.is_zero() {
        // There is one zero.
        decimal.set_sign_positive(true);
    }
    Ok(decimal)
}

/// Reads a field that holds a decimal: `#[serde(deserialize_with = "…")]`.
///
/// # Errors
/// When it is not a text, or not one that [`parse_decimal`] takes.
pub fn read_decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    parse_decimal(&text).map_err(de::Error::custom)
}

/// The same of a field that may have none; beside `#[serde(default)]`.
///
/// # Errors
/// As [`read_decimal`].
pub fn read_optional_decimal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    text.map(|text| parse_decimal(&text).map_err(de::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_21_a_decimal_is_plain_digits_and_keeps_its_scale() {
        for (text, kept) in
            [("0", "0"), ("0.00", "0.00"), ("-0.000", "0.000"), ("12.50", "12.50"), ("-3", "-3")]
        {
            assert_eq!(parse_decimal(text).map(|one| one.to_string()), Ok(kept.to_owned()));
        }
        for odd in [
            "",
            "-",
            ".",
            "1_000",
            "1,5",
            "1e3",
            "1E3",
            "+1",
            " 1",
            "1 ",
            ".5",
            "1.",
            "--1",
            "1.2.3",
            "0x10",
            "NaN",
            "Infinity",
            "\u{661}",
            "\u{ff11}",
            "1\0",
            "\u{2212}1",
        ] {
            assert_eq!(parse_decimal(odd), Err(DecimalError::Form), "{odd:?}");
        }
        let long = format!("0.{}", "1".repeat(40));
        assert_eq!(parse_decimal(&long), Err(DecimalError::Digits), "not rounded in silence");
    }

    #[test]
    fn x_21_a_decimal_is_read_from_text_alone() {
        #[derive(Deserialize)]
        struct Line {
            #[serde(deserialize_with = "read_decimal")]
            quantity: Decimal,
            #[serde(default, deserialize_with = "read_optional_decimal")]
            price: Option<Decimal>,
        }
        let line: Line = serde_json::from_str(r#"{"quantity":"1.50"}"#).unwrap();
        assert_eq!((line.quantity.to_string().as_str(), line.price), ("1.50", None));
        for bad in [r#"{"quantity":1.5}"#, r#"{"quantity":1}"#, r#"{"quantity":"1","price":2}"#] {
            assert!(serde_json::from_str::<Line>(bad).is_err(), "{bad}");
        }
    }
}
