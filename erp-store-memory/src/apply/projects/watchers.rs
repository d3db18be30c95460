//! Changes of who watches tasks.

use erp_core::{
    ids::{ProjectId, TaskId, UserId},
    port::StoreResult,
    projects::Watcher,
};

use crate::{
    apply::require,
    state::{Domain, ProjectState},
};

impl Domain {
    pub(super) fn put_watcher(&mut self, project: ProjectId, watcher: Watcher) -> StoreResult<()> {
        let Watcher { task, user, since } = watcher;
        let state = self.projects.project(project)?;
        require(state.tasks.contains_key(&task), "task")?;
        require(self.access.users.contains_key(&user), "user")?;
        if !state.watchers.contains_key(&(task, user)) {
            state.watchers.insert((task, user), since);
        }
        state.watched.insert((user, task));
        Ok(())
    }
}

impl ProjectState {
    pub(super) fn unwatch(&mut self, task: TaskId, user: UserId) {
        self.watchers.remove(&(task, user));
        self.watched.remove(&(user, task));
    }

    /// Takes a user from all tasks.
    pub(super) fn unwatch_all(&mut self, user: UserId) {
        let tasks: Vec<TaskId> = self.watched.of(user).collect();
        tasks.into_iter().for_each(|task| self.unwatch(task, user));
    }
}
