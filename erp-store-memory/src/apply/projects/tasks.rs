//! Changes of tasks and of what waits for what.

use std::sync::Arc;

use erp_core::{
    Conflict,
    change::Version,
    ids::{ProjectId, TaskId},
    port::StoreResult,
    projects::{Dependency, Task},
    time::Timestamp,
};

use crate::{
    apply::{exists, fresh, missing, require},
    state::{Domain, ProjectState, ProjectsState},
};

impl Domain {
    pub(super) fn create_task(&mut self, task: Task) -> StoreResult<i64> {
        if self.projects.tasks.contains_key(&task.id) {
            return Err(exists("task"));
        }
        let state = self.projects.project(task.project)?;
        let parent = task.parent.map(|parent| state.tasks.get(&parent));
        let live = parent.is_none_or(|it| it.is_some_and(|it| it.deleted_at.is_none()));
        require(live, "task")?;
        self.require_milestone(task.project, task.milestone)?;
        self.projects.require_phase(task.project, task.phase)?;
        if let Some(user) = task.created_by {
            require(self.access.users.contains_key(&user), "user")?;
        }
        let state = self.projects.project(task.project)?;
        state.project.last_task += 1;
        let number = state.project.last_task;
        let mut new =
            Task { deleted_at: None, deleted_with: None, version: Version::FIRST, ..task };
        new.code.number = number;
        let (id, project) = (new.id, new.project);
        state.by_number.insert(number, id);
        state.tasks.insert(id, Arc::new(new));
        self.projects.tasks.insert(id, project);
        Ok(number)
    }
}

impl ProjectsState {
    /// Changes a task under its version.
    pub(super) fn change_task(
        &mut self,
        project: ProjectId,
        id: TaskId,
        expected: Version,
        change: impl FnOnce(&mut Task),
    ) -> StoreResult<()> {
        let task = self.project(project)?.task(id)?;
        fresh("task", expected, task.version)?;
        change(task);
        task.version = task.version.next();
        Ok(())
    }

    pub(super) fn move_task(
        &mut self,
        project: ProjectId,
        (id, expected): (TaskId, Version),
        parent: Option<TaskId>,
        at: Timestamp,
    ) -> StoreResult<()> {
        let state = self.project(project)?;
        fresh("task", expected, state.task(id)?.version)?;
        require(parent.is_none_or(|parent| state.tasks.contains_key(&parent)), "task")?;
        self.change_task(project, id, expected, |task| {
            (task.parent, task.updated_at) = (parent, at);
        })
    }

    pub(super) fn delete_tasks(
        &mut self,
        project: ProjectId,
        (id, expected): (TaskId, Version),
        tasks: &[TaskId],
        at: Timestamp,
    ) -> StoreResult<()> {
        let state = self.project(project)?;
        fresh("task", expected, state.task(id)?.version)?;
        for one in tasks {
            require(state.tasks.contains_key(one), "task")?;
        }
        for one in tasks {
            let task = state.task(*one)?;
            (task.deleted_at, task.deleted_with) = (Some(at), Some(id));
            task.version = task.version.next();
        }
        Ok(())
    }

    pub(super) fn restore_tasks(
        &mut self,
        project: ProjectId,
        id: TaskId,
        expected: Version,
    ) -> StoreResult<()> {
        let state = self.project(project)?;
        fresh("task", expected, state.task(id)?.version)?;
        let with: Vec<TaskId> = state
            .tasks
            .values()
            .filter(|task| task.deleted_with == Some(id))
            .map(|task| task.id)
            .collect();
        for one in with {
            let task = state.task(one)?;
            (task.deleted_at, task.deleted_with) = (None, None);
            task.version = task.version.next();
        }
        Ok(())
    }

    pub(super) fn link(&mut self, project: ProjectId, dependency: Dependency) -> StoreResult<()> {
        let state = self.project(project)?;
        let (before, after) = (dependency.predecessor, dependency.successor);
        if state.after.contains_key(&(before, after)) {
            return Err(Conflict::DependencyExists.into());
        }
        for task in [before, after] {
            require(state.tasks.contains_key(&task), "task")?;
        }
        state.after.insert((before, after), Arc::new(dependency));
        state.before.insert((after, before));
        Ok(())
    }

    pub(super) fn unlink(
        &mut self,
        project: ProjectId,
        (before, after): (TaskId, TaskId),
    ) -> StoreResult<()> {
        let state = self.project(project)?;
        state.after.remove(&(before, after));
        state.before.remove(&(after, before));
        Ok(())
    }
}

impl ProjectState {
    pub(super) fn task(&mut self, id: TaskId) -> StoreResult<&mut Task> {
        self.tasks.get_mut(&id).ok_or_else(|| missing("task"))
    }
}
