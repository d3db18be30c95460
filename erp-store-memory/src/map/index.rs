//! Small values by what they are found by.

use std::{
    marker::PhantomData,
    ops::{Bound, RangeBounds},
};

use imbl::OrdMap;

use super::{
    key::{Bits, Key, Word},
    table::raw_bounds,
};

/// Values of one word in the order of their keys.
pub(crate) struct Index<K: Key, V> {
    values: OrdMap<K::Raw, u128>,
    of: PhantomData<fn() -> (K, V)>,
}

impl<K: Key, V> Clone for Index<K, V> {
    fn clone(&self) -> Self {
        Self { values: self.values.clone(), of: PhantomData }
    }
}

impl<K: Key, V> Default for Index<K, V> {
    fn default() -> Self {
        Self { values: OrdMap::new(), of: PhantomData }
    }
}

impl<K: Key, V: Bits> Index<K, V> {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn contains_key(&self, key: &K) -> bool {
        self.values.contains_key(&key.raw())
    }

    pub fn get(&self, key: &K) -> Option<V> {
        self.values.get(&key.raw()).map(|bits| V::of_bits(*bits))
    }

    pub fn insert(&mut self, key: K, value: V) {
        self.values.insert(key.raw(), value.bits());
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.values.remove(&key.raw()).map(V::of_bits)
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = V> {
        self.values.values().map(|bits| V::of_bits(*bits))
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (K, V)> {
        self.values.iter().map(|(key, bits)| (K::of_raw(*key), V::of_bits(*bits)))
    }

    pub fn range(&self, keys: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = (K, V)> {
        let values = self.values.range(raw_bounds(&keys));
        values.map(|(key, bits)| (K::of_raw(*key), V::of_bits(*bits)))
    }
}

impl<A: Word, B: Word, V: Bits> Index<(A, B), V> {
    /// What the keys go on with that begin so, with their values.
    pub fn of(&self, first: A) -> impl Iterator<Item = (B, V)> {
        self.after(first, None)
    }

    /// The same after this one.
    pub fn after(&self, first: A, after: Option<B>) -> impl Iterator<Item = (B, V)> {
        let first = first.bits();
        let start = after
            .map_or(Bound::Included((first, 0)), |after| Bound::Excluded((first, after.bits())));
        let values = self.values.range((start, Bound::Unbounded));
        values
            .take_while(move |((of, _), _)| *of == first)
            .map(|((_, last), bits)| (B::of_bits(*last), V::of_bits(*bits)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_first_half_are_those_of_no_other() {
        let mut index = Index::<(i64, i64), i64>::new();
        for (first, last) in [(1, 9), (2, i64::MIN), (2, 0), (2, i64::MAX), (3, 1)] {
            index.insert((first, last), first);
        }
        assert_eq!(index.of(2).collect::<Vec<_>>(), [(i64::MIN, 2), (0, 2), (i64::MAX, 2)]);
        assert_eq!(index.after(2, Some(0)).collect::<Vec<_>>(), [(i64::MAX, 2)]);
        assert_eq!(index.of(4).count(), 0);
    }

    #[test]
    fn values_stand_in_the_order_of_their_keys() {
        let mut index = Index::<i64, i64>::new();
        for key in [3, -1, 20, 0] {
            index.insert(key, -key);
        }
        let old = index.clone();
        index.insert(3, 33);
        assert_eq!((index.remove(&0), index.remove(&0)), (Some(0), None));
        assert_eq!(index.iter().collect::<Vec<_>>(), [(-1, 1), (3, 33), (20, -20)]);
        assert_eq!(index.values().rev().collect::<Vec<_>>(), [-20, 33, 1]);
        let after = index.range((Bound::Excluded(-1), Bound::Unbounded));
        assert_eq!(after.collect::<Vec<_>>(), [(3, 33), (20, -20)]);
        assert_eq!(old.iter().collect::<Vec<_>>(), [(-1, 1), (0, 0), (3, -3), (20, -20)]);
        assert_eq!((index.get(&20), index.contains_key(&0), index.len()), (Some(-20), false, 3));
    }
}
