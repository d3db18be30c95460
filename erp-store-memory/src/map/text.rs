//! What is found by a text.

use std::{cmp::Ordering, marker::PhantomData, ops::Bound, sync::Arc};

use equivalent::{Comparable, Equivalent};
use imbl::OrdMap;

use super::{
    key::{Bits, Word},
    row::{Row, Rowed, shared, typed},
};

/// A text, by itself or with an id before or behind it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text {
    before: u128,
    text: Arc<str>,
    behind: u128,
}

/// The same, borrowed: nothing is allocated to find something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TextRef<'a> {
    before: u128,
    text: &'a str,
    behind: u128,
}

impl Text {
    fn as_ref(&self) -> TextRef<'_> {
        TextRef { before: self.before, text: &self.text, behind: self.behind }
    }
}

impl<'a> TextRef<'a> {
    fn of(text: &'a str) -> Self {
        Self { before: 0, text, behind: 0 }
    }

    fn to_text(self) -> Text {
        Text { before: self.before, text: Arc::from(self.text), behind: self.behind }
    }
}

impl Equivalent<Text> for TextRef<'_> {
    fn equivalent(&self, key: &Text) -> bool {
        *self == key.as_ref()
    }
}

impl Comparable<Text> for TextRef<'_> {
    fn compare(&self, key: &Text) -> Ordering {
        self.cmp(&key.as_ref())
    }
}

/// A key with a text in it.
pub(crate) trait TextKey {
    fn parts(&self) -> TextRef<'_>;
}

impl TextKey for str {
    fn parts(&self) -> TextRef<'_> {
        TextRef::of(self)
    }
}

impl<A: Word> TextKey for (A, String) {
    fn parts(&self) -> TextRef<'_> {
        TextRef { before: self.0.bits(), ..TextRef::of(&self.1) }
    }
}

/// Not in their order: what has none stands with what has the id of zeros, but is not the same.
impl<A: Word> TextKey for (Option<A>, String) {
    fn parts(&self) -> TextRef<'_> {
        let before = self.0.map_or(0, A::bits);
        TextRef { before, behind: u128::from(self.0.is_some()), ..TextRef::of(&self.1) }
    }
}

impl<B: Word> TextKey for (String, B) {
    fn parts(&self) -> TextRef<'_> {
        TextRef { behind: self.1.bits(), ..TextRef::of(&self.0) }
    }
}

/// Small values, mostly ids, in the order of the texts that they are found by.
pub(crate) struct Names<K: ?Sized, V> {
    values: OrdMap<Text, u128>,
    of: PhantomData<fn(&K) -> V>,
}

impl<K: ?Sized, V> Clone for Names<K, V> {
    fn clone(&self) -> Self {
        Self { values: self.values.clone(), of: PhantomData }
    }
}

impl<K: ?Sized, V> Default for Names<K, V> {
    fn default() -> Self {
        Self { values: OrdMap::new(), of: PhantomData }
    }
}

impl<K: TextKey + ?Sized, V: Bits> Names<K, V> {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn contains_key(&self, key: &K) -> bool {
        self.values.contains_key(&key.parts())
    }

    pub fn get(&self, key: &K) -> Option<V> {
        self.values.get(&key.parts()).map(|bits| V::of_bits(*bits))
    }

    pub fn insert(&mut self, key: &K, value: V) {
        self.values.insert(key.parts().to_text(), value.bits());
    }

    pub fn remove(&mut self, key: &K) {
        self.values.remove(&key.parts());
    }

    /// The texts after this key, or all of them, with their values.
    pub fn after(&self, key: Option<&K>) -> impl Iterator<Item = (&str, V)> {
        let start = key.map_or(Bound::Unbounded, |key| Bound::Excluded(key.parts()));
        found(self.values.range((start, Bound::Unbounded)))
    }
}

impl<A: Word, V: Bits> Names<(A, String), V> {
    /// The texts of an id after this one, or all of them, with their values.
    pub fn of(&self, id: A, after: Option<&str>) -> impl Iterator<Item = (&str, V)> {
        let id = id.bits();
        let first = TextRef { before: id, ..TextRef::of(after.unwrap_or_default()) };
        let start = if after.is_some() { Bound::Excluded(first) } else { Bound::Included(first) };
        let names = self.values.range((start, Bound::Unbounded));
        found(names.take_while(move |(key, _)| key.before == id))
    }
}

impl<B: Word, V: Bits> Names<(String, B), V> {
    /// The values of a text, by id.
    pub fn of(&self, text: &str) -> impl Iterator<Item = V> {
        let names = self.values.range((Bound::Included(TextRef::of(text)), Bound::Unbounded));
        names.take_while(move |(key, _)| *key.text == *text).map(|(_, bits)| V::of_bits(*bits))
    }
}

