//! What a store promises of records: of every kind alike, by its description.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use erp_core::{
    Conflict,
    change::{Guard, Scope, Version},
    fields::samples,
    money::{Currency, Decimal, Money},
    port::{IdGenerator as _, StoreError},
    record::{
        Away, Field, FieldType as _, Kind, ListQuery, RecordChange, Row, Shelf, Type, Value,
        sort_key,
    },
};
use uuid::Uuid;

use super::support::{commit_at_once, conflict, exists, missing, stale, winners};
use crate::{Harness, specimen::kinds};

/// What rows of a case refer to.
struct Things {
    user: Uuid,
    definition: Uuid,
    project: Uuid,
}

impl Things {
    async fn of(h: &Harness) -> Self {
        Self {
            user: h.user("ann").await.id.uuid(),
            definition: h.phase_definition("Used").await.id.uuid(),
            project: h.project("USED", &[]).await.id.uuid(),
        }
    }

    fn get(&self, prefix: &str) -> Uuid {
        match prefix {
            "usr" => self.user,
            "phd" => self.definition,
            "prj" => self.project,
            other => panic!("the suite has nothing with ids of {other}"),
        }
    }
}

/// A row of a kind in which every text that is unique ends with this number.
fn row(h: &Harness, things: &Things, kind: &'static Kind, number: usize) -> Row {
    let values = kind.fields.iter().map(|field| plain(h, things, field, number)).collect();
    let at = h.now();
    let id = h.ids.uuid();
    let version = Version::FIRST;
    Row { id, version, created_at: at, updated_at: at, archived_at: None, values }
}

fn plain(h: &Harness, things: &Things, field: &Field, number: usize) -> Value {
    match field.ty {
        _ if field.parent => Value::Null,
        Type::Text(form) => match form.further {
            Some(further) => Value::Text(further.examples[0].into()),
            None => Value::Text(format!("Stück{number}").into()),
        },
        Type::Id { prefix } => Value::Id(things.get(prefix)),
        Type::Instant => Value::Instant(h.now()),
        Type::Day => {
            let first = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a day");
            Value::Day(first + Days::new(number as u64))
        }
        ref ty => edges(h, ty).swap_remove(0),
    }
}

