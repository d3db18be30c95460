//! Moving stock, and taking it back.

use serde::{Deserialize, Serialize};

use super::{
    InventoryService, LotName,
    lines::Masters,
    lots::{self, LotsByCode, Naming},
    reserve::may_release,
    write::Draft,
};
use crate::{
    ctx::Ctx,
    error::{Error, Result},
    forms,
    ids::{ItemId, PostingId, ReservationId, WarehouseId},
    inventory::{
        Dated, LineMove, Movement, MovementKind, PostedStock, PostingKind, PostingLine, StockKey,
        StockPosting,
    },
    money::Decimal,
    policy::Action,
    time::{self, Timestamp},
};
/// What goods that come in cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// One unit costs this.
    Each(#[serde(deserialize_with = "crate::money::read_decimal")] Decimal),
    /// The line costs this.
    Total(#[serde(deserialize_with = "crate::money::read_decimal")] Decimal),
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLine {
    /// Of what.
    pub item: ItemId,
    /// Where; of a transfer, where from.
    pub warehouse: WarehouseId,
    /// How much, more than zero, not finer than the item's unit (INV-6).
    #[serde(deserialize_with = "crate::money::read_decimal")]
    pub quantity: Decimal,
    /// Which way.
    pub direction: Direction,
    /// Of which lot, if stock of the item lies in lots. What comes in names one, and so do adjustments.
    /// What else goes out may: else what expires first goes first, and nothing that has expired. An
    /// expired lot is not issued (INV-15).
    #[serde(default)]
    pub lot: Option<LotName>,
}

impl NewLine {
    /// So much of an item in a warehouse, this way, without a lot.
    pub fn new(
        (item, warehouse): StockKey,
        quantity: impl Into<Decimal>,
        direction: Direction,
    ) -> Self {
        Self { item, warehouse, quantity: quantity.into(), direction, lot: None }
    }
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
    /// The receipt whose goods are sent back, of a return. They are taken from the lots and layers that
    /// it brought in (INV-17).
    #[serde(default)]
    pub returns: Option<PostingId>,
    /// Its lines, at least one. Each is judged after those before it; all are written, or none.
    pub lines: Vec<NewLine>,
}

impl NewPosting {
    /// These lines, with effect now, without a reference.
    pub fn now(kind: PostingKind, lines: Vec<NewLine>) -> Self {
        Self { kind, reference: None, effective_at: None, returns: None, lines }
    }
}

#[erp_derive::boxed]
impl InventoryService<'_> {
    /// Moves stock. Repeated with the same idempotency key it gives the first answer.
    ///
    /// # Errors
    /// Forbidden, also when a reservation is named that the caller may not release (INV-18);
    /// validation errors on `kind`, `reference`, `effective_at`, `returns` and `lines[i].…`; conflicts
    /// when there is not enough, then or ever since, a reservation does not hold, the books are closed,
    /// or too much moved since; when a lot has expired, or the piece of a serial number is in stock; too
    /// many requests when too much of the past was worked out again for the caller lately.
    pub async fn post(&self, ctx: &Ctx, new: NewPosting) -> Result<PostedStock> {
        // Someone else may bring in the same lot for the first time.
        self.engine.retry(|| self.try_post(ctx, &new)).await
    }

    async fn try_post(&self, ctx: &Ctx, new: &NewPosting) -> Result<PostedStock> {
        let action = Action::StockPost;
        let subject = self.allowed(ctx, action).await?;
        self.may_consume(&subject, &new.lines.iter().collect::<Vec<_>>()).await?;
        let mut masters = self.masters_of(&new.lines).await?;
        masters.receipts = self.receipts(new.returns.into_iter()).await?;
        let draft = self.draft(ctx, new, &masters)?;
        self.freeing_expired(|| self.write(ctx, action, new, &draft)).await
    }

    /// Moves stock, posting after posting, each as [`Self::post`] would: what one is refused,
    /// nothing else is. Those that say when they had effect and follow each other are judged together, in
    /// the order in which they had effect, and what moved later is worked out again once for all of them
    /// . With an idempotency key each has a key of its own, made of that one and its
    /// number. Returns as many answers as there are postings.
    ///
    /// # Errors
    /// Forbidden; a validation error on `postings` when they are too many; too many requests when too much
    /// of the past was worked out again for the caller lately. What is wrong with a posting
    /// is the answer to that one.
    pub async fn post_each(
        &self,
        ctx: &Ctx,
        new: &[NewPosting],
    ) -> Result<Vec<Result<PostedStock>>> {
        let action = Action::StockPost;
        let subject = self.allowed(ctx, action).await?;
        if new.len() > self.engine.options().inventory.max_postings {
            return Err(Error::invalid("postings", "too many"));
        }
        if new.iter().flat_map(|one| &one.lines).any(|line| line.lot.is_some()) {
            return self.post_singly(ctx, new).await;
        }
        let lines: Vec<_> = new.iter().flat_map(|one| &one.lines).collect();
        let mut masters = self.masters_of_all(&lines).await?;
        masters.receipts = self.receipts(new.iter().filter_map(|one| one.returns)).await?;
        let held = self.held_of(&lines).await?;
        let (mut answers, mut sets) = (Vec::with_capacity(new.len()), Vec::new());
        for (place, one) in new.iter().enumerate() {
            let drafted = ctx.numbered(place).and_then(|ctx| {
                may_release(&subject, &held, &one.lines.iter().collect::<Vec<_>>())?;
                let draft = self.draft(&ctx, one, &masters)?;
                sets.push(self.change_set(&ctx, action, one, &draft)?);
                Ok((ctx, draft))
            });
            answers.push(drafted);
        }
        let dated = new.iter().filter_map(|one| one.effective_at).map(Dated::At);
        self.may_replay(ctx, dated).await?;
        let mut receipts = self.engine.commit_each(sets).await.into_iter();
        let mut posted = Vec::with_capacity(new.len());
        for (one, drafted) in new.iter().zip(answers) {
            posted.push(match drafted {
                Err(error) => Err(error),
                Ok((ctx, draft)) => {
                    let receipt = receipts.next().unwrap_or_else(|| Err(no_answer()));
                    self.count_replayed(&ctx, draft.dated, &receipt).await;
                    let first = match receipt {
                        Ok(receipt) => self.posted(receipt, &draft).await,
                        Err(error) => Err(error),
                    };
                    let again = || self.write(&ctx, action, one, &draft);
                    self.freeing_expired_after(first, again).await
                }
            });
        }
        Ok(posted)
    }

    /// Lots that one posting brings in, the next one may name.
    async fn post_singly(&self, ctx: &Ctx, new: &[NewPosting]) -> Result<Vec<Result<PostedStock>>> {
        let mut posted = Vec::with_capacity(new.len());
        for (place, one) in new.iter().enumerate() {
            posted.push(match ctx.numbered(place) {
                Ok(ctx) => self.post(&ctx, one.clone()).await,
                Err(error) => Err(error),
            });
        }
        Ok(posted)
    }

    /// What is asked for, checked against items and warehouses.
    fn draft(&self, ctx: &Ctx, new: &NewPosting, masters: &Masters) -> Result<Draft> {
        let options = &self.engine.options().inventory;
        if new.lines.len() > options.max_lines {
            return Err(Error::invalid("lines", "too many"));
        }
        let now = self.engine.now();
        let (there, ids) = (&masters.lots, self.engine.ids());
        let mut naming = Naming { there, ids, now, new: LotsByCode::new() };
        let lines = super::lines::checked(new, masters, &mut naming, options.rounding)?;
        let effective_at = new.effective_at.map(|at| time::checked("effective_at", at));
        let effective_at = effective_at.transpose()?;
        if effective_at.is_some_and(|at| at > now) {
            return Err(Error::invalid("effective_at", "must not be in the future"));
        }
        let posting = StockPosting {
            id: PostingId::generate(self.engine.ids()),
            kind: new.kind,
            reference: forms::REFERENCE.check_optional("reference", new.reference.as_deref())?,
            reverses: None,
            posted_by: ctx.actor.user(),
            posted_at: now,
            effective_at: effective_at.unwrap_or(now),
        };
        let day = self.day("effective_at", posting.effective_at)?;
        let tracked = lots::tracked(lines.iter().filter_map(|line| masters.items.get(&line.item)));
        let new_lots = naming.new.into_values().collect();
        let dated = effective_at.map_or(Dated::Now, Dated::At);
        Ok(Draft { posting, dated, day, tracked, new_lots, lines })
    }

    /// Takes a posting back: the same quantities and values the other way, as they are by now (INV-5),
    /// into the lots and layers that they were taken from. What it consumed of reservations that would
    /// still hold is set aside again (INV-18). A posting is taken back once.
    ///
    /// # Errors
    /// Not found; forbidden; a validation error on `reference`; a precondition error for a posting
    /// that is itself a reversal, or a revaluation; conflicts when it was taken back before, or there is not enough.
    pub async fn reverse(
        &self,
        ctx: &Ctx,
        id: PostingId,
        reference: Option<String>,
    ) -> Result<PostedStock> {
        let action = Action::StockReverse;
        let there = self.engine.store().inventory().posting(id);
        let old = self.allowed_on(ctx, action, "posting", there).await?;
        let fault = match old.posting.kind {
            PostingKind::Reversal => Some("a reversal is not reversed"),
            PostingKind::Revaluation => Some("a revaluation is not reversed: write another"),
            _ => None,
        };
        if let Some(fault) = fault {
            return Err(Error::Precondition(fault.into()));
        }
        let now = self.engine.now();
        let posting = StockPosting {
            id: PostingId::generate(self.engine.ids()),
            kind: PostingKind::Reversal,
            reference: forms::REFERENCE.check_optional("reference", reference.as_deref())?,
            reverses: Some(id),
            posted_by: ctx.actor.user(),
            posted_at: now,
            effective_at: now,
        };
        let in_lots = old.movements.iter().filter(|one| one.lot.is_some()).map(|one| one.item);
        let tracked = self.tracked(in_lots.collect()).await?;
        let day = self.day("effective_at", now)?;
        let lines = old.movements.iter().rev().filter_map(opposite).collect();
        let draft = Draft { posting, dated: Dated::Now, day, tracked, new_lots: Vec::new(), lines };
        let request = (id, &reference);
        self.freeing_expired(|| self.write(ctx, action, &request, &draft)).await
    }
}

fn no_answer() -> Error {
    Error::Internal("the store gave too few answers".to_owned())
}

/// The line that takes this movement back. A revaluation is not: what is left is valued anew.
fn opposite(movement: &Movement) -> Option<PostingLine> {
    let Movement { line, item, warehouse, kind, lot, consumed, .. } = *movement;
    let reservation = consumed.map(|consumed| consumed.reservation);
    let movement = LineMove::Back { line, reservation };
    (kind == MovementKind::Stock).then_some(PostingLine { item, warehouse, lot, movement })
}
