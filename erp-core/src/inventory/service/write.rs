//! Writing postings.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::{InventoryService, READERS};
use crate::{
    change::{ChangeSet, EntityRef, Idempotency, NewEvent, Receipt, Recorder},
    ctx::Ctx,
    error::{Error, Result},
    ids::{ItemId, PostingId, StockAlertId},
    inventory::{
        Dated, InventoryChange, InventoryEvent, Lot, NewStockPosting, PostedStock, PostingLine,
        StockOutcome, StockPosting, Tracking,
    },
    policy::Action,
};

/// A posting that is checked, and not written yet.
pub(super) struct Draft {
    pub posting: StockPosting,
    pub dated: Dated,
    /// Of which it has effect.
    pub day: NaiveDate,
    pub tracked: BTreeMap<ItemId, Tracking>,
    pub new_lots: Vec<Lot>,
    pub lines: Vec<PostingLine>,
}

impl InventoryService<'_> {
    pub(super) async fn write(
        &self,
        ctx: &Ctx,
        action: Action,
        request: &impl Serialize,
        draft: &Draft,
    ) -> Result<PostedStock> {
        self.may_replay(ctx, std::iter::once(draft.dated)).await?;
        let set = self.change_set(ctx, action, request, draft)?;
        let receipt = self.engine.commit(set).await;
        self.count_replayed(ctx, draft.dated, &receipt).await;
        self.posted(receipt?, draft).await
    }

    /// The one change of a posting, with its audit entry and its event.
    pub(super) fn change_set(
        &self,
        ctx: &Ctx,
        action: Action,
        request: &impl Serialize,
        Draft { posting, dated, day, tracked, new_lots, lines }: &Draft,
    ) -> Result<ChangeSet> {
        let entity = EntityRef::new("posting", posting.id.uuid());
        let mut set = self.engine.change(ctx, action, entity);
        let posting = StockPosting { posted_at: set.at(), ..posting.clone() };
        set.idempotency = Idempotency::of(ctx, action, request, &posting.id)?;
        set.record(
            Recorder::new()
                .created("kind", posting.kind)
                .created("reference", &posting.reference)
                .created("reverses", posting.reverses)
                .created("lines", lines.len()),
        );
        let ids = self.engine.ids();
        let alerts = (0..2 * lines.len()).map(|_| StockAlertId::generate(ids)).collect();
        let options = &self.engine.options().inventory;
        let today = self.day("effective_at", set.at())?;
        let change = set.change(InventoryChange::Post(NewStockPosting {
            posting,
            dated: *dated,
            rounding: options.rounding,
            day: *day,
            today,
            tracked: tracked.clone(),
            new_lots: new_lots.clone(),
            lines: lines.clone(),
            max_replayed: options.max_replayed,
            alerts,
        }));
        let event = InventoryEvent::StockPosted(StockOutcome::default());
        set.event(NewEvent::new(event, READERS).filled_by(change));
        Ok(set)
    }

    /// What the change came to.
    pub(super) async fn posted(&self, mut receipt: Receipt, draft: &Draft) -> Result<PostedStock> {
        if receipt.replayed.is_some() {
            let first: PostingId = receipt.answer(draft.posting.id)?;
            return self.posted_first(first).await;
        }
        let StockOutcome { posting, movements, .. } = receipt.take_stock(0)?;
        let posting = posting.ok_or_else(|| Error::Internal("no posting".to_owned()))?;
        Ok(PostedStock { posting, movements, reversed_by: None })
    }

    /// The first answer to a request that came again: postings never change.
    async fn posted_first(&self, id: PostingId) -> Result<PostedStock> {
        let posted = self.engine.store().inventory().posting(id).await?;
        let posted = posted.ok_or_else(|| Error::Internal("a posting is gone".to_owned()))?;
        Ok(PostedStock { reversed_by: None, ..posted })
    }
}
