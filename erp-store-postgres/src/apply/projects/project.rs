//! Projects, and who belongs to them.

use std::collections::BTreeSet;

use erp_core::{
    change::Version,
    error::Conflict,
    ids::{ProjectCategoryId, ProjectId, UserId},
    projects::{Project, ProjectDetails, ProjectRole, ProjectStatus},
    time::Timestamp,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::watchers;
use crate::{
    apply::{Entity, exists, expect, missing, require},
    commit::Failure,
    numeric::Numeric,
    sql,
};

pub(super) async fn create(
    conn: &mut PgConnection,
    project: &Project,
    members: &[(UserId, ProjectRole)],
) -> Result<(), Failure> {
    let Project { details, .. } = project;
    if let Some(category) = details.category {
        require_free(conn, project).await?;
        require(conn, Entity::ProjectCategory, category.uuid()).await?;
    }
    // The author's reference is checked after the unique values, as everywhere.
    sql::query(
        "INSERT INTO projects (id, code, name, description, task_prefix, start_on, due_on, zone, \
         budget, budget_currency, status, member_count, last_task, roster, graph, phases, version, \
         created_by, created_at, updated_at, deleted_at, category_id, budget_overrun) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 1, 1, 1, 1, $13, $14, $15, \
         $16, $17, $18)",
    )
    .bind(project.id.uuid())
    .bind(&project.code)
    .bind(&details.name)
    .bind(details.description.as_deref())
    .bind(&details.task_prefix)
    .bind(details.start_on)
    .bind(details.due_on)
    .bind(&details.zone)
    .bind(details.budget.map(|budget| Numeric(budget.amount())))
    .bind(details.budget.map(|budget| budget.currency().code().to_owned()))
    .bind(project.status.as_str())
    .bind(i64::try_from(members.len()).unwrap_or(i64::MAX))
    .bind(project.created_by.map(|user| user.uuid()))
    .bind(project.created_at)
    .bind(project.updated_at)
    .bind(project.deleted_at)
    .bind(details.category.map(ProjectCategoryId::uuid))
    .bind(details.budget_overrun.as_str())
    .execute(&mut *conn)
    .await?;
    require_people(conn, project, members).await?;
    first_members(conn, project, members).await
}

/// Neither the id nor the code is in use: that is told before a category that is not there.
async fn require_free(conn: &mut PgConnection, project: &Project) -> Result<(), Failure> {
    let (id, code): (bool, bool) = sql::query_as(
        "SELECT EXISTS (SELECT FROM projects WHERE id = $1), \
         EXISTS (SELECT FROM projects WHERE code = $2)",
    )
    .bind(project.id.uuid())
    .bind(&project.code)
    .fetch_one(conn)
    .await?;
    match (id, code) {
        (true, _) => Err(exists("project")),
        (false, true) => Err(Conflict::taken("project", "code").into()),
        (false, false) => Ok(()),
    }
}

/// Whoever the project names must be there.
async fn require_people(
    conn: &mut PgConnection,
    project: &Project,
    members: &[(UserId, ProjectRole)],
) -> Result<(), Failure> {
    let named: BTreeSet<Uuid> = members.iter().map(|(user, _)| user.uuid()).collect();
    let named: BTreeSet<Uuid> =
        named.into_iter().chain(project.created_by.map(|user| user.uuid())).collect();
    let wanted = i64::try_from(named.len()).unwrap_or(i64::MAX);
    let there: i64 = sql::query_scalar("SELECT count(*) FROM users WHERE id = ANY($1)")
        .bind(Vec::from_iter(named))
        .fetch_one(conn)
        .await?;
    if there == wanted { Ok(()) } else { Err(missing("user")) }
}

async fn first_members(
    conn: &mut PgConnection,
    project: &Project,
    members: &[(UserId, ProjectRole)],
) -> Result<(), Failure> {
    let users: Vec<Uuid> = members.iter().map(|(user, _)| user.uuid()).collect();
    let roles: Vec<&str> = members.iter().map(|(_, role)| role.as_str()).collect();
    sql::query(
        "INSERT INTO project_members (project_id, user_id, role, joined_at) \
         SELECT $1, one.user_id, one.role, $4 \
         FROM unnest($2::uuid[], $3::text[]) AS one (user_id, role)",
    )
    .bind(project.id.uuid())
    .bind(users)
    .bind(roles)
    .bind(project.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// What a project becomes.
pub(super) struct Update<'a> {
    pub expected: Version,
    pub details: &'a ProjectDetails,
    pub status: ProjectStatus,
    pub at: Timestamp,
}

pub(super) async fn update(
    conn: &mut PgConnection,
    id: ProjectId,
    Update { expected, details, status, at }: Update<'_>,
) -> Result<(), Failure> {
    expect("project", version(conn, id).await?, expected)?;
    if let Some(category) = details.category {
        require(conn, Entity::ProjectCategory, category.uuid()).await?;
    }
    sql::query(
        "UPDATE projects SET name = $2, description = $3, task_prefix = $4, start_on = $5, \
         due_on = $6, zone = $7, budget = $8, budget_currency = $9, status = $10, \
         updated_at = $11, category_id = $12, budget_overrun = $13, version = version + 1 \
         WHERE id = $1",
    )
    .bind(id.uuid())
    .bind(&details.name)
    .bind(details.description.as_deref())
    .bind(&details.task_prefix)
    .bind(details.start_on)
    .bind(details.due_on)
    .bind(&details.zone)
    .bind(details.budget.map(|budget| Numeric(budget.amount())))
    .bind(details.budget.map(|budget| budget.currency().code().to_owned()))
    .bind(status.as_str())
    .bind(at)
    .bind(details.category.map(ProjectCategoryId::uuid))
    .bind(details.budget_overrun.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_deleted(
    conn: &mut PgConnection,
    id: ProjectId,
    expected: Version,
    deleted_at: Option<Timestamp>,
) -> Result<(), Failure> {
    expect("project", version(conn, id).await?, expected)?;
    sql::query("UPDATE projects SET deleted_at = $2, version = version + 1 WHERE id = $1")
        .bind(id.uuid())
        .bind(deleted_at)
        .execute(conn)
        .await?;
    Ok(())
}

async fn version(conn: &mut PgConnection, id: ProjectId) -> Result<Option<i64>, Failure> {
    Ok(sql::query_scalar("SELECT version FROM projects WHERE id = $1")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?)
}

pub(super) async fn put_member(
    conn: &mut PgConnection,
    project: ProjectId,
    user: UserId,
    role: ProjectRole,
    at: Timestamp,
) -> Result<(), Failure> {
    require(conn, Entity::Project, project.uuid()).await?;
    require(conn, Entity::User, user.uuid()).await?;
    // Nobody else writes this project's members meanwhile.
    let known =
        sql::query("UPDATE project_members SET role = $3 WHERE project_id = $1 AND user_id = $2")
            .bind(project.uuid())
            .bind(user.uuid())
            .bind(role.as_str())
            .execute(&mut *conn)
            .await?;
    if known.rows_affected() == 1 {
        return Ok(());
    }
    sql::query(
        "INSERT INTO project_members (project_id, user_id, role, joined_at) \
         VALUES ($1, $2, $3, $4)",
    )
    .bind(project.uuid())
    .bind(user.uuid())
    .bind(role.as_str())
    .bind(at)
    .execute(&mut *conn)
    .await?;
    count_members(conn, project, 1).await
}

pub(super) async fn remove_member(
    conn: &mut PgConnection,
    project: ProjectId,
    user: UserId,
) -> Result<(), Failure> {
    require(conn, Entity::Project, project.uuid()).await?;
    let removed = sql::query("DELETE FROM project_members WHERE project_id = $1 AND user_id = $2")
        .bind(project.uuid())
        .bind(user.uuid())
        .execute(&mut *conn)
        .await?;
    if removed.rows_affected() == 1 {
        count_members(conn, project, -1).await?;
    }
    watchers::remove_all(conn, project, user).await
}

async fn count_members(
    conn: &mut PgConnection,
    project: ProjectId,
    by: i64,
) -> Result<(), Failure> {
    sql::query("UPDATE projects SET member_count = member_count + $2 WHERE id = $1")
        .bind(project.uuid())
        .bind(by)
        .execute(conn)
        .await?;
    Ok(())
}
