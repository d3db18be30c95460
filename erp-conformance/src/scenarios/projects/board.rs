//! Boards, what is ready, and changes of many tasks.

use erp_core::{
    Ctx, Error,
    access::BuiltInRole,
    change::Version,
    ids::TaskId,
    page::PageRequest,
    projects::{
        BulkChange, FreedBy, NewTask, Priority, ReadyFilter, SeenTask, TaskPatch, TaskQuery,
        TaskStatus,
    },
};

use super::{link, person, project, task};
use crate::Harness;

async fn set(h: &Harness, ctx: &Ctx, id: TaskId, status: TaskStatus) {
    let version = h.read_task(id).await.version;
    h.engine.projects().set_task_status(ctx, id, version, status).await.expect("a step");
}

async fn ready(h: &Harness, ctx: &Ctx, filter: ReadyFilter) -> Result<Vec<String>, Error> {
    let mut page = PageRequest::first(2);
    let mut titles = Vec::new();
    loop {
        let part = h.engine.projects().ready_tasks(ctx, filter, &page).await?;
        titles.extend(part.items.into_iter().map(|task| task.details.title));
        let Some(next) = part.next else { return Ok(titles) };
        page.cursor = Some(next);
    }
}

/// A board shows every column with its exact count, and each goes on in the list of tasks.
pub async fn a_board_shows_all_columns_and_goes_on_in_the_list(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    for n in 0..7 {
        let status = if n == 3 { TaskStatus::Done } else { TaskStatus::Todo };
        let new = NewTask { status: Some(status), ..NewTask::titled(format!("{n}")) };
        projects.create_task(&ada, p.id, new).await.unwrap();
    }
    let board = projects.board(&ada, p.id, None, &PageRequest::first(4)).await.unwrap();
    let shape = |column: &erp_core::projects::BoardColumn| {
        (column.status, column.count, column.tasks.items.len(), column.tasks.next.is_some())
    };
    let expected = TaskStatus::ALL.iter().map(|status| match status {
        TaskStatus::Todo => (*status, 6, 4, true),
        TaskStatus::Done => (*status, 1, 1, false),
        other => (*other, 0, 0, false),
    });
    assert_eq!(board.columns.iter().map(shape).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    let page = PageRequest { cursor: board.columns[1].tasks.next.clone(), ..Default::default() };
    let query = TaskQuery { status: vec![TaskStatus::Todo], ..TaskQuery::default() };
    let rest = projects.tasks(&ada, p.id, query, &page).await.unwrap();
    let titles: Vec<_> = rest.items.iter().map(|view| view.task.details.title.as_str()).collect();
    assert_eq!(titles, ["5", "6"]);
}

/// Ready is what is open and waits for nothing, itself and what it is a part of; by urgency.
pub async fn ready_is_what_nothing_holds_up(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let (p, q) = (project(&h, "P", &ada, &[&bob]).await, project(&h, "Q", &ada, &[]).await);
    let projects = h.engine.projects();
    let rails = task(&h, &ada, &p, "rails").await.id;
    let roof = task(&h, &ada, &p, "roof").await.id;
    let part = NewTask { parent: Some(roof), ..NewTask::titled("part of the roof") };
    projects.create_task(&ada, p.id, part).await.unwrap();
    link(&h, &ada, rails, roof).await.unwrap();
    let mut urgent = NewTask::titled("urgent");
    urgent.details.priority = Priority::Urgent;
    projects.create_task(&ada, q.id, urgent).await.unwrap();
    let here = ReadyFilter { project: Some(p.id), assignee: None };
    let all = ReadyFilter::default();
    assert_eq!(ready(&h, &ada, here).await.unwrap(), ["rails"]);
    assert_eq!(ready(&h, &ada, all).await.unwrap(), ["urgent", "rails"]);
    assert_eq!(ready(&h, &bob, all).await.unwrap(), ["rails"]);
    set(&h, &ada, rails, TaskStatus::Cancelled).await;
    assert_eq!(ready(&h, &bob, all).await.unwrap(), ["roof", "part of the roof"]);
    let refused = projects.ready_tasks(&Ctx::system(), all, &PageRequest::default()).await;
    assert!(matches!(refused, Err(Error::Precondition(_))), "{refused:?}");
    let mut options = h.engine.options().clone();
    options.projects.freed_by = FreedBy::Done;
    let h = h.with_options(options);
    assert_eq!(ready(&h, &ada, here).await.unwrap(), [""; 0], "what was given up still holds up");
}

/// PROJ-14: neither board nor ready tasks of a project that is hidden or deleted are shown; not even
/// an overseer is told of others' projects when he asks for his own.
pub async fn proj_14_a_hidden_board_looks_like_none(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let olga = Ctx::user(h.user_with_role("olga", BuiltInRole::ADMIN).await.id);
    let p = project(&h, "P", &ada, &[]).await;
    task(&h, &ada, &p, "secret").await;
    let projects = h.engine.projects();
    let (page, all) = (PageRequest::default(), ReadyFilter::default());
    let here = ReadyFilter { project: Some(p.id), assignee: None };
    let missing = Some(Error::NotFound { entity: "project" });
    assert_eq!(projects.board(&eve, p.id, None, &page).await.err(), missing);
    assert_eq!(projects.ready_tasks(&eve, here, &page).await.err(), missing);
    for ctx in [&eve, &olga] {
        assert_eq!(ready(&h, ctx, all).await.unwrap(), [""; 0]);
    }
    assert_eq!(ready(&h, &ada, all).await.unwrap(), ["secret"]);
    projects.delete(&ada, p.id, p.version).await.unwrap();
    assert_eq!(ready(&h, &ada, all).await.unwrap(), [""; 0]);
    assert_eq!(projects.board(&ada, p.id, None, &page).await.err(), missing);
}

/// What one call and single calls are asked to do: to the tasks that are named, of a fresh project.
struct Twin {
    project: erp_core::projects::Project,
    tasks: Vec<TaskId>,
}

/// The same project each time: some tasks wait for others, one is done, one deleted.
async fn twin(h: &Harness, ada: &Ctx, bob: &Ctx, code: &str) -> Twin {
    let p = project(h, code, ada, &[bob]).await;
    let mut tasks = Vec::new();
    for n in 0..6 {
        tasks.push(task(h, ada, &p, &format!("{n}")).await.id);
    }
    link(h, ada, tasks[0], tasks[1]).await.unwrap();
    link(h, ada, tasks[4], tasks[3]).await.unwrap();
    set(h, ada, tasks[2], TaskStatus::Done).await;
    h.engine.projects().delete_task(ada, tasks[5], Version(1)).await.unwrap();
    Twin { project: p, tasks }
}

impl Twin {
    /// As text, with names that are the same for every twin.
    fn text(&self, of: &serde_json::Value) -> String {
        let mut text = serde_json::to_string_pretty(of).expect("it is JSON");
        text = text.replace(&self.project.id.to_string(), "the project");
        for (n, task) in self.tasks.iter().enumerate() {
            text = text.replace(&task.to_string(), &format!("task {n}"));
        }
        text
    }

    /// The tasks as they are, the events after a position, and what the audit log says of them.
    async fn told(&self, h: &Harness, after: erp_core::change::Position, before: usize) -> String {
        let tasks = h.store.projects().tasks_by_id(&self.tasks).await.expect("a read");
        let events = h.events_after(after).await;
        let audience = |it: &erp_core::change::Event| format!("{:?}", it.audience);
        let events: Vec<_> =
            events.iter().map(|it| (&it.body, audience(it), it.actor, it.at)).collect();
        let audit = h.audit().await;
        let audit: Vec<_> = audit[..audit.len() - before]
            .iter()
            .map(|it| (it.action, it.entity.id == self.project.id.uuid(), &it.changes, it.actor))
            .collect();
        let place = |n: &uuid::Uuid| self.tasks.iter().position(|task| task.uuid() == *n);
        let of: Vec<_> =
            h.audit().await[..audit.len()].iter().map(|it| place(&it.entity.id)).collect();
        self.text(&serde_json::json!([tasks, events, audit, of]))
    }
}

/// one call gives the same end state, the same events, the same audit entries and the same
/// answers as the calls one by one; what is refused holds up none of the others.
pub async fn x_13_a_change_of_many_is_the_sum_of_singles(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let eve = super::id(&person(&h, "eve").await);
    let status = |status| TaskPatch { status: Some(status), ..TaskPatch::default() };
    let labels = Some(vec!["b".to_owned(), " a".to_owned()]);
    let due_on = Some(chrono::NaiveDate::from_ymd_opt(2024, 3, 8));
    let patches = [
        status(TaskStatus::Done),
        TaskPatch { priority: Some(Priority::High), labels, due_on, ..TaskPatch::default() },
        TaskPatch { due_on: Some(None), ..status(TaskStatus::InProgress) },
        TaskPatch { assignees: Some(vec![super::id(&bob)]), ..TaskPatch::default() },
        TaskPatch { assignees: Some(vec![eve]), ..status(TaskStatus::Done) },
        status(TaskStatus::Backlog),
    ];
    for (n, patch) in patches.into_iter().enumerate() {
        let mut told = Vec::new();
        for bulk in [true, false] {
            let twin = twin(&h, &ada, &bob, &format!("T{n}-{}", u8::from(bulk))).await;
            let (after, before) = (h.settled().await, h.audit().await.len());
            // The third has another version, the last is deleted.
            let answers = if bulk {
                in_bulk(&h, &ada, &twin, &patch).await
            } else {
                one_by_one(&h, &ada, &twin, &patch).await
            };
            told.push((twin.text(&serde_json::json!(answers)), twin.told(&h, after, before).await));
        }
        let (bulk, singles) = (&told[0], &told[1]);
        assert_eq!(bulk.0, singles.0, "answers to {patch:?}");
        let codes =
            |text: &str| text.replace(&format!("T{n}-1"), "T").replace(&format!("T{n}-0"), "T");
        assert_eq!(codes(&bulk.1), codes(&singles.1), "what came of {patch:?}");
    }
}

/// What is said of each task: the task as it is now, or why not.
type Answers = Vec<(Option<erp_core::projects::Task>, Option<String>)>;

async fn in_bulk(h: &Harness, ctx: &Ctx, twin: &Twin, patch: &TaskPatch) -> Answers {
    let tasks = twin.tasks.iter().map(|id| SeenTask { id: *id, expected: Version(1) }).collect();
    let change = BulkChange { tasks, set: patch.clone() };
    let outcomes = h.engine.projects().change_tasks(ctx, change).await.expect("it is valid");
    let answer =
        |it: erp_core::projects::BulkOutcome| (it.task, it.refused.map(|e| format!("{e:?}")));
    outcomes.into_iter().map(answer).collect()
}

async fn one_by_one(h: &Harness, ctx: &Ctx, twin: &Twin, patch: &TaskPatch) -> Answers {
    let projects = h.engine.projects();
    let mut answers = Vec::new();
    for id in &twin.tasks {
        let (mut done, mut refused, mut version) = (None, None, Version(1));
        let TaskPatch { status, assignees, priority, due_on, labels } = patch.clone();
        if assignees.is_some() || priority.is_some() || due_on.is_some() || labels.is_some() {
            let mut details = h.read_task(*id).await.details;
            details.assignees = assignees.unwrap_or(details.assignees);
            details.priority = priority.unwrap_or(details.priority);
            details.due_on = due_on.unwrap_or(details.due_on);
            details.labels = labels.unwrap_or(details.labels);
            match projects.update_task(ctx, *id, version, details).await {
                Ok(task) => (version, done) = (task.version, Some(task)),
                Err(error) => refused = Some(format!("{error:?}")),
            }
        }
        if let (Some(status), None) = (status, &refused) {
            match projects.set_task_status(ctx, *id, version, status).await {
                Ok(task) => done = Some(task),
                Err(error) => refused = Some(format!("{error:?}")),
            }
        }
        answers.push((done, refused));
    }
    answers
}

/// A change of many that says nothing, names nothing, too much or one twice is refused whole.
pub async fn a_wrong_change_of_many_is_refused_by_field(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[]).await;
    let seen = |id| SeenTask { id, expected: Version(1) };
    let one = seen(task(&h, &ada, &p, "1").await.id);
    let many = (0..201).map(|_| seen(TaskId::generate(&*h.ids))).collect();
    let set = TaskPatch { status: Some(TaskStatus::InProgress), ..TaskPatch::default() };
    for (tasks, set, field) in [
        (vec![], set.clone(), "tasks"),
        (many, set.clone(), "tasks"),
        (vec![one, one], set.clone(), "tasks[1]"),
        (vec![one], TaskPatch::default(), "set"),
    ] {
        let refused = h.engine.projects().change_tasks(&ada, BulkChange { tasks, set }).await;
        let Err(Error::Validation(wrong)) = refused else { panic!("{field}: {refused:?}") };
        assert_eq!(wrong[0].field, field);
    }
    let change = BulkChange { tasks: vec![one], set };
    let told = h.engine.projects().change_tasks(&eve, change).await.unwrap();
    assert_eq!(told[0].refused, Some(Error::NotFound { entity: "task" }));
    assert_eq!(h.read_task(one.id).await.version, Version(1));
}
