//! What happened: postings by what caused them, and what moved in a time.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::InventoryService;
use crate::{
    ctx::Ctx,
    error::{Error, Result, Violation},
    forms,
    ids::{ItemId, WarehouseId},
    inventory::{PostedStock, PostingQuery, Turnover, TurnoverQuery, Worth},
    page::{Page, PageRequest},
    policy::Action,
    time::{self, Timestamp},
};

/// The most references of one question.
const MAX_REFERENCES: usize = 100;

/// The time and the place of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnoverFilter {
    /// From this instant on.
    pub from: Timestamp,
    /// Up to before this one, which is later.
    pub to: Timestamp,
    /// Only in this warehouse.
    pub warehouse: Option<WarehouseId>,
}

/// The instant and the place of a valuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValuationFilter {
    /// As of this instant, movements at it included.
    pub at: Timestamp,
    /// Only in this warehouse.
    pub warehouse: Option<WarehouseId>,
}

/// What was in a warehouse of an item at some instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockValuation {
    /// Of what.
    pub item: ItemId,
    /// Where.
    pub warehouse: WarehouseId,
    /// How much, and what it was worth.
    #[serde(flatten)]
    pub worth: Worth,
}

#[erp_derive::boxed]
impl InventoryService<'_> {
    /// The postings that these caused, by reference and id.
    ///
    /// # Errors
    /// Forbidden; validation errors on `references` when they are more than a hundred, on `reference`
    /// when no posting can have it, and on `cursor`.
    pub async fn postings(
        &self,
        ctx: &Ctx,
        references: &[String],
        page: &PageRequest,
    ) -> Result<Page<PostedStock>> {
        self.allowed(ctx, Action::StockRead).await?;
        if references.len() > MAX_REFERENCES {
            return Err(Error::invalid("references", "too many"));
        }
        let filter = ("postings", references);
        let after = page.after(&filter)?;
        let kept =
            references.iter().map(|one| forms::REFERENCE.check_optional("reference", Some(one)));
        let references =
            kept.filter_map(Result::transpose).collect::<Result<Vec<_>, Violation>>()?;
        let query = PostingQuery { references, after, limit: page.limit.get() + 1 };
        let rows = self.engine.store().inventory().postings(&query).await?;
        let key =
            |row: &PostedStock| (row.posting.reference.clone().unwrap_or_default(), row.posting.id);
        Page::from_rows(rows, page.limit, &filter, key)
    }

    /// What moved in a time, by item and warehouse, with what was there when it began and when it
    /// ended. An account of a day, a month or a year names its zone by its instants.
    ///
    /// # Errors
    /// Forbidden; validation errors on `from`, `to` and `cursor`.
    pub async fn turnover(
        &self,
        ctx: &Ctx,
        filter: TurnoverFilter,
        page: &PageRequest,
    ) -> Result<Page<Turnover>> {
        self.allowed(ctx, Action::StockRead).await?;
        let TurnoverFilter { from, to, warehouse } = filter;
        let (from, to) = (time::checked("from", from)?, time::checked("to", to)?);
        if to <= from {
            return Err(Error::invalid("to", "must be later than from"));
        }
        let filter = ("turnover", filter);
        let after = page.after(&filter)?;
        let query = TurnoverQuery { from, to, warehouse, after, limit: page.limit.get() + 1 };
        let rows = self.engine.store().inventory().turnover(&query).await?;
        Page::from_rows(rows, page.limit, &filter, |row| (row.item, row.warehouse))
    }

    /// What stock was worth at an instant, by item and warehouse: all where something ever moved. What
    /// was put right since is in it. The value of a day, a month or a year is that of its last instant.
    ///
    /// # Errors
    /// Forbidden; validation errors on `at` and `cursor`.
    pub async fn valuation(
        &self,
        ctx: &Ctx,
        filter: ValuationFilter,
        page: &PageRequest,
    ) -> Result<Page<StockValuation>> {
        self.allowed(ctx, Action::StockRead).await?;
        // What had been there when the time after the instant began.
        let from = time::checked("at", filter.at)? + TimeDelta::microseconds(1);
        let to = from + TimeDelta::microseconds(1);
        let warehouse = filter.warehouse;
        let filter = ("valuation", filter);
        let after = page.after(&filter)?;
        let query = TurnoverQuery { from, to, warehouse, after, limit: page.limit.get() + 1 };
        let rows = self.engine.store().inventory().turnover(&query).await?;
        let valued = |Turnover { item, warehouse, opening, .. }: Turnover| StockValuation {
            item,
            warehouse,
            worth: opening,
        };
        let rows = rows.into_iter().map(valued).collect();
        Page::from_rows(rows, page.limit, &filter, |row| (row.item, row.warehouse))
    }
}
