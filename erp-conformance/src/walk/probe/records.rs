//! Questions about records, of every kind alike.

use erp_core::{
    change::Scope,
    port::Store,
    record::{Kind, ListQuery, RecordTree, Row, Shelf, Value, sort_key},
};
use uuid::Uuid;

use super::{answer::in_order, ask::text, some};
use crate::{random::Random, specimen::kinds, walk::model::Model};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum RecordProbe {
    Record(&'static str, Uuid),
    ById(&'static str, Vec<Uuid>),
    ByKey(&'static str, usize, Value),
    List(&'static str, ListQuery),
    Tree(&'static str),
}

use RecordProbe as P;

/// Questions about the records that the model knows, with parts of lists chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<RecordProbe> {
    let mut probes = Vec::new();
    for kind in kinds() {
        let rows = model.records.of(kind);
        let (sort, _) = kind.order().expect("lists have an order");
        probes.push(P::List(kind.name, list(kind, sort, None, random)));
        let ids: Vec<Uuid> = rows.iter().rev().step_by(2).map(|row| row.id).collect();
        probes.push(P::ById(kind.name, ids));
        probes.extend(kind.tree.map(|_| P::Tree(kind.name)));
        for row in some(rows, random) {
            probes.push(P::Record(kind.name, row.id));
            let after = random.pick(rows);
            let after = Some((sort_key(&kind.fields[sort], &after.values[sort]), after.id));
            probes.push(P::List(kind.name, list(kind, sort, after, random)));
            let fields = kind.fields.iter().enumerate().filter(|(_, field)| field.unique);
            let keys = fields.map(|(place, _)| (place, row.values[place].clone()));
            let keys = keys.filter(|(_, value)| !value.is_null());
            probes.extend(keys.map(|(place, value)| P::ByKey(kind.name, place, value)));
        }
    }
    probes
}

fn list(kind: &Kind, sort: usize, after: Option<(Value, Uuid)>, random: &mut Random) -> ListQuery {
    let shelf = match kind.away.is_some() {
        true => *random.pick(&[Shelf::All, Shelf::Live, Shelf::Archived]),
        false => Shelf::All,
    };
    ListQuery { sort, equal: Vec::new(), shelf, after, limit: 1 + random.below(6) }
}

fn of(name: &str) -> &'static Kind {
    kinds().find(|kind| kind.name == name).expect("a kind")
}

impl RecordProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let records = store.records();
        match self {
            P::Record(kind, id) => text(records.record(of(kind), *id).await),
            P::ById(kind, ids) => text(records.records_by_id(of(kind), ids).await),
            P::ByKey(kind, place, value) => {
                text(records.record_by_key(of(kind), *place, value).await)
            }
            P::List(kind, query) => text(records.list_records(of(kind), query).await),
            P::Tree(kind) => text(records.record_tree(of(kind)).await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        match self {
            P::Record(kind, id) => {
                text(model.records.of(of(kind)).iter().find(|row| row.id == *id))
            }
            P::ById(kind, ids) => {
                let rows = model.records.of(of(kind)).iter().filter(|row| ids.contains(&row.id));
                text(in_order(rows.cloned(), |row: &Row| row.id))
            }
            P::ByKey(kind, place, value) => {
                let kind = of(kind);
                let key = |value: &Value| sort_key(&kind.fields[*place], value);
                let mut rows = model.records.of(kind).iter().filter(|row| !kind.deleted(row));
                text(rows.find(|row| key(&row.values[*place]) == key(value)))
            }
            P::List(kind, query) => text(listed(of(kind), query, model)),
            P::Tree(kind) => {
                let kind = of(kind);
                let (sort, _) = kind.order().expect("lists have an order");
                let limit = usize::MAX;
                let all = ListQuery { sort, equal: vec![], shelf: Shelf::All, after: None, limit };
                let scope = Scope::whole(kind.tree.expect("a tree"));
                let version = model.version(scope).expect("it is known").expect("it is there");
                text(RecordTree { version, rows: listed(kind, &all, model) })
            }
        }
    }
}

fn listed(kind: &Kind, query: &ListQuery, model: &Model) -> Vec<Row> {
    let place = |row: &Row| (sort_key(&kind.fields[query.sort], &row.values[query.sort]), row.id);
    let all = in_order(model.records.of(kind).iter().cloned(), place).into_iter();
    let shelved = |row: &Row| match query.shelf {
        Shelf::All => true,
        Shelf::Live => row.archived_at.is_none(),
        Shelf::Archived => row.archived_at.is_some(),
    };
    let wanted =
        all.filter(|row| shelved(row) && query.after.as_ref().is_none_or(|at| place(row) > *at));
    wanted.take(query.limit).collect()
}
