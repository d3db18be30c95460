//! What is asked for, line by line, against items and warehouses.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Direction, InventoryService, NewLine, NewPosting, Price,
    lots::{LotsByCode, Naming},
};
use crate::{
    error::{Error, Result},
    ids::{ItemId, LotId, PostingId, ReservationId, WarehouseId},
    inventory::{
        Item, LineMove, MovementKind, PostedStock, PostingKind, PostingLine, ValueRounding,
        Warehouse, rules,
    },
    money::Decimal,
    record::{Record as _, Stored, typed},
};

/// A value is below this, so that products with quantities fit.
const VALUE_BOUND: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

/// The items and warehouses that lines name.
pub(super) struct Masters {
    pub items: BTreeMap<ItemId, Item>,
    pub warehouses: BTreeMap<WarehouseId, Stored<Warehouse>>,
    pub lots: LotsByCode,
    /// The postings whose goods are sent back.
    pub receipts: BTreeMap<PostingId, PostedStock>,
}

impl InventoryService<'_> {
    /// What the lines of a posting name.
    pub(super) async fn masters_of(&self, lines: &[NewLine]) -> Result<Masters> {
        if lines.len() > self.engine.options().inventory.max_lines {
            return Err(Error::invalid("lines", "too many"));
        }
        self.masters_of_all(&Vec::from_iter(lines)).await
    }

    /// What these lines name, each once.
    pub(super) async fn masters_of_all(&self, lines: &[&NewLine]) -> Result<Masters> {
        let items: BTreeSet<_> = lines.iter().map(|line| line.item).collect();
        let warehouses: BTreeSet<_> = lines.iter().flat_map(|line| line.warehouses()).collect();
        let masters = self.masters(&Vec::from_iter(items), &Vec::from_iter(warehouses)).await?;
        let named =
            lines.iter().filter_map(|line| Some((line.item, line.lot.as_ref()?.code.as_str())));
        Ok(Masters { lots: self.lots_named(named).await?, ..masters })
    }

    /// Those of the postings that are there.
    pub(super) async fn receipts(
        &self,
        ids: impl Iterator<Item = PostingId>,
    ) -> Result<BTreeMap<PostingId, PostedStock>> {
        let mut receipts = BTreeMap::new();
        for id in ids.collect::<BTreeSet<_>>() {
            let there = self.engine.store().inventory().posting(id).await?;
            receipts.extend(there.map(|posted| (id, posted)));
        }
        Ok(receipts)
    }

    pub(super) async fn masters(
        &self,
        items: &[ItemId],
        warehouses: &[WarehouseId],
    ) -> Result<Masters> {
        let store = self.engine.store();
        let items = store.inventory().items_by_id(items).await?;
        let ids: Vec<_> = warehouses.iter().map(|id| id.uuid()).collect();
        let rows = store.records().records_by_id(Warehouse::KIND, &ids).await?;
        let warehouses = rows.iter().map(typed::<Warehouse>).collect::<Result<Vec<_>>>()?;
        Ok(Masters {
            items: items.into_iter().map(|item| (item.id, item)).collect(),
            warehouses: warehouses.into_iter().map(|one| (one.id, one)).collect(),
            lots: LotsByCode::new(),
            receipts: BTreeMap::new(),
        })
    }
}

impl NewLine {
    fn warehouses(&self) -> impl Iterator<Item = WarehouseId> + use<> {
        let to = match self.direction {
            Direction::To { warehouse } => Some(warehouse),
            _ => None,
        };
        std::iter::once(self.warehouse).chain(to)
    }

    /// The reservation that the line takes from.
    pub(super) fn consumes(&self) -> Option<ReservationId> {
        match self.direction {
            Direction::Out { reservation } => reservation,
            _ => None,
        }
    }
}

impl Masters {
    /// The active item.
    pub fn item(&self, field: &str, id: ItemId) -> Result<&Item> {
        match self.items.get(&id) {
            None => Err(Error::invalid(field, "no such item")),
            Some(item) if !item.active => Err(Error::invalid(field, "the item is not active")),
            Some(item) => Ok(item),
        }
    }

