//! Warehouses.

use serde::{Deserialize, Serialize};

use super::{InventoryService, READERS};
use crate::{
    change::{EntityRef, Idempotency, NewEvent, Recorder, Version},
    ctx::Ctx,
    error::Result,
    forms,
    ids::WarehouseId,
    inventory::{InventoryChange, InventoryEvent, NegativeStock, Warehouse, WarehouseQuery},
    page::{Page, PageRequest},
    policy::Action,
    text,
};

/// What a warehouse is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarehouseFields {
    /// Its code, 1 to 64 characters without spaces, unique without regard to case.
    pub code: String,
    /// Its name, 1 to 200 characters.
    pub name: String,
    /// Where it is, at most 500 characters.
    pub address: Option<String>,
    /// Whether stock may be taken from here that is not there.
    pub negative: NegativeStock,
    /// Whether anything comes in or goes out.
    pub active: bool,
}

impl WarehouseFields {
    /// An active warehouse without an address, from which nothing is taken that is not there.
    pub fn new(code: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            name: name.into(),
            address: None,
            negative: NegativeStock::Forbidden,
            active: true,
        }
    }
}

/// A warehouse's new fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarehouseUpdate {
    /// The version that the caller has seen.
    pub expected: Version,
    /// The fields, all of them.
    #[serde(flatten)]
    pub fields: WarehouseFields,
}

#[erp_derive::boxed]
impl InventoryService<'_> {
    /// Creates a warehouse. Repeated with the same idempotency key it gives the first answer.
    ///
    /// # Errors
    /// Forbidden; validation errors on `code`, `name` and `address`; a conflict when the code is
    /// taken.
    pub async fn create_warehouse(&self, ctx: &Ctx, new: WarehouseFields) -> Result<Warehouse> {
        let action = Action::WarehouseCreate;
        self.allowed(ctx, action).await?;
        let id = WarehouseId::generate(self.engine.ids());
        let mut set = self.engine.change(ctx, action, entity(id));
        let blank = Warehouse {
            id,
            code: String::new(),
            name: String::new(),
            address: None,
            negative: new.negative,
            active: true,
            version: Version::FIRST,
            created_at: set.at(),
        };
        let warehouse = filled(blank, &new)?;
        set.idempotency = Idempotency::of(ctx, action, &new, &warehouse)?;
        set.record(Recorder::new().created("code", &warehouse.code));
        set.change(InventoryChange::CreateWarehouse(warehouse.clone()));
        set.event(NewEvent::new(InventoryEvent::WarehouseCreated(warehouse.clone()), READERS));
        self.engine.commit(set).await?.answer(warehouse)
    }

    /// Changes a warehouse. When nothing changes, nothing is written.
    ///
    /// # Errors
    /// As [`Self::create_warehouse`]; not found; a conflict when the version is not the present one.
    pub async fn update_warehouse(
        &self,
        ctx: &Ctx,
        id: WarehouseId,
        update: WarehouseUpdate,
    ) -> Result<Warehouse> {
        let action = Action::WarehouseUpdate;
        let there = self.engine.store().inventory().warehouse(id);
        let old = self.allowed_on(ctx, action, "warehouse", there).await?;
        old.version.must_be(update.expected, "warehouse")?;
        let new = filled(old.clone(), &update.fields)?;
        let changed = Recorder::new()
            .field("code", &old.code, &new.code)
            .field("name", &old.name, &new.name)
            .field("address", &old.address, &new.address)
            .field("negative", old.negative, new.negative)
            .field("active", old.active, new.active);
        if changed.is_empty() {
            return Ok(old);
        }
        let warehouse = Warehouse { version: old.version.next(), ..new };
        let mut set = self.engine.change(ctx, action, entity(id));
        set.record(changed);
        let expected = update.expected;
        set.change(InventoryChange::UpdateWarehouse { expected, warehouse: warehouse.clone() });
        set.event(NewEvent::new(InventoryEvent::WarehouseChanged(warehouse.clone()), READERS));
        self.engine.commit(set).await?;
        Ok(warehouse)
    }

    /// The warehouse.
    ///
    /// # Errors
    /// Not found, also when the caller may not read stock.
    pub async fn warehouse(&self, ctx: &Ctx, id: WarehouseId) -> Result<Warehouse> {
        let there = self.engine.store().inventory().warehouse(id);
        self.allowed_on(ctx, Action::StockRead, "warehouse", there).await
    }

    /// The warehouses, active or not, by code.
    ///
    /// # Errors
    /// Forbidden; a validation error on `cursor`.
    pub async fn warehouses(&self, ctx: &Ctx, page: &PageRequest) -> Result<Page<Warehouse>> {
        self.allowed(ctx, Action::StockRead).await?;
        let filter = "warehouses";
        let query = WarehouseQuery { after: page.after(&filter)?, limit: page.limit.get() + 1 };
        let rows = self.engine.store().inventory().warehouses(&query).await?;
        Page::from_rows(rows, page.limit, &filter, |row| text::key(&row.code))
    }
}

fn filled(warehouse: Warehouse, fields: &WarehouseFields) -> Result<Warehouse> {
    Ok(Warehouse {
        code: forms::CODE.check("code", &fields.code)?,
        name: forms::NAME.check("name", &fields.name)?,
        address: forms::ADDRESS.check_optional("address", fields.address.as_deref())?,
        negative: fields.negative,
        active: fields.active,
        ..warehouse
    })
}

fn entity(id: WarehouseId) -> EntityRef {
    EntityRef::new("warehouse", id.uuid())
}
