//! Exact decimals: money in a currency, and its division into parts that add up again.

mod currencies;
mod text;

pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;
use serde::{Deserialize, Serialize};

pub use text::{DecimalError, parse_decimal, read_decimal, read_optional_decimal};

/// How a value halfway between two representable ones is rounded. There is no default: every
/// rounding names its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Away from zero: 0.5 becomes 1, -0.5 becomes -1.
    HalfUp,
    /// To the even neighbour ("banker's rounding").
    HalfEven,
}

impl Rounding {
    /// The value rounded to `scale` digits after the point.
    pub fn round(self, value: Decimal, scale: u32) -> Decimal {
        let strategy = match self {
            Self::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Self::HalfEven => RoundingStrategy::MidpointNearestEven,
        };
        value.round_dp_with_strategy(scale, strategy)
    }
}

/// The same, of which zero has no sign: what is computed may come to a zero below zero, which no store
/// keeps (X-21).
pub fn one_zero(decimal: Decimal) -> Decimal {
    if decimal.is_zero() { decimal.abs() } else { decimal }
}

/// The sum, with as many digits after the point as the finer of the two has, as a database computes it:
/// of `0.00` and `0` it is `0.00` (X-21). None when it is too large.
pub fn sum(one: Decimal, other: Decimal) -> Option<Decimal> {
    let mut sum = one.checked_add(other)?;
    sum.rescale(one.scale().max(other.scale()));
    Some(one_zero(sum))
}

/// The same on the other side of zero.
pub fn opposite(decimal: Decimal) -> Decimal {
    one_zero(-decimal)
}

/// An ISO 4217 currency code. What was kept once is read even when the currency has gone since; what is
/// new must be in use (X-21).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// A text that is not a currency code, or an amount that its currency cannot hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three capital letters, or not a currency in use.
    #[error("not the ISO 4217 code of a currency in use: `{0}`")]
    Code(String),
    /// More digits after the point than the currency has.
    #[error("{currency} has {scale} digits after the point")]
    Scale {
        /// The currency.
        currency: String,
        /// Digits after the point.
        scale: u32,
    },
    /// Two currencies where one is needed.
    #[error("amounts of different currencies")]
    Mixed,
    /// The result does not fit.
    #[error("amount out of range")]
    Overflow,
    /// Nothing to divide among, or a negative weight.
    #[error("the weights must not be negative and not all zero")]
    Weights,
}

impl Currency {
    /// The currency of this code, which is in use.
    ///
    /// # Errors
    /// [`MoneyError::Code`] unless ISO 4217 lists it.
    pub fn new(code: &str) -> Result<Self, MoneyError> {
        let currency = Self::kept(code)?;
        if currency.is_in_use() { Ok(currency) } else { Err(MoneyError::Code(code.to_owned())) }
    }

    /// The currency of a code that was kept: it may have gone out of use since.
    ///
    /// # Errors
    /// [`MoneyError::Code`] unless it is three capital letters.
    pub fn kept(code: &str) -> Result<Self, MoneyError> {
        match <[u8; 3]>::try_from(code.as_bytes()) {
            Ok(bytes) if bytes.iter().all(u8::is_ascii_uppercase) => Ok(Self(bytes)),
            _ => Err(MoneyError::Code(code.to_owned())),
        }
    }

    /// The code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether ISO 4217 lists it among the currencies and funds in use.
    pub fn is_in_use(&self) -> bool {
        currencies::IN_USE.binary_search(&self.code()).is_ok()
    }

