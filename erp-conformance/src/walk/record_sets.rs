//! Changes of records, of every kind alike.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use erp_core::{
    change::{Change, ChangeSet, Version},
    money::{Currency, Decimal, Money},
    port::IdGenerator as _,
    record::{Field, FieldType as _, Kind, RecordChange, Row, Type, Value},
};
use uuid::Uuid;

use super::{generate::Generator, model::Model};
use crate::specimen::kinds;

/// Texts of which some are one by their keys. They fit every form that names things.
const WORDS: [&str; 8] = ["Ämter", "ämter", "Bau", "BAU", "planning", "Straße", "STRASSE", "Netz"];

impl Generator {
    pub(super) fn record_change(&mut self, model: &Model) -> RecordChange {
        let kinds: Vec<&'static Kind> = kinds().collect();
        let kind = *self.random.pick(&kinds);
        let there = model.records.of(kind);
        if there.is_empty() || self.random.percent(40) {
            return self.new_record(model, kind);
        }
        let mut row = self.random.pick(there).clone();
        let expected = self.expected(row.version);
        if self.rarely() {
            row.id = self.ids.uuid();
        }
        if kind.remove && self.random.percent(35) {
            return RecordChange::Remove { kind, id: row.id, expected };
        }
        row.updated_at = self.now;
        if kind.away.is_some() && self.random.percent(40) {
            row.archived_at = self.random.percent(50).then_some(self.now);
        } else {
            // What is fixed the services keep as it was.
            let may_change = |place: &usize| !kind.fields[*place].fixed;
            let places: Vec<usize> = (0..kind.fields.len()).filter(may_change).collect();
            let place = *self.random.pick(&places);
            let mut values = row.values.to_vec();
            values[place] = self.value(model, (&kind.fields[place], row.id));
            row.values = Arc::from(values);
        }
        RecordChange::Put { kind, row, expected: Some(expected) }
    }

    /// A record; rarely of the id of another.
    pub(super) fn new_record(&mut self, model: &Model, kind: &'static Kind) -> RecordChange {
        let there = model.records.of(kind);
        let mut id = self.ids.uuid();
        if self.rarely() && !there.is_empty() {
            id = self.random.pick(there).id;
        }
        let mut values: Vec<Value> =
            kind.fields.iter().map(|field| self.value(model, (field, id))).collect();
        if let Some(key) = kind.keys().last()
            && !there.is_empty()
            && self.random.percent(15)
        {
            // As another, deleted or not.
            let other = self.random.pick(there);
            key.fields.iter().for_each(|place| values[*place] = other.values[*place].clone());
        }
        let values = Arc::from(values);
        let row = Row {
            id,
            version: Version::FIRST,
            created_at: self.now,
            updated_at: self.now,
            archived_at: None,
            values,
        };
        RecordChange::Put { kind, row, expected: None }
    }

    /// What the kind says goes with the last change.
    pub(super) fn add_along(&self, model: &Model, set: &mut ChangeSet) {
        let Some(Change::Record(RecordChange::Put { kind, row, .. })) = set.changes.last().cloned()
        else {
            return;
        };
        let was = model.records.of(kind).iter().find(|was| was.id == row.id);
        if let Some(hooks) = kind.hooks {
            hooks.along(was, Some(&row), set);
        }
    }

    /// A value that the field may have.
    fn value(&mut self, model: &Model, (field, id): (&Field, Uuid)) -> Value {
        if field.optional && self.random.percent(25) {
            return Value::Null;
        }
        if let (true, Type::Id { prefix }) = (field.parent, field.ty) {
            // Before all others; nil stands for none in a store's index.
            let nowhere = Uuid::from_u128(1);
            let there = model.referred(prefix);
            let known = !there.is_empty() && !self.rarely();
            let parent = if known { *self.random.pick(&there) } else { nowhere };
            // An older one: the walk makes no ring, which the services refuse.
            return if parent < id { Value::Id(parent) } else { Value::Null };
        }
        self.typed(model, field.ty)
    }

    fn typed(&mut self, model: &Model, ty: Type) -> Value {
        let small = |number: usize| i64::try_from(number).expect("it is small");
        match ty {
            Type::Bool => Value::Bool(self.random.percent(50)),
            Type::Int(least, most) => {
                let number = least.max(-3).saturating_add(small(self.random.below(6)));
                Value::Int(number.min(most))
            }
            Type::Decimal { scale, .. } => {
                Value::Decimal(Decimal::new(small(self.random.below(4)), scale))
            }
            Type::Text(form) => match form.further {
                Some(further) => Value::Text((*self.random.pick(further.examples)).into()),
                None => Value::Text((*self.random.pick(&WORDS)).into()),
            },
            Type::Id { prefix } => Value::Id(self.referred(model, prefix)),
            Type::Day => {
                let day = NaiveDate::from_ymd_opt(2024, 2, 27).expect("it is a day");
                Value::Day(day + Days::new(self.random.below(5) as u64))
            }
            Type::Instant => Value::Instant(self.now),
            Type::Choice(words) => Value::Text((*self.random.pick(words)).into()),
            Type::Money => {
                let euro = Currency::new("EUR").expect("it is one");
                let amount = Decimal::new(small(self.random.below(500)), 2);
                Money::new(amount, euro).expect("it is one").to_value()
            }
            Type::Parts(parts) => {
                Value::Parts(parts.iter().map(|part| self.typed(model, part.ty)).collect())
            }
        }
    }

    /// The id of a thing of this prefix, mostly of one that is there.
    pub(super) fn referred(&mut self, model: &Model, prefix: &str) -> Uuid {
        let there = model.referred(prefix);
        if there.is_empty() || self.rarely() { self.ids.uuid() } else { *self.random.pick(&there) }
    }
}
