//! Questions about projects and tasks.

use std::cmp::Reverse;

use erp_core::{
    change::Version,
    ids::{CommentId, ProjectId, TaskId, TimeEntryId, UserId},
    port::Store,
    projects::{
        Dependency, Project, ProjectMember, ProjectQuery, ProjectRole, StatusCount, TaskGraph,
        TaskNode, TaskQuery, TaskStatus, TaskTime, TimeEntry, Timesheet,
    },
    time::Timestamp,
};

use super::{answer::in_order, ask::text, task_lists};
use crate::{random::Random, walk::model::Model};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum ProjectProbe {
    Project(ProjectId),
    Access(ProjectId, UserId),
    Projects(ProjectQuery),
    Memberships(UserId),
    Members(ProjectId, Option<UserId>, usize),
    Owners(ProjectId),
    Task(TaskId),
    TasksById(Vec<TaskId>),
    Tasks(ProjectId, TaskQuery),
    Counts(ProjectId),
    Dependencies(TaskId),
    Graph(ProjectId),
    TimeEntry(TimeEntryId),
    RunningTimer(UserId),
    Timesheet(UserId, Timestamp, Option<Timestamp>),
    TimeEntries(TaskId, Option<(Timestamp, TimeEntryId)>, usize),
    TaskTime(TaskId),
    Comment(CommentId),
    Comments(TaskId, Option<(Timestamp, CommentId)>, usize),
}

use ProjectProbe as P;

/// Questions about all projects that the model knows, with parts of lists chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<ProjectProbe> {
    let mut probes = Vec::new();
    for project in &model.projects {
        let id = project.id;
        let user = random.pick(&model.users).user.id;
        let after = random.percent(50).then_some(user);
        probes.extend([P::Project(id), P::Access(id, user), P::Owners(id), P::Counts(id)]);
        probes.extend([P::Graph(id), P::Members(id, after, 1 + random.below(4))]);
        let member = random.percent(40).then_some(user);
        let status = if random.percent(40) { vec![project.status] } else { Vec::new() };
        let after = random.percent(50).then(|| project.code.clone());
        probes.push(P::Projects(ProjectQuery {
            member,
            status,
            after,
            limit: 1 + random.below(5),
        }));
        for _ in 0..4 {
            probes.push(P::Tasks(id, task_lists::query(model, id, user, random)));
        }
    }
    for row in &model.users {
        let id = row.user.id;
        probes.extend([P::Memberships(id), P::RunningTimer(id)]);
        if let Some(entry) = model.times.first() {
            let until = random.percent(50).then_some(random.pick(&model.times).started_at);
            probes.push(P::Timesheet(id, entry.started_at, until));
        }
    }
    of_tasks(model, random, &mut probes);
    probes.extend(model.times.iter().map(|entry| P::TimeEntry(entry.id)));
    probes.extend(model.comments.iter().map(|comment| P::Comment(comment.id)));
    probes
}

fn of_tasks(model: &Model, random: &mut Random, probes: &mut Vec<ProjectProbe>) {
    for task in &model.tasks {
        let id = task.id;
        probes.extend([P::Task(id), P::Dependencies(id), P::TaskTime(id)]);
        let entries = model.times.iter().find(|entry| entry.task == id);
        let after = entries.filter(|_| random.percent(50)).map(|one| (one.started_at, one.id));
        probes.push(P::TimeEntries(id, after, 1 + random.below(4)));
        let comments = model.comments.iter().find(|comment| comment.task == id);
        let after = comments.filter(|_| random.percent(50)).map(|one| (one.created_at, one.id));
        probes.push(P::Comments(id, after, 1 + random.below(4)));
    }
    let some = model.tasks.iter().filter(|_| random.percent(30)).map(|task| task.id);
    probes.push(P::TasksById(some.collect()));
}

