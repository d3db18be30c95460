//! Changes of items.

use erp_core::{
    change::{Guard, Scope, Version},
    ids::{ItemCategoryId, ItemId},
    inventory::{
        InventoryChange as C, Item, NegativeStock, Tracking, Unit, ValuationMethod, rules,
    },
    money::Decimal,
};

use super::{generate::Generator, model::Model};

impl Generator {
    /// Of what stock lies where, none of which is there at first.
    pub(super) fn master_change(&mut self, model: &Model) -> C {
        let stock = &model.stock;
        match self.random.below(8) {
            _ if stock.items.len() < 3 => self.create_item(model),
            0..4 => self.create_item(model),
            4..6 => self.update_item(model),
            _ => {
                let moved = |id| stock.balances.keys().any(|key| key.0 == id);
                let unused = stock.items.iter().map(|item| item.id).find(|id| !moved(*id));
                let unused = unused.filter(|_| self.random.percent(70));
                let id = unused.unwrap_or_else(|| self.item_id(model));
                let present = stock.items.iter().find(|item| item.id == id);
                let present = present.map_or(Version::FIRST, |item| item.version);
                C::DeleteItem { id, expected: self.expected(present) }
            }
        }
    }

    /// A guard of the tree of categories.
    pub(super) fn stock_guard(&mut self, model: &Model) -> Option<Guard> {
        let wanted = self.random.percent(6);
        wanted.then(|| Guard::Held(Scope::item_categories(), self.expected(model.stock.tree)))
    }

    /// A category or none; rarely one that is not there.
    fn item_category_id(&mut self, model: &Model) -> Option<ItemCategoryId> {
        if self.rarely() {
            // Before all others, so that it may be a parent; nil stands for none in a store's index.
            return Some(ItemCategoryId::from_uuid(uuid::Uuid::from_u128(1)));
        }
        let there = &model.stock.categories;
        let wanted = !there.is_empty() && self.random.percent(50);
        wanted.then(|| self.random.pick(there).id)
    }

    fn create_item(&mut self, model: &Model) -> C {
        let mut id = ItemId::generate(&self.ids);
        if self.rarely() && !model.stock.items.is_empty() {
            id = self.random.pick(&model.stock.items).id;
        }
        C::CreateItem(self.item(model, id))
    }

    fn update_item(&mut self, model: &Model) -> C {
        let old = self.random.pick(&model.stock.items).clone();
        let id = if self.rarely() { ItemId::generate(&self.ids) } else { old.id };
        let mut item = self.item(model, id);
        if self.random.percent(60) {
            // What stock lies in may change only where nothing moved.
            (item.valuation, item.tracking) = (old.valuation, old.tracking);
        }
        let unused = rules::must_be_unused(&old, &item);
        C::UpdateItem { expected: self.expected(old.version), item, unused }
    }

    fn item(&mut self, model: &Model, id: ItemId) -> Item {
        let valuations = [ValuationMethod::MovingAverage, ValuationMethod::Fifo];
        let negative = [None, Some(NegativeStock::Forbidden), Some(NegativeStock::Allowed)];
        let tracked = self.random.percent(60);
        Item {
            id,
            sku: format!("{}-{}", self.random.pick(&["A", "a", "Ä"]), self.random.below(6)),
            name: format!("Größe {}", self.random.below(9)),
            category: self.item_category_id(model),
            unit: Unit::pieces(),
            reorder_level: self.random.percent(60).then(|| Decimal::from(4)),
            valuation: *self.random.pick(&valuations),
            negative: *self.random.pick(&negative),
            tracking: if tracked { *self.random.pick(Tracking::ALL) } else { Tracking::None },
            active: true,
            version: Version::FIRST,
            created_at: self.now,
        }
    }
}
