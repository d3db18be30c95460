//! Questions about what is to be done and what was: boards, ready tasks, search, time of projects.

use std::cmp::Reverse;

use erp_core::{
    ids::{PhaseId, ProjectId, TaskId},
    port::Store,
    projects::{
        Column, DependencyKind, Hit, RatedSpan, ReadyKey, ReadyQuery, ReadyScope, SearchQuery,
        Task, TaskStatus, TaskTime, TimeEntry,
    },
};

use super::{answer::in_order, ask::text, some};
use crate::{random::Random, walk::model::Model};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum WorkProbe {
    Board(ProjectId, Option<PhaseId>, usize),
    Ready(ReadyQuery),
    Search(SearchQuery),
    RatedTime(ProjectId, Vec<RatedSpan>),
    ProjectTime(ProjectId),
}

use WorkProbe as P;

/// Questions about all projects that the model knows, with parts of lists chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<WorkProbe> {
    let mut probes = Vec::new();
    for project in &model.projects {
        let id = project.id;
        probes.extend([P::ProjectTime(id), P::Board(id, None, 1 + random.below(4))]);
        probes.push(P::RatedTime(id, spans(model, random)));
        probes.push(P::Ready(ready(model, ReadyScope::Project(id), random)));
        probes.push(P::Search(search(model, Some(id), random)));
    }
    for phase in some(&model.phases, random) {
        probes.push(P::Board(phase.project, Some(phase.id), 1 + random.below(4)));
    }
    for row in some(&model.users, random) {
        probes.push(P::Ready(ready(model, ReadyScope::MemberOf(row.user.id), random)));
        probes.push(P::Search(search(model, None, random)));
    }
    probes
}

fn spans(model: &Model, random: &mut Random) -> Vec<RatedSpan> {
    let mut spans = Vec::new();
    for entry in &model.times {
        if random.percent(30) {
            let until = random.pick(&model.times).started_at;
            spans.push(RatedSpan {
                user: entry.user,
                from: random.percent(60).then_some(entry.started_at),
                until: random.percent(60).then_some(until),
            });
        }
    }
    spans
}

fn ready(model: &Model, scope: ReadyScope, random: &mut Random) -> ReadyQuery {
    let freed = TaskStatus::ALL.iter().copied().filter(|_| random.percent(30)).collect();
    let assignee = random.percent(30).then(|| random.pick(&model.users).user.id);
    let after = !model.tasks.is_empty() && random.percent(40);
    let after = after.then(|| ReadyKey::of(random.pick(&model.tasks)));
    ReadyQuery { scope, assignee, freed, after, limit: 1 + random.below(9) }
}

fn search(model: &Model, project: Option<ProjectId>, random: &mut Random) -> SearchQuery {
    let known = ["task", "comment", "edited", "ä", "a", "1", "2", "33", "as"];
    let words = (0..1 + random.below(2)).map(|_| (*random.pick(&known)).to_owned());
    let words = words.collect();
    let member = random.percent(40).then(|| random.pick(&model.users).user.id);
    let after = !model.tasks.is_empty() && random.percent(40);
    let after = after.then(|| random.pick(&model.tasks).id.uuid());
    SearchQuery { words, member, project, after, limit: 1 + random.below(9) }
}

impl WorkProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let projects = store.projects();
        match self {
            P::Board(project, phase, rows) => text(projects.board(*project, *phase, *rows).await),
            P::Ready(query) => text(projects.ready_tasks(query).await),
            P::Search(query) => text(projects.search(query).await),
            P::RatedTime(project, spans) => text(projects.rated_time(*project, spans).await),
            P::ProjectTime(project) => text(projects.project_time(*project).await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        match self {
            P::Board(project, phase, rows) => text(model.board(*project, *phase, *rows)),
            P::Ready(query) => text(model.ready(query)),
            P::Search(query) => text(model.search(query)),
            P::RatedTime(project, spans) => {
                let entries = model.time_in(*project);
                let within = |span: &RatedSpan, entry: &TimeEntry| {
                    entry.user == span.user
                        && span.from.is_none_or(|from| entry.started_at >= from)
                        && span.until.is_none_or(|until| entry.started_at < until)
                };
                let spent = spans.iter().map(|span| {
                    let entries = entries.iter().filter(|entry| within(span, entry));
                    entries.filter_map(|entry| micros(entry)).sum::<i64>()
                });
                text(spent.collect::<Vec<_>>())
            }
            P::ProjectTime(project) => {
                let entries = model.time_in(*project);
                let spent: Vec<i64> = entries.iter().filter_map(|entry| micros(entry)).collect();
                let entries = i64::try_from(spent.len()).expect("it is small");
                text(TaskTime { entries, spent_us: spent.into_iter().sum() })
            }
        }
    }
}

