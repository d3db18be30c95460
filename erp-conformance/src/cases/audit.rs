//! Reading the audit log.

use chrono::TimeDelta;
use erp_core::{
    Ctx,
    access::AuditQuery,
    change::{AuditEntry, EntityRef, Guard, Recorder, Scope, Version},
    ids::{AuditId, ProjectId, UserId},
    policy::Action,
    port::IdGenerator as _,
};

use crate::Harness;

async fn entries(h: &Harness, query: &AuditQuery) -> Vec<AuditEntry> {
    h.store.audit().entries(query).await.expect("a read")
}

/// Entries of several kinds, actors, actions and times, some of them at the same time.
async fn write_some(h: &Harness) -> (Vec<AuditEntry>, [UserId; 2], EntityRef) {
    let users = [h.user("ann").await.id, h.user("bob").await.id];
    let project = ProjectId::generate(&*h.ids);
    let known = EntityRef::in_project("room", h.ids.uuid(), project);
    let mut written = h.audit().await;
    written.reverse();
    for n in 0..24 {
        let ctx = match n % 3 {
            0 => Ctx::system(),
            by => Ctx::user(users[by - 1]),
        };
        let action = [Action::ChatPost, Action::UserUpdate][n % 2];
        let entity = match n % 4 {
            0 => known.clone(),
            1 => EntityRef::new("room", h.ids.uuid()),
            _ => EntityRef::new("message", h.ids.uuid()),
        };
        if n % 5 == 0 {
            h.pass(60);
        }
        let set = h.set_by(&ctx, action, entity);
        written.push(set.audit.clone());
        h.store.commit(set).await.expect("it is valid");
    }
    written.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.id)));
    (written, users, known)
}

/// `AuditReads::entries`: an action that is none of the engine's own is written, read back by its name,
/// and found by it.
pub async fn an_action_of_others_is_read_back_by_its_name(h: Harness) {
    const DANCE: Action = Action::named("robot.dance");
    for action in [DANCE, Action::UserUpdate, Action::named("robot.sing")] {
        h.store.commit(h.set(action, EntityRef::new("robot", h.ids.uuid()))).await.expect("valid");
    }
    let query = |action| AuditQuery { action, limit: 10, ..AuditQuery::default() };
    let of = async |action| {
        let found = entries(&h, &query(Some(action))).await;
        found.iter().map(|entry| entry.action).collect::<Vec<_>>()
    };
    assert_eq!(of(DANCE).await, [DANCE]);
    assert_eq!(of(Action::named("robot.paint")).await, []);
    let names: Vec<_> = h.audit().await.iter().map(|entry| entry.action.as_str()).collect();
    let all = ["robot.dance", "user.update", "robot.sing"];
    assert!(all.iter().all(|name| names.contains(name)), "{names:?}");
}

/// `AuditQuery`: the newest first, by time, then id, both descending; in pages, with ties.
pub async fn entries_are_listed_newest_first_in_pages_with_ties(h: Harness) {
    let (written, ..) = write_some(&h).await;
    for limit in [1, 3, 4, 100] {
        let mut paged: Vec<AuditEntry> = Vec::new();
        loop {
            let after = paged.last().map(|entry| (entry.at, entry.id));
            let page = entries(&h, &AuditQuery { after, limit, ..AuditQuery::default() }).await;
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, written, "limit {limit}");
    }
}

