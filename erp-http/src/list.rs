//! A list that is answered whole.

use crate::describe::ToSchema;
use serde::Serialize;

/// A list that is answered whole.
#[derive(Serialize, ToSchema)]
pub(super) struct List<T> {
    /// The items, in the list's order.
    items: Vec<T>,
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self { items }
    }
}
