//! Decimals as PostgreSQL's `numeric`, with the digits after the point that they have, zeros too:
//! `0.00` comes back as `0.00`. The conversion of sqlx makes `0` of it, so its feature is off, and
//! a decimal is bound and read through [`Numeric`] alone.

use erp_core::money::{Decimal, parse_decimal};
use sqlx::{
    Decode, Encode, Postgres, Result, Row, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{
        PgArgumentBuffer, PgHasArrayType, PgRow, PgTypeInfo, PgValueFormat, PgValueRef, types::Oid,
    },
};

/// Digits of the wire format are of this base, which is four decimal digits each.
const BASE: u128 = 10_000;
const SIGN_NEGATIVE: u16 = 0x4000;
/// The most digits after the point that a decimal has.
const MAX_SCALE: u32 = 28;

/// A decimal on its way to or from the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numeric(pub Decimal);

/// The decimal in this column.
pub(crate) fn decimal(row: &PgRow, column: usize) -> Result<Decimal> {
    row.try_get::<Numeric, _>(column).map(|numeric| numeric.0)
}

/// The decimal in this column, if there is one.
pub(crate) fn optional_decimal(row: &PgRow, column: usize) -> Result<Option<Decimal>> {
    Ok(row.try_get::<Option<Numeric>, _>(column)?.map(|numeric| numeric.0))
}

impl Type<Postgres> for Numeric {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1700))
    }
}

impl PgHasArrayType for Numeric {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1231))
    }
}

impl Encode<'_, Postgres> for Numeric {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&encoded(self.0)?);
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Numeric {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => decoded(value.as_bytes()?).map(Self),
            PgValueFormat::Text => Ok(Self(parse_decimal(value.as_str()?)?)),
        }
    }
}

/// Number of digits, weight of the first, sign, digits after the point, then the digits.
fn encoded(decimal: Decimal) -> Result<Vec<u8>, BoxDynError> {
    let scale = decimal.scale();
    let groups = scale.div_ceil(4);
    // Of 96 bits, and at most a thousandfold.
    let mut rest = decimal.mantissa().unsigned_abs() * 10_u128.pow(groups * 4 - scale);
    let mut digits = Vec::with_capacity(8);
    while rest > 0 {
        digits.push(u16::try_from(rest % BASE)?);
        rest /= BASE;
    }
    digits.reverse();
    let count = i16::try_from(digits.len())?;
    let weight = if digits.is_empty() { 0 } else { count - i16::try_from(groups)? - 1 };
    let negative = decimal.is_sign_negative() && !decimal.is_zero();
    let mut bytes = Vec::with_capacity(8 + 2 * digits.len());
    bytes.extend(count.to_be_bytes());
    bytes.extend(weight.to_be_bytes());
    bytes.extend(if negative { SIGN_NEGATIVE } else { 0 }.to_be_bytes());
    bytes.extend(u16::try_from(scale)?.to_be_bytes());
    bytes.extend(digits.into_iter().flat_map(u16::to_be_bytes));
    Ok(bytes)
}

fn decoded(bytes: &[u8]) -> Result<Decimal, BoxDynError> {
    let too_large = || BoxDynError::from("a number with more digits than a decimal has");
    let mut words = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let mut head = || words.next().ok_or("a number that breaks off");
    let (count, weight, sign, scale) = (head()?, head()?.cast_signed(), head()?, head()?);
    if sign != 0 && sign != SIGN_NEGATIVE {
        return Err("not a number".into());
    }
    let mut mantissa: i128 = 0;
    for digit in words {
        let shifted = mantissa.checked_mul(BASE.cast_signed()).ok_or_else(too_large)?;
        mantissa = shifted + i128::from(digit);
    }
    // The last digit is so many decimal places before or after the last one that is kept.
    let scale = u32::from(scale).min(MAX_SCALE);
    let places = (i32::from(weight) + 1 - i32::from(count)) * 4 + i32::try_from(scale)?;
    let power = 10_i128.checked_pow(places.unsigned_abs()).ok_or_else(too_large)?;
    let kept = if places < 0 { Some(mantissa / power) } else { mantissa.checked_mul(power) };
    let kept = kept.ok_or_else(too_large)?;
    let signed = if sign == SIGN_NEGATIVE { -kept } else { kept };
    Decimal::try_from_i128_with_scale(signed, scale).map_err(|_| too_large())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_21_a_decimal_comes_back_with_its_digits() {
        for text in [
            "0",
            "0.0",
            "0.00",
            "0.000",
            "1",
            "1.0",
            "-1.50",
            "10000",
            "10000.0000",
            "0.0001",
            "0.00010",
            "123456789.987654321",
            "-0.5",
            "100",
            "2.5000000",
            "79228162514264337593543950335",
            "-7.9228162514264337593543950335",
            "0.0000000000000000000000000001",
        ] {
            let decimal = parse_decimal(text).unwrap();
            let back = decoded(&encoded(decimal).unwrap()).unwrap();
            assert_eq!(back.to_string(), text);
        }
        let negative_zero = -Decimal::new(0, 2);
        assert_eq!(decoded(&encoded(negative_zero).unwrap()).unwrap().to_string(), "0.00");
    }

    #[test]
    fn what_is_no_decimal_is_an_error() {
        for bytes in [
            &[][..],
            &[0, 1, 0, 0],
            // Not a number, and infinity.
            &[0, 0, 0, 0, 0xC0, 0, 0, 0],
            &[0, 0, 0, 0, 0xD0, 0, 0, 0],
            // 10,000 to the 10th.
            &[0, 1, 0, 10, 0, 0, 0, 0, 0, 1],
        ] {
            assert!(decoded(bytes).is_err(), "{bytes:?}");
        }
    }
}