    /// Digits after the point, from ISO 4217: 2 unless the standard says otherwise.
    pub fn scale(&self) -> u32 {
        match self.code() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF"
            | "UGX" | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            "CLF" | "UYW" => 4,
            _ => 2,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(code: String) -> Result<Self, MoneyError> {
        Self::kept(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

/// An amount in a currency, never with more digits than the currency has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    #[serde(deserialize_with = "read_decimal")]
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// This amount, exactly.
    ///
    /// # Errors
    /// [`MoneyError::Scale`] when the amount has more digits than the currency.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let scale = currency.scale();
        if amount.normalize().scale() > scale {
            return Err(MoneyError::Scale { currency: currency.code().to_owned(), scale });
        }
        Ok(Self { amount, currency })
    }

    /// Whether it can be kept as something new: no more digits than its currency has, which is in use.
    pub fn is_current(&self) -> bool {
        self.currency.is_in_use() && Self::new(self.amount, self.currency).is_ok()
    }

    /// This amount, rounded to the currency's digits.
    pub fn rounded(amount: Decimal, currency: Currency, mode: Rounding) -> Self {
        Self { amount: mode.round(amount, currency.scale()), currency }
    }

    /// The amount.
    pub fn amount(&self) -> Decimal {
        self.amount
    }

    /// The currency.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`] for different currencies, [`MoneyError::Overflow`] when too large.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed);
        }
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount, ..self })
    }

    /// Divides the amount by weight into parts that add up to it exactly, by the largest remainder
    /// (Hamilton's method); of equal remainders the earlier part gets the unit. A negative amount
    /// is split as its absolute value is.
    ///
    /// # Errors
    /// [`MoneyError::Weights`] when a weight is negative or all are zero, [`MoneyError::Overflow`]
    /// when a product does not fit.
    ///
    /// ```
    /// use erp_kernel::money::{Currency, Money};
    /// let hundred = Money::new(100.into(), Currency::new("EUR")?)?;
    /// let thirds: Vec<_> =
    ///     hundred.split(&[1.into(), 1.into(), 1.into()])?.iter().map(|m| m.amount().to_string()).collect();
    /// assert_eq!(thirds, ["33.34", "33.33", "33.33"]);
    /// # Ok::<(), erp_kernel::money::MoneyError>(())
    /// ```
    pub fn split(self, weights: &[Decimal]) -> Result<Vec<Self>, MoneyError> {
        let total: Decimal = weights.iter().try_fold(Decimal::ZERO, |sum, weight| {
            sum.checked_add(*weight).ok_or(MoneyError::Overflow)
        })?;
        if total.is_zero() || weights.iter().any(Decimal::is_sign_negative) {
            return Err(MoneyError::Weights);
        }
        let scale = self.currency.scale();
        let unit = Decimal::new(1, scale);
        let whole = self.amount.abs();
        let mut parts = Vec::with_capacity(weights.len());
        let mut left = whole;
        for (index, weight) in weights.iter().enumerate() {
            let exact = whole
                .checked_mul(*weight)
                .and_then(|product| product.checked_div(total))
                .ok_or(MoneyError::Overflow)?;
            let floor = exact.trunc_with_scale(scale);
            left -= floor;
            parts.push((index, floor, exact - floor));
        }
        parts.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
        for part in &mut parts {
            if left < unit {
                break;
            }
            part.1 += unit;
            left -= unit;
        }
        parts.sort_by_key(|part| part.0);
        let negative = self.amount.is_sign_negative();
        Ok(parts
            .into_iter()
            .map(|(_, amount, _)| Self { amount: if negative { -amount } else { amount }, ..self })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str, code: &str) -> Money {
        Money::new(text.parse().unwrap(), Currency::new(code).unwrap()).unwrap()
    }

    #[test]
    fn x_2_rounded_parts_add_up_to_the_rounded_whole() {
        for (amount, code, weights) in [
            ("100.00", "EUR", vec![1, 1, 1]),
            ("-100.00", "EUR", vec![1, 1, 1]),
            ("10", "JPY", vec![3, 3, 1]),
            ("0.001", "KWD", vec![5, 4]),
            ("3371.61", "EUR", vec![15, 16, 0]),
        ] {
            let whole = money(amount, code);
            let weights: Vec<Decimal> = weights.into_iter().map(Decimal::from).collect();
            let parts = whole.split(&weights).unwrap();
            let sum = parts.iter().map(Money::amount).sum::<Decimal>();
            assert_eq!(sum, whole.amount(), "{amount} {code}");
        }
        let negative = money("-100.00", "EUR").split(&[1.into(), 1.into(), 1.into()]).unwrap();
        assert_eq!(negative[0].amount().to_string(), "-33.34");
    }

    #[test]
    fn x_2_rounding_names_its_mode() {
        let half = "2.345".parse().unwrap();
        let euro = Currency::new("EUR").unwrap();
        assert_eq!(Money::rounded(half, euro, Rounding::HalfUp).amount().to_string(), "2.35");
        assert_eq!(Money::rounded(half, euro, Rounding::HalfEven).amount().to_string(), "2.34");
    }

    #[test]
    fn x_21_a_currency_is_one_of_iso_4217_in_use() {
        assert!(currencies::IN_USE.is_sorted(), "or it is not found");
        for code in ["EUR", "JPY", "XAF", "CHE", "ZWG", "XCG", "VED"] {
            assert!(Currency::new(code).is_ok(), "{code}");
        }
        for code in ["ERU", "ZZZ", "XXX", "XTS", "XAU", "HRK", "BGN", "DEM", "eur", "EU", ""] {
            assert_eq!(Currency::new(code), Err(MoneyError::Code(code.to_owned())));
        }
        // What was kept while it was in use is read, and not kept anew.
        let kept: Money = serde_json::from_str(r#"{"amount":"1.00","currency":"BGN"}"#).unwrap();
        assert!(!kept.is_current() && money("1.00", "EUR").is_current());
    }

    #[test]
    fn x_21_money_has_no_further_members() {
        let further = r#"{"amount":"1.00","currency":"EUR","tax":"0.19"}"#;
        assert!(serde_json::from_str::<Money>(further).is_err());
        let zero: Money = serde_json::from_str(r#"{"amount":"0.00","currency":"EUR"}"#).unwrap();
        assert_eq!(serde_json::to_string(&zero).unwrap(), r#"{"amount":"0.00","currency":"EUR"}"#);
    }

    #[test]
    fn x_21_there_is_one_zero() {
        for (text, other) in [("0.00", "0.00"), ("1.50", "-1.50"), ("-2", "2")] {
            assert_eq!(opposite(text.parse().unwrap()).to_string(), other);
        }
        let debt: Decimal = "-5.0".parse().unwrap();
        assert_eq!(one_zero(debt - debt).to_string(), "0.0");
        for (one, other, both) in
            [("0.00", "0", "0.00"), ("0", "1.5", "1.5"), ("-5.0", "5", "0.0"), ("1", "2", "3")]
        {
            let both_ways = [(one, other), (other, one)];
            for (one, other) in both_ways.map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap())) {
                assert_eq!(sum(one, other).unwrap().to_string(), both);
            }
        }
        assert_eq!(sum(Decimal::MAX, Decimal::ONE), None);
    }

    #[test]
    fn an_amount_finer_than_its_currency_is_refused() {
        let yen = Currency::new("JPY").unwrap();
        assert!(matches!(Money::new("1.5".parse().unwrap(), yen), Err(MoneyError::Scale { .. })));
        assert!(Currency::new("eur").is_err());
        assert_eq!(money("1", "EUR").checked_add(money("1", "JPY")), Err(MoneyError::Mixed));
    }
}
