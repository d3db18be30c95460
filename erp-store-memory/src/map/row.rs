//! Rows whose type the map does not know.

use std::{any::Any, sync::Arc};

/// A row of some type. Each face puts in rows of one type alone and takes them out as that, so the
/// check of the type never fails; if it did, the row would be as good as absent.
pub(super) type Row = Arc<dyn Any + Send + Sync>;

/// What can be a row.
pub(crate) trait Rowed: Any + Send + Sync {}

impl<V: Any + Send + Sync> Rowed for V {}

pub(super) fn typed<V: Rowed>(row: &Row) -> Option<&V> {
    row.downcast_ref()
}

pub(super) fn shared<V: Rowed>(row: Row) -> Option<Arc<V>> {
    row.downcast().ok()
}

/// The row to be written to: a copy of it, if others hold it as well.
pub(super) fn own<V: Rowed + Clone>(row: &mut Row) -> Option<&mut V> {
    if Arc::strong_count(row) > 1 || Arc::weak_count(row) > 0 {
        let copy: V = typed::<V>(row)?.clone();
        *row = Arc::new(copy);
    }
    Arc::get_mut(row)?.downcast_mut()
}
