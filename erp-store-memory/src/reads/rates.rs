//! Hourly rates, and the time that they are valid for.

use chrono::NaiveDate;
use erp_core::{
    ids::{ProjectId, RateId, UserId},
    projects::{HourlyRate, RatedSpan, Task, TimeEntry},
};

use crate::{
    MemoryStore,
    order::{by_key, distinct},
    state::ProjectsState,
};

impl MemoryStore {
    pub(super) fn rates_of(
        &self,
        user: UserId,
        after: Option<(NaiveDate, RateId)>,
        limit: usize,
    ) -> Vec<HourlyRate> {
        let key = |rate: &HourlyRate| (rate.valid_from, rate.id);
        let wanted = |rate: &HourlyRate| rate.user == user && Some(key(rate)) > after;
        let mut found = by_key(self.live_rates(wanted), key);
        found.truncate(limit);
        found
    }

    pub(super) fn rates_that_count_in(&self, project: ProjectId) -> Vec<HourlyRate> {
        let projects = self.state.read().domain.projects.clone();
        let users = distinct(entries(&projects, project).map(|entry| entry.user));
        let users: Vec<UserId> = users.collect();
        let wanted = |rate: &HourlyRate| {
            users.binary_search(&rate.user).is_ok() && rate.project.is_none_or(|of| of == project)
        };
        by_key(self.live_rates(wanted), |rate| (rate.user, rate.valid_from, rate.id))
    }

    fn live_rates(&self, wanted: impl Fn(&HourlyRate) -> bool) -> Vec<HourlyRate> {
        let rates = self.state.read().domain.catalog.rates.clone();
        let live = rates.values().filter(|rate| rate.deleted_at.is_none() && wanted(rate));
        live.cloned().collect()
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
