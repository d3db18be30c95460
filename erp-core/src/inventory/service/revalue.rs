//! Setting what stock is worth.

use serde::{Deserialize, Serialize};

use super::{InventoryService, lines, lots, write::Draft};
use crate::{
    ctx::Ctx,
    error::{Error, Result},
    forms,
    ids::{ItemId, PostingId, WarehouseId},
    inventory::{Dated, LineMove, PostedStock, PostingKind, PostingLine, StockPosting},
    money::Decimal,
    policy::Action,
    time::{self, Timestamp},
};

/// What somebody says that stock is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockRevaluation {
    /// Of what.
    pub item: ItemId,
    /// Where.
    pub warehouse: WarehouseId,
    /// What one unit is worth from then on, in the organisation's currency: at least zero, at most twelve
    /// digits after the point.
    #[serde(deserialize_with = "crate::money::read_decimal")]
    pub unit_cost: Decimal,
    /// From when on; from now on when none. Not in the future.
    pub effective_at: Option<Timestamp>,
    /// What is noted on the posting, at most 200 characters.
    pub reference: Option<String>,
}

#[erp_derive::boxed]
impl InventoryService<'_> {
    /// Sets what an item in a warehouse is worth: each unit that is there costs this from then on, what
    /// that changes is an entry of its own in the ledger, and no goods move. Of an item that is valued by
    /// FIFO every layer is worth so much of it. What is entered later of before it leaves the unit's worth as it is
    /// (INV-11). It is not reversed; another follows it.
    ///
    /// # Errors
    /// Forbidden; validation errors on `item`, `warehouse`, `unit_cost`, `effective_at` and `reference`;
    /// conflicts when the books are closed, or too much moved since.
    pub async fn revalue(&self, ctx: &Ctx, revaluation: StockRevaluation) -> Result<PostedStock> {
        let action = Action::StockRevalue;
        self.allowed(ctx, action).await?;
        let StockRevaluation { item, warehouse, .. } = revaluation;
        let masters = self.masters(&[item], &[warehouse]).await?;
        let of = masters.item("item", item)?;
        masters.check_warehouse("warehouse", warehouse)?;
        let unit_cost = lines::unit_cost("unit_cost", revaluation.unit_cost)?;
        let now = self.engine.now();
        let wanted = revaluation.effective_at.map(|at| time::checked("effective_at", at));
        let wanted = wanted.transpose()?;
        if wanted.is_some_and(|at| at > now) {
            return Err(Error::invalid("effective_at", "must not be in the future"));
        }
        let effective_at = wanted.unwrap_or(now);
        let posting = StockPosting {
            id: PostingId::generate(self.engine.ids()),
            kind: PostingKind::Revaluation,
            reference: forms::REFERENCE
                .check_optional("reference", revaluation.reference.as_deref())?,
            reverses: None,
            posted_by: ctx.actor.user(),
            posted_at: now,
            effective_at,
        };
        let movement = LineMove::Revalue { unit_cost };
        let draft = Draft {
            posting,
            dated: wanted.map_or(Dated::Now, Dated::At),
            day: self.day("effective_at", effective_at)?,
            tracked: lots::tracked(std::iter::once(of)),
            new_lots: Vec::new(),
            lines: vec![PostingLine { item, warehouse, lot: None, movement }],
        };
        self.write(ctx, action, &revaluation, &draft).await
    }
}
