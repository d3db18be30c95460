//! The tree of item categories.

use std::collections::BTreeMap;

use crate::{
    ids::ItemCategoryId,
    inventory::{CategoryTree, ItemCategory},
};

/// The ring that would close if this category lay in this parent: the categories along it from the
/// category upwards, the category repeated at the end.
pub fn ring(
    tree: &CategoryTree,
    category: ItemCategoryId,
    parent: ItemCategoryId,
) -> Option<Vec<ItemCategoryId>> {
    let parents: BTreeMap<_, _> =
        tree.categories.iter().map(|ItemCategory { id, parent, .. }| (*id, *parent)).collect();
    let mut path = vec![category];
    let mut above = Some(parent);
    // The tree has no ring so far: the walk up ends, at the latest after every category.
    while let Some(id) = above.filter(|_| path.len() <= parents.len()) {
        path.push(id);
        if id == category {
            return Some(path);
        }
        above = parents.get(&id).copied().flatten();
    }
    None
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::change::Version;

    fn id(number: u128) -> ItemCategoryId {
        ItemCategoryId::from_uuid(Uuid::from_u128(number))
    }

    /// A chain: 1 at the top, each in the one before.
    fn chain(length: u128) -> CategoryTree {
        let categories = (1..=length).map(|number| ItemCategory {
            id: id(number),
            name: number.to_string(),
            parent: (number > 1).then(|| id(number - 1)),
            version: Version::FIRST,
            created_at: Default::default(),
        });
        CategoryTree { version: Version::FIRST, categories: categories.collect() }
    }

    #[test]
    fn a_category_in_itself_or_below_itself_is_a_ring() {
        assert_eq!(ring(&chain(1), id(1), id(1)), Some(vec![id(1), id(1)]));
        assert_eq!(ring(&chain(2), id(1), id(2)), Some(vec![id(1), id(2), id(1)]));
        for length in [3, 16, 1_000] {
            let found = ring(&chain(length), id(1), id(length)).unwrap();
            assert_eq!(found.len(), usize::try_from(length).unwrap() + 1);
            assert_eq!(ring(&chain(length), id(length), id(1)), None);
        }
    }
}
