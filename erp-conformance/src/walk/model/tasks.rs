//! Tasks, what waits for what, time and comments.

use erp_core::{
    Conflict,
    change::Version,
    ids::{ProjectId, TaskId},
    port::StoreResult,
    projects::{Comment, Dependency, ProjectChange as C, Task, TimeEntry},
};

use super::{Model, exists, follow, missing, raise};

impl Model {
    pub(in crate::walk) fn task(&self, id: TaskId) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }

    pub(super) fn task_in(&mut self, project: ProjectId, id: TaskId) -> StoreResult<&mut Task> {
        self.project(project)?;
        let mut tasks = self.tasks.iter_mut();
        let found = tasks.find(|task| task.project == project && task.id == id);
        found.ok_or_else(|| missing("task"))
    }

    pub(super) fn create_task(&mut self, task: Task) -> StoreResult<i64> {
        if self.task(task.id).is_some() {
            return Err(exists("task"));
        }
        self.project(task.project)?;
        if let Some(parent) = task.parent
            && self.task_in(task.project, parent)?.deleted_at.is_some()
        {
            return Err(missing("task"));
        }
        self.require_milestone(task.project, task.milestone)?;
        self.require_phase(task.project, task.phase)?;
        if let Some(user) = task.created_by {
            self.user(user)?;
        }
        let number = self.next_number(task.project)?;
        let mut task = task;
        task.code.number = number;
        self.tasks.push(task);
        Ok(number)
    }

    pub(super) fn change_task(&mut self, change: C) -> StoreResult<()> {
        match change {
            C::UpdateTask { project, id, expected, details, at } => {
                let task = self.task_in(project, id)?;
                raise("task", &mut task.version, expected)?;
                (task.details, task.updated_at) = (*details, at);
            }
            C::SetTaskStatus { project, id, expected, status, completed_at, at } => {
                let task = self.task_in(project, id)?;
                raise("task", &mut task.version, expected)?;
                (task.status, task.completed_at, task.updated_at) = (status, completed_at, at);
            }
            C::MoveTask { project, id, expected, parent, at } => {
                raise("task", &mut self.task_in(project, id)?.version, expected)?;
                if let Some(parent) = parent {
                    self.task_in(project, parent)?;
                }
                let task = self.task_in(project, id)?;
                (task.parent, task.updated_at) = (parent, at);
            }
            C::DeleteTasks { project, id, expected, tasks, at } => {
                raise("task", &mut self.task_in(project, id)?.version.clone(), expected)?;
                for one in tasks {
                    let task = self.task_in(project, one)?;
                    (task.deleted_at, task.deleted_with) = (Some(at), Some(id));
                    task.version = task.version.next();
                }
            }
            C::RestoreTasks { project, id, expected } => {
                raise("task", &mut self.task_in(project, id)?.version.clone(), expected)?;
                let with = |task: &&mut Task| task.deleted_with == Some(id);
                for task in self.tasks.iter_mut().filter(with) {
                    (task.deleted_at, task.deleted_with) = (None, None);
                    task.version = task.version.next();
                }
            }
            C::Link { project, dependency } => self.link(project, dependency)?,
            C::Unlink { project, predecessor, successor } => {
                self.project(project)?;
                self.edges.retain(|(of, edge)| {
                    *of != project || (edge.predecessor, edge.successor) != (predecessor, successor)
                });
            }
            C::PutTime { entry, expected } => self.put_time(*entry, expected)?,
            C::PutComment { comment, expected } => self.put_comment(*comment, expected)?,
            other => panic!("a change of another part: {other:?}"),
        }
        Ok(())
    }

    fn link(&mut self, project: ProjectId, dependency: Dependency) -> StoreResult<()> {
        self.project(project)?;
        let (predecessor, successor) = (dependency.predecessor, dependency.successor);
        let pair = |edge: &Dependency| (edge.predecessor, edge.successor);
        if self.edges.iter().any(|(_, edge)| pair(edge) == (predecessor, successor)) {
            return Err(Conflict::DependencyExists.into());
        }
        self.task_in(project, predecessor)?;
        self.task_in(project, successor)?;
        self.edges.push((project, dependency));
        Ok(())
    }

    fn put_time(&mut self, entry: TimeEntry, expected: Option<Version>) -> StoreResult<()> {
        let old = self.times.iter().find(|one| one.id == entry.id);
        let version = follow("time_entry", old.map(|one| one.version), expected)?;
        let runs = |one: &TimeEntry| one.ended_at.is_none() && one.deleted_at.is_none();
        let other = |one: &TimeEntry| one.id != entry.id && one.user == entry.user;
        if runs(&entry) && self.times.iter().any(|one| other(one) && runs(one)) {
            return Err(Conflict::TimerRunning.into());
        }
        self.task_in(entry.project, entry.task)?;
        self.user(entry.user)?;
        self.times.retain(|one| one.id != entry.id);
        self.times.push(TimeEntry { version, ..entry });
        Ok(())
    }

    fn put_comment(&mut self, comment: Comment, expected: Option<Version>) -> StoreResult<()> {
        let old = self.comments.iter().find(|one| one.id == comment.id);
        let version = follow("comment", old.map(|one| one.version), expected)?;
        self.task_in(comment.project, comment.task)?;
        if let Some(thread) = comment.thread {
            let same = |one: &&Comment| one.id == thread && one.task == comment.task;
            self.comments.iter().find(same).ok_or_else(|| missing("comment"))?;
        }
        self.user(comment.author)?;
        self.comments.retain(|one| one.id != comment.id);
        self.comments.push(Comment { version, ..comment });
        Ok(())
    }
}
