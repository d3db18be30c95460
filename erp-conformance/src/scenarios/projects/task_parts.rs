//! Checklists of tasks, and who watches them.

use erp_core::{
    Conflict, Ctx, Error,
    change::{EventBody, Version},
    ctx::IdempotencyKey,
    ids::{ChecklistItemId, TaskId},
    page::PageRequest,
    policy::Action,
    projects::{ChecklistLine, ProjectEvent, ProjectRole, TaskQuery, Ticked},
};
use futures::future::join_all;

use super::{id, person, project, task};
use crate::Harness;

const MISSING: Error = Error::NotFound { entity: "task" };

async fn texts(h: &Harness, ctx: &Ctx, task: TaskId) -> Vec<String> {
    let checklist = h.engine.projects().checklist(ctx, task).await.expect("a checklist");
    checklist.items.into_iter().map(|item| item.text).collect()
}

/// Lines are added, ticked off, put in order and taken away; each change has its event, and one that
/// changes nothing has none.
pub async fn a_checklist_is_worked_off(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let projects = h.engine.projects();
    assert_eq!(projects.checklist(&ada, on).await.map(|it| it.version), Ok(Version(0)));
    for text in [" measure ", "cut"] {
        projects.add_to_checklist(&ada, on, text).await.unwrap();
    }
    let before = h.settled().await;
    let two = projects.checklist(&bob, on).await.unwrap();
    let at = h.pass(60);
    let ticked = projects.tick(&bob, on, two.items[0].id, Ticked::Done).await.unwrap();
    let done = ticked.items[0].done.expect("it is done");
    assert_eq!((done.by, done.at, ticked.updated_at), (Some(id(&bob)), at, Some(at)));
    h.pass(60);
    assert_eq!(projects.tick(&ada, on, two.items[0].id, Ticked::Done).await, Ok(ticked.clone()));
    let event = ProjectEvent::ChecklistPut(Box::new(ticked.clone()));
    let events = h.events_after(before).await;
    assert_eq!(events.iter().map(|it| &it.body).collect::<Vec<_>>(), [&EventBody::Projects(event)]);

    let line = |id, text: &str| ChecklistLine { id, text: text.to_owned() };
    let lines = [line(None, "sweep"), line(Some(two.items[0].id), "measure twice")];
    let set = projects.set_checklist(&ada, on, ticked.version, &lines).await.unwrap();
    assert_eq!(texts(&h, &ada, on).await, ["sweep", "measure twice"]);
    assert_eq!((set.items[0].done, set.items[1].done), (None, Some(done)));
    let current = Conflict::Version { entity: "checklist".into(), current: set.version };
    let late = projects.set_checklist(&ada, on, ticked.version, &lines).await;
    assert_eq!(late, Err(current.into()));
    let gone = projects.tick(&ada, on, two.items[1].id, Ticked::Done).await;
    assert_eq!(gone, Err(Error::NotFound { entity: "checklist_item" }));
    let open = projects.tick(&ada, on, two.items[0].id, Ticked::Open).await.unwrap();
    assert_eq!(open.items[1].done, None);
    assert_eq!(
        projects.add_to_checklist(&ada, on, " ").await,
        Err(Error::invalid("text", "must be 1 to 500 characters on one line"))
    );
    assert_eq!(h.audit().await[0].action, Action::TaskSetChecklist);
}

/// lines that several add at once, and ticks of several, are all there; a full list takes none.
pub async fn x_18_several_work_on_a_checklist_at_once(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let projects = h.engine.projects();
    let names = ["a", "b", "c", "d", "e", "f"];
    let added = join_all(names.map(|text| projects.add_to_checklist(&ada, on, text))).await;
    assert!(added.iter().all(Result::is_ok), "{added:?}");
    let mut there = texts(&h, &ada, on).await;
    there.sort();
    assert_eq!(there, names);
    let items = projects.checklist(&ada, on).await.unwrap().items;
    let ticks = items.iter().map(|item| projects.tick(&ada, on, item.id, Ticked::Done));
    assert!(join_all(ticks).await.iter().all(Result::is_ok));
    let list = projects.checklist(&ada, on).await.unwrap();
    assert!(list.items.iter().all(|item| item.done.is_some()));
    let full: Vec<_> = (0..100).map(|n| ChecklistLine { id: None, text: n.to_string() }).collect();
    projects.set_checklist(&ada, on, list.version, &full).await.unwrap();
    let refused = projects.add_to_checklist(&ada, on, "one more").await;
    assert!(matches!(refused, Err(Error::Precondition(_))), "{refused:?}");
}