/// `AuditQuery`: each filter, and all together.
pub async fn every_filter_leaves_what_it_says(h: Harness) {
    let (written, [ann, _], known) = write_some(&h).await;
    let limit = 100;
    let (from, until) = (h.now() - TimeDelta::minutes(3), h.now() - TimeDelta::minutes(1));
    type Filter = Box<dyn Fn(&AuditEntry) -> bool + Send>;
    let none = AuditQuery { limit, ..AuditQuery::default() };
    let kind = Some("room".to_owned());
    let queries: Vec<(AuditQuery, Filter)> = vec![
        (
            AuditQuery { entity_kind: kind.clone(), ..none.clone() },
            Box::new(|entry| entry.entity.kind == "room"),
        ),
        (
            AuditQuery { entity_id: Some(known.id), ..none.clone() },
            Box::new(move |entry| entry.entity.id == known.id),
        ),
        (
            AuditQuery { project: known.project, ..none.clone() },
            Box::new(move |entry| entry.entity.project == known.project),
        ),
        (
            AuditQuery { actor: Some(ann), ..none.clone() },
            Box::new(move |entry| entry.actor.user() == Some(ann)),
        ),
        (
            AuditQuery { action: Some(Action::ChatPost), ..none.clone() },
            Box::new(|entry| entry.action == Action::ChatPost),
        ),
        (AuditQuery { from: Some(from), ..none.clone() }, Box::new(move |entry| entry.at >= from)),
        (
            AuditQuery { until: Some(until), ..none.clone() },
            Box::new(move |entry| entry.at < until),
        ),
        (
            AuditQuery { from: Some(from), until: Some(until), entity_kind: kind, ..none.clone() },
            Box::new(move |entry| (from..until).contains(&entry.at) && entry.entity.kind == "room"),
        ),
        (
            AuditQuery { actor: Some(ann), action: Some(Action::UserUpdate), ..none.clone() },
            Box::new(move |entry| {
                entry.actor.user() == Some(ann) && entry.action == Action::UserUpdate
            }),
        ),
        (AuditQuery { entity_kind: Some("nothing".to_owned()), ..none }, Box::new(|_| false)),
    ];
    for (query, filter) in queries {
        let expected: Vec<_> = written.iter().filter(|entry| filter(entry)).cloned().collect();
        assert_eq!(entries(&h, &query).await, expected, "{query:?}");
        let first = entries(&h, &AuditQuery { limit: 2, ..query.clone() }).await;
        assert_eq!(first, expected[..expected.len().min(2)], "{query:?}");
        if let Some(last) = first.last() {
            let after = Some((last.at, last.id));
            let rest = entries(&h, &AuditQuery { after, ..query.clone() }).await;
            assert_eq!(rest, expected[first.len()..], "the next page of {query:?}");
        }
    }
}

/// AUTH-12: every commit writes exactly one entry, a refused one none.
pub async fn auth_12_every_commit_writes_one_entry(h: Harness) {
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    let before = h.audit().await.len();
    let mut ids: Vec<AuditId> = Vec::new();
    for _ in 0..5 {
        let (_, set) = h.posting(room.id, ann.id, "hello");
        ids.push(set.audit.id);
        h.store.commit(set).await.expect("the post is valid");
        let outside = h.new_user("outside").id;
        let (_, refused) = h.posting(room.id, outside, "hello");
        h.store.commit(refused).await.expect_err("he is no member");
    }
    let written: Vec<_> = h.audit().await.iter().map(|entry| entry.id).collect();
    ids.reverse();
    assert_eq!(written[..5], ids);
    assert_eq!(written.len(), before + 5);
}

/// `ChangeSet::along`: an entry for each thing, with what is its own, at the instant and by the actor
/// of the set; none of them when the set is refused.
pub async fn x_13_what_is_done_along_is_audited_as_if_alone(h: Harness) {
    let ann = Ctx::user(h.user("ann").await.id);
    let project = h.project("P", &[]).await.id;
    let room = h.group(&[]).await.id;
    let before = h.audit().await.len();
    let things = [
        (Action::TaskUpdate, EntityRef::in_project("task", h.ids.uuid(), project)),
        (Action::ChatEdit, EntityRef::in_room("message", h.ids.uuid(), room)),
        (Action::UserUpdate, EntityRef::new("user", h.ids.uuid())),
    ];
    let set = || {
        let mut set = h.set_by(&ann, Action::TaskReschedule, EntityRef::new("x", h.ids.uuid()));
        for (n, thing) in things.iter().enumerate() {
            let changed = Recorder::new().field("n", n, n + 1);
            set.along(&*h.ids, thing.clone(), changed);
        }
        set
    };
    let mut refused = set();
    refused.guard(Guard::Held(Scope::access_graph(), Version(0)));
    h.store.commit(refused).await.expect_err("the guard does not hold");
    assert_eq!(h.audit().await.len(), before);
    let set = set();
    let mut expected: Vec<AuditEntry> = set.along.clone();
    assert!(expected.iter().all(|entry| (entry.at, entry.actor) == (set.at(), ann.actor)));
    expected.push(set.audit.clone());
    expected.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.id)));
    h.store.commit(set).await.expect("it is valid");
    assert_eq!(h.audit().await[..4], expected);
    let of_one = AuditQuery { entity_id: Some(things[0].1.id), limit: 5, ..AuditQuery::default() };
    assert_eq!(entries(&h, &of_one).await.len(), 1);
}
