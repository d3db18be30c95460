//! Hourly rates, and the time that they are valid for.

use erp_core::{
    ids::{ProjectId, UserId},
    projects::{HourlyRate, RatedSpan, Task, TimeEntry},
    record::{Record as _, Stored},
};

use crate::{
    MemoryStore,
    order::{by_key, distinct},
    state::ProjectsState,
};

impl MemoryStore {
    pub(super) fn rates_that_count_in(&self, project: ProjectId) -> Vec<Stored<HourlyRate>> {
        let (projects, rates) = {
            let domain = &self.state.read().domain;
            (domain.projects.clone(), domain.records.table(HourlyRate::KIND.prefix).cloned())
        };
        let users = distinct(entries(&projects, project).map(|entry| entry.user));
        let users: Vec<UserId> = users.collect();
        let wanted = |rate: &Stored<HourlyRate>| {
            users.binary_search(&rate.user).is_ok() && rate.project.is_none_or(|of| of == project)
        };
        let (by_day, _) = HourlyRate::KIND.order().unwrap_or((0, &HourlyRate::KIND.fields[0]));
        let rows = rates.map(|rates| rates.all_by(by_day)).unwrap_or_default();
        let live = rows.iter().filter(|row| row.archived_at.is_none());
        let live = live.filter_map(|row| Stored::of(row).ok());
        by_key(live.filter(wanted).collect(), |rate| (rate.user, rate.valid_from.get(), rate.id))
    }
}

/// The time of each span, in microseconds.
pub(super) fn rated_time(
    state: &ProjectsState,
    project: ProjectId,
    spans: &[RatedSpan],
) -> Vec<i64> {
    let mut spent = vec![0; spans.len()];
    for entry in entries(state, project) {
        let Some(length) = entry.duration().and_then(|it| it.num_microseconds()) else { continue };
        for (span, sum) in spans.iter().zip(&mut spent) {
            let within = span.user == entry.user
                && span.from.is_none_or(|from| from <= entry.started_at)
                && span.until.is_none_or(|until| entry.started_at < until);
            *sum += if within { length } else { 0 };
        }
    }
    spent
}

/// The entries of a project's live tasks that are not deleted.
fn entries(state: &ProjectsState, project: ProjectId) -> impl Iterator<Item = &TimeEntry> {
    let tasks = state.projects.get(&project).into_iter().flat_map(|of| of.tasks.values());
    let live = tasks.filter(|task: &&Task| task.deleted_at.is_none());
    let keys = live.flat_map(move |task| state.time_of.of(task.id));
    let entries = keys.filter_map(move |(_, id)| state.time.get(&id));
    entries.filter(|entry| entry.deleted_at.is_none())
}
