//! Decisions about time that was spent.

use super::super::model::TimeEntry;
use crate::{
    error::{Conflict, Error, Result, Violation},
    forms,
    time::Timestamp,
};

/// An entry's interval and note as they are kept.
///
/// # Errors
/// Validation errors on `ended_at` when it is not after the start or in the future, on `started_at`
/// when it is in the future, and on `note`.
pub fn check_time(
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    mut note: Option<String>,
    now: Timestamp,
) -> Result<Option<String>> {
    let mut wrong = Vec::new();
    if started_at > now {
        wrong.push(Violation::new("started_at", "must not be in the future"));
    }
    match ended_at {
        Some(end) if end < started_at => {
            wrong.push(Violation::new("ended_at", "must not be before the start"));
        }
        Some(end) if end > now => {
            wrong.push(Violation::new("ended_at", "must not be in the future"));
        }
        _ => {}
    }
    forms::DESCRIPTION.keep_optional("note", &mut note, &mut wrong);
    if wrong.is_empty() { Ok(note) } else { Err(Error::Validation(wrong)) }
}

/// Whether two half-open intervals share an instant (PROJ-10). One without an end goes on for ever.
pub fn overlap(one: &TimeEntry, other: &TimeEntry) -> bool {
    let start = one.started_at.max(other.started_at);
    let ends = [one.ended_at, other.ended_at];
    ends.into_iter().flatten().all(|end| start < end)
}

/// Refuses an entry that shares an instant with another of the same user (PROJ-10).
///
/// # Errors
/// [`Conflict::TimerRunning`] when both have no end, else [`Conflict::TimeOverlaps`].
pub fn check_overlap(new: &TimeEntry, others: &[TimeEntry]) -> Result<()> {
    let mut others = others.iter().filter(|other| other.id != new.id && overlap(new, other));
    let Some(other) = others.next() else { return Ok(()) };
    Err(match (new.ended_at, other.ended_at) {
        (None, None) => Conflict::TimerRunning.into(),
        _ => Conflict::TimeOverlaps { with: Some(other.id) }.into(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{
        change::Version,
        ids::{ProjectId, TaskId, TimeEntryId, UserId},
    };

    fn entry(start: &str, end: Option<&str>) -> TimeEntry {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        TimeEntry {
            id: TimeEntryId::from_uuid(Uuid::nil()),
            project: ProjectId::from_uuid(Uuid::nil()),
            task: TaskId::from_uuid(Uuid::nil()),
            user: UserId::from_uuid(Uuid::nil()),
            started_at: at(start),
            ended_at: end.map(at),
            note: None,
            created_at: at(start),
            deleted_at: None,
            version: Version::FIRST,
        }
    }

    fn on_a_day(start: &str, end: Option<&str>) -> TimeEntry {
        let at = |time: &str| format!("2024-03-04T{time}:00Z");
        entry(&at(start), end.map(at).as_deref())
    }

    #[test]
    fn proj_10_intervals_are_half_open_and_a_running_one_goes_on() {
        let first = on_a_day("10:00", Some("11:00"));
        for (start, end, expected) in [
            ("11:00", Some("12:00"), false),
            ("10:59", Some("11:30"), true),
            ("09:00", Some("10:00"), false),
            ("09:00", None, true),
            ("11:00", None, false),
            ("10:30", Some("10:30"), false),
            ("10:00", Some("11:00"), true),
        ] {
            let other = on_a_day(start, end);
            assert_eq!(overlap(&first, &other), expected, "{start} {end:?}");
            assert_eq!(overlap(&other, &first), expected, "{start} {end:?}");
        }
        assert!(overlap(&on_a_day("10:00", None), &on_a_day("23:00", None)));
    }

    #[test]
    fn proj_11_a_duration_is_between_instants() {
        // 01:30 to 03:30 on the walls of Berlin, in the night in which 02:00 is 03:00.
        let night = entry("2024-03-31T00:30:00Z", Some("2024-03-31T01:30:00Z"));
        assert_eq!(night.duration(), Some(chrono::TimeDelta::hours(1)));
    }

    proptest! {
        #[test]
        fn proj_10_overlap_is_a_shared_instant(
            a in 0_i64..12, b in 0_i64..12, c in 0_i64..12, d in 0_i64..12,
        ) {
            let of = |start: i64, len: i64| {
                let at = |second: i64| Timestamp::from_timestamp(second, 0).unwrap();
                TimeEntry {
                    started_at: at(start),
                    ended_at: (len < 10).then(|| at(start + len)),
                    ..on_a_day("10:00", None)
                }
            };
            let within = |entry: &TimeEntry, second: i64| {
                let at = Timestamp::from_timestamp(second, 0).unwrap();
                entry.started_at <= at && entry.ended_at.is_none_or(|end| at < end)
            };
            let (one, other) = (of(a, b), of(c, d));
            let shared = (0..30).any(|second| within(&one, second) && within(&other, second));
            prop_assert_eq!(overlap(&one, &other), shared);
        }
    }
}
