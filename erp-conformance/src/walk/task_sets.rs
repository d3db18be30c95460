//! Changes of tasks, of what waits for what, of time and of comments.

use chrono::{Days, NaiveDate, TimeDelta};
use erp_core::{
    change::Version,
    ids::{CommentId, ProjectId, TaskId, TimeEntryId},
    projects::{
        Comment, Dependency, DependencyKind, Priority, ProjectChange as C, Task, TaskCode,
        TaskDetails, TaskStatus, TimeEntry,
    },
};

use super::{generate::Generator, model::Model};

impl Generator {
    pub(super) fn task_change(&mut self, model: &Model) -> C {
        let at = self.now;
        match self.random.below(22) {
            _ if model.tasks.len() < 4 => self.create_task(model),
            0..7 => self.create_task(model),
            7..9 => {
                let (project, id, expected) = self.task_seen(model);
                let details = Box::new(self.task_details(model));
                C::UpdateTask { project, id, expected, details, at }
            }
            9..13 => {
                let (project, id, expected) = self.task_seen(model);
                let status = *self.random.pick(TaskStatus::ALL);
                let completed_at = (status == TaskStatus::Done).then_some(at);
                C::SetTaskStatus { project, id, expected, status, completed_at, at }
            }
            13..15 => {
                let (project, id, expected) = self.task_seen(model);
                let parent = self.random.percent(70).then(|| self.task_of(model, project));
                C::MoveTask { project, id, expected, parent, at }
            }
            15 => self.delete_tasks(model),
            16 => {
                let (project, id, expected) = self.task_seen(model);
                C::RestoreTasks { project, id, expected }
            }
            17..21 => self.link(model),
            _ => self.unlink(model),
        }
    }

    /// A task with its project and the version that is expected; rarely of another project.
    pub(super) fn task_seen(&mut self, model: &Model) -> (ProjectId, TaskId, Version) {
        let Task { id, project, version, .. } = self.random.pick(&model.tasks).clone();
        let project = if self.rarely() { self.project_id(model) } else { project };
        let id = if self.rarely() { TaskId::generate(&self.ids) } else { id };
        (project, id, self.expected(version))
    }

    /// So many days after the walk's first, or up to ten more; sometimes none.
    pub(super) fn day(&mut self, days: u64) -> Option<NaiveDate> {
        let more = u64::try_from(self.random.below(10)).expect("it is small");
        let first = NaiveDate::from_ymd_opt(2024, 3, 4).expect("a day");
        self.random.percent(60).then(|| first + Days::new(days + more))
    }

    fn task_details(&mut self, model: &Model) -> TaskDetails {
        let assignees = (0..self.random.below(3)).map(|_| self.random.pick(&model.users).user.id);
        let mut assignees: Vec<_> = assignees.collect();
        assignees.sort_unstable();
        assignees.dedup();
        let labels = ["a", "ä", "b"].iter().filter(|_| self.random.percent(30));
        let labels = labels.map(|label| (*label).to_owned()).collect();
        TaskDetails {
            priority: *self.random.pick(Priority::ALL),
            labels,
            due_on: self.day(0),
            estimate_min: self.random.percent(50).then_some(90),
            assignees,
            ..TaskDetails::titled(format!("task {}", self.random.below(100)))
        }
    }

    fn create_task(&mut self, model: &Model) -> C {
        let project = self.project_id(model);
        let mut id = TaskId::generate(&self.ids);
        if self.rarely() && !model.tasks.is_empty() {
            id = self.random.pick(&model.tasks).id;
        }
        let status = *self.random.pick(TaskStatus::ALL);
        let parent = self.random.percent(25).then(|| self.task_of(model, project));
        let milestone = self.random.percent(10).then(|| self.milestone_of(model, project));
        let phase = self.random.percent(20).then(|| self.phase_of(model, project));
        C::CreateTask(Box::new(Task {
            id,
            project,
            code: TaskCode { prefix: "TASK".to_owned(), number: 0 },
            details: self.task_details(model),
            status,
            parent,
            milestone,
            phase,
            completed_at: (status == TaskStatus::Done).then_some(self.now),
            created_by: self.random.percent(30).then(|| self.user_id(model)),
            created_at: self.now,
            updated_at: self.now,
            deleted_at: None,
            deleted_with: None,
            version: Version::FIRST,
        }))
    }