/// the same request under one key adds one line.
pub async fn x_6_a_line_is_added_once(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("k").unwrap());
    let projects = h.engine.projects();
    let first = projects.add_to_checklist(&keyed, on, "once").await.unwrap();
    h.pass(60);
    assert_eq!(projects.add_to_checklist(&keyed, on, "once").await, Ok(first));
    assert_eq!(texts(&h, &ada, on).await, ["once"]);
}

/// Everyone watches what he sees; contributors have other members watch; who leaves watches no more.
pub async fn members_watch_tasks(h: Harness) {
    let (ada, bob, eve) =
        (person(&h, "ada").await, person(&h, "bob").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let projects = h.engine.projects();
    projects.put_member(&ada, p.id, id(&bob), ProjectRole::Viewer).await.unwrap();
    for _ in 0..2 {
        projects.watch(&bob, on, id(&bob)).await.unwrap();
    }
    projects.watch(&ada, on, id(&ada)).await.unwrap();
    let refused = projects.unwatch(&bob, on, id(&ada)).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let no_member = Error::invalid("user", "no such active member of the project");
    assert_eq!(projects.watch(&ada, on, id(&eve)).await, Err(no_member));
    let watchers = async || {
        let page = projects.watchers(&ada, on, &PageRequest::default()).await.unwrap();
        page.items.into_iter().map(|watcher| watcher.user).collect::<Vec<_>>()
    };
    let mut both = [id(&ada), id(&bob)];
    both.sort();
    assert_eq!(watchers().await, both);
    let filter = TaskQuery { watcher: Some(id(&bob)), ..TaskQuery::default() };
    let found = projects.tasks(&ada, p.id, filter, &PageRequest::default()).await.unwrap();
    assert_eq!(found.items.len(), 1);
    let settled = h.settled().await;
    projects.watch(&ada, on, id(&bob)).await.unwrap();
    assert_eq!(h.settled().await, settled, "who watches goes on");
    projects.remove_member(&ada, p.id, id(&bob)).await.unwrap();
    assert_eq!(watchers().await, [id(&ada)]);
    projects.unwatch(&ada, on, id(&ada)).await.unwrap();
    let settled = h.settled().await;
    projects.unwatch(&ada, on, id(&ada)).await.unwrap();
    assert_eq!(h.settled().await, settled, "who does not watch goes on so");
    assert!(watchers().await.is_empty());
}

/// PROJ-14: whoever does not see the project learns nothing of what hangs on its tasks; a deleted
/// task hides it from all.
pub async fn proj_14_hidden_checklists_and_watchers_look_like_none(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let projects = h.engine.projects();
    let line = projects.add_to_checklist(&ada, on, "line").await.unwrap().items[0].id;
    let all = async |ctx: &Ctx, on: TaskId, line: ChecklistItemId| {
        let page = PageRequest::default();
        [
            projects.checklist(ctx, on).await.err(),
            projects.add_to_checklist(ctx, on, "more").await.err(),
            projects.tick(ctx, on, line, Ticked::Done).await.err(),
            projects.set_checklist(ctx, on, Version(1), &[]).await.err(),
            projects.watchers(ctx, on, &page).await.err(),
            projects.watch(ctx, on, id(ctx)).await.err(),
            projects.unwatch(ctx, on, id(ctx)).await.err(),
        ]
    };
    for (ctx, on) in [(&eve, on), (&ada, TaskId::generate(&*h.ids))] {
        assert_eq!(all(ctx, on, line).await, [const { Some(MISSING) }; 7]);
    }
    projects.delete_task(&ada, on, Version(1)).await.unwrap();
    assert_eq!(all(&ada, on, line).await, [const { Some(MISSING) }; 7]);
    projects.restore_task(&ada, on, Version(2)).await.unwrap();
    assert_eq!(texts(&h, &ada, on).await, ["line"]);
}
