//! The records of a case.

use erp_core::{
    change::Version,
    port::IdGenerator as _,
    record::{Id as _, Record, RecordChange, Stored},
};

use super::Harness;

/// The change that puts a record, new or over this version.
pub fn put<R: Record>(record: &Stored<R>, expected: Option<i64>) -> RecordChange {
    let expected = expected.map(Version);
    RecordChange::Put { kind: R::KIND, row: record.row(), expected }
}

/// The change that removes a record of this version.
pub fn remove<R: Record>(id: R::Id, expected: i64) -> RecordChange {
    RecordChange::Remove { kind: R::KIND, id: id.uuid(), expected: Version(expected) }
}

impl Harness {
    /// The value of a new record. Nothing is written.
    pub fn new_record<R: Record>(&self, fields: R) -> Stored<R> {
        let (id, at) = (R::Id::from_uuid(self.ids.uuid()), self.now());
        Stored {
            id,
            version: Version::FIRST,
            created_at: at,
            updated_at: at,
            archived_at: None,
            fields,
        }
    }

    /// The record of this id.
    ///
    /// # Panics
    /// When the store cannot read it.
    pub async fn read_record<R: Record>(&self, id: R::Id) -> Option<Stored<R>> {
        let row = self.store.records().record(R::KIND, id.uuid()).await.expect("a read");
        row.map(|row| Stored::of(&row).expect("a row of its kind"))
    }
}
