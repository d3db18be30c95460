//! Changes of what projects are made from. Templates have a file of their own.

use chrono::NaiveDate;
use erp_core::{
    change::{Guard, Scope, Version},
    ids::{ProjectCategoryId, RateId},
    money::{Currency, Decimal, Money},
    projects::{CatalogChange as C, HourlyRate},
};

use super::{generate::Generator, model::Model};

impl Generator {
    pub(super) fn catalog_change(&mut self, model: &Model) -> C {
        match self.random.below(11) {
            0..5 => self.put_rate(model),
            5..8 => self.put_template(model),
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

    fn put_rate(&mut self, model: &Model) -> C {
        let there = &model.catalog.rates;
        let mut id = RateId::generate(&self.ids);
        if !there.is_empty() && self.random.percent(40) {
            let mut rate = self.random.pick(there).clone();
            let expected = Some(self.expected(rate.version));
            if self.rarely() {
                rate.id = id;
            }
            match self.random.below(3) {
                0 => rate.deleted_at = self.random.percent(60).then_some(self.now),
                1 => rate.valid_from = self.some_day(),
                _ => rate.rate = self.money(),
            }
            return C::PutRate { rate, expected };
        }
        if self.rarely() && !there.is_empty() {
            id = self.random.pick(there).id;
        }
        let in_project = !model.projects.is_empty() && self.random.percent(50);
        let mut user = self.user_id(model);
        let mut project = in_project.then(|| self.project_id(model));
        let mut valid_from = self.some_day();
        if !there.is_empty() && self.random.percent(30) {
            // As another, deleted or not.
            let old = self.random.pick(there);
            (user, project, valid_from) = (old.user, old.project, old.valid_from);
        }
        let rate = HourlyRate {
            id,
            user,
            project,
            valid_from,
            rate: self.money(),
            created_at: self.now,
            deleted_at: None,
            version: Version::FIRST,
        };
        C::PutRate { rate, expected: None }
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
