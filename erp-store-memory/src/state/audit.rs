//! The audit log: entries by (time, id), the order in which they are listed.

use std::{ops::Bound, sync::Arc};

use chrono::{Datelike, Months, NaiveTime};
use erp_core::{access::AuditAnchor, change::AuditEntry, ids::AuditId, time::Timestamp};
use uuid::Uuid;

use crate::map::Table;

/// The entries, and what stayed of the months that were dropped.
#[derive(Clone, Default)]
pub(crate) struct AuditLog {
    entries: Table<Key, AuditEntry>,
    anchors: Arc<Vec<AuditAnchor>>,
}

type Key = (Timestamp, AuditId);

impl AuditLog {
    pub fn insert(&mut self, entry: AuditEntry) {
        self.entries.insert((entry.at, entry.id), Arc::new(entry));
    }

    pub fn anchors(&self) -> &[AuditAnchor] {
        &self.anchors
    }

    /// The entries from the first instant on, before the second, and before this key; the newest
    /// first.
    pub fn newest_first(
        &self,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
        before: Option<Key>,
    ) -> impl Iterator<Item = &AuditEntry> {
        let start = from.map_or(Bound::Unbounded, |at| Bound::Included(first_of(at)));
        let end = until.map(first_of).into_iter().chain(before).min();
        let end = end.map_or(Bound::Unbounded, Bound::Excluded);
        self.entries.range((start, end)).rev().map(|(_, entry)| entry)
    }

    /// Drops the oldest month (UTC), if it lies entirely before this instant.
    pub fn drop_month(&mut self, before: Timestamp) -> Option<AuditAnchor> {
        let ((oldest, _), _) = self.entries.first()?;
        let period = oldest.date_naive().with_day(1)?.and_time(NaiveTime::MIN).and_utc();
        let end = period.checked_add_months(Months::new(1))?;
        if end > before {
            return None;
        }
        let month = self.entries.range((Bound::Unbounded, Bound::Excluded(first_of(end))));
        let month: Vec<Key> = month.map(|(key, _)| key).collect();
        // One by one: splitting the map would copy both parts of it.
        for key in &month {
            self.entries.remove(key);
        }
        let anchor = AuditAnchor {
            period,
            entries: i64::try_from(month.len()).unwrap_or(i64::MAX),
            digest: AuditAnchor::digest_of(self.anchors.last(), month.iter().map(|(_, id)| *id)),
        };
        Arc::make_mut(&mut self.anchors).push(anchor.clone());
        Some(anchor)
    }
}

/// Before every entry of this instant.
fn first_of(at: Timestamp) -> Key {
    (at, AuditId::from_uuid(Uuid::nil()))
}

#[cfg(test)]
mod tests {
    use erp_core::{Ctx, change::ChangeSet, change::EntityRef, policy::Action};

    use super::*;

    #[test]
    fn a_range_that_ends_before_it_begins_has_no_entries() {
        let mut log = AuditLog::default();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for day in 1..200_u128 {
            let (entity, id) = (EntityRef::new("user", Uuid::nil()), Uuid::from_u128(day));
            let id = AuditId::from_uuid(id);
            let now = at("2024-03-02T00:00:00Z");
            log.insert(ChangeSet::new(&Ctx::system(), Action::UserRead, entity, now, id).audit);
        }
        let count = |from, until, before| log.newest_first(from, until, before).count();
        let (first, second) = (at("2024-03-01T00:00:00Z"), at("2024-03-02T00:00:00Z"));
        assert_eq!(count(Some(second), Some(first), None), 0);
        assert_eq!(count(Some(second), None, Some(first_of(first))), 0);
        assert_eq!(count(Some(second), Some(second), None), 0);
        assert_eq!(count(Some(first), None, None), 199);
    }
}