    /// The receipt whose goods a posting sends back.
    pub fn receipt(&self, new: &NewPosting) -> Result<Option<&PostedStock>> {
        let Some(id) = new.returns else { return Ok(None) };
        let refused = |fault| Err(Error::invalid("returns", fault));
        match self.receipts.get(&id) {
            _ if new.kind != PostingKind::Return => refused("only of a return"),
            None => refused("no such receipt"),
            Some(there) if there.posting.kind != PostingKind::Receipt => refused("no such receipt"),
            Some(there) if there.reversed_by.is_some() => refused("the receipt was taken back"),
            Some(there) => Ok(Some(there)),
        }
    }

    /// That the warehouse is there and active.
    pub fn check_warehouse(&self, field: &str, id: WarehouseId) -> Result<()> {
        match self.warehouses.get(&id) {
            None => Err(Error::invalid(field, "no such warehouse")),
            Some(warehouse) if !warehouse.active => {
                Err(Error::invalid(field, "the warehouse is not active"))
            }
            Some(_) => Ok(()),
        }
    }
}

/// The posting's lines, as they are written.
pub(super) fn checked(
    new: &NewPosting,
    masters: &Masters,
    naming: &mut Naming<'_>,
    rounding: ValueRounding,
) -> Result<Vec<PostingLine>> {
    match new.kind {
        PostingKind::Reversal => {
            let fault = "a reversal is made of the posting that it takes back";
            return Err(Error::invalid("kind", fault));
        }
        PostingKind::Count => return Err(Error::invalid("kind", "a count is written as one")),
        PostingKind::Revaluation => {
            return Err(Error::invalid("kind", "a revaluation is written as one"));
        }
        _ => {}
    }
    if new.lines.is_empty() {
        return Err(Error::invalid("lines", "must have at least one"));
    }
    let receipt = masters.receipt(new)?;
    let lines = new.lines.iter().enumerate();
    let checked = lines.map(|(index, line)| {
        let field = |name: &str| format!("lines[{index}].{name}");
        let checked = checked_line(new.kind, field, line, masters, rounding)?;
        let item = masters.item(&field("item"), line.item)?;
        let lot = naming.lot(field, new.kind, line, item)?;
        let movement = match receipt {
            None => checked.movement,
            Some(receipt) => sent_back(field, checked, lot, receipt)?,
        };
        Ok(PostingLine { lot, movement, ..checked })
    });
    let checked = checked.collect::<Result<Vec<_>>>()?;
    match receipt {
        None => Ok(checked),
        Some(receipt) => not_more_than_came_in(checked, receipt),
    }
}

/// The movement of a line that sends goods of a receipt back.
fn sent_back(
    field: impl Fn(&str) -> String,
    line: PostingLine,
    lot: Option<LotId>,
    receipt: &PostedStock,
) -> Result<LineMove> {
    let quantity = match line.movement {
        LineMove::Out { quantity, reservation: None } => quantity,
        LineMove::Out { .. } => {
            let fault = "goods of a receipt that go back consume no reservation";
            return Err(Error::invalid(field("direction.reservation"), fault));
        }
        _ => return Err(Error::invalid(field("direction"), "goods of a receipt go back out")),
    };
    let mut came = receipt.movements.iter().filter(|one| one.item == line.item);
    if lot.is_some() && !came.any(|one| one.lot == lot) {
        return Err(Error::invalid(field("lot.code"), "the receipt brought in nothing of it"));
    }
    Ok(LineMove::SendBack { quantity, receipt: receipt.posting.id })
}

/// Of no item more may go back than the receipt brought in.
fn not_more_than_came_in(
    lines: Vec<PostingLine>,
    receipt: &PostedStock,
) -> Result<Vec<PostingLine>> {
    let mut left = BTreeMap::<ItemId, Decimal>::new();
    for one in receipt.movements.iter().filter(|one| one.kind == MovementKind::Stock) {
        *left.entry(one.item).or_default() += one.quantity;
    }
    for (index, line) in lines.iter().enumerate() {
        let LineMove::SendBack { quantity, .. } = line.movement else { continue };
        let left = left.entry(line.item).or_default();
        *left -= quantity;
        if *left < Decimal::ZERO {
            let field = format!("lines[{index}].quantity");
            return Err(Error::invalid(field, "is more than the receipt brought in"));
        }
    }
    Ok(lines)
}

