//! Lots, and what is on hand of them.

use std::{collections::BTreeSet, ops::Bound};

use erp_core::{
    ids::ItemId,
    inventory::{Lot, LotLevel, LotPlace, LotQuery},
};

use crate::state::LotState;

pub(super) fn by_code(state: &LotState, codes: &[(ItemId, String)]) -> Vec<Lot> {
    let keys = codes.iter().map(|(item, code)| (*item, code.to_lowercase()));
    let ids: BTreeSet<_> = keys.filter_map(|key| state.codes.get(&key)).collect();
    ids.into_iter().filter_map(|id| Some(Lot::clone(state.lots.get(id)?))).collect()
}

pub(super) fn levels(state: &LotState, query: &LotQuery) -> Vec<LotLevel> {
    let after = query.after.as_ref().map(LotPlace::order);
    let first = after.map_or(Bound::Unbounded, Bound::Excluded);
    let places = state.by_day.range((first, Bound::Unbounded));
    let places = places.take_while(|(day, _, _)| query.expires_before.is_none_or(|end| *day < end));
    let levels = places.filter_map(|(_, id, place)| state.level(*id, *place));
    let wanted = levels.filter(|level| {
        query.item.is_none_or(|item| level.lot.item == item)
            && query.warehouse.is_none_or(|warehouse| level.warehouse == warehouse)
    });
    wanted.take(query.limit).collect()
}
