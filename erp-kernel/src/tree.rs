//! Trees: every node lies in one other or at the top, and never in itself.

use std::collections::BTreeMap;

/// A node of a tree.
pub trait TreeNode {
    /// What names it.
    type Id: Copy + Ord;

    /// Its id.
    fn id(&self) -> Self::Id;

    /// The node that it lies in.
    fn parent(&self) -> Option<Self::Id>;
}

/// Why a node may not lie somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misplaced<I> {
    /// There is no such parent.
    NoParent,
    /// It would lie in itself: the nodes from it upwards, itself repeated at the end.
    Ring(Vec<I>),
}

/// Whether a node may lie in this parent, or at the top.
///
/// # Errors
/// As [`Misplaced`] says.
pub fn check_place<N: TreeNode>(
    nodes: &[N],
    id: N::Id,
    parent: Option<N::Id>,
) -> Result<(), Misplaced<N::Id>> {
    let Some(parent) = parent else { return Ok(()) };
    if !nodes.iter().any(|node| node.id() == parent) {
        return Err(Misplaced::NoParent);
    }
    match ring(nodes, id, parent) {
        Some(path) => Err(Misplaced::Ring(path)),
        None => Ok(()),
    }
}

/// The ring that would close if this node lay in this parent: the nodes along it from the node
/// upwards, the node repeated at the end.
pub fn ring<N: TreeNode>(nodes: &[N], id: N::Id, parent: N::Id) -> Option<Vec<N::Id>> {
    if id == parent {
        return Some(vec![id, id]);
    }
    let mut path = vec![id];
    for above in way_up(nodes, parent) {
        path.push(above);
        if above == id {
            return Some(path);
        }
    }
    None
}

/// A node and what it lies in, upwards to the top.
pub fn way_up<N: TreeNode>(nodes: &[N], id: N::Id) -> Vec<N::Id> {
    let parents: BTreeMap<N::Id, Option<N::Id>> =
        nodes.iter().map(|node| (node.id(), node.parent())).collect();
    // The tree has no ring: the walk up ends, at the latest after every node.
    std::iter::successors(Some(id), |id| parents.get(id).copied().flatten())
        .take(parents.len() + 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Node(u32, Option<u32>);

    impl TreeNode for Node {
        type Id = u32;

        fn id(&self) -> u32 {
            self.0
        }

        fn parent(&self) -> Option<u32> {
            self.1
        }
    }

    /// A chain: 1 at the top, each in the one before.
    fn chain(length: u32) -> Vec<Node> {
        (1..=length).map(|number| Node(number, (number > 1).then(|| number - 1))).collect()
    }

    #[test]
    fn a_node_in_itself_or_below_itself_is_a_ring() {
        assert_eq!(ring(&chain(1), 1, 1), Some(vec![1, 1]));
        assert_eq!(ring(&chain(2), 1, 2), Some(vec![1, 2, 1]));
        for length in [3, 16, 1_000] {
            let found = ring(&chain(length), 1, length).unwrap();
            assert_eq!(found.len(), usize::try_from(length).unwrap() + 1);
            assert_eq!(ring(&chain(length), length, 1), None);
        }
    }

    #[test]
    fn a_place_is_at_the_top_or_in_a_node_that_is_there() {
        assert_eq!(check_place(&chain(3), 3, None), Ok(()));
        assert_eq!(check_place(&chain(3), 3, Some(1)), Ok(()));
        assert_eq!(check_place(&chain(3), 3, Some(4)), Err(Misplaced::NoParent));
        assert_eq!(check_place(&chain(3), 2, Some(3)), Err(Misplaced::Ring(vec![2, 3, 2])));
        assert_eq!(way_up(&chain(3), 3), [3, 2, 1]);
    }
}
