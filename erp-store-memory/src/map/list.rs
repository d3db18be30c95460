//! Rows one after the other.

use std::{marker::PhantomData, sync::Arc};

use imbl::Vector;

use super::row::{Row, Rowed, typed};

/// Rows in the order in which they were added.
pub(crate) struct List<V> {
    rows: Vector<Row>,
    of: PhantomData<fn() -> V>,
}

impl<V> Clone for List<V> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), of: PhantomData }
    }
}

impl<V> Default for List<V> {
    fn default() -> Self {
        Self { rows: Vector::new(), of: PhantomData }
    }
}

impl<V: Rowed> List<V> {
    pub fn push_back(&mut self, row: Arc<V>) {
        self.rows.push_back(row);
    }

    pub fn iter(&self) -> impl Iterator<Item = &V> {
        self.rows.iter().filter_map(typed)
    }
}
