//! Closing the books.

use super::{InventoryService, READERS};
use crate::{
    change::{EntityRef, NewEvent, Recorder},
    ctx::Ctx,
    error::{Conflict, Error, Result},
    inventory::{InventoryChange, InventoryEvent},
    policy::Action,
    time::{self, Timestamp},
};

#[erp_derive::boxed]
impl InventoryService<'_> {
    /// Closes the books: from now on nothing has effect before this instant (INV-12). They are not
    /// opened again. When they are closed up to there, nothing is written.
    ///
    /// # Errors
    /// Forbidden; a validation error on `until` when it is in the future; conflicts when the books
    /// are closed further, or a reservation from before the instant is still active.
    pub async fn close_period(&self, ctx: &Ctx, until: Timestamp) -> Result<()> {
        let action = Action::StockClose;
        self.allowed(ctx, action).await?;
        let until = time::checked("until", until)?;
        if until > self.engine.now() {
            return Err(Error::invalid("until", "must not be in the future"));
        }
        let closed = self.engine.store().inventory().closed_until().await?;
        match closed {
            Some(closed) if closed == until => return Ok(()),
            Some(closed) if closed > until => {
                return Err(Conflict::PeriodClosed { until: closed }.into());
            }
            _ => {}
        }
        self.end_expired().await?;
        let entity = EntityRef::new("stock_period", self.engine.ids().uuid());
        let mut set = self.engine.change(ctx, action, entity);
        set.record(Recorder::new().field("closed_until", closed, until));
        set.change(InventoryChange::ClosePeriod { until });
        set.event(NewEvent::new(InventoryEvent::PeriodClosed { until }, READERS));
        match self.engine.commit(set).await {
            // Another was as fast: this one has nothing to tell of.
            Err(Error::Conflict(Conflict::PeriodClosed { until: closed })) if closed == until => {
                Ok(())
            }
            written => written.map(drop),
        }
    }

    /// Until when the books are closed; none while they never were.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn closed_until(&self, ctx: &Ctx) -> Result<Option<Timestamp>> {
        self.allowed(ctx, Action::StockRead).await?;
        Ok(self.engine.store().inventory().closed_until().await?)
    }
}
