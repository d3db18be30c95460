//! A many-to-many relation that can be asked from both sides.

use imbl::{OrdMap, OrdSet};

/// Pairs of a left and a right id.
#[derive(Clone)]
pub(crate) struct Relation<L, R> {
    rights: OrdMap<L, OrdSet<R>>,
    lefts: OrdMap<R, OrdSet<L>>,
}

impl<L, R> Default for Relation<L, R> {
    fn default() -> Self {
        Self { rights: OrdMap::new(), lefts: OrdMap::new() }
    }
}

impl<L: Ord + Copy, R: Ord + Copy> Relation<L, R> {
    pub fn insert(&mut self, left: L, right: R) {
        self.rights.entry(left).or_default().insert(right);
        self.lefts.entry(right).or_default().insert(left);
    }

    pub fn remove(&mut self, left: L, right: R) {
        take(&mut self.rights, left, right);
        take(&mut self.lefts, right, left);
    }

    /// The right ids of this left one, in order.
    pub fn of(&self, left: L) -> impl Iterator<Item = R> + '_ {
        self.rights.get(&left).into_iter().flat_map(|rights| rights.iter().copied())
    }

    /// The left ids of this right one, in order.
    pub fn to(&self, right: R) -> impl Iterator<Item = L> + '_ {
        self.lefts.get(&right).into_iter().flat_map(|lefts| lefts.iter().copied())
    }

    /// Every pair, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (L, R)> + '_ {
        self.rights.iter().flat_map(|(left, rights)| rights.iter().map(|right| (*left, *right)))
    }

    /// Drops every pair of this left id.
    pub fn drop_left(&mut self, left: L) {
        for right in self.rights.remove(&left).unwrap_or_default() {
            take(&mut self.lefts, right, left);
        }
    }

    /// Drops every pair of this right id.
    pub fn drop_right(&mut self, right: R) {
        for left in self.lefts.remove(&right).unwrap_or_default() {
            take(&mut self.rights, left, right);
        }
    }
}

fn take<K: Ord + Copy, V: Ord + Copy>(map: &mut OrdMap<K, OrdSet<V>>, key: K, value: V) {
    let Some(values) = map.get_mut(&key) else {
        return;
    };
    values.remove(&value);
    if values.is_empty() {
        map.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_tell_the_same() {
        let mut relation = Relation::default();
        for (left, right) in [(1, 'a'), (1, 'b'), (2, 'a'), (3, 'c'), (1, 'a')] {
            relation.insert(left, right);
        }
        relation.remove(3, 'c');
        relation.remove(3, 'c');
        assert_eq!(relation.of(1).collect::<String>(), "ab");
        assert_eq!(relation.to('a').collect::<Vec<_>>(), [1, 2]);
        relation.drop_right('a');
        assert_eq!(relation.pairs().collect::<Vec<_>>(), [(1, 'b')]);
        relation.drop_left(1);
        assert_eq!(relation.to('b').count(), 0);
        assert!(relation.rights.is_empty() && relation.lefts.is_empty());
    }
}
