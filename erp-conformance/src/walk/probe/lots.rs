//! Questions about lots.

use erp_core::{
    ids::{ItemId, LotId},
    inventory::{Lot, LotLevel, LotPlace, LotQuery},
    port::Store,
    text::key as folded,
};

use super::{answer::in_order, ask::text};
use crate::{
    random::Random,
    walk::model::{Model, Stock},
};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum LotProbe {
    Lot(LotId),
    ByCode(Vec<(ItemId, String)>),
    Levels(LotQuery),
}

use LotProbe as P;

/// Questions about all lots that the model knows, with parts of lists chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<LotProbe> {
    let stock = &model.stock;
    let everything = LotQuery { limit: 1_000, ..LotQuery::default() };
    let mut probes = vec![P::Levels(everything)];
    let Some(other) = stock.items.first().map(|item| item.id) else { return probes };
    if stock.lots.is_empty() {
        return probes;
    }
    // In another case, some of another item, one of them twice.
    let named = stock.lots.iter().chain(stock.lots.first()).map(|lot| {
        let item = if random.percent(10) { other } else { lot.item };
        (item, lot.code.to_uppercase())
    });
    probes.push(P::ByCode(named.collect()));
    probes.push(P::Lot(random.pick(&stock.lots).id));
    for _ in 0..6 {
        probes.push(P::Levels(levels(stock, random)));
    }
    probes
}

fn levels(stock: &Stock, random: &mut Random) -> LotQuery {
    let lot = random.pick(&stock.lots).clone();
    let other = random.pick(&stock.lots).clone();
    let warehouse = random.pick(&stock.warehouses).id;
    let place = LotPlace { expires_on: other.expires_on, lot: other.id, warehouse };
    LotQuery {
        item: random.percent(40).then_some(lot.item),
        warehouse: random.percent(40).then_some(warehouse),
        expires_before: lot.expires_on.filter(|_| random.percent(40)),
        after: random.percent(40).then_some(place),
        limit: 1 + random.below(6),
    }
}

impl LotProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let stock = store.inventory();
        match self {
            P::Lot(id) => text(stock.lot(*id).await),
            P::ByCode(codes) => text(stock.lots_by_code(codes).await),
            P::Levels(query) => text(stock.lot_levels(query).await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        match self {
            P::Lot(id) => text(model.stock.lots.iter().find(|lot| lot.id == *id)),
            P::ByCode(codes) => {
                let same = |lot: &Lot, (item, code): &(ItemId, String)| {
                    lot.item == *item && folded(&lot.code) == folded(code)
                };
                let lots = model.stock.lots.iter();
                let named = lots.filter(|lot| codes.iter().any(|code| same(lot, code)));
                text(in_order(named, |lot| lot.id))
            }
            P::Levels(query) => {
                let after = query.after.as_ref().map(LotPlace::order);
                let matching = model.stock.lot_levels().into_iter().filter(|level| {
                    query.item.is_none_or(|item| level.lot.item == item)
                        && query.warehouse.is_none_or(|warehouse| level.warehouse == warehouse)
                        && query
                            .expires_before
                            .is_none_or(|end| level.lot.expires_on.is_some_and(|last| last < end))
                        && after.is_none_or(|after| level.place().order() > after)
                });
                let levels = in_order(matching, |level: &LotLevel| level.place().order());
                text(levels.into_iter().take(query.limit).collect::<Vec<_>>())
            }
        }
    }
}
