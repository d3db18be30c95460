//! Rising message numbers that can be counted from a number on in O(log n).

use erp_core::chat::Seq;
use imbl::Vector;

/// Message numbers of one room, each greater than the one before. Nothing is ever taken out: in the
/// middle of a vector that would cost much.
#[derive(Clone, Default)]
pub(crate) struct SeqList(Vector<Seq>);

impl SeqList {
    pub fn push(&mut self, seq: Seq) {
        debug_assert!(self.0.last().is_none_or(|last| *last < seq));
        self.0.push_back(seq);
    }

    /// How many are greater than this one.
    pub fn count_after(&self, seq: Seq) -> i64 {
        if self.0.last().is_none_or(|last| *last <= seq) {
            return 0;
        }
        let up_to = self.0.binary_search(&seq).map_or_else(|index| index, |index| index + 1);
        i64::try_from(self.0.len() - up_to).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_what_is_greater() {
        let mut list = SeqList::default();
        assert_eq!(list.count_after(Seq(0)), 0);
        for seq in [2, 3, 5, 9] {
            list.push(Seq(seq));
        }
        let counts: Vec<_> = (0..=10).map(|seq| list.count_after(Seq(seq))).collect();
        assert_eq!(counts, [4, 4, 3, 2, 2, 1, 1, 1, 1, 0, 0]);
    }
}
