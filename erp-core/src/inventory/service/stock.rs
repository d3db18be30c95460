//! Reading stock, counting it, and seeing to what is low.

use serde::{Deserialize, Serialize};

use super::{InventoryService, READERS, lines, lots, write::Draft};
use crate::{
    change::{EntityRef, NewEvent, Recorder},
    ctx::Ctx,
    error::{Conflict, Error, Result},
    forms,
    ids::{ItemId, PostingId, StockAlertId, WarehouseId},
    inventory::{
        AlertQuery, Dated, InventoryChange, InventoryEvent, LevelQuery, LineMove, Movement,
        MovementKey, MovementQuery, PostedStock, PostingKind, PostingLine, StockAlert, StockAt,
        StockLevel, StockPosting, StockProjection,
    },
    money::Decimal,
    page::{Page, PageRequest},
    policy::Action,
    time::{self, Timestamp},
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
    /// The code of the lot that was counted, if stock of the item lies in lots.
    #[serde(default)]
    pub lot: Option<String>,
    /// How much was there.
    #[serde(deserialize_with = "crate::money::read_decimal")]
    pub counted: Decimal,
    /// When it was counted: goods may have moved since (INV-16).
    pub counted_at: Timestamp,
    /// What is noted on the posting, at most 200 characters.
    pub reference: Option<String>,
}

#[erp_derive::boxed]
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
        let low_on = low.then(|| self.day("low", self.engine.now())).transpose()?;
        let after = page.after(&filter)?;
        let query = LevelQuery { item, warehouse, low_on, after, limit: page.limit.get() + 1 };
        let rows = self.engine.store().inventory().levels(&query).await?;
        Page::from_rows(rows, page.limit, &filter, StockLevel::key)
    }

    /// How much of an item was where at an instant, movements at that instant included.
    ///
    /// # Errors
    /// Not found, also when the caller may not read stock.
    pub async fn stock_at(&self, ctx: &Ctx, item: ItemId, at: Timestamp) -> Result<Vec<StockAt>> {
        self.item(ctx, item).await?;
        let at = time::checked("at", at)?;
        Ok(self.engine.store().inventory().stock_at(item, at).await?)
    }

    /// How much of an item will be where at an instant, if nothing moves until then: reservations
    /// whose time is over by then hold nothing back, and what expires until then does not count.
    ///
    /// # Errors
    /// Not found, also when the caller may not read stock; a validation error on `at` in the past.
    pub async fn projection(
        &self,
        ctx: &Ctx,
        item: ItemId,
        at: Option<Timestamp>,
    ) -> Result<Vec<StockProjection>> {
        self.item(ctx, item).await?;
        let now = self.engine.now();
        let at = at.map_or(Ok(now), |at| time::checked("at", at))?;
        if at < now {
            return Err(Error::invalid("at", "must not be in the past"));
        }
        let day = self.day("at", at)?;
        Ok(self.engine.store().inventory().projection(item, at, day).await?)
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

    /// Writes what a count found. It has effect when it was counted: that much was there, whatever
    /// the books said, and what moved later builds on it (INV-11, INV-16). Counting holds up nothing.
    /// What is entered later of before the count leaves it as it is.
    ///
    /// # Errors
    /// As [`Self::post`], and validation errors on `item`, `warehouse`, `lot`, `counted` and `counted_at`.
    pub async fn count(&self, ctx: &Ctx, count: StockCount) -> Result<PostedStock> {
        let action = Action::StockPost;
        self.allowed(ctx, action).await?;
        let masters = self.masters(&[count.item], &[count.warehouse]).await?;
        let item = masters.item("item", count.item)?;
        masters.check_warehouse("warehouse", count.warehouse)?;
        let code = count.lot.as_deref();
        let there = self.lots_named(code.map(|code| (count.item, code)).into_iter()).await?;
        let lot = lots::counted(&there, item, code)?;
        let counted = lines::counted("counted", count.counted, item)?;
        let now = self.engine.now();
        let counted_at = time::checked("counted_at", count.counted_at)?;
        if counted_at > now {
            return Err(Error::invalid("counted_at", "must not be in the future"));
        }
        let posting = StockPosting {
            id: PostingId::generate(self.engine.ids()),
            kind: PostingKind::Count,
            reference: forms::REFERENCE.check_optional("reference", count.reference.as_deref())?,
            reverses: None,
            posted_by: ctx.actor.user(),
            posted_at: now,
            effective_at: counted_at,
        };
        let movement = LineMove::Count { counted };
        let StockCount { item: of, warehouse, .. } = count;
        let draft = Draft {
            posting,
            dated: Dated::At(counted_at),
            day: self.day("counted_at", counted_at)?,
            tracked: lots::tracked(std::iter::once(item)),
            new_lots: Vec::new(),
            lines: vec![PostingLine { item: of, warehouse, lot, movement }],
        };
        self.freeing_expired(|| self.write(ctx, action, &count, &draft)).await
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
        match self.engine.commit(set).await {
            Ok(_) => {
                let (acknowledged_by, acknowledged_at) = (Some(by), Some(at));
                Ok(StockAlert { acknowledged_by, acknowledged_at, ..old })
            }
            // Another was faster: this one has nothing to tell of.
            Err(Error::Conflict(Conflict::AlertAcknowledged)) => {
                let there = self.engine.store().inventory().alert(id).await?;
                there.ok_or(Error::NotFound { entity: "stock_alert" })
            }
            Err(other) => Err(other),
        }
    }
}
