//! Changes of time entries.

use std::sync::Arc;

use erp_core::{Conflict, change::Version, port::StoreResult, projects::TimeEntry};

use crate::{
    apply::{free, next_version, require},
    state::{Domain, ProjectsState},
};

impl Domain {
    pub(super) fn put_time(
        &mut self,
        entry: TimeEntry,
        expected: Option<Version>,
    ) -> StoreResult<()> {
        let state = &mut self.projects;
        let old = state.time.shared(&entry.id);
        let present = old.as_ref().map(|old| old.version);
        let version = next_version("time_entry", present, expected)?;
        let runs = entry.ended_at.is_none() && entry.deleted_at.is_none();
        if runs {
            let running = state.timesheets.get(&entry.user).and_then(|sheet| sheet.running);
            free(running, &entry.id, Conflict::TimerRunning)?;
        }
        let tasks = &state.project(entry.project)?.tasks;
        require(tasks.contains_key(&entry.task), "task")?;
        require(self.access.users.contains_key(&entry.user), "user")?;
        self.projects.keep_time(TimeEntry { version, ..entry }, old.as_deref());
        Ok(())
    }
}

impl ProjectsState {
    /// Keeps the entry, and finds it by what it is now.
    fn keep_time(&mut self, entry: TimeEntry, old: Option<&TimeEntry>) {
        let runs = entry.ended_at.is_none() && entry.deleted_at.is_none();
        let key = |entry: &TimeEntry| (entry.started_at, entry.id);
        if let Some(old) = old {
            if let Some(sheet) = self.timesheets.get_mut(&old.user) {
                sheet.entries.remove(&key(old));
                sheet.running = sheet.running.filter(|running| *running != old.id);
            }
            self.time_of.remove(&(old.task, old.started_at, old.id));
        }
        self.timesheets.upsert(entry.user, |sheet| {
            sheet.entries.insert(key(&entry));
            if runs {
                sheet.running = Some(entry.id);
            }
        });
        self.time_of.insert((entry.task, entry.started_at, entry.id));
        self.time.insert(entry.id, Arc::new(entry));
    }
}
