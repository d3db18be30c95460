//! What the fields of warehouses and items may be.

use crate::{
    error::{Error, Result},
    inventory::{Item, Tracking, Unit},
    money::Decimal,
};

/// The longest code or SKU, in characters.
const MAX_CODE_CHARS: usize = 64;
/// The longest name or reference, in characters.
const MAX_NAME_CHARS: usize = 200;
/// The longest address, in characters.
const MAX_ADDRESS_CHARS: usize = 500;
/// The longest name of a unit, in characters.
const MAX_UNIT_CHARS: usize = 16;
/// The most digits after the point of a quantity.
const MAX_SCALE: u8 = 6;
/// A quantity is below this, so that sums and products of quantities fit.
const QUANTITY_BOUND: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);

/// Whether a change of an item is for items without stock alone: what is there is counted in the unit
/// and valued by the method that it came in with (INV-14), and lies in lots or does not (INV-15).
pub fn must_be_unused(old: &Item, new: &Item) -> bool {
    old.unit != new.unit || old.valuation != new.valuation || old.tracking != new.tracking
}

/// A code or SKU as it is kept.
///
/// # Errors
/// A validation error on the field unless it is 1 to 64 characters without spaces.
pub fn code(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    let wrong = |c: char| c.is_whitespace() || c.is_control();
    if !(1..=MAX_CODE_CHARS).contains(&text.chars().count()) || text.chars().any(wrong) {
        return Err(Error::invalid(field, "must be 1 to 64 characters without spaces"));
    }
    Ok(text.to_owned())
}

/// A name as it is kept: without spaces around it.
///
/// # Errors
/// A validation error on `name` unless it is 1 to 200 characters on one line.
pub fn name(text: &str) -> Result<String> {
    let text = text.trim();
    let fits = (1..=MAX_NAME_CHARS).contains(&text.chars().count());
    if !fits || text.chars().any(char::is_control) {
        return Err(Error::invalid("name", "must be 1 to 200 characters on one line"));
    }
    Ok(text.to_owned())
}

/// An address as it is kept; an empty one is none. It may have several lines.
///
/// # Errors
/// A validation error on `address` when it is longer than 500 characters, or has control characters
/// other than line ends.
pub fn address(text: &str) -> Result<Option<String>> {
    let text = text.trim();
    let wrong = |c: char| c.is_control() && c != '\n';
    if text.chars().count() > MAX_ADDRESS_CHARS || text.chars().any(wrong) {
        return Err(Error::invalid("address", "must be at most 500 characters"));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// A reference as it is kept; an empty one is none.
///
/// # Errors
/// A validation error on `reference` when it is longer than 200 characters, or not on one line.
pub fn reference(text: Option<&str>) -> Result<Option<String>> {
    let text = text.unwrap_or_default().trim();
    if text.chars().count() > MAX_NAME_CHARS || text.chars().any(char::is_control) {
        return Err(Error::invalid("reference", "must be at most 200 characters on one line"));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// A unit as it is kept.
///
/// # Errors
/// A validation error on `unit.name` unless it is 1 to 16 characters on one line, on `unit.scale`
/// unless it is 0 to 6.
pub fn unit(unit: &Unit) -> Result<Unit> {
    let name = unit.name.trim();
    let fits = (1..=MAX_UNIT_CHARS).contains(&name.chars().count());
    if !fits || name.chars().any(char::is_control) {
        return Err(Error::invalid("unit.name", "must be 1 to 16 characters on one line"));
    }
    if unit.scale > MAX_SCALE {
        return Err(Error::invalid("unit.scale", "must be 0 to 6"));
    }
    Ok(Unit { name: name.to_owned(), scale: unit.scale })
}

/// What is kept apart of an item that is counted in this unit.
///
/// # Errors
/// A validation error on `tracking` when pieces are to have serial numbers that are not whole.
pub fn tracking(tracking: Tracking, unit: &Unit) -> Result<Tracking> {
    if tracking == Tracking::Serial && unit.scale > 0 {
        return Err(Error::invalid("tracking", "serial numbers are of whole pieces"));
    }
    Ok(tracking)
}

/// A reorder level as it is kept, in the unit's scale.
///
/// # Errors
/// A validation error on `reorder_level` when it is negative, too large, or finer than the unit.
pub fn reorder_level(level: Option<Decimal>, scale: u8) -> Result<Option<Decimal>> {
    let Some(level) = level else { return Ok(None) };
    if level.is_sign_negative() && !level.is_zero() {
        return Err(Error::invalid("reorder_level", "must not be negative"));
    }
    match quantity_fits(level, scale) {
        Some(level) => Ok(Some(level)),
        None => Err(Error::invalid("reorder_level", "does not fit the unit")),
    }
}

/// The quantity in the unit's scale; none when it is finer than that (INV-6), or has more than
/// twelve digits before the point.
pub fn quantity_fits(quantity: Decimal, scale: u8) -> Option<Decimal> {
    if quantity.normalize().scale() > u32::from(scale) || quantity.abs() >= QUANTITY_BOUND {
        return None;
    }
    let mut kept = quantity;
    kept.rescale(u32::from(scale));
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inv_6_a_quantity_is_not_finer_than_its_unit() {
        assert_eq!(QUANTITY_BOUND, Decimal::from(1_000_000_000_000_i64));
        let fits = |text: &str, scale| quantity_fits(text.parse().unwrap(), scale);
        assert_eq!(fits("2.5", 0), None);
        assert_eq!(fits("2.50", 1).unwrap().to_string(), "2.5");
        assert_eq!(fits("3", 2).unwrap().to_string(), "3.00");
        assert_eq!(fits("1000000000000", 0), None);
        assert_eq!(fits("-1000000000000", 0), None);
        assert!(fits("999999999999.999999", 6).is_some());
    }

    #[test]
    fn codes_have_no_spaces_and_addresses_may_have_lines() {
        assert_eq!(code("sku", " AB-1 "), Ok("AB-1".to_owned()));
        for bad in ["", " ", "a b", "a\nb", &"x".repeat(65)] {
            assert!(code("sku", bad).is_err(), "{bad:?}");
        }
        assert_eq!(address(" Main St 1\nBerlin "), Ok(Some("Main St 1\nBerlin".to_owned())));
        assert!(address("a\tb").is_err());
    }
}
