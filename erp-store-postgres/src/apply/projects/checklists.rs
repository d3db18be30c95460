//! Checklists.

use erp_core::{change::Version, projects::Checklist};
use sqlx::{PgConnection, types::Json};

use super::tasks::require_any;
use crate::{
    apply::{Entity, expect, require},
    commit::Failure,
    sql,
};

pub(super) async fn put(
    conn: &mut PgConnection,
    checklist: &Checklist,
    expected: Version,
) -> Result<(), Failure> {
    require(conn, Entity::Project, checklist.project.uuid()).await?;
    require_any(conn, checklist.project, checklist.task).await?;
    let present: Option<i64> =
        sql::query_scalar("SELECT version FROM task_checklists WHERE task_id = $1")
            .bind(checklist.task.uuid())
            .fetch_optional(&mut *conn)
            .await?;
    expect("checklist", Some(present.unwrap_or(Checklist::UNSET.0)), expected)?;
    sql::query(
        "INSERT INTO task_checklists AS own (task_id, items, version, updated_at) \
         VALUES ($1, $2, 1, $3) ON CONFLICT (task_id) DO UPDATE SET items = $2, \
         version = own.version + 1, updated_at = $3",
    )
    .bind(checklist.task.uuid())
    .bind(Json(&checklist.items))
    .bind(checklist.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}
