//! The audit log.

use async_trait::async_trait;
use erp_core::{
    access::{AuditAnchor, AuditQuery, AuditReads},
    change::AuditEntry,
    port::StoreResult,
};
use sqlx::{Postgres, QueryBuilder, Row, postgres::PgRow};

use super::{Reads, limit};
use crate::{rows, sql};

#[async_trait]
impl AuditReads for Reads {
    async fn entries(&self, query: &AuditQuery) -> StoreResult<Vec<AuditEntry>> {
        let mut statement = matching(query);
        let query = sql::Statement::from(statement.build()).try_map(|row| rows::audit_entry(&row));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn anchors(&self) -> StoreResult<Vec<AuditAnchor>> {
        let query = sql::query("SELECT period, entries, digest FROM audit_anchors ORDER BY period");
        let query = query.try_map(|row: PgRow| {
            let (period, entries) = (row.try_get(0)?, row.try_get(1)?);
            Ok(AuditAnchor { period, entries, digest: row.try_get(2)? })
        });
        self.db.run(query.fetch_all(&self.db.pool)).await
    }
}

/// The statement for a list of entries. Only the filters that are set stand in it, so that each
/// shape walks the index that is made for it.
fn matching(query: &AuditQuery) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(
        "SELECT id, at, actor_id, on_behalf_of, action, entity_kind, entity_id, entity_room, \
         changes, session_id, host(ip), correlation_id, entity_project \
         FROM audit_log WHERE true",
    );
    if let Some(kind) = &query.entity_kind {
        sql.push(" AND entity_kind = ").push_bind(kind.clone());
    }
    if let Some(id) = query.entity_id {
        sql.push(" AND entity_id = ").push_bind(id);
    }
    if let Some(project) = query.project {
        sql.push(" AND entity_project = ").push_bind(project.uuid());
    }
    if let Some(actor) = query.actor {
        sql.push(" AND actor_id = ").push_bind(actor.uuid());
    }
    if let Some(action) = query.action {
        sql.push(" AND action = ").push_bind(action.as_str());
    }
    if let Some(from) = query.from {
        sql.push(" AND at >= ").push_bind(from);
    }
    if let Some(until) = query.until {
        sql.push(" AND at < ").push_bind(until);
    }
    if let Some((at, id)) = query.after {
        sql.push(" AND (at, id) < (").push_bind(at).push(", ").push_bind(id.uuid()).push(")");
        // The row comparison alone prunes no months.
        sql.push(" AND at <= ").push_bind(at);
    }
    sql.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(limit(query.limit));
    sql
}
