//! Lots and serial numbers (INV-15).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{Direction, InventoryService, NewLine, READERS};
use crate::{
    change::{EntityRef, NewEvent, Recorder},
    ctx::Ctx,
    error::{Error, Result},
    forms,
    ids::{ItemId, LotId, WarehouseId},
    inventory::{
        InventoryChange, InventoryEvent, Item, Lot, LotLevel, LotQuery, PostingKind, Tracking,
    },
    money::Decimal,
    page::{Page, PageRequest},
    policy::Action,
    port::{IdGenerator, StoreError},
    text,
    time::{self, Timestamp},
};

/// When a lot may expire.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=9999;

/// A lot, as a line names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotName {
    /// What stands on it, 1 to 64 characters without spaces.
    pub code: String,
    /// The last day on which it is good, of one that comes in for the first time. Of another it is left
    /// out, or the same.
    pub expires_on: Option<NaiveDate>,
}

/// Which lots to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotFilter {
    /// Only of this item.
    pub item: Option<ItemId>,
    /// Only in this warehouse.
    pub warehouse: Option<WarehouseId>,
    /// Only those that are good until before this day.
    pub expires_before: Option<NaiveDate>,
}

/// The last good day of a lot, put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotCorrection {
    /// The last good day that the caller has seen; none for a lot that never expires.
    pub seen: Option<NaiveDate>,
    /// The last day on which it is good; none when it never expires.
    pub expires_on: Option<NaiveDate>,
}

/// Lots by item and lower-cased code.
pub(super) type LotsByCode = BTreeMap<(ItemId, String), Lot>;

#[erp_derive::boxed]
impl InventoryService<'_> {
    /// What is on hand of lots, warehouse by warehouse: what expires first comes first, what never does
    /// comes last.
    ///
    /// # Errors
    /// Forbidden; validation errors on `expires_before` and `cursor`.
    pub async fn lots(
        &self,
        ctx: &Ctx,
        filter: LotFilter,
        page: &PageRequest,
    ) -> Result<Page<LotLevel>> {
        self.allowed(ctx, Action::StockRead).await?;
        let LotFilter { item, warehouse, expires_before } = filter;
        let day = |day| time::checked_day("expires_before", day);
        let expires_before = expires_before.map(day).transpose()?;
        let filter = ("lots", filter);
        let after = page.after(&filter)?;
        let query =
            LotQuery { item, warehouse, expires_before, after, limit: page.limit.get() + 1 };
        let rows = self.engine.store().inventory().lot_levels(&query).await?;
        Page::from_rows(rows, page.limit, &filter, LotLevel::place)
    }

    /// Puts the last good day of a lot right, wherever the lot is: from now on it is picked, promised and
    /// warned of by that day. What was picked before stays as it is. When it is good until that day
    /// already, nothing is written.
    ///
    /// # Errors
    /// Not found; forbidden; a validation error on `expires_on`; a conflict when it is good until another
    /// day than was seen.
    pub async fn correct_lot(
        &self,
        ctx: &Ctx,
        id: LotId,
        correction: LotCorrection,
    ) -> Result<Lot> {
        let action = Action::LotCorrect;
        let there = self.engine.store().inventory().lot(id);
        let old = self.allowed_on(ctx, action, "lot", there).await?;
        let LotCorrection { seen, expires_on } = correction;
        check_day("expires_on".to_owned(), expires_on)?;
        if seen != old.expires_on {
            return Err(StoreError::Stale { entity: "lot", current: None }.into());
        }
        if expires_on == old.expires_on {
            return Ok(old);
        }
        let mut set = self.engine.change(ctx, action, EntityRef::new("lot", id.uuid()));
        set.record(Recorder::new().field("expires_on", seen, expires_on));
        let lot = Lot { expires_on, ..old };
        set.change(InventoryChange::CorrectLot { id, seen, expires_on });
        set.event(NewEvent::new(InventoryEvent::LotCorrected(lot.clone()), READERS));
        self.engine.commit(set).await?;
        Ok(lot)
    }

    /// Those of these lots that are there. A code that no lot can have is not asked for.
    pub(super) async fn lots_named(
        &self,
        names: impl Iterator<Item = (ItemId, &str)>,
    ) -> Result<LotsByCode> {
        let kept = |(item, code): (ItemId, &str)| {
            forms::CODE.canonical(code).ok().map(|code| key(item, &code))
        };
        let keys: BTreeSet<_> = names.filter_map(kept).collect();
        if keys.is_empty() {
            return Ok(LotsByCode::new());
        }
        let there = self.engine.store().inventory().lots_by_code(&Vec::from_iter(keys)).await?;
        Ok(there.into_iter().map(|lot| (key(lot.item, &lot.code), lot)).collect())
    }

    /// How stock of these items is tracked, those left out whose stock lies in no lots.
    pub(super) async fn tracked(
        &self,
        items: BTreeSet<ItemId>,
    ) -> Result<BTreeMap<ItemId, Tracking>> {
        if items.is_empty() {
            return Ok(BTreeMap::new());
        }
        let items = self.engine.store().inventory().items_by_id(&Vec::from_iter(items)).await?;
        Ok(tracked(items.iter()))
    }

    /// The day of an instant, in the organisation's zone.
    pub(super) fn day(&self, field: &str, at: Timestamp) -> Result<NaiveDate> {
        let day = self.engine.options().inventory.zone.date_of(at);
        day.map_err(|_| Error::invalid(field, "is out of range"))
    }
}

