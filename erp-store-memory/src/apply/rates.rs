//! Changes of hourly rates.

use std::sync::Arc;

use erp_core::{Conflict, change::Version, port::StoreResult, projects::HourlyRate};

use super::{next_version, require};
use crate::state::Domain;

impl Domain {
    pub(super) fn put_rate(
        &mut self,
        new: HourlyRate,
        expected: Option<Version>,
    ) -> StoreResult<()> {
        let rates = &self.catalog.rates;
        let present = rates.get(&new.id).map(|old| old.version);
        let version = next_version("rate", present, expected)?;
        let same = |other: &HourlyRate| {
            other.id != new.id
                && other.deleted_at.is_none()
                && (other.user, other.project, other.valid_from)
                    == (new.user, new.project, new.valid_from)
        };
        if new.deleted_at.is_none() && rates.values().any(same) {
            return Err(Conflict::taken("rate", "valid_from").into());
        }
        require(self.access.users.contains_key(&new.user), "user")?;
        let there = new.project.is_none_or(|id| self.projects.projects.contains_key(&id));
        require(there, "project")?;
        let rate = HourlyRate { version, ..new };
        self.catalog.rates.insert(rate.id, Arc::new(rate));
        Ok(())
    }
}