impl ProjectProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let projects = store.projects();
        match self {
            P::Project(id) => text(projects.project(*id).await),
            P::Access(id, user) => text(projects.access(*id, *user).await),
            P::Projects(query) => text(projects.projects(query).await),
            P::Memberships(user) => text(projects.memberships(*user).await),
            P::Members(id, after, limit) => text(projects.members(*id, *after, *limit).await),
            P::Owners(id) => text(projects.owners(*id).await),
            P::Task(id) => text(projects.task(*id).await),
            P::TasksById(ids) => text(projects.tasks_by_id(ids).await),
            P::Tasks(id, query) => text(projects.tasks(*id, query).await),
            P::Counts(id) => text(projects.task_counts(*id).await),
            P::Dependencies(id) => text(projects.dependencies(*id).await),
            P::Graph(id) => text(projects.task_graph(*id).await),
            P::TimeEntry(id) => text(projects.time_entry(*id).await),
            P::RunningTimer(user) => text(projects.running_timer(*user).await),
            P::Timesheet(user, from, until) => text(projects.timesheet(*user, *from, *until).await),
            P::TimeEntries(id, after, limit) => {
                text(projects.time_entries(*id, *after, *limit).await)
            }
            P::TaskTime(id) => text(projects.task_time(*id).await),
            P::Comment(id) => text(projects.comment(*id).await),
            P::Comments(id, after, limit) => text(projects.comments(*id, *after, *limit).await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        match self {
            P::Project(id) => text(model.project(*id).ok()),
            P::Access(id, user) => text(model.project_access(*id, *user)),
            P::Projects(query) => text(model.list_projects(query)),
            P::Memberships(user) => {
                let own = model.project_members.iter().filter(|one| one.user == *user);
                text(in_order(own, |member| member.project))
            }
            P::Members(id, after, limit) => {
                let later = model.members_of(*id).into_iter().filter(|one| Some(one.user) > *after);
                text(later.take(*limit).collect::<Vec<_>>())
            }
            P::Owners(id) => {
                let owners = model.members_of(*id).into_iter();
                let owners = owners.filter(|one| one.role == ProjectRole::Owner);
                text(owners.map(|member| member.user).collect::<Vec<_>>())
            }
            P::Task(id) => text(model.task(*id)),
            P::TasksById(ids) => {
                let wanted = model.tasks.iter().filter(|task| ids.contains(&task.id));
                text(in_order(wanted, |task| (task.project, task.code.number)))
            }
            P::Tasks(id, query) => text(model.list_tasks(*id, query)),
            P::Counts(id) => text(model.counts_of(*id)),
            P::Dependencies(id) => {
                let of_it = |edge: &&Dependency| edge.predecessor == *id || edge.successor == *id;
                let edges = model.edges.iter().map(|(_, edge)| edge).filter(of_it);
                text(in_order(edges, |edge| (edge.predecessor, edge.successor)))
            }
            P::Graph(id) => text(model.graph_of(*id)),
            other => other.answer_of_work(model),
        }
    }

    fn answer_of_work(&self, model: &Model) -> String {
        use super::answer::text;
        match self {
            P::TimeEntry(id) => text(model.times.iter().find(|entry| entry.id == *id)),
            P::RunningTimer(user) => text(model.times.iter().find(|entry| {
                entry.user == *user && entry.ended_at.is_none() && entry.deleted_at.is_none()
            })),
            P::Timesheet(user, from, until) => {
                let entries = model.times.iter().filter(|entry| {
                    entry.user == *user
                        && entry.deleted_at.is_none()
                        && until.is_none_or(|until| entry.started_at < until)
                        && entry.ended_at.is_none_or(|end| end > *from)
                });
                let entries = in_order(entries, |one| (one.started_at, one.id));
                let entries = entries.into_iter().cloned().collect();
                let version: Version = model.timesheet_version(*user);
                text(Timesheet { version, entries })
            }
            P::TimeEntries(task, after, limit) => {
                let key = |one: &&TimeEntry| Reverse((one.started_at, one.id));
                let later = in_order(model.time_of(*task), key)
                    .into_iter()
                    .filter(|one| after.is_none_or(|after| (one.started_at, one.id) < after));
                text(later.take(*limit).collect::<Vec<_>>())
            }
            P::TaskTime(task) => {
                let ended = model.time_of(*task).into_iter().filter_map(|one| one.duration());
                let spent: Vec<i64> = ended.map(|it| it.num_microseconds().unwrap()).collect();
                let entries = i64::try_from(spent.len()).expect("it is small");
                text(TaskTime { entries, spent_us: spent.into_iter().sum() })
            }
            P::Comment(id) => text(model.comments.iter().find(|comment| comment.id == *id)),
            P::Comments(task, after, limit) => {
                let key = |one: &&erp_core::projects::Comment| (one.created_at, one.id);
                let of_it = model.comments.iter().filter(|comment| comment.task == *task);
                let later = in_order(of_it, key).into_iter();
                let later = later.filter(|one| after.is_none_or(|after| key(one) > after));
                text(later.take(*limit).collect::<Vec<_>>())
            }
            other => panic!("a question of another part: {other:?}"),
        }
    }
}

impl Model {
    fn list_projects(&self, query: &ProjectQuery) -> Vec<&Project> {
        let listed = self.projects.iter().filter(|project| {
            project.deleted_at.is_none()
                && query.member.is_none_or(|user| {
                    self.members_of(project.id).iter().any(|member| member.user == user)
                })
                && (query.status.is_empty() || query.status.contains(&project.status))
                && query.after.as_ref().is_none_or(|after| project.code > *after)
        });
        let listed = in_order(listed, |project| project.code.clone());
        listed.into_iter().take(query.limit).collect()
    }

    fn members_of(&self, project: ProjectId) -> Vec<&ProjectMember> {
        let members = self.project_members.iter().filter(|one| one.project == project);
        in_order(members, |member| member.user)
    }

    fn counts_of(&self, project: ProjectId) -> Vec<StatusCount> {
        let live = |status: TaskStatus| {
            let tasks = self.tasks.iter().filter(|task| {
                task.project == project && task.deleted_at.is_none() && task.status == status
            });
            i64::try_from(tasks.count()).expect("it is small")
        };
        let counts = TaskStatus::ALL.iter().map(|status| (*status, live(*status)));
        let counts = counts.filter(|(_, tasks)| *tasks > 0);
        counts.map(|(status, tasks)| StatusCount { status, tasks }).collect()
    }

    fn graph_of(&self, id: ProjectId) -> Option<TaskGraph> {
        let version = self.project(id).ok()?.graph;
        let tasks = self.tasks.iter().filter(|task| task.project == id);
        let nodes = in_order(tasks, |task| task.code.number).into_iter().map(|task| TaskNode {
            id: task.id,
            parent: task.parent,
            deleted_with: task.deleted_with,
            status: task.status,
            estimate_min: task.details.estimate_min,
            start_on: task.details.start_on,
            due_on: task.details.due_on,
            milestone: task.milestone,
        });
        let edges = self.edges.iter().filter(|(project, _)| *project == id).map(|(_, edge)| *edge);
        let edges = in_order(edges, |edge| (edge.predecessor, edge.successor));
        Some(TaskGraph { project: id, version, nodes: nodes.collect(), edges })
    }

    fn time_of(&self, task: TaskId) -> Vec<&TimeEntry> {
        let live = self.times.iter().filter(|one| one.task == task && one.deleted_at.is_none());
        live.collect()
    }
}
