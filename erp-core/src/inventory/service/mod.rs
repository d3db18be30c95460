//! Warehouses, items and stock.

mod expiry;
mod items;
mod lines;
mod lots;
mod options;
mod periods;
mod post;
mod replays;
mod reports;
mod reserve;
mod revalue;
mod stock;
mod write;

pub(crate) use expiry::Expiry;
pub use items::{ItemFields, ItemUpdate};
pub use lots::{LotCorrection, LotFilter, LotName};
pub use options::InventoryOptions;
pub use post::{Direction, NewLine, NewPosting, Price};
pub(crate) use replays::Replays;
pub use reports::{StockValuation, TurnoverFilter, ValuationFilter};
pub use reserve::NewReservation;
pub use revalue::StockRevaluation;
pub use stock::{LevelFilter, StockCount};

use crate::{
    change::Audience,
    ctx::Ctx,
    engine::Engine,
    error::{Error, Result},
    policy::{self, Action, Permission, Resource, Subject},
};

/// Who learns of what happens in the inventory.
pub(super) const READERS: [Audience; 1] = [Audience::Holders(Permission::InventoryRead)];

/// Warehouses, items and stock.
pub struct InventoryService<'a> {
    engine: &'a Engine,
}

impl<'a> InventoryService<'a> {
    pub(crate) fn new(engine: &'a Engine) -> Self {
        Self { engine }
    }

    /// The caller, when he may do this to the inventory as a whole.
    async fn allowed(&self, ctx: &Ctx, action: Action) -> Result<Subject> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, action, &Resource::Global)?;
        Ok(subject)
    }

    /// The thing, when there is one and the caller may do this to it: whoever may not read stock
    /// gets the same answer either way.
    async fn allowed_on<T>(
        &self,
        ctx: &Ctx,
        action: Action,
        kind: &'static str,
        thing: impl Future<Output = crate::port::StoreResult<Option<T>>>,
    ) -> Result<T> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::StockRead, &Resource::Stock(kind))?;
        let thing = thing.await?.ok_or(Error::NotFound { entity: kind })?;
        policy::authorize(&subject, action, &Resource::Stock(kind))?;
        Ok(thing)
    }
}