/// Those of the items whose stock lies in lots.
pub(super) fn tracked<'a>(items: impl Iterator<Item = &'a Item>) -> BTreeMap<ItemId, Tracking> {
    items.filter(|item| item.tracking.has_lots()).map(|item| (item.id, item.tracking)).collect()
}

/// Finds the lots that the lines of a posting name, and makes those that come in for the first time.
pub(super) struct Naming<'a> {
    pub there: &'a LotsByCode,
    pub ids: &'a dyn IdGenerator,
    pub now: Timestamp,
    pub new: LotsByCode,
}

impl Naming<'_> {
    /// The lot of a line of this item. What comes in names one, and so do adjustments; of what else goes
    /// out it may be left to the posting to pick.
    pub fn lot(
        &mut self,
        field: impl Fn(&str) -> String,
        kind: PostingKind,
        line: &NewLine,
        item: &Item,
    ) -> Result<Option<LotId>> {
        let comes_in = matches!(line.direction, Direction::In { .. });
        let Some(name) = &line.lot else {
            let must = item.tracking.has_lots() && (comes_in || kind == PostingKind::Adjustment);
            return if must { Err(must_name(field("lot"))) } else { Ok(None) };
        };
        check_has_lots(field("lot"), item)?;
        if item.tracking == Tracking::Serial && line.quantity != Decimal::ONE {
            return Err(Error::invalid(field("quantity"), "of a serial number there is one"));
        }
        let code = forms::CODE.check(&field("lot.code"), &name.code)?;
        let key = key(item.id, &code);
        match self.there.get(&key).or_else(|| self.new.get(&key)) {
            Some(lot) if name.expires_on.is_some() && name.expires_on != lot.expires_on => {
                Err(Error::invalid(field("lot.expires_on"), "the lot expires on another day"))
            }
            Some(lot) => Ok(Some(lot.id)),
            None if comes_in => {
                check_day(field("lot.expires_on"), name.expires_on)?;
                let (id, expires_on) = (LotId::generate(self.ids), name.expires_on);
                let lot = Lot { id, item: item.id, code, expires_on, created_at: self.now };
                self.new.insert(key, lot);
                Ok(Some(id))
            }
            None => Err(no_such(field("lot.code"))),
        }
    }
}

/// The lot that was counted.
pub(super) fn counted(
    there: &LotsByCode,
    item: &Item,
    code: Option<&str>,
) -> Result<Option<LotId>> {
    match code {
        None if item.tracking.has_lots() => Err(must_name("lot")),
        None => Ok(None),
        Some(code) => {
            check_has_lots("lot", item)?;
            // A code that no lot can have is that of none.
            let lot = forms::CODE.canonical(code).ok();
            let lot = lot.and_then(|code| there.get(&key(item.id, &code)));
            let lot = lot.ok_or_else(|| no_such("lot"))?;
            Ok(Some(lot.id))
        }
    }
}

fn check_has_lots(field: impl Into<String>, item: &Item) -> Result<()> {
    if item.tracking.has_lots() {
        return Ok(());
    }
    Err(Error::invalid(field, "stock of the item lies in no lots"))
}

/// That every store can keep the day.
fn check_day(field: String, day: Option<NaiveDate>) -> Result<()> {
    if day.is_none_or(|day| YEARS.contains(&day.year())) {
        return Ok(());
    }
    Err(Error::invalid(field, "must be a day of the years 1970 to 9999"))
}

fn must_name(field: impl Into<String>) -> Error {
    Error::invalid(field, "must name a lot")
}

fn no_such(field: impl Into<String>) -> Error {
    Error::invalid(field, "no such lot")
}

fn key(item: ItemId, code: &str) -> (ItemId, String) {
    (item, text::key(code))
}
