//! Records of every kind.

use std::{collections::BTreeSet, sync::Arc};

use erp_core::record::{Field, Kind, ListQuery, Row, Shelf, Stored, Type, Value, sort_key};
use imbl::OrdMap;
use uuid::Uuid;

/// The tables of all kinds, by the prefixes of their ids.
#[derive(Clone, Default)]
pub(crate) struct Records(OrdMap<&'static str, Table>);

/// The records of a kind, with the indexes that follow from it.
#[derive(Clone, Default)]
pub(crate) struct Table {
    /// The kind's name.
    kind: &'static str,
    rows: OrdMap<Uuid, Arc<Row>>,
    /// By the place among the kind's keys and what a record has in it.
    unique: OrdMap<(usize, Value), Uuid>,
    /// By the place of a field that lists are sorted by, its key and the id: a page is read from here.
    sorted: OrdMap<(usize, Value, Uuid), Arc<Row>>,
    /// By what they refer to, in which field.
    refers: OrdMap<(Uuid, usize, Uuid), ()>,
}

impl Records {
    /// The table of a kind, if there was ever a record of it.
    pub fn table(&self, prefix: &str) -> Option<&Table> {
        self.0.get(prefix)
    }

    /// The row.
    pub fn get(&self, kind: &Kind, id: Uuid) -> Option<&Arc<Row>> {
        self.table(kind.prefix)?.rows.get(&id)
    }

    /// The record, with its type.
    pub fn typed<R: erp_core::record::Record>(&self, id: R::Id) -> Option<Stored<R>> {
        Stored::of(self.get(R::KIND, erp_core::record::Id::uuid(id))?).ok()
    }

    /// The kind of a record that refers to this.
    pub fn referrer(&self, id: Uuid) -> Option<&'static str> {
        let least = (id, 0, Uuid::nil());
        let refers = |table: &&Table| {
            table.refers.range(least..).next().is_some_and(|((to, ..), ())| *to == id)
        };
        self.0.values().find(refers).map(|table| table.kind)
    }

    /// Puts a row into the place of the one that was there.
    pub fn put(&mut self, kind: &Kind, row: Row) {
        let table = self.0.entry(kind.prefix).or_default();
        table.kind = kind.name;
        table.take(kind, row.id);
        table.insert(kind, Arc::new(row));
    }

    /// Drops the row.
    pub fn remove(&mut self, kind: &Kind, id: Uuid) {
        if let Some(table) = self.0.get_mut(kind.prefix) {
            table.take(kind, id);
        }
    }
}

impl Table {
    pub fn has(&self, id: Uuid) -> bool {
        self.rows.contains_key(&id)
    }

    /// Which record has this in a key, given by its place.
    pub fn holder(&self, key: usize, value: Value) -> Option<Uuid> {
        self.unique.get(&(key, value)).copied()
    }

    /// All of it, by this field.
    pub fn all_by(&self, sort: usize) -> Vec<Row> {
        let query =
            ListQuery { sort, equal: vec![], shelf: Shelf::All, after: None, limit: usize::MAX };
        self.list(&query)
    }

    pub fn by_id(&self, ids: &[Uuid]) -> Vec<Row> {
        let ids = BTreeSet::from_iter(ids);
        ids.into_iter().filter_map(|id| self.rows.get(id)).map(|row| Row::clone(row)).collect()
    }

    pub fn get(&self, id: Uuid) -> Option<Row> {
        self.rows.get(&id).map(|row| Row::clone(row))
    }

    /// A part of a list.
    pub fn list(&self, query: &ListQuery) -> Vec<Row> {
        let wanted = |row: &&Arc<Row>| {
            let shelved = match query.shelf {
                Shelf::All => true,
                Shelf::Live => row.archived_at.is_none(),
                Shelf::Archived => row.archived_at.is_some(),
            };
            shelved && query.equal.iter().all(|(at, value)| row.values.get(*at) == Some(value))
        };
        let least = (query.sort, Value::LEAST, Uuid::nil());
        let start = match &query.after {
            None => std::ops::Bound::Included(least),
            Some((key, id)) => std::ops::Bound::Excluded((query.sort, key.clone(), *id)),
        };
        let end = (query.sort + 1, Value::LEAST, Uuid::nil());
        let part = self.sorted.range((start, std::ops::Bound::Excluded(end)));
        part.map(|(_, row)| row)
            .filter(wanted)
            .take(query.limit)
            .map(|row| Row::clone(row))
            .collect()
    }

    fn insert(&mut self, kind: &Kind, row: Arc<Row>) {
        for (place, field, value) in indexed(kind, &row) {
            let key = sort_key(field, value);
            if let (Type::Id { .. }, Value::Id(to)) = (field.ty, value) {
                self.refers.insert((*to, place, row.id), ());
            }
            if field.sort {
                self.sorted.insert((place, key, row.id), Arc::clone(&row));
            }
        }
        for (at, key) in kind.keys().enumerate() {
            if let Some(value) = key.value(kind, &row) {
                self.unique.insert((at, value), row.id);
            }
        }
        self.rows.insert(row.id, row);
    }

    fn take(&mut self, kind: &Kind, id: Uuid) {
        let Some(row) = self.rows.remove(&id) else { return };
        for (at, key) in kind.keys().enumerate() {
            if let Some(value) = key.value(kind, &row) {
                self.unique.remove(&(at, value));
            }
        }
        for (place, field, value) in indexed(kind, &row) {
            let key = sort_key(field, value);
            if let (Type::Id { .. }, Value::Id(to)) = (field.ty, value) {
                self.refers.remove(&(*to, place, id));
            }
            if field.sort {
                self.sorted.remove(&(place, key, id));
            }
        }
    }
}

/// The fields that something is found by, with their places and values.
fn indexed<'a>(
    kind: &'a Kind,
    row: &'a Row,
) -> impl Iterator<Item = (usize, &'static Field, &'a Value)> {
    let fields = kind.fields.iter().enumerate().zip(row.values.iter());
    let found_by = |field: &Field| field.sort || matches!(field.ty, Type::Id { .. });
    fields
        .map(|((place, field), value)| (place, field, value))
        .filter(move |(_, field, _)| found_by(field))
}
