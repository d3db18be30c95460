//! What the fields of warehouses and items may be.

use crate::{
    error::{Error, Result},
    forms,
    inventory::{Item, Tracking, Unit},
    money::Decimal,
};

/// The most digits after the point of a quantity.
const MAX_SCALE: u8 = 6;
/// A quantity is below this, so that sums and products of quantities fit.
const QUANTITY_BOUND: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);

/// Whether a change of an item is for items without stock alone: what is there is counted in the unit
/// and valued by the method that it came in with (INV-14), and lies in lots or does not (INV-15).
pub fn must_be_unused(old: &Item, new: &Item) -> bool {
    old.unit != new.unit || old.valuation != new.valuation || old.tracking != new.tracking
}

/// A unit as it is kept.
///
/// # Errors
/// A validation error on `unit.name` unless it is 1 to 16 characters on one line, on `unit.scale`
/// unless it is 0 to 6.
pub fn unit(unit: &Unit) -> Result<Unit> {
    let name = forms::UNIT.check("unit.name", &unit.name)?;
    if unit.scale > MAX_SCALE {
        return Err(Error::invalid("unit.scale", "must be 0 to 6"));
    }
    Ok(Unit { name, scale: unit.scale })
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
    fn x_20_a_unit_has_a_short_name_that_can_be_seen() {
        let named = |name: &str| unit(&Unit { name: name.to_owned(), scale: 2 });
        assert_eq!(named(" m\u{b2} ").map(|unit| unit.name), Ok("m\u{b2}".to_owned()));
        for bad in ["", "\u{200b}", "a\u{2028}b", &"x".repeat(17)] {
            assert!(named(bad).is_err(), "{bad:?}");
        }
    }
}