fn checked_line(
    kind: PostingKind,
    field: impl Fn(&str) -> String,
    line: &NewLine,
    masters: &Masters,
    rounding: ValueRounding,
) -> Result<PostingLine> {
    let item = masters.item(&field("item"), line.item)?;
    masters.check_warehouse(&field("warehouse"), line.warehouse)?;
    let quantity = quantity(&field("quantity"), line.quantity, item)?;
    let movement = match (kind, line.direction) {
        (
            PostingKind::Receipt | PostingKind::Adjustment | PostingKind::Return,
            Direction::In { price },
        ) => {
            let value = value(&field("price"), price, quantity, rounding)?;
            LineMove::In { quantity, value }
        }
        (
            PostingKind::Issue | PostingKind::Adjustment | PostingKind::Return,
            Direction::Out { reservation },
        ) => LineMove::Out { quantity, reservation },
        (PostingKind::Transfer, Direction::To { warehouse: to }) => {
            masters.check_warehouse(&field("direction.to"), to)?;
            if to == line.warehouse {
                return Err(Error::invalid(field("direction.to"), "must be another warehouse"));
            }
            LineMove::Transfer { quantity, to }
        }
        _ => return Err(Error::invalid(field("direction"), "does not fit the posting's kind")),
    };
    Ok(PostingLine { item: line.item, warehouse: line.warehouse, lot: None, movement })
}

/// A quantity in the item's unit, more than zero (INV-6).
pub(super) fn quantity(field: &str, quantity: Decimal, item: &Item) -> Result<Decimal> {
    if quantity <= Decimal::ZERO {
        return Err(Error::invalid(field, "must be more than zero"));
    }
    let fits = rules::quantity_fits(quantity, item.unit.scale);
    fits.ok_or_else(|| Error::invalid(field, "does not fit the item's unit"))
}

/// What was counted, in the item's unit.
pub(super) fn counted(field: &str, counted: Decimal, item: &Item) -> Result<Decimal> {
    if counted < Decimal::ZERO {
        return Err(Error::invalid(field, "must not be negative"));
    }
    if counted.is_zero() { Ok(Decimal::ZERO) } else { quantity(field, counted, item) }
}

/// What one unit is worth: at least zero, not finer than a price is kept.
pub(super) fn unit_cost(field: &str, unit_cost: Decimal) -> Result<Decimal> {
    if unit_cost < Decimal::ZERO {
        return Err(Error::invalid(field, "must not be negative"));
    }
    let unit_cost = unit_cost.normalize();
    if unit_cost >= VALUE_BOUND {
        return Err(Error::invalid(field, "is too large"));
    }
    if unit_cost.scale() > rules::RATE_SCALE {
        return Err(Error::invalid(field, "has more than 12 digits after the point"));
    }
    Ok(unit_cost)
}

fn value(
    field: &str,
    price: Option<Price>,
    quantity: Decimal,
    rounding: ValueRounding,
) -> Result<Option<Decimal>> {
    let too_large = || Error::invalid(field, "is too large");
    let total = match price {
        None => return Ok(None),
        Some(Price::Total(total)) if total.normalize().scale() > rounding.scale => {
            return Err(Error::invalid(field, "is finer than the currency"));
        }
        Some(Price::Total(total)) => total,
        Some(Price::Each(each)) => each.checked_mul(quantity).ok_or_else(too_large)?,
    };
    if total < Decimal::ZERO {
        return Err(Error::invalid(field, "must not be negative"));
    }
    let mut total = rounding.mode.round(total, rounding.scale);
    if total >= VALUE_BOUND {
        return Err(too_large());
    }
    total.rescale(rounding.scale);
    Ok(Some(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_below_ten_to_the_fifteenth() {
        assert_eq!(VALUE_BOUND, Decimal::from(1_000_000_000_000_000_i64));
    }
}
