//! Reads of records.

use async_trait::async_trait;
use erp_core::{
    port::StoreResult,
    record::{Kind, ListQuery, RecordReads, Row, Value},
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
        let Some(described) = kind.fields.get(field) else { return Ok(None) };
        Ok(table.holder((field, described), value).and_then(|id| table.get(id)))
    }

    async fn list_records(&self, kind: &'static Kind, query: &ListQuery) -> StoreResult<Vec<Row>> {
        Ok(self.records_of(kind).list(query))
    }
}
