//! Keys of lists, as cursors hold them.

use serde::de::DeserializeOwned;

use crate::time::{self, Timestamp};

/// The key of an item in a list, as a cursor holds it. Anybody can write a cursor, so that what is in one
/// is checked like what is written.
pub trait CursorKey: DeserializeOwned {
    /// Whether every store could have an item with this key.
    fn is_kept(&self) -> bool {
        true
    }
}

impl CursorKey for i32 {}
impl CursorKey for i64 {}
impl CursorKey for uuid::Uuid {}

impl CursorKey for String {
    fn is_kept(&self) -> bool {
        !self.contains('\0')
    }
}

impl CursorKey for Timestamp {
    fn is_kept(&self) -> bool {
        time::is_kept(*self)
    }
}

impl CursorKey for chrono::NaiveDate {
    fn is_kept(&self) -> bool {
        time::is_kept_day(*self)
    }
}

impl<A: CursorKey, B: CursorKey> CursorKey for (A, B) {
    fn is_kept(&self) -> bool {
        self.0.is_kept() && self.1.is_kept()
    }
}
