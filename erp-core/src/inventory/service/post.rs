//! Moving stock, and taking it back.

use serde::{Deserialize, Serialize};

use super::{InventoryService, READERS, lines};
use crate::{
    change::{EntityRef, Idempotency, NewEvent, Recorder},
    ctx::Ctx,
    error::{Conflict, Error, Result},
    ids::{ItemId, PostingId, ReservationId, StockAlertId, WarehouseId},
    inventory::{
        Dated, InventoryChange, InventoryEvent, LineMove, Movement, MovementKind, NewStockPosting,
        PostedStock, PostingKind, PostingLine, StockOutcome, StockPosting, rules,
    },
    money::Decimal,
    policy::Action,
    time::{Timestamp, to_micros},
};

/// What goods that come in cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// One unit costs this.
    Each(Decimal),
    /// The line costs this.
    Total(Decimal),
}

/// Which way goods go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// In, at this price; at the present one when there is none.
    In {
        /// What they cost.
        price: Option<Price>,
    },
    /// Out, of what was reserved if that is named.
    Out {
        /// The reservation that is consumed.
        reservation: Option<ReservationId>,
    },
    /// To another warehouse.
    To {
        /// Which.
        warehouse: WarehouseId,
    },
}

/// A line of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLine {
    /// Of what.
    pub item: ItemId,
    /// Where; of a transfer, where from.
    pub warehouse: WarehouseId,
    /// How much, more than zero, not finer than the item's unit (INV-6).
    pub quantity: Decimal,
    /// Which way.
    pub direction: Direction,
}

/// A stock transaction to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPosting {
    /// Receipts come in, issues go out, transfers go to another warehouse; adjustments and returns
    /// come in or go out.
    pub kind: PostingKind,
    /// What caused it, at most 200 characters.
    pub reference: Option<String>,
    /// When it had effect; now when none. Not in the future. What moved later is worked out again
    /// (INV-11).
    pub effective_at: Option<Timestamp>,
    /// Its lines, at least one. Each is judged after those before it; all are written, or none.
    pub lines: Vec<NewLine>,
}

impl InventoryService<'_> {
    /// Moves stock. Repeated with the same idempotency key it gives the first answer.
    ///
    /// # Errors
    /// Forbidden; validation errors on `kind`, `reference`, `effective_at` and `lines[i].…`; conflicts
    /// when there is not enough, then or ever since, a reservation does not hold, the books are closed,
    /// or too much moved since.
    pub async fn post(&self, ctx: &Ctx, new: NewPosting) -> Result<PostedStock> {
        let action = Action::StockPost;
        self.allowed(ctx, action).await?;
        let rounding = self.engine.options().inventory.rounding;
        let masters = self.masters_of(&new.lines).await?;
        let lines = lines::checked(&new, &masters, rounding)?;
        let now = self.engine.now();
        let effective_at = new.effective_at.map(to_micros);
        if effective_at.is_some_and(|at| at > now) {
            return Err(Error::invalid("effective_at", "must not be in the future"));
        }
        let posting = StockPosting {
            id: PostingId::generate(self.engine.ids()),
            kind: new.kind,
            reference: rules::reference(new.reference.as_deref())?,
            reverses: None,
            posted_by: ctx.actor.user(),
            posted_at: now,
            effective_at: effective_at.unwrap_or(now),
        };
        let dated = effective_at.map_or(Dated::Now, Dated::At);
        self.freeing_expired(|| self.write(ctx, action, &new, (&posting, dated), &lines)).await
    }

    /// Takes a posting back: the same quantities and values the other way, as they are by now (INV-5). What it consumed
    /// of reservations stays consumed. A posting is taken back once.
    ///
    /// # Errors
    /// Not found; forbidden; a validation error on `reference`; a precondition error for a posting
    /// that is itself a reversal; conflicts when it was taken back before, or there is not enough.
    pub async fn reverse(
        &self,
        ctx: &Ctx,
        id: PostingId,
        reference: Option<String>,
    ) -> Result<PostedStock> {
        let action = Action::StockReverse;
        let there = self.engine.store().inventory().posting(id);
        let old = self.allowed_on(ctx, action, "posting", there).await?;
        if old.posting.kind == PostingKind::Reversal {
            return Err(Error::Precondition("a reversal is not reversed".into()));
        }
        let now = self.engine.now();
        let posting = StockPosting {
            id: PostingId::generate(self.engine.ids()),
            kind: PostingKind::Reversal,
            reference: rules::reference(reference.as_deref())?,
            reverses: Some(id),
            posted_by: ctx.actor.user(),
            posted_at: now,
            effective_at: now,
        };
        let lines: Vec<_> = old.movements.iter().rev().filter_map(opposite).collect();
        let request = (id, &reference);
        let write = || self.write(ctx, action, &request, (&posting, Dated::Now), &lines);
        self.freeing_expired(write).await
    }

    pub(super) async fn write(
        &self,
        ctx: &Ctx,
        action: Action,
        request: &impl Serialize,
        (posting, dated): (&StockPosting, Dated),
        lines: &[PostingLine],
    ) -> Result<PostedStock> {
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
        let change = set.change(InventoryChange::Post(NewStockPosting {
            posting: posting.clone(),
            dated,
            rounding: self.engine.options().inventory.rounding,
            lines: lines.to_vec(),
            max_replayed: self.engine.options().inventory.max_replayed,
            alerts,
        }));
        let event = InventoryEvent::StockPosted(StockOutcome::default());
        set.event(NewEvent::new(event, READERS).filled_by(change));
        let mut receipt = self.engine.commit(set).await?;
        if receipt.replayed.is_some() {
            let first: PostingId = receipt.answer(posting.id)?;
            return self.posted_first(first).await;
        }
        let StockOutcome { posting, movements, .. } = receipt.take_stock(change)?;
        let posting = posting.ok_or_else(|| Error::Internal("no posting".to_owned()))?;
        Ok(PostedStock { posting, movements, reversed_by: None })
    }

    /// The first answer to a request that came again: postings never change.
    async fn posted_first(&self, id: PostingId) -> Result<PostedStock> {
        let posted = self.engine.store().inventory().posting(id).await?;
        let posted = posted.ok_or_else(|| Error::Internal("a posting is gone".to_owned()))?;
        Ok(PostedStock { reversed_by: None, ..posted })
    }

    /// Tries again when there was not enough, but some was set aside for too long (INV-3).
    pub(super) async fn freeing_expired<T, F, Fut>(&self, attempt: F) -> Result<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        loop {
            match attempt().await {
                Err(Error::Conflict(Conflict::InsufficientStock {
                    item,
                    warehouse,
                    available,
                })) => {
                    if self.end_expired().await? == 0 {
                        return Err(
                            Conflict::InsufficientStock { item, warehouse, available }.into()
                        );
                    }
                }
                done => return done,
            }
        }
    }
}

/// The line that takes this movement back. A revaluation is not: what is left is valued anew.
fn opposite(movement: &Movement) -> Option<PostingLine> {
    let Movement { line, item, warehouse, kind, .. } = *movement;
    let movement = LineMove::Back { line };
    (kind == MovementKind::Stock).then_some(PostingLine { item, warehouse, movement })
}
