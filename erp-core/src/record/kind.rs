//! The description of a kind: plain data.

use erp_kernel::{FieldType, Type, Value};
use serde_json::{Map, Value as Json};

use super::{Hooks, Row, Within};
use crate::{
    change::{Audience, ScopeKind},
    policy::Action,
};

/// A field of a record.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name, in JSON, in the audit log and, unless it has columns of its own, in the table.
    pub name: &'static str,
    /// What it is, for a person.
    pub doc: &'static str,
    /// What it may be.
    pub ty: Type,
    /// Whether it may be empty.
    pub optional: bool,
    /// What it is without being named; none when it must be named, or may be empty.
    pub default: Option<fn() -> Value>,
    /// Whether no two records of the kind have the same value.
    pub unique: bool,
    /// Whether lists can be filtered by it.
    pub filter: bool,
    /// Whether lists can be sorted by it.
    pub sort: bool,
    /// Whether it stays as it was when the record was created.
    pub fixed: bool,
    /// Whether its value is kept out of the audit log, of events and of answers that are stored.
    pub sensitive: bool,
    /// Whether it is the record that this one lies in, of a kind that is a tree.
    pub parent: bool,
    /// Its columns, where they are not named after it.
    pub columns: &'static [&'static str],
}

impl Field {
    /// A field of this type.
    pub const fn of<T: FieldType>(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            doc,
            ty: T::TYPE,
            optional: T::OPTIONAL,
            default: None,
            unique: false,
            filter: false,
            sort: false,
            fixed: false,
            sensitive: false,
            parent: false,
            columns: &[],
        }
    }

    /// No two records of the kind have the same value.
    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Lists can be filtered by it.
    #[must_use]
    pub const fn filter(mut self) -> Self {
        self.filter = true;
        self
    }

    /// Lists can be sorted by it. The first such field is the order of a list that names none.
    #[must_use]
    pub const fn sort(mut self) -> Self {
        self.sort = true;
        self
    }

    /// It stays as it was when the record was created.
    #[must_use]
    pub const fn fixed(mut self) -> Self {
        self.fixed = true;
        self
    }

    /// Its value is kept out of the audit log, of events and of answers that are stored.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// It is the record that this one lies in.
    #[must_use]
    pub const fn parent(mut self) -> Self {
        self.parent = true;
        self
    }

    /// It has this value where none is named.
    #[must_use]
    pub const fn default(mut self, value: fn() -> Value) -> Self {
        self.default = Some(value);
        self
    }

    /// It has these columns.
    #[must_use]
    pub const fn columns(mut self, columns: &'static [&'static str]) -> Self {
        self.columns = columns;
        self
    }

    /// The names of its columns: as it says, else after itself; of a reference with `_id`, of several
    /// values that are one with the name of each.
    pub fn column_names(&self) -> Vec<String> {
        if !self.columns.is_empty() {
            return self.columns.iter().map(|&name| name.to_owned()).collect();
        }
        let name = self.name;
        match self.ty {
            Type::Id { .. } => vec![format!("{name}_id")],
            Type::Money => ["amount", "currency"].map(|part| format!("{name}_{part}")).into(),
            Type::Parts(parts) => {
                parts.iter().map(|part| format!("{name}_{}", part.name)).collect()
            }
            _ => vec![name.to_owned()],
        }
    }

    /// The column by which it is sorted and compared: the key of a text, else its first.
    pub fn key_column(&self) -> String {
        let first = self.column_names().swap_remove(0);
        if self.keyed() { format!("{first}_key") } else { first }
    }

    /// Whether a key of its text is kept beside it, by which it is sorted and compared.
    pub const fn keyed(&self) -> bool {
        self.ty.form().is_some() && (self.unique || self.sort)
    }
}

/// What a person does to records of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Actions {
    /// See them.
    pub read: Action,
    /// Create one.
    pub create: Action,
    /// Change, archive or restore one.
    pub update: Action,
    /// Delete and restore one, or remove it for good.
    pub remove: Action,
}

/// What the events of a kind are called.
#[derive(Clone, Copy, Debug)]
pub struct Events {
    /// One was created.
    pub created: &'static str,
    /// One was changed.
    pub changed: &'static str,
    /// One was archived, or deleted to be restored.
    pub archived: &'static str,
    /// One was restored.
    pub restored: &'static str,
    /// One was removed for good.
    pub removed: &'static str,
    /// The member that tells which was removed.
    pub which: &'static str,
}

/// Fields of which no two records of a kind have the same values. Of one field an empty value is no value;
/// of several it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name: that of its last field.
    pub name: &'static str,
    /// The places of its fields.
    pub fields: &'static [usize],
}

impl Key {
    /// What a record has in it; none when it takes no part, as a deleted one.
    pub fn value(&self, kind: &Kind, row: &Row) -> Option<Value> {
        if kind.deleted(row) {
            return None;
        }
        let key = |place: &usize| match (kind.fields.get(*place), row.values.get(*place)) {
            (Some(field), Some(value)) => super::sort_key(field, value),
            _ => Value::Null,
        };
        match self.fields {
            [place] => Some(key(place)).filter(|value| !value.is_null()),
            places => Some(Value::Parts(places.iter().map(key).collect())),
        }
    }
}

