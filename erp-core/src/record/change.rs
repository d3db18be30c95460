//! What services of records ask a store to write and to read.

use async_trait::async_trait;
use erp_kernel::{Value, Version};
use uuid::Uuid;

use super::{Kind, Row};
use crate::{change::Scopes, port::StoreResult};

/// A change of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordChange {
    /// A new record, or all of what it is from now on; archiving and restoring it, too. Conflicts, in this
    /// order: `Exists`, or `NotFound` and a stale version; `Taken`, by the order of the fields. `NotFound`
    /// when a thing that it refers to is not there, by the order of the fields.
    Put {
        /// Its kind.
        kind: &'static Kind,
        /// The record, at the version that it gets.
        row: Row,
        /// The version that the caller has seen; none for a new one.
        expected: Option<Version>,
    },
    /// Removes a record for good. `NotFound`. Conflicts: stale version, `InUse` when something refers to it.
    Remove {
        /// Its kind.
        kind: &'static Kind,
        /// Which.
        id: Uuid,
        /// The version that the caller has seen.
        expected: Version,
    },
}

impl RecordChange {
    /// The scopes that the change raises: of a kind without a tree none, so that no writer of a kind waits
    /// for another.
    pub fn touches(&self) -> Scopes {
        Scopes::new()
    }
}

/// Which records of a kind that is archived a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shelf {
    /// Those that are not archived.
    Live,
    /// Those that are.
    Archived,
    /// All of them.
    #[default]
    All,
}

/// A list of records of a kind.
#[derive(Clone, Debug, PartialEq)]
pub struct ListQuery {
    /// The place of the field by which it is sorted, empty values last; then by id.
    pub sort: usize,
    /// The values that fields must have, by their places.
    pub equal: Vec<(usize, Value)>,
    /// Which records.
    pub shelf: Shelf,
    /// The key of the sorted field and the id of the record before the first one.
    pub after: Option<(Value, Uuid)>,
    /// The most records.
    pub limit: usize,
}

/// Reads of records, by kind. A store answers for every kind alike.
#[async_trait]
pub trait RecordReads: Send + Sync {
    /// The record of this id, archived or not.
    async fn record(&self, kind: &'static Kind, id: Uuid) -> StoreResult<Option<Row>>;

    /// The records of these ids that are there, each once, by id.
    async fn records_by_id(&self, kind: &'static Kind, ids: &[Uuid]) -> StoreResult<Vec<Row>>;

    /// The record with this value in a unique field, given by its place.
    async fn record_by_key(
        &self,
        kind: &'static Kind,
        field: usize,
        value: &Value,
    ) -> StoreResult<Option<Row>>;

    /// A part of a list.
    async fn list_records(&self, kind: &'static Kind, query: &ListQuery) -> StoreResult<Vec<Row>>;
}
