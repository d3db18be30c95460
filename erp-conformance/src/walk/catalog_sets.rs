//! Changes of what projects are made from. Templates have a file of their own.

use chrono::NaiveDate;
use erp_core::{
    change::{Guard, Scope},
    ids::ProjectCategoryId,
    money::{Currency, Decimal, Money},
    projects::CatalogChange as C,
};

use super::{generate::Generator, model::Model};

impl Generator {
    pub(super) fn catalog_change(&mut self, model: &Model) -> C {
        match self.random.below(6) {
            0..3 => self.put_template(model),
            _ => self.put_origin(model),
        }
    }

    /// A guard of the tree of categories.
    pub(super) fn catalog_guard(&mut self, model: &Model) -> Option<Guard> {
        let wanted = self.random.percent(6);
        wanted.then(|| Guard::Held(Scope::project_categories(), self.expected(model.catalog.tree)))
    }

    /// A category or none; rarely one that is not there.
    pub(super) fn category_id(&mut self, model: &Model) -> Option<ProjectCategoryId> {
        if self.rarely() {
            // Before all others, so that it may be a parent; nil stands for none in a store's index.
            return Some(ProjectCategoryId::from_uuid(uuid::Uuid::from_u128(1)));
        }
        let there = &model.catalog.categories;
        let wanted = !there.is_empty() && self.random.percent(50);
        wanted.then(|| self.random.pick(there).id)
    }

    /// A day around the walk's first.
    pub(super) fn some_day(&mut self) -> NaiveDate {
        loop {
            if let Some(day) = self.day(0) {
                return day;
            }
        }
    }

    /// An amount without anything after the point, so that it has one way to be written.
    pub(super) fn money(&mut self) -> Money {
        let code = *self.random.pick(&["EUR", "USD"]);
        let currency = Currency::new(code).expect("a currency");
        let amount = Decimal::from(1 + self.random.below(200));
        Money::new(amount, currency).expect("an amount")
    }
}
