//! Items.

use serde::{Deserialize, Serialize};

use super::{InventoryService, READERS};
use crate::{
    change::{EntityRef, Idempotency, NewEvent, Recorder, Version},
    ctx::Ctx,
    error::{Error, Result},
    forms,
    ids::{ItemCategoryId, ItemId},
    inventory::{
        InventoryChange, InventoryEvent, Item, ItemQuery, NegativeStock, Tracking, Unit,
        ValuationMethod, rules,
    },
    money::Decimal,
    page::{Page, PageRequest},
    policy::{self, Action, Resource},
    text,
};

/// What an item is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemFields {
    /// Its number, 1 to 64 characters without spaces, unique without regard to case.
    pub sku: String,
    /// Its name, 1 to 200 characters.
    pub name: String,
    /// The category that it is in.
    pub category: Option<ItemCategoryId>,
    /// What it is counted in; it stays once there was stock (INV-14).
    pub unit: Unit,
    /// Stock is low when what is available in a warehouse is not above this.
    #[serde(default, deserialize_with = "crate::money::read_optional_decimal")]
    pub reorder_level: Option<Decimal>,
    /// How what leaves is valued; it stays once there was stock (INV-14).
    pub valuation: ValuationMethod,
    /// Whether it may be taken where it is not; none leaves it to the warehouse.
    pub negative: Option<NegativeStock>,
    /// What of its stock is kept apart; it stays once there was stock (INV-15).
    #[serde(default)]
    pub tracking: Tracking,
    /// Whether anything of it comes in or goes out.
    pub active: bool,
}

impl ItemFields {
    /// An active item in whole pieces, of no category, valued by moving average, that never warns and
    /// leaves it to the warehouse whether it may be taken where it is not; its stock lies in no lots.
    ///
    /// ```
    /// use erp_core::inventory::{ItemFields, Unit};
    /// let unit = Unit { name: "m".to_owned(), scale: 2 };
    /// let cable = ItemFields { unit, ..ItemFields::new("CABLE-4", "Cable, 4 mm²") };
    /// assert!(cable.active);
    /// ```
    pub fn new(sku: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            sku: sku.into(),
            name: name.into(),
            category: None,
            unit: Unit::pieces(),
            reorder_level: None,
            valuation: ValuationMethod::MovingAverage,
            negative: None,
            tracking: Tracking::None,
            active: true,
        }
    }
}

/// An item's new fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemUpdate {
    /// The version that the caller has seen.
    pub expected: Version,
    /// The fields, all of them.
    #[serde(flatten)]
    pub fields: ItemFields,
}