/// How long it lasted, if it has ended.
fn micros(entry: &TimeEntry) -> Option<i64> {
    entry.duration().and_then(|it| it.num_microseconds())
}

impl Model {
    /// The entries on the live tasks of a project, deleted ones left out.
    pub(super) fn time_in(&self, project: ProjectId) -> Vec<&TimeEntry> {
        let live = self.live_tasks().filter(|task| task.project == project);
        let live: Vec<TaskId> = live.map(|task| task.id).collect();
        let entries = self.times.iter().filter(|one| one.deleted_at.is_none());
        entries.filter(|one| live.contains(&one.task)).collect()
    }

    fn live_tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| task.deleted_at.is_none())
    }

    fn board(&self, project: ProjectId, phase: Option<PhaseId>, rows: usize) -> Vec<Column> {
        let mut columns = Vec::new();
        for status in TaskStatus::ALL {
            let in_it = self.live_tasks().filter(|task| {
                task.project == project
                    && task.status == *status
                    && (phase.is_none() || task.phase == phase)
            });
            let tasks = in_order(in_it, |task| task.code.number);
            let count = i64::try_from(tasks.len()).expect("it is small");
            let first = tasks.into_iter().take(rows).cloned().collect();
            if count > 0 {
                columns.push(Column { status: *status, count, tasks: first });
            }
        }
        columns
    }

    fn ready(&self, query: &ReadyQuery) -> Vec<&Task> {
        let wanted = self.live_tasks().filter(|task| {
            let project = self.project(task.project).expect("it is there");
            let member =
                |user| self.project_access(project.id, user).is_some_and(|it| it.member.is_some());
            let in_scope = match query.scope {
                ReadyScope::Project(id) => project.id == id,
                ReadyScope::MemberOf(user) => member(user),
            };
            in_scope
                && project.deleted_at.is_none()
                && !matches!(task.status, TaskStatus::Done | TaskStatus::Cancelled)
                && query.assignee.is_none_or(|user| task.details.assignees.contains(&user))
                && query.after.is_none_or(|after| ReadyKey::of(task) > after)
                && !self.is_held_up(task, &query.freed)
        });
        in_order(wanted, |task| ReadyKey::of(task)).into_iter().take(query.limit).collect()
    }

    /// Whether it, or a live task that it is a part of, waits for the finish of a live one.
    fn is_held_up(&self, task: &Task, freed: &[TaskStatus]) -> bool {
        let live = |id: TaskId| self.live_tasks().find(|task| task.id == id);
        let waits = |task: TaskId| {
            let before =
                self.edges.iter().map(|(_, edge)| edge).filter(|edge| {
                    edge.successor == task && edge.kind == DependencyKind::FinishStart
                });
            let mut before = before.filter_map(|edge| live(edge.predecessor));
            before.any(|one| !freed.contains(&one.status))
        };
        // The walk puts tasks under each other in rings, too.
        let mut whole = vec![task.id];
        let mut up = task.parent.and_then(live);
        while let Some(next) = up.filter(|next| !whole.contains(&next.id)) {
            whole.push(next.id);
            up = next.parent.and_then(live);
        }
        whole.into_iter().any(waits)
    }

    fn search(&self, query: &SearchQuery) -> Vec<Hit> {
        let mut hits = Vec::new();
        for task in self.live_tasks() {
            let project = self.project(task.project).expect("it is there");
            let member =
                |user| self.project_access(project.id, user).is_some_and(|it| it.member.is_some());
            let searched = project.deleted_at.is_none()
                && query.project.is_none_or(|id| project.id == id)
                && query.member.is_none_or(member);
            if !searched {
                continue;
            }
            let details = &task.details;
            let own = format!("{} {}", details.title, details.labels.join(" "));
            if has_words(&own, &query.words) {
                hits.push(Hit { task: task.clone(), comment: None });
            }
            let comments = self.comments.iter().filter(|one| one.task == task.id);
            for comment in comments.filter(|one| one.deleted_at.is_none()) {
                if has_words(&comment.body, &query.words) {
                    hits.push(Hit { task: task.clone(), comment: Some(comment.clone()) });
                }
            }
        }
        hits.retain(|hit| query.after.is_none_or(|after| hit.key() < after));
        let hits = in_order(hits, |hit: &Hit| Reverse(hit.key()));
        hits.into_iter().take(query.limit).collect()
    }
}

/// The walk's texts have spaces between their words, and small letters.
fn has_words(text: &str, words: &[String]) -> bool {
    words.iter().all(|word| text.split(' ').any(|one| one == word))
}
