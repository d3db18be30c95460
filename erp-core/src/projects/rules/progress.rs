//! How much of something is done.

use rust_decimal::Decimal;

use super::super::model::{StatusCount, TaskStatus};
use crate::money::Rounding;

/// How much of these tasks is done, by their number, in percent with two digits: those that are done
/// of those that were not given up (PROJ-8). None where there is none to count.
///
/// ```
/// use erp_core::projects::{StatusCount, TaskStatus, rules};
/// let count = |status, tasks| StatusCount { status, tasks };
/// let counts = [
///     count(TaskStatus::Done, 2),
///     count(TaskStatus::Cancelled, 1),
///     count(TaskStatus::Todo, 1),
/// ];
/// assert_eq!(rules::percent_by_count(&counts).map(|it| it.to_string()), Some("66.67".to_owned()));
/// ```
pub fn percent_by_count(counts: &[StatusCount]) -> Option<Decimal> {
    let of = |wanted: fn(TaskStatus) -> bool| -> i64 {
        counts.iter().filter(|count| wanted(count.status)).map(|count| count.tasks).sum()
    };
    let total = of(|status| status != TaskStatus::Cancelled);
    let done = of(|status| status == TaskStatus::Done);
    percent(done, total)
}

pub(super) fn percent(done: i64, total: i64) -> Option<Decimal> {
    let share = (Decimal::from(done) * Decimal::ONE_HUNDRED).checked_div(Decimal::from(total))?;
    Some(Rounding::HalfUp.round(share, 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(tasks: [i64; 6]) -> Vec<StatusCount> {
        let of = |(status, tasks): (&TaskStatus, i64)| StatusCount { status: *status, tasks };
        TaskStatus::ALL.iter().zip(tasks).map(of).collect()
    }

    #[test]
    fn proj_8_nothing_to_count_is_neither_0_nor_100() {
        assert_eq!(percent_by_count(&[]), None);
        assert_eq!(percent_by_count(&counts([0, 0, 0, 0, 0, 7])), None);
        assert_eq!(percent_by_count(&counts([0, 1, 0, 0, 0, 7])), Some(Decimal::ZERO));
        assert_eq!(percent_by_count(&counts([0, 0, 0, 0, 3, 7])), Some(Decimal::ONE_HUNDRED));
    }

    proptest! {
        #[test]
        fn proj_8_percent_is_of_0_to_100_and_what_was_given_up_does_not_count(
            tasks in proptest::array::uniform6(0_i64..1_000), more in 0_i64..1_000,
        ) {
            let percent = percent_by_count(&counts(tasks));
            let range = Decimal::ZERO..=Decimal::ONE_HUNDRED;
            prop_assert!(percent.is_none_or(|percent| range.contains(&percent)));
            let [a, b, c, d, e, cancelled] = tasks;
            let given_up = counts([a, b, c, d, e, cancelled + more]);
            prop_assert_eq!(percent, percent_by_count(&given_up));
        }
    }
}
