//! The items that lines name, and how much of them is there.

use std::collections::HashMap;

use erp_core::{
    Conflict, Ctx, Engine, Error,
    ids::{ItemId, WarehouseId},
    inventory::{Item, ItemFields, NegativeStock, Warehouse},
    money::Decimal,
    record::Stored,
};

use super::row::Row;
use crate::import::patience::patiently;

/// The longest name of an item, in characters.
const MAX_NAME: usize = 200;

/// Items that were met.
pub struct Goods<'a> {
    engine: &'a Engine,
    ctx: &'a Ctx,
    pub warehouse: Stored<Warehouse>,
    known: HashMap<String, Good>,
    /// How many items this run has made.
    pub new: usize,
}

/// An item that was met.
#[derive(Clone, Copy)]
pub struct Good {
    pub item: ItemId,
    /// How much may be taken; none where stock may be negative.
    available: Option<Decimal>,
}

impl<'a> Goods<'a> {
    /// Over what the store holds. The warehouse is made if there is none.
    pub async fn open(
        engine: &'a Engine,
        ctx: &'a Ctx,
        code: &str,
        negative: NegativeStock,
    ) -> Result<Self, Error> {
        let new = Warehouse { negative, ..Warehouse::new(code, code)? };
        let warehouses = engine.records();
        let warehouse = match warehouses.get_by(ctx, Warehouse::CODE.is(&new.code)).await {
            Err(Error::NotFound { .. }) => warehouses.create(ctx, new).await?,
            there => there?,
        };
        Ok(Self { engine, ctx, warehouse, known: HashMap::new(), new: 0 })
    }

    /// How many the lines named.
    pub fn met(&self) -> usize {
        self.known.len()
    }

    /// The item of this line, if it was met.
    pub fn met_before(&self, row: &Row) -> Option<Good> {
        self.known.get(&row.key()).copied()
    }

    /// Whether the item was met before.
    pub fn knows(&self, row: &Row) -> bool {
        self.known.contains_key(&row.key())
    }

    /// The item of this line, made if there is none.
    pub async fn of(&mut self, row: &Row) -> Result<Good, Error> {
        if let Some(good) = self.known.get(&row.key()) {
            return Ok(*good);
        }
        let item = match patiently(|| self.there(&row.code)).await? {
            Some(item) => item,
            None => self.create(row).await?,
        };
        let available = if item.may_go_negative(&self.warehouse) {
            None
        } else {
            let key = (item.id, self.warehouse.id);
            let level = patiently(|| async {
                Ok::<_, Error>(self.engine.store().inventory().level(key).await?)
            });
            Some(level.await?.map_or(Decimal::ZERO, |level| level.available()))
        };
        let good = Good { item: item.id, available };
        self.known.insert(row.key(), good);
        Ok(good)
    }

    async fn there(&self, sku: &str) -> Result<Option<Item>, Error> {
        Ok(self.engine.store().inventory().item_by_sku(sku).await?)
    }

    async fn create(&mut self, row: &Row) -> Result<Item, Error> {
        let name = if row.description.is_empty() { &row.code } else { &row.description };
        let fields = ItemFields::new(&row.code, name.chars().take(MAX_NAME).collect::<String>());
        let inventory = self.engine.inventory();
        let created = patiently(|| inventory.create_item(self.ctx, fields.clone())).await;
        match created {
            Ok(item) => {
                self.new += 1;
                Ok(item)
            }
            // Somebody else made it in the meantime, or an answer was lost.
            Err(Error::Conflict(taken)) if taken == Conflict::taken("item", "sku") => {
                self.there(&row.code).await?.ok_or(Error::Conflict(taken))
            }
            Err(error) => Err(error),
        }
    }

    /// Takes so much, or puts it there when it is negative, unless there is not enough: then says how
    /// much there is.
    pub fn take(&mut self, row: &Row, quantity: Decimal) -> Result<(), Decimal> {
        let good = self.known.get_mut(&row.key());
        let Some(available) = good.and_then(|good| good.available.as_mut()) else { return Ok(()) };
        if quantity > *available {
            return Err(*available);
        }
        *available -= quantity;
        Ok(())
    }
}

/// The place of what is imported.
pub fn line(
    good: Good,
    warehouse: WarehouseId,
    quantity: Decimal,
    direction: erp_core::inventory::Direction,
) -> erp_core::inventory::NewLine {
    erp_core::inventory::NewLine::new((good.item, warehouse), quantity, direction)
}
