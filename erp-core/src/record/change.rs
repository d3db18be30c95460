//! What services of records ask a store to write and to read.

use async_trait::async_trait;
use erp_kernel::{Value, Version, tree::TreeNode};
use uuid::Uuid;

use super::{Kind, Row};
use crate::{
    change::{Scope, Scopes},
    port::StoreResult,
};

/// A change of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordChange {
    /// A new record, or all of what it is from now on; archiving, deleting and restoring it, too. Conflicts, in this
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
    /// Removes a record for good. `NotFound`. Conflicts: stale version, `InUse` when something refers to it: of a
    /// tree by its content, whatever that is.
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
    /// The kind.
    pub fn kind(&self) -> &'static Kind {
        match self {
            Self::Put { kind, .. } | Self::Remove { kind, .. } => kind,
        }
    }

    /// The scopes that the change raises: of a kind without a tree none, so that no writer of a kind waits
    /// for another.
    pub fn touches(&self) -> Scopes {
        self.kind().tree.map(Scope::whole).into_iter().collect()
    }
}

/// Which records of a kind that is archived, or deleted and restored, a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shelf {
    /// Those that are not.
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

/// All records of a kind that is a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordTree {
    /// The version that a decision on them is guarded by.
    pub version: Version,
    /// The records, by the field that lists are sorted by, then by id.
    pub rows: Vec<Row>,
}

impl RecordTree {
    /// The nodes, by what they lie in.
    pub fn nodes(&self, kind: &Kind) -> Vec<Node> {
        let parent = |row: &Row| row.values.get(kind.parent()?)?.as_id();
        self.rows.iter().map(|row| Node { id: row.id, parent: parent(row) }).collect()
    }
}

/// A record in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: Uuid,
    /// What it lies in.
    pub parent: Option<Uuid>,
}

impl TreeNode for Node {
    type Id = Uuid;

    fn id(&self) -> Uuid {
        self.id
    }

    fn parent(&self) -> Option<Uuid> {
        self.parent
    }
}

/// Reads of records, by kind. A store answers for every kind alike.
#[async_trait]
pub trait RecordReads: Send + Sync {
    /// The record of this id, archived or deleted or not.
    async fn record(&self, kind: &'static Kind, id: Uuid) -> StoreResult<Option<Row>>;

    /// The records of these ids that are there, each once, by id.
    async fn records_by_id(&self, kind: &'static Kind, ids: &[Uuid]) -> StoreResult<Vec<Row>>;

    /// The record with this value in a unique field, given by its place; no deleted one.
    async fn record_by_key(
        &self,
        kind: &'static Kind,
        field: usize,
        value: &Value,
    ) -> StoreResult<Option<Row>>;

    /// All records of a kind that is a tree.
    async fn record_tree(&self, kind: &'static Kind) -> StoreResult<RecordTree>;

    /// A part of a list.
    async fn list_records(&self, kind: &'static Kind, query: &ListQuery) -> StoreResult<Vec<Row>>;
}
