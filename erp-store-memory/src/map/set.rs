//! Ids, pairs and triples.

use std::{
    marker::PhantomData,
    ops::{Bound, RangeBounds},
};

use imbl::OrdSet;

use super::{
    key::{Key, Word},
    table::raw_bounds,
};

/// Keys in their order. A set of pairs is also a set for each first half, and so on.
pub(crate) struct Set<K: Key> {
    keys: OrdSet<K::Raw>,
    of: PhantomData<fn() -> K>,
}

impl<K: Key> Clone for Set<K> {
    fn clone(&self) -> Self {
        Self { keys: self.keys.clone(), of: PhantomData }
    }
}

impl<K: Key> Default for Set<K> {
    fn default() -> Self {
        Self { keys: OrdSet::new(), of: PhantomData }
    }
}

impl<K: Key> Set<K> {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn insert(&mut self, key: K) {
        self.keys.insert(key.raw());
    }

    pub fn extend(&mut self, keys: impl IntoIterator<Item = K>) {
        keys.into_iter().for_each(|key| self.insert(key));
    }

    pub fn remove(&mut self, key: &K) {
        self.keys.remove(&key.raw());
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = K> {
        self.keys.iter().map(|key| K::of_raw(*key))
    }

    pub fn range(&self, keys: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = K> {
        self.keys.range(raw_bounds(&keys)).map(|key| K::of_raw(*key))
    }
}

impl<A: Word, B: Word> Set<(A, B)> {
    /// The second halves of this first one.
    pub fn of(&self, first: A) -> impl Iterator<Item = B> {
        self.after(first, None)
    }

    /// The second halves of this first one, after this one.
    pub fn after(&self, first: A, after: Option<B>) -> impl Iterator<Item = B> {
        let first = first.bits();
        let start = after
            .map_or(Bound::Included((first, 0)), |after| Bound::Excluded((first, after.bits())));
        let keys = self.keys.range((start, Bound::Unbounded));
        keys.take_while(move |(of, _)| *of == first).map(|(_, last)| B::of_bits(*last))
    }
}

impl<A: Word, B: Word, C: Word> Set<(A, B, C)> {
    /// What begins so.
    pub fn of(&self, first: A) -> impl Iterator<Item = (B, C)> {
        self.after(first, None)
    }

    /// What begins so, after this one.
    pub fn after(&self, first: A, after: Option<(B, C)>) -> impl Iterator<Item = (B, C)> {
        let first = first.bits();
        let start = after.map_or(Bound::Included((first, 0, 0)), |(b, c)| {
            Bound::Excluded((first, b.bits(), c.bits()))
        });
        let keys = self.keys.range((start, Bound::Unbounded));
        keys.take_while(move |(of, _, _)| *of == first)
            .map(|(_, b, c)| (B::of_bits(*b), C::of_bits(*c)))
    }

    /// What begins so, before this one, the last first.
    pub fn before(&self, first: A, before: Option<(B, C)>) -> impl Iterator<Item = (B, C)> {
        let first = first.bits();
        let end = before.map_or(Bound::Included((first, u128::MAX, u128::MAX)), |(b, c)| {
            Bound::Excluded((first, b.bits(), c.bits()))
        });
        let keys = self.keys.range((Bound::Included((first, 0, 0)), end)).rev();
        keys.map(|(_, b, c)| (B::of_bits(*b), C::of_bits(*c)))
    }

    /// The thirds of this pair.
    pub fn of_pair(&self, (a, b): (A, B)) -> impl Iterator<Item = C> {
        let pair = (a.bits(), b.bits());
        let keys = self.keys.range((Bound::Included((pair.0, pair.1, 0)), Bound::Unbounded));
        keys.take_while(move |(a, b, _)| (*a, *b) == pair).map(|(_, _, c)| C::of_bits(*c))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIPLES: [(i64, i64, i64); 6] =
        [(1, 9, 9), (2, i64::MIN, 0), (2, 4, 4), (2, 4, 5), (2, 5, i64::MAX), (3, 0, 0)];

    #[test]
    fn keys_stand_in_their_order() {
        let mut set = Set::new();
        set.extend([5, -2, 9, 0, 5]);
        let old = set.clone();
        set.remove(&5);
        set.remove(&6);
        set.insert(7);
        assert_eq!(set.iter().collect::<Vec<_>>(), [-2, 0, 7, 9]);
        assert_eq!(set.iter().rev().collect::<Vec<_>>(), [9, 7, 0, -2]);
        assert_eq!(set.range(0..9).collect::<Vec<_>>(), [0, 7]);
        assert_eq!(old.iter().collect::<Vec<_>>(), [-2, 0, 5, 9]);
        assert_eq!((set.len(), old.len(), Set::<i64>::new().len()), (4, 4, 0));
    }

    #[test]
    fn the_second_halves_of_a_first_one_are_those_of_no_other() {
        let mut set = Set::new();
        set.extend([(1, 9), (2, i64::MIN), (2, 0), (2, i64::MAX), (3, 1)]);
        assert_eq!(set.of(2).collect::<Vec<_>>(), [i64::MIN, 0, i64::MAX]);
        assert_eq!(set.after(2, Some(0)).collect::<Vec<_>>(), [i64::MAX]);
        assert_eq!(set.after(2, Some(i64::MAX)).count() + set.of(4).count(), 0);
    }

    #[test]
    fn triples_are_found_by_their_first_and_by_their_first_two() {
        let mut set = Set::new();
        set.extend(TRIPLES);
        let all = [(i64::MIN, 0), (4, 4), (4, 5), (5, i64::MAX)];
        assert_eq!(set.of(2).collect::<Vec<_>>(), all);
        assert_eq!(set.after(2, Some((4, 4))).collect::<Vec<_>>(), all[2..]);
        let back: Vec<_> = all.into_iter().rev().collect();
        assert_eq!(set.before(2, None).collect::<Vec<_>>(), back);
        assert_eq!(set.before(2, Some((4, 5))).collect::<Vec<_>>(), back[2..]);
        assert_eq!(set.before(2, Some(all[0])).count() + set.before(4, None).count(), 0);
        assert_eq!(set.of_pair((2, 4)).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(set.of_pair((2, 6)).count(), 0);
    }
}
