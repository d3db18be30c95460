//! Reads of records.

use async_trait::async_trait;
use erp_core::{
    change::{Scope, Version},
    port::{StoreError, StoreResult},
    record::{Kind, ListQuery, RecordReads, RecordTree, Row, Value, sort_key},
};
use uuid::Uuid;

use crate::{MemoryStore, state::RecordTable};

impl MemoryStore {
    /// The table as it is now, to be read outside the lock.
    fn records_of(&self, kind: &'static Kind) -> RecordTable {
        let records = &self.state.read().domain.records;
        records.table(kind.prefix).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl RecordReads for MemoryStore {
    async fn record(&self, kind: &'static Kind, id: Uuid) -> StoreResult<Option<Row>> {
        let records = &self.state.read().domain.records;
        Ok(records.get(kind, id).map(|row| Row::clone(row)))
    }

    async fn records_by_id(&self, kind: &'static Kind, ids: &[Uuid]) -> StoreResult<Vec<Row>> {
        Ok(self.records_of(kind).by_id(ids))
    }

    async fn record_by_key(
        &self,
        kind: &'static Kind,
        field: usize,
        value: &Value,
    ) -> StoreResult<Option<Row>> {
        let table = self.records_of(kind);
        let key = kind.keys().position(|key| key.fields == [field]);
        let (Some(key), Some(described)) = (key, kind.fields.get(field)) else { return Ok(None) };
        Ok(table.holder(key, sort_key(described, value)).and_then(|id| table.get(id)))
    }

    async fn record_tree(&self, kind: &'static Kind) -> StoreResult<RecordTree> {
        let scope = kind.tree.ok_or_else(|| {
            StoreError::Internal(format!("records of the kind {} are no tree", kind.name))
        })?;
        let (sort, _) = kind.order().unwrap_or((0, &kind.fields[0]));
        let (version, table) = {
            let domain = &self.state.read().domain;
            let table = domain.records.table(kind.prefix).cloned();
            (domain.version(Scope::whole(scope))?.unwrap_or(Version::FIRST), table)
        };
        Ok(RecordTree { version, rows: table.map(|table| table.all_by(sort)).unwrap_or_default() })
    }

    async fn list_records(&self, kind: &'static Kind, query: &ListQuery) -> StoreResult<Vec<Row>> {
        Ok(self.records_of(kind).list(query))
    }
}
