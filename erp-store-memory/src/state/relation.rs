//! A many-to-many relation that can be asked from both sides.

use crate::map::{Set, Word};

/// Pairs of a left and a right id.
#[derive(Clone)]
pub(crate) struct Relation<L: Word, R: Word> {
    rights: Set<(L, R)>,
    lefts: Set<(R, L)>,
}

impl<L: Word, R: Word> Default for Relation<L, R> {
    fn default() -> Self {
        Self { rights: Set::new(), lefts: Set::new() }
    }
}

impl<L: Word, R: Word> Relation<L, R> {
    pub fn insert(&mut self, left: L, right: R) {
        self.rights.insert((left, right));
        self.lefts.insert((right, left));
    }

    pub fn remove(&mut self, left: L, right: R) {
        self.rights.remove(&(left, right));
        self.lefts.remove(&(right, left));
    }

    /// The right ids of this left one, in order.
    pub fn of(&self, left: L) -> impl Iterator<Item = R> {
        self.rights.of(left)
    }

    /// The left ids of this right one, in order.
    pub fn to(&self, right: R) -> impl Iterator<Item = L> {
        self.lefts.of(right)
    }

    /// Every pair, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (L, R)> {
        self.rights.iter()
    }

    /// Drops every pair of this left id.
    pub fn drop_left(&mut self, left: L) {
        let rights: Vec<R> = self.of(left).collect();
        rights.into_iter().for_each(|right| self.remove(left, right));
    }

    /// Drops every pair of this right id.
    pub fn drop_right(&mut self, right: R) {
        let lefts: Vec<L> = self.to(right).collect();
        lefts.into_iter().for_each(|left| self.remove(left, right));
    }
}

#[cfg(test)]
mod tests {
    use erp_core::chat::Seq;

    use super::*;

    #[test]
    fn both_sides_tell_the_same() {
        let mut relation = Relation::<i64, Seq>::default();
        let [a, b, c] = [1, 2, 3].map(Seq);
        for (left, right) in [(1, a), (1, b), (2, a), (3, c), (1, a)] {
            relation.insert(left, right);
        }
        relation.remove(3, c);
        relation.remove(3, c);
        assert_eq!(relation.of(1).collect::<Vec<_>>(), [a, b]);
        assert_eq!(relation.to(a).collect::<Vec<_>>(), [1, 2]);
        relation.drop_right(a);
        assert_eq!(relation.pairs().collect::<Vec<_>>(), [(1, b)]);
        relation.drop_left(1);
        assert_eq!(relation.to(b).count(), 0);
        assert_eq!((relation.rights.len(), relation.lefts.len()), (0, 0));
    }
}
