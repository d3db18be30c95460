//! Questions about items.

use erp_core::{ids::ItemId, inventory::ItemQuery, port::Store, text::key as folded};

use super::{answer::in_order, ask::text};
use crate::{
    random::Random,
    walk::model::{Model, Stock},
};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum MasterProbe {
    Item(ItemId),
    ItemsById(Vec<ItemId>),
    ItemBySku(String),
    Items(ItemQuery),
}

use MasterProbe as P;

/// Questions about all that the model knows, with parts of lists chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<MasterProbe> {
    let Stock { categories, items, .. } = &model.stock;
    let mut probes = vec![];
    for item in items {
        probes.extend([P::Item(item.id), P::ItemBySku(item.sku.to_uppercase())]);
    }
    let limit = 1 + random.below(4);
    let of = categories.iter().map(|one| Some(one.id)).chain([None, None]);
    for category in of {
        let after =
            (!items.is_empty() && random.percent(40)).then(|| folded(&random.pick(items).sku));
        probes.push(P::Items(ItemQuery { category, after, limit }));
    }
    // The last first, one of them twice.
    let some = items.iter().rev().map(|one| one.id).filter(|_| random.percent(60));
    let some = some.chain(items.first().map(|one| one.id)).collect();
    probes.push(P::ItemsById(some));
    probes
}

impl MasterProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let stock = store.inventory();
        match self {
            P::Item(id) => text(stock.item(*id).await),
            P::ItemsById(ids) => text(stock.items_by_id(ids).await),
            P::ItemBySku(sku) => text(stock.item_by_sku(sku).await),
            P::Items(query) => text(stock.items(query).await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        let stock = &model.stock;
        match self {
            P::Item(id) => text(stock.item(*id).ok()),
            P::ItemsById(ids) => {
                let wanted = stock.items.iter().filter(|item| ids.contains(&item.id));
                text(in_order(wanted, |item| item.id))
            }
            P::ItemBySku(sku) => {
                let same = |sku: &str, other: &str| folded(sku) == folded(other);
                text(stock.items.iter().find(|item| same(&item.sku, sku)))
            }
            P::Items(query) => {
                let of_it = stock.items.iter().filter(|item| {
                    query.category.is_none_or(|category| item.category == Some(category))
                });
                let all = in_order(of_it, |one| folded(&one.sku)).into_iter();
                let later = all.filter(|one| Some(folded(&one.sku)) > query.after);
                text(later.take(query.limit).collect::<Vec<_>>())
            }
        }
    }
}
