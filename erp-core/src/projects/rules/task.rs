//! Decisions about single tasks.

use super::super::model::{TaskDetails, TaskStatus};
use crate::{
    error::{Error, Result, Violation},
    fields::Day,
    forms,
    time::{Timestamp, tz::Zone},
};

/// Assignees of a task at most.
const MAX_ASSIGNEES: usize = 50;
/// Labels of a task at most.
const MAX_LABELS: usize = 50;
/// What is said of other labels.
const LABELS: &str = "must be at most 50, of 1 to 50 characters each";
/// The longest estimate, in minutes: a thousand years.
const MAX_ESTIMATE_MIN: i64 = 1_000 * 366 * 24 * 60;

/// A task's details as they are kept: trimmed, assignees and labels in order and each once.
///
/// # Errors
/// Validation errors on every field that is wrong.
pub fn check_task(mut details: TaskDetails) -> Result<TaskDetails> {
    let mut wrong = Vec::new();
    forms::NAME.keep("title", &mut details.title, &mut wrong);
    forms::DESCRIPTION.keep_optional("description", &mut details.description, &mut wrong);
    details.assignees.sort_unstable();
    details.assignees.dedup();
    if details.assignees.len() > MAX_ASSIGNEES {
        wrong.push(Violation::new("assignees", "must be at most 50"));
    }
    details.labels = labels(details.labels, &mut wrong);
    if matches!((details.start_on, details.due_on), (Some(start), Some(due)) if due < start) {
        wrong.push(Violation::new("due_on", "must not be before the start"));
    }
    check_days([("start_on", details.start_on), ("due_on", details.due_on)], &mut wrong);
    if details.estimate_min.is_some_and(|min| !(0..=MAX_ESTIMATE_MIN).contains(&min)) {
        wrong.push(Violation::new("estimate_min", "must be 0 to a thousand years of minutes"));
    }
    if wrong.is_empty() { Ok(details) } else { Err(Error::Validation(wrong)) }
}

/// The labels in order and each once.
fn labels(labels: Vec<String>, wrong: &mut Vec<Violation>) -> Vec<String> {
    let kept = labels.iter().map(|label| forms::LABEL.canonical(label));
    let Ok(mut kept) = kept.collect::<Result<Vec<String>, _>>() else {
        wrong.push(Violation::new("labels", LABELS));
        return labels;
    };
    kept.sort_unstable();
    kept.dedup();
    if kept.len() > MAX_LABELS {
        wrong.push(Violation::new("labels", LABELS));
    }
    kept
}

/// That days are in the years that every store keeps.
pub(super) fn check_days<const N: usize>(
    days: [(&str, Option<chrono::NaiveDate>); N],
    wrong: &mut Vec<Violation>,
) {
    for (field, day) in days {
        wrong.extend(day.and_then(|day| Day::new(day).err()).map(|unfit| unfit.of(field)));
    }
}

/// Whether a task may go from one status to another.
///
/// # Errors
/// A precondition error that names both.
pub fn task_transition(from: TaskStatus, to: TaskStatus) -> Result<()> {
    use TaskStatus as S;
    let allowed: &[S] = match from {
        S::Backlog => &[S::Todo, S::InProgress, S::Cancelled],
        S::Todo => &[S::Backlog, S::InProgress, S::Done, S::Cancelled],
        S::InProgress => &[S::Todo, S::InReview, S::Done, S::Cancelled],
        S::InReview => &[S::InProgress, S::Done, S::Cancelled],
        S::Done => &[S::Todo, S::InProgress],
        S::Cancelled => &[S::Backlog, S::Todo],
    };
    if from == to || allowed.contains(&to) {
        return Ok(());
    }
    let text = format!("a task cannot go from {} to {}", from.as_str(), to.as_str());
    Err(Error::Precondition(text.into()))
}

/// When a task was done, once it is in this status (PROJ-1): now when it enters done, the first time
/// while it stays there, never in another status. Every path into a status goes through here.
pub fn completed_at(
    status: TaskStatus,
    before: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    (status == TaskStatus::Done).then(|| before.unwrap_or(now))
}

/// Whether a task is overdue at this instant (PROJ-15): its last day is over in this zone, and
/// something is left to do. Nothing is stored.
pub fn overdue(
    status: TaskStatus,
    due_on: Option<chrono::NaiveDate>,
    zone: &Zone,
    now: Timestamp,
) -> bool {
    let today = zone.date_of(now).ok();
    !status.is_closed() && matches!((due_on, today), (Some(due), Some(today)) if due < today)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn proj_1_done_has_its_first_time_and_nothing_else_has_one() {
        let (first, now) = (at("2024-03-04T09:00:00Z"), at("2024-03-05T09:00:00Z"));
        for status in TaskStatus::ALL {
            let done = *status == TaskStatus::Done;
            assert_eq!(completed_at(*status, None, now), done.then_some(now));
            assert_eq!(completed_at(*status, Some(first), now), done.then_some(first));
        }
    }

    #[test]
    fn x_12_a_status_goes_along_the_table_only() {
        let steps = |from: TaskStatus| {
            let all = TaskStatus::ALL.iter();
            all.filter(|to| **to != from && task_transition(from, **to).is_ok()).count()
        };
        let counts: Vec<_> = TaskStatus::ALL.iter().map(|from| steps(*from)).collect();
        assert_eq!(counts, [3, 4, 4, 3, 2, 2]);
        assert!(task_transition(TaskStatus::Backlog, TaskStatus::Done).is_err());
    }

    #[test]
    fn proj_15_a_task_is_overdue_when_its_day_is_over_in_its_zone() {
        let due = NaiveDate::from_ymd_opt(2024, 3, 31);
        let (berlin, utc) = (Zone::named("Europe/Berlin").unwrap(), Zone::utc());
        for (zone, instant, expected) in [
            (&berlin, "2024-03-31T21:59:59.999999Z", false),
            (&berlin, "2024-03-31T22:00:00Z", true),
            (&utc, "2024-03-31T22:00:00Z", false),
            (&utc, "2024-04-01T00:00:00Z", true),
        ] {
            assert_eq!(overdue(TaskStatus::Todo, due, zone, at(instant)), expected, "{instant}");
            for closed in [TaskStatus::Done, TaskStatus::Cancelled] {
                assert!(!overdue(closed, due, zone, at(instant)));
            }
            assert!(!overdue(TaskStatus::Todo, None, zone, at(instant)));
        }
    }

    #[test]
    fn details_are_kept_in_order_and_wrong_ones_told() {
        let labels = ["b", " a", "b "].map(str::to_owned).to_vec();
        let kept = check_task(TaskDetails { labels, ..TaskDetails::titled(" Roof ") }).unwrap();
        assert_eq!((kept.title.as_str(), kept.labels.concat().as_str()), ("Roof", "ab"));
        let bad = TaskDetails {
            labels: vec![String::new()],
            estimate_min: Some(-1),
            start_on: NaiveDate::from_ymd_opt(2024, 3, 2),
            due_on: NaiveDate::from_ymd_opt(2024, 3, 1),
            ..TaskDetails::titled("a\nb")
        };
        let Err(Error::Validation(wrong)) = check_task(bad) else { panic!("it is wrong") };
        let fields: Vec<_> = wrong.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["title", "labels", "due_on", "estimate_min"]);
    }
}