/// Values that a type takes, those at its edges among them.
fn edges(h: &Harness, ty: &Type) -> Vec<Value> {
    match ty {
        Type::Bool => vec![Value::Bool(true), Value::Bool(false)],
        Type::Int(least, most) => [0.clamp(*least, *most), *least, *most].map(Value::Int).into(),
        Type::Decimal { scale, fits, .. } => {
            let most: Decimal = "999999999999".parse().expect("a decimal");
            let all =
                [Decimal::ZERO, Decimal::new(1, *scale), -Decimal::new(1, *scale), most, -most];
            let kept = all.into_iter().filter(|value| fits(*value)).map(|mut value| {
                value.rescale(*scale);
                Value::Decimal(value)
            });
            kept.collect()
        }
        Type::Text(form) => {
            let texts = samples::edges(form).into_iter();
            texts.map(|text| Value::Text(form.canonical(&text).expect("it fits").into())).collect()
        }
        Type::Day => ["2024-02-29", "0001-01-01", "9000-12-31"]
            .map(|day| Value::Day(day.parse().expect("a day")))
            .into(),
        Type::Instant => {
            ["2024-02-29T23:59:59.999999Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
                .map(|at| Value::Instant(at.parse().expect("an instant")))
                .into_iter()
                .chain([Value::Instant(h.now())])
                .collect()
        }
        Type::Choice(words) => words.iter().map(|word| Value::Text((*word).into())).collect(),
        Type::Money => [("0.00", "EUR"), ("-1", "JPY"), ("12345678901234.567", "KWD")]
            .map(|(amount, code)| {
                let currency = Currency::new(code).expect("a currency");
                let amount = amount.parse().expect("a decimal");
                Money::new(amount, currency).expect("it fits").to_value()
            })
            .into(),
        Type::Parts(parts) => {
            let first = parts.iter().map(|part| edges(h, &part.ty).swap_remove(0));
            vec![Value::Parts(first.collect())]
        }
        Type::Id { .. } => Vec::new(),
    }
}

fn put(kind: &'static Kind, row: &Row, expected: Option<i64>) -> RecordChange {
    RecordChange::Put { kind, row: row.clone(), expected: expected.map(Version) }
}

fn with(row: &Row, place: usize, value: Value) -> Row {
    let mut values = row.values.to_vec();
    values[place] = value;
    Row { values: Arc::from(values), ..row.clone() }
}

async fn read(h: &Harness, kind: &'static Kind, id: Uuid) -> Option<Row> {
    h.store.records().record(kind, id).await.expect("a read")
}

/// Every value of every field comes back as it was given, as do nothing in its place and the archive; the
/// time of creation stays.
pub async fn x_21_records_are_kept_as_they_were_given(h: Harness) {
    let things = Things::of(&h).await;
    for kind in kinds() {
        let mut given = row(&h, &things, kind, 1);
        h.commit(put(kind, &Row { version: Version(9), ..given.clone() }, None)).await;
        assert_eq!(read(&h, kind, given.id).await, Some(given.clone()), "{}", kind.name);
        let mut version = 1;
        for (place, field) in kind.fields.iter().enumerate() {
            let nothing = field.optional.then_some(Value::Null);
            for value in edges(&h, &field.ty).into_iter().chain(nothing) {
                let updated_at = h.pass(1);
                let changed = Row { updated_at, ..with(&given, place, value) };
                let moved = Row { created_at: updated_at, ..changed.clone() };
                h.commit(put(kind, &moved, Some(version))).await;
                version += 1;
                given = Row { version: Version(version), ..changed };
                let kept = read(&h, kind, given.id).await;
                assert_eq!(kept.as_ref(), Some(&given), "{} {}", kind.name, field.name);
                let texts = |row: &Row| field.ty.write(&row.values[place]);
                assert_eq!(kept.as_ref().map(texts), Some(texts(&given)), "{}", field.name);
            }
        }
        if kind.away.is_some() {
            for archived_at in [Some(h.pass(1)), None] {
                let changed = Row { archived_at, ..given.clone() };
                h.commit(put(kind, &changed, Some(version))).await;
                version += 1;
                given = Row { version: Version(version), ..changed };
                assert_eq!(read(&h, kind, given.id).await, Some(given.clone()));
            }
        }
        let all = h.store.records().records_by_id(kind, &[given.id, given.id, h.ids.uuid()]).await;
        assert_eq!(all, Ok(vec![given]));
        assert_eq!(read(&h, kind, h.ids.uuid()).await, None);
    }
}

/// A used id, a record that is not there, a stale version, a taken key, a missing thing: the first is told.
pub async fn x_5_records_tell_the_first_fault(h: Harness) {
    let things = Things::of(&h).await;
    for kind in kinds() {
        let (one, two) = (row(&h, &things, kind, 1), row(&h, &things, kind, 2));
        h.commit(put(kind, &one, None)).await;
        h.commit(put(kind, &two, None)).await;
        assert_eq!(h.try_commit(put(kind, &one, None)).await, exists(kind.name));
        let new = row(&h, &things, kind, 3);
        assert_eq!(h.try_commit(put(kind, &new, Some(1))).await, missing(kind.name));
        let mut version = 1;
        for key in kind.keys() {
            let folded = |row: &Row| {
                let of_key = key.fields.iter().map(|place| (*place, &one.values[*place]));
                of_key.fold(row.clone(), |row, (place, value)| {
                    let value = match value {
                        Value::Text(text) => Value::Text(text.to_uppercase().into()),
                        other => other.clone(),
                    };
                    with(&row, place, value)
                })
            };
            // It refers to what is not there, too.
            let clash = folded(&two);
            let refers = kind.fields.iter().enumerate().position(|(place, field)| {
                matches!(field.ty, Type::Id { .. }) && !key.fields.contains(&place)
            });
            let lost = refers.map(|at| with(&clash, at, Value::Id(h.ids.uuid())));
            let clash = lost.unwrap_or(clash);
            let refused = h.try_commit(put(kind, &clash, Some(2))).await;
            assert_eq!(refused, stale(kind.name, Version(1)));
            let refused = h.try_commit(put(kind, &clash, Some(1))).await;
            let taken = conflict(Conflict::taken(kind.name, key.name));
            assert_eq!(refused, taken, "{} {}", kind.name, key.name);
            for own in [folded(&one), one.clone()] {
                h.commit(put(kind, &own, Some(version))).await;
                version += 1;
            }
        }
        for (place, field) in kind.fields.iter().enumerate() {
            let Type::Id { prefix } = field.ty else { continue };
            let entity = erp_core::record::entity_of(prefix).expect("it is known");
            let lost = with(&two, place, Value::Id(h.ids.uuid()));
            assert_eq!(h.try_commit(put(kind, &lost, Some(1))).await, missing(entity));
        }
        assert_eq!(read(&h, kind, two.id).await, Some(two), "nothing was written");
    }
}

/// Of several that take one key at once, one has it.
pub async fn x_18_of_records_with_one_key_at_once_one_is_written(h: Harness) {
    let things = Things::of(&h).await;
    for kind in kinds() {
        for (at, key) in kind.keys().enumerate() {
            let same = row(&h, &things, kind, 70 + at);
            let sets = (10..16).map(|number| {
                let new = row(&h, &things, kind, 100 * (at + 1) + number);
                let of_key = key.fields.iter();
                let new =
                    of_key.fold(new, |new, place| with(&new, *place, same.values[*place].clone()));
                h.changes([put(kind, &new, None)])
            });
            let done = commit_at_once(&h.store, sets.collect::<Vec<_>>()).await;
            let taken = Conflict::taken(kind.name, key.name);
            let lost = |error: &StoreError| *error == StoreError::Conflict(taken.clone());
            assert_eq!(winners(&done, lost), 1, "{} {}", kind.name, key.name);
            if let [place] = key.fields {
                let holder = h.store.records().record_by_key(kind, *place, &same.values[*place]);
                assert!(holder.await.expect("a read").is_some(), "one has it");
            }
        }
    }
}

/// Of several fields the key is all of them, nothing among it: in another parent a name is free, at the top
/// it is one for all.
pub async fn x_19_a_key_of_several_fields_is_all_of_them(h: Harness) {
    let things = Things::of(&h).await;
    for kind in kinds().filter(|kind| kind.tree.is_some()) {
        let parent = kind.parent().expect("a tree has one");
        let top = row(&h, &things, kind, 1);
        h.commit(put(kind, &top, None)).await;
        let same = || Row { id: h.ids.uuid(), ..top.clone() };
        let taken = || conflict(Conflict::taken(kind.name, kind.keys[0].name));
        assert_eq!(
            h.try_commit(put(kind, &same(), None)).await,
            taken(),
            "of nothing there is one"
        );
        let within = || with(&same(), parent, Value::Id(top.id));
        h.commit(put(kind, &within(), None)).await;
        assert_eq!(h.try_commit(put(kind, &within(), None)).await, taken());
    }
}

/// the keys of a deleted record are free, those of an archived one stay taken. Restored it takes them
/// again, unless another has them.
pub async fn x_9_keys_of_deleted_records_are_free(h: Harness) {
    let things = Things::of(&h).await;
    for kind in kinds().filter(|kind| kind.away.is_some()) {
        let Some(key) = kind.keys().next() else { continue };
        let one = row(&h, &things, kind, 1);
        h.commit(put(kind, &one, None)).await;
        let away = Row { archived_at: Some(h.pass(1)), ..one.clone() };
        h.commit(put(kind, &away, Some(1))).await;
        let other = Row { id: h.ids.uuid(), ..one.clone() };
        let taken = conflict(Conflict::taken(kind.name, key.name));
        let by_key = async || match key.fields {
            [place] => {
                let value = &one.values[*place];
                h.store.records().record_by_key(kind, *place, value).await.expect("a read")
            }
            _ => None,
        };
        if kind.away == Some(Away::Archived) {
            assert_eq!(h.try_commit(put(kind, &other, None)).await, taken, "{}", kind.name);
            assert!(key.fields.len() > 1 || by_key().await.is_some());
            continue;
        }
        assert_eq!(by_key().await, None);
        h.commit(put(kind, &other, None)).await;
        assert_eq!(h.try_commit(put(kind, &one, Some(2))).await, taken, "{}", kind.name);
        h.commit(put(kind, &Row { archived_at: Some(h.now()), ..other.clone() }, Some(1))).await;
        h.commit(put(kind, &one, Some(2))).await;
        let back = Row { version: Version(3), ..one };
        assert_eq!(read(&h, kind, back.id).await, Some(back));
    }
}

/// A tree is read whole, by name, with the version of its scope: every change of a record of it raises that by
/// one for the whole set, and of those under one version exactly one happens.
pub async fn a_guard_on_another_tree_is_refused(h: Harness) {
    let things = Things::of(&h).await;
    for kind in kinds() {
        let Some(scope) = kind.tree else {
            let no_tree = h.store.records().record_tree(kind).await;
            assert!(matches!(no_tree, Err(StoreError::Internal(_))), "{no_tree:?}");
            continue;
        };
        let tree = async || h.store.records().record_tree(kind).await.expect("a read");
        let before = tree().await;
        assert_eq!(before.rows, []);
        let rows = [row(&h, &things, kind, 2), row(&h, &things, kind, 1)];
        h.store
            .commit(h.changes(rows.iter().map(|row| put(kind, row, None))))
            .await
            .expect("they are new");
        let now = tree().await;
        assert_eq!(now.version, before.version.next());
        assert_eq!(now.rows, [rows[1].clone(), rows[0].clone()]);
        let guarded = |number, version: Version| {
            let mut set = h.changes([put(kind, &row(&h, &things, kind, number), None)]);
            set.guard(Guard::Held(Scope::whole(scope), version));
            set
        };
        for wrong in [before.version, now.version.next()] {
            let refused = h.store.commit(guarded(3, wrong)).await;
            let stale = StoreError::Stale { entity: scope.as_str(), current: None };
            assert_eq!(refused, Err(stale));
        }
        let sets: Vec<_> = (10..18).map(|number| guarded(number, now.version)).collect();
        assert_eq!(winners(&commit_at_once(&h.store, sets).await, StoreError::is_guard), 1);
        assert_eq!(tree().await.version, now.version.next());
    }
}

/// A record is removed only under its version, and while nothing refers to it; its keys are free again.
pub async fn records_are_removed_only_while_nothing_refers_to_them(h: Harness) {
    let things = Things::of(&h).await;
    for kind in kinds().filter(|kind| kind.remove) {
        let one = row(&h, &things, kind, 1);
        let remove = |id, expected| RecordChange::Remove { kind, id, expected: Version(expected) };
        h.commit(put(kind, &one, None)).await;
        assert_eq!(h.try_commit(remove(one.id, 2)).await, stale(kind.name, Version(1)));
        assert_eq!(h.try_commit(remove(h.ids.uuid(), 1)).await, missing(kind.name));
        for by in kinds().filter(|by| by.remove) {
            let mut fields = by.fields.iter();
            let refers =
                |field: &Field| matches!(field.ty, Type::Id { prefix } if prefix == kind.prefix);
            let Some(place) = fields.position(refers) else { continue };
            let other = with(&row(&h, &things, by, 5), place, Value::Id(one.id));
            h.commit(put(by, &other, None)).await;
            let by_what = if kind.tree.is_some() { "content" } else { by.name };
            let in_use = conflict(Conflict::in_use(kind.name, by_what));
            assert_eq!(h.try_commit(remove(one.id, 1)).await, in_use);
            let expected = Version::FIRST;
            h.commit(RecordChange::Remove { kind: by, id: other.id, expected }).await;
        }
        h.commit(remove(one.id, 1)).await;
        assert_eq!(read(&h, kind, one.id).await, None);
        h.commit(put(kind, &Row { id: h.ids.uuid(), ..one }, None)).await;
    }
}

/// lists go by the key of each field that they may be sorted by, empty values last, then by id; in
/// pages, of each shelf, and of those with a value.
pub async fn x_11_records_are_listed_in_order_and_in_pages(h: Harness) {
    let things = Things::of(&h).await;
    for kind in kinds() {
        let mut rows = Vec::new();
        for number in 0..9_usize {
            let mut new = row(&h, &things, kind, number);
            for (place, field) in kind.fields.iter().enumerate() {
                let some = edges(&h, &field.ty);
                if field.optional && number % 3 == 0 {
                    new = with(&new, place, Value::Null);
                } else if !kind.keys().any(|key| key.fields.contains(&place)) && !some.is_empty() {
                    new = with(&new, place, some[number % some.len()].clone());
                }
            }
            if kind.away.is_some() && number % 4 == 1 {
                new.archived_at = Some(h.now());
            }
            h.commit(put(kind, &new, None)).await;
            rows.push(new);
        }
        if kind.prefix == "phd" {
            // What the rows of others refer to.
            rows.extend(read(&h, kind, things.definition).await);
        }
        for (sort, field) in kind.fields.iter().enumerate().filter(|(_, field)| field.sort) {
            let place = |row: &Row| (sort_key(field, &row.values[sort]), row.id);
            for shelf in [Shelf::All, Shelf::Live, Shelf::Archived] {
                let shelved = |row: &&Row| match shelf {
                    Shelf::All => true,
                    Shelf::Live => row.archived_at.is_none(),
                    Shelf::Archived => row.archived_at.is_some(),
                };
                let mut wanted: Vec<Row> = rows.iter().filter(shelved).cloned().collect();
                wanted.sort_by_key(place);
                for limit in [1, 2, 100] {
                    let mut query = ListQuery { sort, equal: vec![], shelf, after: None, limit };
                    let mut paged = Vec::new();
                    loop {
                        let page = h.store.records().list_records(kind, &query).await;
                        let page = page.expect("a read");
                        let Some(last) = page.last() else { break };
                        query.after = Some(place(last));
                        paged.extend(page);
                    }
                    assert_eq!(paged, wanted, "{} by {}, {shelf:?}", kind.name, field.name);
                }
            }
        }
        for (at, field) in kind.fields.iter().enumerate().filter(|(_, field)| field.filter) {
            let value = rows[1].values[at].clone();
            let (sort, by) = kind.order().expect("lists have an order");
            let mut wanted: Vec<Row> =
                rows.iter().filter(|row| row.values[at] == value).cloned().collect();
            wanted.sort_by_key(|row| (sort_key(by, &row.values[sort]), row.id));
            let equal = vec![(at, value)];
            let query = ListQuery { sort, equal, shelf: Shelf::All, after: None, limit: 100 };
            let found = h.store.records().list_records(kind, &query).await;
            assert_eq!(found, Ok(wanted), "{} of {}", kind.name, field.name);
        }
    }
}