#[erp_derive::boxed]
impl InventoryService<'_> {
    /// Creates an item. Repeated with the same idempotency key it gives the first answer.
    ///
    /// # Errors
    /// Forbidden; validation errors on `sku`, `name`, `category`, `unit`, `reorder_level` and
    /// `tracking`; a conflict when the SKU is taken.
    pub async fn create_item(&self, ctx: &Ctx, new: ItemFields) -> Result<Item> {
        let action = Action::ItemCreate;
        self.allowed(ctx, action).await?;
        let id = ItemId::generate(self.engine.ids());
        let mut set = self.engine.change(ctx, action, entity(id));
        let item = filled((id, Version::FIRST, set.at()), &new)?;
        set.idempotency = Idempotency::of(ctx, action, &new, &item)?;
        set.record(Recorder::new().created("sku", &item.sku).created("name", &item.name));
        set.change(InventoryChange::CreateItem(item.clone()));
        set.event(NewEvent::new(InventoryEvent::ItemCreated(item.clone()), READERS));
        match self.engine.commit(set).await {
            Err(Error::NotFound { .. }) => Err(no_category()),
            receipt => receipt?.answer(item),
        }
    }

    /// Changes an item. When nothing changes, nothing is written.
    ///
    /// # Errors
    /// As [`Self::create_item`]; not found; a conflict when the version is not the present one, or
    /// when unit, valuation or tracking would change and there is or was stock (INV-14).
    pub async fn update_item(&self, ctx: &Ctx, id: ItemId, update: ItemUpdate) -> Result<Item> {
        let action = Action::ItemUpdate;
        let there = self.engine.store().inventory().item(id);
        let old = self.allowed_on(ctx, action, "item", there).await?;
        old.version.must_be(update.expected, "item")?;
        let item = filled((id, old.version.next(), old.created_at), &update.fields)?;
        let changed = changes(&old, &item);
        if changed.is_empty() {
            return Ok(old);
        }
        let mut set = self.engine.change(ctx, action, entity(id));
        set.record(changed);
        let expected = update.expected;
        let unused = rules::must_be_unused(&old, &item);
        set.change(InventoryChange::UpdateItem { expected, item: item.clone(), unused });
        set.event(NewEvent::new(InventoryEvent::ItemChanged(item.clone()), READERS));
        match self.engine.commit(set).await {
            Err(Error::NotFound { entity: "item_category" }) => Err(no_category()),
            receipt => receipt.map(|_| item),
        }
    }

    /// Deletes an item for good, if it never had stock (INV-14). Its SKU is free again.
    ///
    /// # Errors
    /// Not found; forbidden; a conflict when the version is not the present one, or there is or was
    /// stock.
    pub async fn delete_item(&self, ctx: &Ctx, id: ItemId, expected: Version) -> Result<()> {
        let action = Action::ItemDelete;
        let there = self.engine.store().inventory().item(id);
        let old = self.allowed_on(ctx, action, "item", there).await?;
        old.version.must_be(expected, "item")?;
        let mut set = self.engine.change(ctx, action, entity(id));
        set.record(Recorder::new().field("sku", &old.sku, serde_json::Value::Null));
        set.change(InventoryChange::DeleteItem { id, expected });
        set.event(NewEvent::new(InventoryEvent::ItemDeleted { item: id }, READERS));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// The item.
    ///
    /// # Errors
    /// Not found, also when the caller may not read stock.
    pub async fn item(&self, ctx: &Ctx, id: ItemId) -> Result<Item> {
        let there = self.engine.store().inventory().item(id);
        self.allowed_on(ctx, Action::StockRead, "item", there).await
    }

    /// The item of this SKU, without regard to case and normal form.
    ///
    /// # Errors
    /// As [`Self::item`]; a validation error on `sku` when no item can have it.
    pub async fn item_by_sku(&self, ctx: &Ctx, sku: &str) -> Result<Item> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::StockRead, &Resource::Stock("item"))?;
        let sku = forms::CODE.check("sku", sku)?;
        let there = self.engine.store().inventory().item_by_sku(&sku).await?;
        there.ok_or(Error::NotFound { entity: "item" })
    }

    /// The items, active or not, by SKU; only those directly in the category, if one is named.
    ///
    /// # Errors
    /// Forbidden; a validation error on `cursor`.
    pub async fn items(
        &self,
        ctx: &Ctx,
        category: Option<ItemCategoryId>,
        page: &PageRequest,
    ) -> Result<Page<Item>> {
        self.allowed(ctx, Action::StockRead).await?;
        let filter = ("items", category);
        let after = page.after(&filter)?;
        let query = ItemQuery { category, after, limit: page.limit.get() + 1 };
        let rows = self.engine.store().inventory().items(&query).await?;
        Page::from_rows(rows, page.limit, &filter, |row| text::key(&row.sku))
    }
}

fn filled(
    (id, version, created_at): (ItemId, Version, crate::time::Timestamp),
    fields: &ItemFields,
) -> Result<Item> {
    let unit = rules::unit(&fields.unit)?;
    Ok(Item {
        id,
        sku: forms::CODE.check("sku", &fields.sku)?,
        name: forms::NAME.check("name", &fields.name)?,
        category: fields.category,
        reorder_level: rules::reorder_level(fields.reorder_level, unit.scale)?,
        tracking: rules::tracking(fields.tracking, &unit)?,
        unit,
        valuation: fields.valuation,
        negative: fields.negative,
        active: fields.active,
        version,
        created_at,
    })
}

fn changes(old: &Item, new: &Item) -> Recorder {
    Recorder::new()
        .field("sku", &old.sku, &new.sku)
        .field("name", &old.name, &new.name)
        .field("category", old.category, new.category)
        .field("unit", &old.unit, &new.unit)
        .field("reorder_level", old.reorder_level, new.reorder_level)
        .field("valuation", old.valuation, new.valuation)
        .field("negative", old.negative, new.negative)
        .field("tracking", old.tracking, new.tracking)
        .field("active", old.active, new.active)
}

fn no_category() -> Error {
    Error::invalid("category", "no such category")
}

fn entity(id: ItemId) -> EntityRef {
    EntityRef::new("item", id.uuid())
}