fn found<'a, V: Bits>(
    names: impl Iterator<Item = (&'a Text, &'a u128)>,
) -> impl Iterator<Item = (&'a str, V)> {
    names.map(|(key, bits)| (&*key.text, V::of_bits(*bits)))
}

/// Rows in the order of the texts that they are found by.
pub(crate) struct Texts<V> {
    rows: OrdMap<Text, Row>,
    of: PhantomData<fn() -> V>,
}

impl<V> Clone for Texts<V> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), of: PhantomData }
    }
}

impl<V> Default for Texts<V> {
    fn default() -> Self {
        Self { rows: OrdMap::new(), of: PhantomData }
    }
}

impl<V: Rowed> Texts<V> {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn contains_key(&self, key: &str) -> bool {
        self.rows.contains_key(&key.parts())
    }

    pub fn get(&self, key: &str) -> Option<&V> {
        typed(self.rows.get(&key.parts())?)
    }

    pub fn insert(&mut self, key: &str, row: Arc<V>) {
        self.rows.insert(key.parts().to_text(), row);
    }

    pub fn remove(&mut self, key: &str) -> Option<Arc<V>> {
        shared(self.rows.remove(&key.parts())?)
    }

    /// Drops the rows that are not wanted.
    pub fn retain(&mut self, wanted: impl Fn(&V) -> bool) {
        let rows = self.rows.iter().filter(|(_, row)| !typed(row).is_some_and(&wanted));
        let unwanted: Vec<Text> = rows.map(|(key, _)| key.clone()).collect();
        for key in unwanted {
            self.rows.remove(&key.as_ref());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_order_of_their_texts() {
        let mut names = Names::<str, i64>::new();
        for (value, name) in ["b", "a", "", "ab", "ü", "a\0b"].into_iter().enumerate() {
            names.insert(name, i64::try_from(value).unwrap());
        }
        let old = names.clone();
        names.remove("ab");
        names.insert("a", 7);
        let texts = |names: &Names<str, i64>, after| {
            names.after(after).map(|(text, _)| text.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(texts(&names, None), ["", "a", "a\0b", "b", "ü"]);
        assert_eq!(texts(&names, Some("a")), ["a\0b", "b", "ü"]);
        assert_eq!(texts(&old, Some("")), ["a", "a\0b", "ab", "b", "ü"]);
        assert_eq!((names.get("a"), old.get("a"), names.get("ab")), (Some(7), Some(1), None));
        assert!(names.contains_key("b") && !names.contains_key("ab"));
    }

    #[test]
    fn an_id_before_a_text_orders_first_and_one_behind_it_last() {
        let mut codes = Names::<(i64, String), i64>::new();
        for (value, (id, code)) in [(2, "b"), (2, ""), (1, "z"), (3, "a")].into_iter().enumerate() {
            codes.insert(&(id, code.to_owned()), i64::try_from(value).unwrap());
        }
        assert_eq!(codes.of(2, None).collect::<Vec<_>>(), [("", 1), ("b", 0)]);
        assert_eq!(codes.of(2, Some("")).collect::<Vec<_>>(), [("b", 0)]);
        assert_eq!(codes.of(4, None).count(), 0);

        let mut users = Names::<(String, i64), i64>::new();
        for (name, id) in [("b", 1), ("a", 3), ("ab", 0), ("a", 2)] {
            users.insert(&(name.to_owned(), id), id);
        }
        assert_eq!(users.of("a").collect::<Vec<_>>(), [2, 3]);
        let second = ("a".to_owned(), 2);
        let after = users.after(Some(&second));
        assert_eq!(after.collect::<Vec<_>>(), [("a", 3), ("ab", 0), ("b", 1)]);
    }

    #[test]
    fn no_id_is_not_the_id_of_zeros() {
        let mut names = Names::<(Option<i64>, String), i64>::new();
        let zeros = i64::of_bits(0);
        names.insert(&(None, "a".to_owned()), 1);
        assert_eq!(names.get(&(Some(zeros), "a".to_owned())), None);
        names.insert(&(Some(zeros), "a".to_owned()), 2);
        assert_eq!(names.get(&(None, "a".to_owned())), Some(1));
    }

    #[test]
    fn a_copy_of_rows_by_text_stays_as_it_was() {
        let mut rows = Texts::<String>::new();
        for key in ["a", "b", "c"] {
            rows.insert(key, Arc::new(key.to_owned()));
        }
        let old = rows.clone();
        rows.insert("a", Arc::new("a!".to_owned()));
        rows.retain(|row| row != "b");
        assert_eq!(rows.remove("c").as_deref().map(String::as_str), Some("c"));
        assert_eq!((rows.get("a").map(String::as_str), rows.len()), (Some("a!"), 1));
        assert_eq!((old.get("a").map(String::as_str), old.len()), (Some("a"), 3));
        rows.insert("d", Arc::default());
        assert!(rows.contains_key("d") && !rows.contains_key("b"));
    }
}
