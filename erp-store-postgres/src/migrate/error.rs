//! Why a schema is not brought up to date.

use erp_core::port::StoreError;
use uuid::Uuid;

/// Rows that would have one key where each must have its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCollision {
    /// Their table.
    pub table: &'static str,
    /// The column of the text that is to be unique.
    pub column: &'static str,
    /// The key.
    pub key: String,
    /// The rows, in the order of their ids.
    pub ids: Vec<Uuid>,
}

/// Why a migration did not take place.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// Texts that are different by the keys of before are the same by the present ones, such as `Café` in
    /// two normal forms. Nothing was written: rename all but one of each, and migrate again.
    #[error(
        "{total} texts would be taken twice, first {}.{} `{}`",
        .first.first().map_or("", |one| one.table),
        .first.first().map_or("", |one| one.column),
        .first.first().map_or("", |one| one.key.as_str())
    )]
    KeysCollide {
        /// The collisions, at most 100 of them.
        first: Vec<KeyCollision>,
        /// How many there are.
        total: usize,
    },
    /// The database does not answer, or refused a statement.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for MigrateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(crate::constraint::store_error(error))
    }
}
