//! Reading stock, counting it, and seeing to what is low.

use serde::{Deserialize, Serialize};

use super::{Direction, InventoryService, NewLine, NewPosting, READERS};
use crate::{
    change::{EntityRef, NewEvent, Recorder},
    ctx::Ctx,
    error::{Error, Result},
    ids::{ItemId, PostingId, StockAlertId, WarehouseId},
    inventory::{
        AlertQuery, InventoryChange, InventoryEvent, LevelQuery, Movement, MovementKey,
        MovementQuery, PostedStock, PostingKind, StockAlert, StockAt, StockLevel,
    },
    money::Decimal,
    page::{Page, PageRequest},
    policy::Action,
    time::Timestamp,
};

/// Which levels to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelFilter {
    /// Only of this item.
    pub item: Option<ItemId>,
    /// Only in this warehouse.
    pub warehouse: Option<WarehouseId>,
    /// Only where stock is low.
    pub low: bool,
}

/// What somebody counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockCount {
    /// Of what.
    pub item: ItemId,
    /// Where.
    pub warehouse: WarehouseId,
    /// How much was there.
    pub counted: Decimal,
    /// When it was counted: goods may have moved since (INV-16).
    pub counted_at: Timestamp,
    /// What is noted on the adjustment, at most 200 characters.
    pub reference: Option<String>,
}

impl InventoryService<'_> {
    /// How much is where, by item and warehouse.
    ///
    /// # Errors
    /// Forbidden; a validation error on `cursor`.
    pub async fn levels(
        &self,
        ctx: &Ctx,
        filter: LevelFilter,
        page: &PageRequest,
    ) -> Result<Page<StockLevel>> {
        self.allowed(ctx, Action::StockRead).await?;
        let LevelFilter { item, warehouse, low } = filter;
        let after = page.after(&filter)?;
        let query = LevelQuery { item, warehouse, low, after, limit: page.limit.get() + 1 };
        let rows = self.engine.store().inventory().levels(&query).await?;
        Page::from_rows(rows, page.limit, &filter, StockLevel::key)
    }

    /// How much of an item was where at an instant, movements at that instant included.
    ///
    /// # Errors
    /// Not found, also when the caller may not read stock.
    pub async fn stock_at(&self, ctx: &Ctx, item: ItemId, at: Timestamp) -> Result<Vec<StockAt>> {
        self.item(ctx, item).await?;
        Ok(self.engine.store().inventory().stock_at(item, at).await?)
    }

    /// The movements of an item, the newest first.
    ///
    /// # Errors
    /// Forbidden; a validation error on `cursor`.
    pub async fn movements(
        &self,
        ctx: &Ctx,
        item: ItemId,
        warehouse: Option<WarehouseId>,
        page: &PageRequest,
    ) -> Result<Page<Movement>> {
        self.allowed(ctx, Action::StockRead).await?;
        let filter = ("movements", item, warehouse);
        let before = page.after(&filter)?;
        let query = MovementQuery { item, warehouse, before, limit: page.limit.get() + 1 };
        let rows = self.engine.store().inventory().movements(&query).await?;
        Page::from_rows(rows, page.limit, &filter, MovementKey::of)
    }

    /// The posting, with what it did.
    ///
    /// # Errors
    /// Not found, also when the caller may not read stock.
    pub async fn posting(&self, ctx: &Ctx, id: PostingId) -> Result<PostedStock> {
        let there = self.engine.store().inventory().posting(id);
        self.allowed_on(ctx, Action::StockRead, "posting", there).await
    }

    /// Writes what a count found: an adjustment by the difference to what the books said at that
    /// time. Counting holds up nothing (INV-16). None when there is no difference.
    ///
    /// # Errors
    /// As [`Self::post`], and validation errors on `counted` and `counted_at`.
    pub async fn count(&self, ctx: &Ctx, count: StockCount) -> Result<Option<PostedStock>> {
        self.allowed(ctx, Action::StockPost).await?;
        if count.counted < Decimal::ZERO {
            return Err(Error::invalid("counted", "must not be negative"));
        }
        if count.counted_at > self.engine.now() {
            return Err(Error::invalid("counted_at", "must not be in the future"));
        }
        let then = self.engine.store().inventory().stock_at(count.item, count.counted_at).await?;
        let then = then.iter().find(|one| one.warehouse == count.warehouse);
        let difference = count.counted - then.map_or(Decimal::ZERO, |one| one.on_hand);
        if difference.is_zero() {
            return Ok(None);
        }
        let direction = if difference > Decimal::ZERO {
            Direction::In { price: None }
        } else {
            Direction::Out { reservation: None }
        };
        let StockCount { item, warehouse, reference, .. } = count;
        let line = NewLine { item, warehouse, quantity: difference.abs(), direction };
        let kind = PostingKind::Adjustment;
        let new = NewPosting { kind, reference, effective_at: None, lines: vec![line] };
        self.post(ctx, new).await.map(Some)
    }

    /// The notices of low stock that nobody has seen to, by id.
    ///
    /// # Errors
    /// Forbidden; a validation error on `cursor`.
    pub async fn alerts(&self, ctx: &Ctx, page: &PageRequest) -> Result<Page<StockAlert>> {
        self.allowed(ctx, Action::StockRead).await?;
        let filter = "stock_alerts";
        let query = AlertQuery { after: page.after(&filter)?, limit: page.limit.get() + 1 };
        let rows = self.engine.store().inventory().alerts(&query).await?;
        Page::from_rows(rows, page.limit, &filter, |row| row.id)
    }

    /// The caller has seen to a notice. When somebody had before, nothing is written.
    ///
    /// # Errors
    /// Not found; forbidden; a precondition error for the host itself.
    pub async fn acknowledge(&self, ctx: &Ctx, id: StockAlertId) -> Result<StockAlert> {
        let action = Action::StockAcknowledge;
        let there = self.engine.store().inventory().alert(id);
        let old = self.allowed_on(ctx, action, "stock_alert", there).await?;
        let by = ctx.user_id()?;
        if old.acknowledged_at.is_some() {
            return Ok(old);
        }
        let mut set = self.engine.change(ctx, action, EntityRef::new("stock_alert", id.uuid()));
        let at = set.at();
        set.record(Recorder::new().created("acknowledged_by", by));
        set.change(InventoryChange::AcknowledgeAlert { id, by, at });
        set.event(NewEvent::new(InventoryEvent::AlertAcknowledged { alert: id, by }, READERS));
        self.engine.commit(set).await?;
        let (acknowledged_by, acknowledged_at) = (Some(by), Some(at));
        Ok(StockAlert { acknowledged_by, acknowledged_at, ..old })
    }
}
