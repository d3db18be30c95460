//! The statements of a kind: four that write and a handful that read, made once, and four more for sets of an
//! unusual shape, which are not kept prepared.

use std::{collections::BTreeMap, sync::LazyLock};

use erp_core::{
    Conflict,
    port::StoreError,
    record::{Away, Field, Kind, Shelf, Type, entity_of},
};
use parking_lot::RwLock;

use crate::commit::{OWN, OWN_WITH_KEY, folded, folded_with_key};

/// The statements of a kind.
pub(crate) struct Texts {
    /// Its kind.
    pub kind: &'static Kind,
    /// `$1` id, `$2` when it was created, `$3` last changed and `$4`, of a kind that knows that, put away; then the
    /// columns of the fields.
    pub insert: String,
    /// `$1` id, `$2` when it was last changed, then as in `insert`; the version rises.
    pub update: String,
    /// Locks the row of `$1` against other changes; its version. What refers to it may come meanwhile.
    pub lock: String,
    /// The same, against what would come to refer to it, too.
    pub lock_whole: String,
    /// Removes the row of `$1`.
    pub remove: String,
    /// `insert`, `update` and `remove` of a whole change set, after what goes with all of them; the second and
    /// the third with the expected version after the id.
    pub folded: Folded,
    /// The row of `$1`.
    pub one: String,
    /// The rows of `$1`, by id.
    pub many: String,
    /// The columns that are read.
    columns: String,
}

/// The statements of a kind that write a whole change set each.
pub(crate) struct Folded {
    pub insert: String,
    /// The same with an idempotency key.
    pub insert_with_key: String,
    pub update: String,
    pub remove: String,
}

/// The statements of every kind that was written or read, by its name. They live as long as the process,
/// as kinds do.
static TEXTS: LazyLock<RwLock<BTreeMap<&'static str, &'static Texts>>> =
    LazyLock::new(RwLock::default);

/// The statements of a kind.
pub(crate) fn texts(kind: &'static Kind) -> &'static Texts {
    if let Some(texts) = TEXTS.read().get(kind.name) {
        return texts;
    }
    let made = || -> &'static Texts { Box::leak(Box::new(Texts::of(kind))) };
    TEXTS.write().entry(kind.name).or_insert_with(made)
}

/// What a constraint of a kind's table refuses, by the law that names them: `{table}_pkey`,
/// `{table}_{field}`.
pub(crate) fn refusal(constraint: &str) -> Option<StoreError> {
    let (kind, rest) = constrained(constraint)?;
    if rest == "pkey" {
        return Some(Conflict::Exists { entity: kind.name.into() }.into());
    }
    if let Some(key) = kind.keys().find(|key| key.name == rest) {
        return Some(Conflict::taken(kind.name, key.name).into());
    }
    match kind.field(rest)?.1.ty {
        Type::Id { prefix } => Some(StoreError::NotFound { entity: entity_of(prefix)? }),
        _ => None,
    }
}

/// What refers to a row that was to be removed, by the constraint that kept it.
pub(super) fn referrer(error: &sqlx::Error) -> &'static str {
    let refusal = error.as_database_error();
    let constraint = refusal.and_then(|refusal| refusal.constraint()).unwrap_or_default();
    if let Some((_, other)) = OTHERS.iter().find(|(table, _)| constraint.starts_with(table)) {
        return other;
    }
    constrained(constraint).map_or("record", |(kind, _)| kind.name)
}

/// The kind whose table has the constraint, and the rest of its name: of tables of which one begins as the
/// other, the longer one.
fn constrained(constraint: &str) -> Option<(&'static Kind, &str)> {
    let known = TEXTS.read();
    let of = known.values().filter_map(|texts| {
        let rest = constraint.strip_prefix(texts.kind.table)?.strip_prefix('_')?;
        Some((texts.kind, rest))
    });
    of.max_by_key(|(kind, _)| kind.table.len())
}

/// What is no record and refers to records, by its table.
const OTHERS: &[(&str, &str)] = &[("project_phases_", "phase")];

impl Texts {
    fn of(kind: &'static Kind) -> Self {
        let table = kind.table;
        let archived = archived(kind);
        let read: Vec<String> = kind.fields.iter().flat_map(Field::column_names).collect();
        let columns =
            format!("id, version, created_at, updated_at, {archived}, {}", read.join(", "));
        let mut changed = vec!["updated_at".to_owned()];
        changed.extend(kind.away.map(|away| away.since().to_owned()));
        changed.extend(kind.fields.iter().flat_map(written));
        Self {
            kind,
            insert: insert(kind, &changed, 1, ""),
            update: format!("{} WHERE id = $1", set(kind, &changed, 2)),
            lock: format!("SELECT version FROM {table} WHERE id = $1 FOR NO KEY UPDATE"),
            lock_whole: format!("SELECT version FROM {table} WHERE id = $1 FOR UPDATE"),
            remove: format!("DELETE FROM {table} WHERE id = $1"),
            folded: Folded::of(kind, &changed),
            one: format!("SELECT {columns} FROM {table} WHERE id = $1"),
            many: format!("SELECT {columns} FROM {table} WHERE id = ANY($1) ORDER BY id"),
            columns,
        }
    }