    fn delete_tasks(&mut self, model: &Model) -> C {
        let (project, id, expected) = self.task_seen(model);
        let mut tasks = vec![id];
        for _ in 0..self.random.below(3) {
            let other = self.task_of(model, project);
            if !tasks.contains(&other) {
                tasks.push(other);
            }
        }
        C::DeleteTasks { project, id, expected, tasks, at: self.now }
    }

    fn link(&mut self, model: &Model) -> C {
        let project = self.random.pick(&model.tasks).project;
        let (predecessor, successor) = (self.task_of(model, project), self.task_of(model, project));
        if predecessor == successor {
            return self.unlink(model);
        }
        // What holds tasks up.
        let holds = self.random.percent(40);
        let any = *self.random.pick(DependencyKind::ALL);
        let kind = if holds { DependencyKind::FinishStart } else { any };
        let lag_min = 30 * i64::try_from(self.random.below(3)).expect("it is small");
        C::Link { project, dependency: Dependency { predecessor, successor, kind, lag_min } }
    }

    fn unlink(&mut self, model: &Model) -> C {
        if let Some((project, edge)) = model.edges.first()
            && self.random.percent(70)
        {
            let (predecessor, successor) = (edge.predecessor, edge.successor);
            return C::Unlink { project: *project, predecessor, successor };
        }
        let project = self.project_id(model);
        let (predecessor, successor) = (self.task_of(model, project), self.task_of(model, project));
        C::Unlink { project, predecessor, successor }
    }

    pub(super) fn put_time(&mut self, model: &Model) -> C {
        if model.tasks.is_empty() {
            return self.task_change(model);
        }
        if !model.times.is_empty() && self.random.percent(50) {
            let mut entry = self.random.pick(&model.times).clone();
            let expected = Some(self.expected(entry.version));
            match self.random.below(4) {
                0 => entry.deleted_at = Some(self.now),
                1 => entry.deleted_at = None,
                _ => entry.ended_at = Some(self.now.max(entry.started_at)),
            }
            if self.rarely() {
                entry.id = TimeEntryId::generate(&self.ids);
            }
            return C::PutTime { entry: Box::new(entry), expected };
        }
        let mut id = TimeEntryId::generate(&self.ids);
        if self.rarely() && !model.times.is_empty() {
            id = self.random.pick(&model.times).id;
        }
        let project = self.random.pick(&model.tasks).project;
        let started_at = self.now - TimeDelta::minutes(5);
        let entry = TimeEntry {
            id,
            project,
            task: self.task_of(model, project),
            user: self.user_id(model),
            started_at,
            ended_at: self.random.percent(60).then_some(self.now),
            note: self.random.percent(30).then(|| "ä note".to_owned()),
            created_at: self.now,
            deleted_at: None,
            version: Version::FIRST,
        };
        C::PutTime { entry: Box::new(entry), expected: None }
    }

    pub(super) fn put_comment(&mut self, model: &Model) -> C {
        if model.tasks.is_empty() {
            return self.task_change(model);
        }
        if !model.comments.is_empty() && self.random.percent(40) {
            let mut comment = self.random.pick(&model.comments).clone();
            let expected = Some(self.expected(comment.version));
            if self.random.percent(60) {
                comment.body = format!("edited {}", self.random.below(100));
                comment.edited_at = Some(self.now);
            } else {
                comment.deleted_at = self.random.percent(60).then_some(self.now);
            }
            if self.rarely() {
                comment.id = CommentId::generate(&self.ids);
            }
            return C::PutComment { comment: Box::new(comment), expected };
        }
        let mut id = CommentId::generate(&self.ids);
        let (project, mut task) = {
            let task = self.random.pick(&model.tasks);
            (task.project, task.id)
        };
        let mut thread = None;
        if let Some(first) = model.comments.iter().rev().find(|one| one.thread.is_none())
            && self.random.percent(40)
        {
            (task, thread) = (if self.rarely() { task } else { first.task }, Some(first.id));
        }
        let project = model.task(task).map_or(project, |task| task.project);
        if self.rarely() && !model.comments.is_empty() {
            id = self.random.pick(&model.comments).id;
        }
        let comment = Comment {
            id,
            project,
            task,
            thread,
            author: self.user_id(model),
            body: format!("comment {} ä", self.random.below(100)),
            created_at: self.now,
            edited_at: None,
            deleted_at: None,
            version: Version::FIRST,
        };
        C::PutComment { comment: Box::new(comment), expected: None }
    }
}
