//! Rows by what they are found by.

use std::{
    marker::PhantomData,
    ops::{Bound, RangeBounds},
    sync::Arc,
};

use imbl::OrdMap;

use super::{
    key::{Key, Word},
    row::{Row, Rowed, own, shared, typed},
};

/// Rows in the order of their keys.
pub(crate) struct Table<K: Key, V> {
    rows: OrdMap<K::Raw, Row>,
    of: PhantomData<fn() -> (K, V)>,
}

impl<K: Key, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), of: PhantomData }
    }
}

impl<K: Key, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: OrdMap::new(), of: PhantomData }
    }
}

impl<K: Key, V: Rowed> Table<K, V> {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn contains_key(&self, key: &K) -> bool {
        self.rows.contains_key(&key.raw())
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        typed(self.rows.get(&key.raw())?)
    }

    /// The row itself, to be read outside the lock.
    pub fn shared(&self, key: &K) -> Option<Arc<V>> {
        shared(Row::clone(self.rows.get(&key.raw())?))
    }

    /// The row to be written to: a copy of it, if others hold it as well.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V>
    where
        V: Clone,
    {
        own(self.rows.get_mut(&key.raw())?)
    }

    /// Changes the row, which begins as the default.
    pub fn upsert(&mut self, key: K, change: impl FnOnce(&mut V))
    where
        V: Clone + Default,
    {
        let raw = key.raw();
        if !self.rows.contains_key(&raw) {
            self.rows.insert(raw, Arc::new(V::default()));
        }
        if let Some(row) = self.rows.get_mut(&raw).and_then(own) {
            change(row);
        }
    }

    /// Returns whether the key is new.
    pub fn insert(&mut self, key: K, row: Arc<V>) -> bool {
        self.rows.insert(key.raw(), row).is_none()
    }

    pub fn remove(&mut self, key: &K) -> Option<Arc<V>> {
        shared(self.rows.remove(&key.raw())?)
    }

    /// The first row, by key.
    pub fn first(&self) -> Option<(K, &V)> {
        let (key, row) = self.rows.get_min()?;
        Some((K::of_raw(*key), typed(row)?))
    }

    pub fn keys(&self) -> impl DoubleEndedIterator<Item = K> {
        self.rows.keys().map(|key| K::of_raw(*key))
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.rows.values().filter_map(typed)
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (K, &V)> {
        self.rows.iter().filter_map(|(key, row)| Some((K::of_raw(*key), typed(row)?)))
    }

    pub fn range(&self, keys: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = (K, &V)> {
        let rows = self.rows.range(raw_bounds(&keys));
        rows.filter_map(|(key, row)| Some((K::of_raw(*key), typed(row)?)))
    }
}

impl<A: Word, B: Word, V: Rowed> Table<(A, B), V> {
    /// The rows whose key begins so.
    pub fn of(&self, first: A) -> impl Iterator<Item = &V> {
        let first = first.bits();
        let rows = self.rows.range((Bound::Included((first, 0)), Bound::Unbounded));
        rows.take_while(move |((of, _), _)| *of == first).filter_map(|(_, row)| typed(row))
    }
}

impl<K: Key, V: Rowed> FromIterator<(K, Arc<V>)> for Table<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, Arc<V>)>>(rows: I) -> Self {
        let mut table = Self::default();
        for (key, row) in rows {
            table.insert(key, row);
        }
        table
    }
}

pub(super) fn raw_bounds<K: Key>(keys: &impl RangeBounds<K>) -> (Bound<K::Raw>, Bound<K::Raw>) {
    (keys.start_bound().map(K::raw), keys.end_bound().map(K::raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(numbers: impl IntoIterator<Item = i64>) -> Table<i64, String> {
        numbers.into_iter().map(|n| (n, Arc::new(n.to_string()))).collect()
    }

    fn keys(rows: impl Iterator<Item = (i64, impl AsRef<str>)>) -> Vec<i64> {
        rows.map(|(key, row)| {
            assert_eq!(row.as_ref(), key.to_string());
            key
        })
        .collect()
    }

    #[test]
    fn rows_stand_in_the_order_of_their_keys() {
        let table = table([7, -3, 0, 40, 5]);
        assert_eq!(table.keys().collect::<Vec<_>>(), [-3, 0, 5, 7, 40]);
        assert_eq!(keys(table.iter().rev()), [40, 7, 5, 0, -3]);
        assert_eq!(table.values().map(String::as_str).collect::<String>(), "-305740");
        assert_eq!(keys(table.range(0..7)), [0, 5]);
        assert_eq!(keys(table.range(0..=7).rev()), [7, 5, 0]);
        assert_eq!(keys(table.range((Bound::Excluded(5), Bound::Unbounded))), [7, 40]);
        assert_eq!(keys(table.range(8..40)), [0; 0]);
        assert_eq!(table.first().map(|(key, _)| key), Some(-3));
    }

    #[test]
    fn the_rows_of_a_first_half_are_those_of_no_other() {
        let mut table = Table::new();
        for pair in [(1, 9), (2, i64::MIN), (2, 0), (2, i64::MAX), (3, 1)] {
            assert!(table.insert(pair, Arc::new(pair)));
        }
        assert_eq!(table.of(2).map(|(_, last)| *last).collect::<Vec<_>>(), [i64::MIN, 0, i64::MAX]);
        assert_eq!(table.of(4).count(), 0);
    }

    #[test]
    fn a_copy_stays_as_it_was() {
        let mut new = table(0..100);
        let old = new.clone();
        new.get_mut(&5).unwrap().push('!');
        assert!(!new.insert(6, Arc::new("six".to_owned())));
        assert_eq!(new.remove(&7).as_deref().map(String::as_str), Some("7"));
        assert!(new.remove(&7).is_none() && new.get_mut(&7).is_none());
        new.upsert(8, |row| row.push('?'));
        new.upsert(100, |row| row.push_str("new"));
        assert_eq!(keys(old.iter()), (0..100).collect::<Vec<_>>());
        let changed: Vec<_> = [5, 6, 7, 8, 100].iter().map(|key| new.get(key)).collect();
        let changed: Vec<_> = changed.into_iter().map(|row| row.map(String::as_str)).collect();
        assert_eq!(changed, [Some("5!"), Some("six"), None, Some("8?"), Some("new")]);
        assert_eq!((old.len(), new.len()), (100, 100));
    }

    #[test]
    fn a_row_is_copied_only_when_others_hold_it() {
        let mut table = table(0..3);
        let place = |table: &Table<i64, String>| Arc::as_ptr(&table.shared(&1).unwrap());
        let first = place(&table);
        table.get_mut(&1).unwrap().push('a');
        assert_eq!(place(&table), first, "nobody else held it");
        let held = table.shared(&1).unwrap();
        table.get_mut(&1).unwrap().push('b');
        assert_ne!(place(&table), first);
        assert_eq!((held.as_str(), table.get(&1).unwrap().as_str()), ("1a", "1ab"));
    }
}
