//! When it is safe to step over a gap between positions.
//!
//! Whoever takes a position holds an advisory lock from before he takes it until his transaction has
//! ended. So when a row at `upto` is seen and one below it is not, the owner of the missing position
//! either is among the lock's holders by now, or has ended. Once all who were holders then are gone,
//! and a read after that still misses the row, it will never come.

use std::collections::BTreeSet;

/// A transaction, by its virtual id: unlike a process id it is not reused while the server runs.
pub(super) type Holder = String;

/// The gaps above the settled mark that are waited for.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    /// The highest position that was seen when the gap was.
    upto: i64,
    /// How many reads have missed the row.
    misses: u32,
    /// Those who held the lock after the first miss and hold it still; none before that was asked.
    holders: Option<BTreeSet<Holder>>,
}

impl Gaps {
    /// Whether to ask for the lock's holders before the next read. The first miss alone is no
    /// reason: most gaps fill within a millisecond, and asking takes every lock table partition.
    pub fn wants_holders(&self) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| waiting.misses > 1)
    }

    /// Whether a gap holds up the mark.
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Notes the holders of the lock at a moment after the last read and before the next.
    pub fn note_holders(&mut self, now: BTreeSet<Holder>) {
        if let Some(waiting) = &mut self.waiting {
            waiting.holders = Some(match waiting.holders.take() {
                None => now,
                Some(then) => then.intersection(&now).cloned().collect(),
            });
        }
    }

    /// The settled mark after a read that began above `settled` and found these positions, rising.
    pub fn advance(&mut self, settled: i64, positions: impl IntoIterator<Item = i64>) -> i64 {
        let passable = match &self.waiting {
            Some(Waiting { upto, holders: Some(holders), .. }) if holders.is_empty() => *upto,
            _ => settled,
        };
        let (mut mark, mut last) = (settled, settled);
        for position in positions {
            let follows = mark == last && (position == mark + 1 || position <= passable);
            if follows {
                mark = position;
            }
            last = position;
        }
        self.waiting = self.still_waiting(mark, last);
        mark
    }

    fn still_waiting(&mut self, mark: i64, last: i64) -> Option<Waiting> {
        if last == mark {
            return None;
        }
        match self.waiting.take() {
            Some(waiting) if waiting.upto > mark => {
                Some(Waiting { misses: waiting.misses.saturating_add(1), ..waiting })
            }
            _ => Some(Waiting { upto: last, misses: 1, holders: None }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holders(names: &[&str]) -> BTreeSet<Holder> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rts_6_a_gap_holds_the_mark_until_it_fills() {
        let mut gaps = Gaps::default();
        assert_eq!(gaps.advance(4, [5, 7]), 5);
        assert!(gaps.is_waiting());
        assert_eq!(gaps.advance(5, [6, 7]), 7);
        assert!(!gaps.is_waiting());
    }

    #[test]
    fn rts_6_a_gap_is_passed_only_after_its_holders_and_one_more_miss() {
        let mut gaps = Gaps::default();
        assert_eq!(gaps.advance(0, [2, 3]), 0);
        assert!(!gaps.wants_holders());
        assert_eq!(gaps.advance(0, [2, 3]), 0);
        assert!(gaps.wants_holders());
        gaps.note_holders(holders(&["3/7", "4/1"]));
        assert_eq!(gaps.advance(0, [2, 3]), 0);
        gaps.note_holders(holders(&["4/1", "5/5"]));
        assert_eq!(gaps.advance(0, [2, 3]), 0);
        gaps.note_holders(holders(&["5/5"]));
        assert_eq!(gaps.advance(0, [2, 3]), 3);
    }

    #[test]
    fn rts_6_a_newer_gap_waits_for_holders_of_its_own() {
        let mut gaps = Gaps::default();
        gaps.advance(0, [2]);
        gaps.advance(0, [2]);
        gaps.note_holders(BTreeSet::new());
        // 4 came after the holders were asked: its owner may be one of those not asked for.
        assert_eq!(gaps.advance(0, [2, 4]), 2);
        assert!(gaps.is_waiting() && !gaps.wants_holders());
        assert_eq!(gaps.advance(2, [4]), 2);
        gaps.note_holders(holders(&["9/9"]));
        assert_eq!(gaps.advance(2, [4]), 2);
        assert_eq!(gaps.advance(2, [3, 4]), 4);
    }

    #[test]
    fn a_filled_gap_in_front_of_one_that_is_waited_for_moves_the_mark() {
        let mut gaps = Gaps::default();
        assert_eq!(gaps.advance(0, [2, 4]), 0);
        assert_eq!(gaps.advance(0, [1, 2, 4]), 2);
        gaps.note_holders(BTreeSet::new());
        assert_eq!(gaps.advance(2, [4]), 4);
    }
}
