//! Records of which each lies in another or at the top, of every kind that is such a tree.

use std::collections::BTreeMap;

use erp_core::{
    Conflict, Ctx, Engine, Error,
    access::BuiltInRole,
    change::{EventBody, Version},
    record::{Input, Kind, Row, Told, Value, ids},
};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::{Harness, cases::support::at_once, random::Random, specimen::kinds};

fn trees() -> impl Iterator<Item = &'static Kind> {
    kinds().filter(|kind| kind.tree.is_some())
}

async fn keeper(h: &Harness) -> Ctx {
    Ctx::user(h.user_with_role("keeper", BuiltInRole::OWNER).await.id)
}

/// The member that says what a record lies in.
fn within(kind: &Kind, parent: Option<Uuid>) -> (String, Json) {
    let field = &kind.fields[kind.parent().expect("a tree")];
    (field.name.to_owned(), parent.map(|parent| ids::text(kind.prefix, parent)).into())
}

fn named(kind: &Kind, name: &str) -> (String, Json) {
    (kind.order().expect("lists have an order").1.name.to_owned(), name.into())
}

fn parent_of(kind: &Kind, row: &Row) -> Option<Uuid> {
    row.values[kind.parent().expect("a tree")].as_id()
}

async fn made(
    h: &Harness,
    ctx: &Ctx,
    (kind, name): (&'static Kind, &str),
    parent: Option<Uuid>,
) -> erp_core::Result<Row> {
    let input = Input::Json(Map::from_iter([named(kind, name), within(kind, parent)]));
    h.engine.all_records().create(ctx, kind, &input).await
}

/// Moves a record, whatever its version is.
async fn moved(
    engine: &Engine,
    ctx: &Ctx,
    (kind, id): (&'static Kind, Uuid),
    parent: Option<Uuid>,
) -> erp_core::Result<Row> {
    let records = engine.all_records();
    let there = records.get(ctx, kind, id).await?;
    let input = Input::Json(Map::from_iter([within(kind, parent)]));
    records.update(ctx, kind, (id, there.version), (Told::Part, &input)).await
}

/// A name is unique in what it lies in, and the list is in the order of names.
pub async fn a_tree_is_listed_whole_by_name(h: Harness) {
    let ada = keeper(&h).await;
    for kind in trees() {
        let top = made(&h, &ada, (kind, "Solar"), None).await.unwrap();
        let below = made(&h, &ada, (kind, "panels"), Some(top.id)).await.unwrap();
        made(&h, &ada, (kind, "Panels"), None).await.unwrap();
        let taken = Err(Error::from(Conflict::taken(kind.name, kind.keys[0].name)));
        assert_eq!(made(&h, &ada, (kind, "PANELS"), Some(top.id)).await, taken);
        assert_eq!(moved(&h.engine, &ada, (kind, below.id), None).await, taken);
        let nowhere = Some(Uuid::from_u128(7));
        let text = format!("no such {}", kind.name.replace('_', " "));
        let no_parent = Err(Error::invalid("parent", text));
        assert_eq!(made(&h, &ada, (kind, "x"), nowhere).await, no_parent);
        assert_eq!(moved(&h.engine, &ada, (kind, below.id), nowhere).await, no_parent);
        let input = Input::Json(Map::from_iter([named(kind, "Inverters"), within(kind, None)]));
        let seen = (below.id, Version(1));
        let records = h.engine.all_records();
        let renamed = records.update(&ada, kind, seen, (Told::Whole, &input)).await.unwrap();
        assert_eq!((renamed.version, parent_of(kind, &renamed)), (Version(2), None));
        let stale = Conflict::Version { entity: kind.name.into(), current: Version(2) };
        let refused = records.update(&ada, kind, seen, (Told::Whole, &input)).await;
        assert_eq!(refused, Err(stale.into()));
        let listed = records.tree(&ada, kind).await.unwrap();
        let (name, _) = kind.order().unwrap();
        let names: Vec<_> = listed.iter().map(|row| row.values[name].clone()).collect();
        assert_eq!(names, ["Inverters", "Panels", "Solar"].map(|name| Value::Text(name.into())));
    }
}

/// Rings of one, two, three, 16 and 17 are refused with their path.
pub async fn a_record_never_lies_in_itself(h: Harness) {
    let ada = keeper(&h).await;
    for kind in trees() {
        for length in [1_usize, 2, 3, 16, 17] {
            let mut chain: Vec<Uuid> = Vec::new();
            for n in 0..length {
                let name = format!("{length}-{n}");
                let row = made(&h, &ada, (kind, &name), chain.last().copied()).await.unwrap();
                chain.push(row.id);
            }
            let (first, last) = (chain[0], chain[length - 1]);
            match moved(&h.engine, &ada, (kind, first), Some(last)).await {
                Err(Error::Conflict(Conflict::Ring { entity, path, .. })) => {
                    assert_eq!((&*entity, path.len()), (kind.name, length + 1));
                    let first = ids::text(kind.prefix, first);
                    assert_eq!([&path[0], &path[length]], [&first; 2]);
                }
                other => panic!("{length}: {other:?}"),
            }
            moved(&h.engine, &ada, (kind, last), None).await.unwrap();
        }
    }
}

/// A into B and B into A at once: one happens, and the other is told the ring.
pub async fn x_18_of_two_moves_that_close_a_ring_one_happens(h: Harness) {
    let ada = keeper(&h).await;
    for kind in trees() {
        for round in 0..8 {
            let one = made(&h, &ada, (kind, &format!("a{round}")), None).await.unwrap().id;
            let other = made(&h, &ada, (kind, &format!("b{round}")), None).await.unwrap().id;
            let moves = [(one, other), (other, one)].map(|(id, into)| {
                let (engine, ada) = (h.engine.clone(), ada.clone());
                async move { moved(&engine, &ada, (kind, id), Some(into)).await }
            });
            let answers = at_once(moves).await;
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
            let ring = |answer: &erp_core::Result<Row>| {
                matches!(answer, Err(Error::Conflict(Conflict::Ring { .. })))
            };
            assert_eq!(answers.iter().filter(|answer| ring(answer)).count(), 1, "{answers:?}");
        }
    }
}

/// whatever moves go through at once, from every record the way up ends.
pub async fn x_18_many_moves_at_once_leave_a_tree(h: Harness) {
    let ada = keeper(&h).await;
    for kind in trees() {
        let mut ids = Vec::new();
        for n in 0..6 {
            ids.push(made(&h, &ada, (kind, &n.to_string()), None).await.unwrap().id);
        }
        for seed in 0..4 {
            let moves = (0..8).map(|n| {
                let mut random = Random::new(seed * 100 + n);
                let (id, into) = (*random.pick(&ids), *random.pick(&ids));
                let (engine, ada) = (h.engine.clone(), ada.clone());
                async move { moved(&engine, &ada, (kind, id), Some(into)).await }
            });
            for answer in at_once(moves).await {
                let known = matches!(
                    answer,
                    Ok(_)
                        | Err(Error::Conflict(
                            Conflict::Ring { .. } | Conflict::Version { .. } | Conflict::Contention
                        ))
                );
                assert!(known, "{answer:?}");
            }
            let all = h.engine.all_records().tree(&ada, kind).await.unwrap();
            let parents: BTreeMap<_, _> =
                all.iter().map(|row| (row.id, parent_of(kind, row))).collect();
            for id in &ids {
                let way = std::iter::successors(Some(*id), |id| parents[id]);
                assert!(way.take(ids.len() + 1).count() <= ids.len(), "a ring");
            }
        }
    }
}

/// What something lies in stays; else it goes under its version, its name is free again, and its readers
/// are told which went.
pub async fn what_something_lies_in_is_not_removed(h: Harness) {
    let ada = keeper(&h).await;
    let guest = Ctx::user(h.user_with_role("guest", BuiltInRole::GUEST).await.id);
    for kind in trees() {
        let top = made(&h, &ada, (kind, "Solar"), None).await.unwrap();
        let below = made(&h, &ada, (kind, "Panels"), Some(top.id)).await.unwrap();
        let records = h.engine.all_records();
        let in_use = Err(Error::from(Conflict::in_use(kind.name, "content")));
        assert_eq!(records.remove(&ada, kind, (top.id, Version(1))).await, in_use);
        let stale = Conflict::Version { entity: kind.name.into(), current: Version(1) };
        let refused = records.remove(&ada, kind, (below.id, Version(2))).await;
        assert_eq!(refused, Err(stale.into()));
        let unseen = Err(Error::NotFound { entity: kind.name });
        assert_eq!(records.remove(&guest, kind, (below.id, Version(1))).await, unseen);
        let before = h.settled().await;
        for id in [below.id, top.id] {
            records.remove(&ada, kind, (id, Version(1))).await.unwrap();
            assert_eq!(records.remove(&ada, kind, (id, Version(1))).await, unseen);
        }
        assert_eq!(records.tree(&ada, kind).await, Ok(vec![]));
        let told: Vec<_> = h
            .events_after(before)
            .await
            .iter()
            .map(|event| match &event.body {
                EventBody::Other(other) => (other.kind.clone(), other.data.clone()),
                other => panic!("of another kind: {other:?}"),
            })
            .collect();
        let gone = |row: &Row| {
            let which = json!({ kind.events.which: ids::text(kind.prefix, row.id) });
            (kind.events.removed.to_owned(), which)
        };
        assert_eq!(told, [gone(&below), gone(&top)]);
        made(&h, &ada, (kind, "Solar"), None).await.unwrap();
    }
}