/// The most fields of a kind.
const MAX_FIELDS: usize = 128;

/// Every place, so that a key of one field is a part of it.
const PLACES: &[usize; MAX_FIELDS] = &{
    let mut places = [0; MAX_FIELDS];
    let mut place = 0;
    while place < MAX_FIELDS {
        places[place] = place;
        place += 1;
    }
    places
};

/// How a record is put away, to be taken back later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Away {
    /// It is archived: it stays to be seen, and its keys stay taken.
    Archived,
    /// It is deleted: until it is restored there is none, and its keys are free.
    Deleted,
}

impl Away {
    /// The member, and the column, that tell since when.
    pub const fn since(self) -> &'static str {
        match self {
            Self::Archived => "archived_at",
            Self::Deleted => "deleted_at",
        }
    }
}

/// A kind of record.
#[derive(Debug)]
pub struct Kind {
    /// Its name, as errors and the audit log tell it.
    pub name: &'static str,
    /// What it is, for a person.
    pub doc: &'static str,
    /// Its table.
    pub table: &'static str,
    /// The path of its list, under `/api/`; `{id}` in it is of what `under` refers to.
    pub path: &'static str,
    /// The path before the id of one, under `/api/`.
    pub item: &'static str,
    /// The place of the field that refers to what records are listed and created under.
    pub under: Option<usize>,
    /// Whether one and the list are answered as views, by routes of their own.
    pub views: bool,
    /// That records lie in a project, which decides on who sees them.
    pub within: Option<Within>,
    /// The prefix of its ids.
    pub prefix: &'static str,
    /// Its fields, in order.
    pub fields: &'static [Field],
    /// Its keys of several fields.
    pub keys: &'static [Key],
    /// The scope of the tree, where one of its fields is the parent: every change raises its version.
    pub tree: Option<ScopeKind>,
    /// What a person does to it.
    pub actions: Actions,
    /// Who learns of its changes.
    pub audience: &'static [Audience],
    /// What its events are called.
    pub events: Events,
    /// Whether records are put away and taken back, and how.
    pub away: Option<Away>,
    /// Whether records are removed for good, while nothing refers to them.
    pub remove: bool,
    /// What replacing its fields is called, in the document.
    pub replace: &'static str,
    /// What it says beyond its fields.
    pub hooks: Option<Hooks>,
}

/// Kinds are told apart by their names.
impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Kind {
    /// The field of this name, with its place.
    pub fn field(&self, name: &str) -> Option<(usize, &'static Field)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name == name)
    }

    /// Values of the fields, in JSON.
    pub(super) fn json(&self, values: &[Value]) -> Map<String, Json> {
        let member =
            |(field, value): (&Field, &Value)| (field.name.to_owned(), field.ty.write(value));
        self.fields.iter().zip(values).map(member).collect()
    }

    /// The field by which a list is sorted that names none, with its place.
    pub fn order(&self) -> Option<(usize, &'static Field)> {
        self.fields.iter().enumerate().find(|(_, field)| field.sort)
    }

    /// Its keys: of one field in the order of the fields, then those of several.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        let fields = self.fields.iter().enumerate().filter(|(_, field)| field.unique);
        let single =
            fields.map(|(place, field)| Key { name: field.name, fields: &PLACES[place..=place] });
        single.chain(self.keys.iter().copied())
    }

    /// Whether a record is deleted, and to be restored.
    pub fn deleted(&self, row: &Row) -> bool {
        self.away == Some(Away::Deleted) && row.archived_at.is_some()
    }

    /// The fields whose values are kept out of the audit log, of events and of stored answers.
    pub fn sensitive(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| field.sensitive)
    }

    /// The place of the field that is the record that a record lies in, of a tree.
    pub fn parent(&self) -> Option<usize> {
        self.fields.iter().position(|field| field.parent)
    }

    /// Checks what rustc cannot, when the kind is compiled.
    pub const fn check(&self) {
        assert!(self.fields.len() <= MAX_FIELDS, "a record has too many fields");
        let mut at = 0;
        let (mut ordered, mut parents) = (false, 0);
        while at < self.fields.len() {
            let field = &self.fields[at];
            assert!(
                !field.doc.is_empty(),
                "every field of a record needs a doc comment: it is its description in the API"
            );
            assert!(
                field.columns.is_empty() || field.columns.len() == field.ty.width(),
                "a field has as many columns as its type has"
            );
            ordered = ordered || field.sort;
            parents += field.parent as usize;
            assert!(
                !field.parent || (field.optional && matches!(field.ty, Type::Id { .. })),
                "a parent is a record or none"
            );
            at += 1;
        }
        let mut key = 0;
        while key < self.keys.len() {
            let mut place = 0;
            while place < self.keys[key].fields.len() {
                let field = &self.fields[self.keys[key].fields[place]];
                assert!(
                    field.ty.form().is_none() || field.keyed(),
                    "a text in a key is unique or sorted by: it has a key of its own"
                );
                place += 1;
            }
            key += 1;
        }
        assert!(
            parents == self.tree.is_some() as usize,
            "a tree has a scope, and a field that is the parent"
        );
        assert!(!self.doc.is_empty(), "a record needs a doc comment");
        assert!(ordered, "a record needs a field to sort by");
    }
}
