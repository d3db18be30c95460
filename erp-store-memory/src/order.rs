//! Sorting, by keys of few types: a sort is compiled for every type that it sorts.

use crate::map::{Key, Word};
use erp_core::text;

/// The ids, or pairs of ids, in their order, each once.
pub(crate) fn distinct<K: Key>(ids: impl IntoIterator<Item = K>) -> impl Iterator<Item = K> {
    let mut words: Vec<K::Raw> = ids.into_iter().map(|id| id.raw()).collect();
    words.sort_unstable();
    words.dedup();
    words.into_iter().map(K::of_raw)
}

/// The rows in the order of a key; those of one key as they were.
pub(crate) fn by_key<T, K: Key>(rows: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    sorted(rows, |row| key(row).raw())
}

/// The rows by name, without regard to case, and id.
pub(crate) fn by_name<T, K: Word>(rows: Vec<T>, key: impl Fn(&T) -> (&str, K)) -> Vec<T> {
    sorted(rows, |row| {
        let (name, id) = key(row);
        (text::key(name), id.bits())
    })
}

fn sorted<T, K: Ord>(rows: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut places: Vec<(K, usize)> = rows.iter().map(key).zip(0..).collect();
    places.sort_unstable();
    let mut rows: Vec<Option<T>> = rows.into_iter().map(Some).collect();
    places.into_iter().filter_map(|(_, place)| rows.get_mut(place)?.take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_once_and_in_their_order() {
        assert_eq!(distinct([3, -1, 3, 0, -1]).collect::<Vec<i64>>(), [-1, 0, 3]);
    }

    #[test]
    fn rows_of_one_key_stay_as_they_were() {
        let rows = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')];
        let rows = by_key(rows, |(key, _)| i64::from(*key));
        assert_eq!(rows.iter().map(|(_, it)| *it).collect::<String>(), "bdac");
    }

    #[test]
    fn names_are_sorted_without_regard_to_case_and_then_by_id() {
        let rows = by_name(vec![("b", 1), ("A", 2), ("a", 1), ("C", 0)], |row| (row.0, row.1));
        assert_eq!(rows, [("a", 1), ("A", 2), ("b", 1), ("C", 0_i64)]);
    }
}