    /// The rows that the rest of the statement chooses.
    pub fn selected(&self, rest: &str) -> String {
        format!("SELECT {} FROM {} {rest}", self.columns, self.kind.table)
    }

    /// The row with `$1` in a unique field, unless it is deleted.
    pub fn by_key(&self, field: &Field) -> String {
        let (columns, table) = (&self.columns, self.kind.table);
        let live = match self.kind.away {
            Some(Away::Deleted) => " AND deleted_at IS NULL",
            _ => "",
        };
        format!("SELECT {columns} FROM {table} WHERE {} = $1{live}", field.key_column())
    }

    /// The version of the kind's tree, read by `see`, after each row; one row of nothing when there is none.
    pub fn tree(&self, by: &Field, see: &str) -> String {
        let (columns, table, key) = (&self.columns, self.kind.table, by.key_column());
        format!(
            "SELECT {columns}, tree.seen FROM ({see}) AS tree (seen) LEFT JOIN {table} ON true \
             ORDER BY {key}, id"
        )
    }

    /// A part of a list by a field: of the rows that have a value in it, or of those that have none. `$1` is
    /// the limit; then come the key (of rows with a value) and the id that they are after, and what fields
    /// must have.
    pub fn list(&self, by: &Field, part: Listed, shelf: Shelf, equal: &[&Field]) -> String {
        let key = by.key_column();
        let mut place = 1;
        let mut next = || {
            place += 1;
            format!("${place}")
        };
        let mut wanted = Vec::new();
        match part {
            Listed::Values { after: true } => {
                let (value, id) = (next(), next());
                wanted.push(format!("({key}, id) > ({value}, {id})"));
            }
            Listed::Values { after: false } if by.optional => {
                wanted.push(format!("{key} IS NOT NULL"))
            }
            Listed::Values { after: false } => {}
            Listed::Nulls { after } => {
                wanted.push(format!("{key} IS NULL"));
                if after {
                    wanted.push(format!("id > {}", next()));
                }
            }
        }
        for field in equal {
            let names = field.column_names();
            let pairs: Vec<String> =
                names.iter().map(|name| format!("{name} = {}", next())).collect();
            wanted.extend(pairs);
        }
        let archived = archived(self.kind);
        match shelf {
            Shelf::All => {}
            Shelf::Live => wanted.push(format!("{archived} IS NULL")),
            Shelf::Archived => wanted.push(format!("{archived} IS NOT NULL")),
        }
        let wanted = match wanted.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", wanted.join(" AND ")),
        };
        let (columns, table) = (&self.columns, self.kind.table);
        format!("SELECT {columns} FROM {table}{wanted} ORDER BY {key}, id LIMIT $1")
    }
}

impl Folded {
    fn of(kind: &Kind, changed: &[String]) -> Self {
        let part = |text: String| format!("own AS ({text} RETURNING id)");
        let own = |text: String| folded(&part(text), "own");
        let new = |first| part(insert(kind, changed, first, " FROM sound"));
        let at = format!("id = ${OWN} AND version = ${}", OWN + 1);
        Self {
            insert: folded(&new(OWN), "own"),
            insert_with_key: folded_with_key(&new(OWN_WITH_KEY), "own"),
            update: own(format!("{} FROM sound WHERE {at}", set(kind, changed, OWN + 2))),
            remove: own(format!("DELETE FROM {} USING sound WHERE {at}", kind.table)),
        }
    }
}

/// A new row, of what is bound from this place on: id, when it was created, and what may change.
fn insert(kind: &Kind, changed: &[String], first: usize, from: &str) -> String {
    let places: Vec<String> =
        (first..).take(changed.len() + 2).map(|at| format!("${at}")).collect();
    let (table, changed, places) = (kind.table, changed.join(", "), places.join(", "));
    format!("INSERT INTO {table} (version, id, created_at, {changed}) SELECT 1, {places}{from}")
}

/// What may change of a row, from this place on; the version rises.
fn set(kind: &Kind, changed: &[String], first: usize) -> String {
    let changes: Vec<String> =
        (first..).zip(changed).map(|(place, name)| format!("{name} = ${place}")).collect();
    format!("UPDATE {} SET {}, version = version + 1", kind.table, changes.join(", "))
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    /// Rows that have a value in the field, after one or from the first on.
    Values { after: bool },
    /// Rows that have none; they come last.
    Nulls { after: bool },
}

/// When a row was put away: never, where the kind does not know that.
fn archived(kind: &Kind) -> &'static str {
    kind.away.map_or("NULL::timestamptz", Away::since)
}

/// The columns of a field that are written: its own, and its key.
fn written(field: &Field) -> Vec<String> {
    let mut all = field.column_names();
    if field.keyed() {
        all.push(field.key_column());
    }
    all
}
