//! Lots, and what is on hand of them.

use erp_core::{
    ids::ItemId,
    inventory::{Lot, LotLevel, LotPlace, LotQuery},
    text,
};

use super::after;
use crate::{order::distinct, state::LotState};

pub(super) fn by_code(state: &LotState, codes: &[(ItemId, String)]) -> Vec<Lot> {
    let keys = codes.iter().map(|(item, code)| (*item, text::key(code)));
    let ids = distinct(keys.filter_map(|key| state.codes.get(&key)));
    ids.filter_map(|id| state.lots.get(&id)).cloned().collect()
}

pub(super) fn levels(state: &LotState, query: &LotQuery) -> Vec<LotLevel> {
    let places = state.by_day.range(after(query.after.as_ref().map(LotPlace::order)));
    let places = places.take_while(|(day, _, _)| query.expires_before.is_none_or(|end| *day < end));
    let levels = places.filter_map(|(_, id, place)| state.level(id, place));
    let wanted = levels.filter(|level| {
        query.item.is_none_or(|item| level.lot.item == item)
            && query.warehouse.is_none_or(|warehouse| level.warehouse == warehouse)
    });
    wanted.take(query.limit).collect()
}
