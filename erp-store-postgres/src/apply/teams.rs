//! Roles, teams, and who has or belongs to which.

use erp_core::{
    access::{Role, RoleHolder, Team, TeamNesting},
    change::Version,
    ids::{RoleId, TeamId, UserId},
    policy::PermissionSet,
    text,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Entity, expect, require};
use crate::{commit::Failure, sql};

pub(super) async fn create_role(conn: &mut PgConnection, role: &Role) -> Result<(), Failure> {
    sql::query(
        "INSERT INTO roles (id, name, name_key, permissions, built_in, version) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(role.id.uuid())
    .bind(&role.name)
    .bind(text::key(&role.name))
    .bind(names(role.permissions))
    .bind(role.built_in)
    .bind(role.version.0)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update_role(
    conn: &mut PgConnection,
    id: RoleId,
    expected: Version,
    name: &str,
    permissions: PermissionSet,
) -> Result<(), Failure> {
    expect("role", role_version(conn, id).await?, expected)?;
    sql::query(
        "UPDATE roles SET name = $2, name_key = $3, permissions = $4, version = version + 1 \
         WHERE id = $1",
    )
    .bind(id.uuid())
    .bind(name)
    .bind(text::key(name))
    .bind(names(permissions))
    .execute(conn)
    .await?;
    Ok(())
}

/// Grants of the role go with it: `role_grants_role` cascades.
pub(super) async fn delete_role(
    conn: &mut PgConnection,
    id: RoleId,
    expected: Version,
) -> Result<(), Failure> {
    expect("role", role_version(conn, id).await?, expected)?;
    sql::query("DELETE FROM roles WHERE id = $1").bind(id.uuid()).execute(conn).await?;
    Ok(())
}

async fn role_version(conn: &mut PgConnection, id: RoleId) -> Result<Option<i64>, Failure> {
    Ok(sql::query_scalar("SELECT version FROM roles WHERE id = $1 FOR UPDATE")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?)
}

pub(super) fn names(permissions: PermissionSet) -> Vec<&'static str> {
    permissions.iter().map(erp_core::policy::Permission::as_str).collect()
}

pub(super) async fn grant(
    conn: &mut PgConnection,
    holder: RoleHolder,
    role: RoleId,
) -> Result<(), Failure> {
    match holder {
        RoleHolder::User(user) => require(conn, Entity::User, user.uuid()).await?,
        RoleHolder::Team(team) => require(conn, Entity::Team, team.uuid()).await?,
    }
    require(conn, Entity::Role, role.uuid()).await?;
    let (user, team) = split(holder);
    sql::query(
        "INSERT INTO role_grants (role_id, user_id, team_id) VALUES ($1, $2, $3) \
         ON CONFLICT DO NOTHING",
    )
    .bind(role.uuid())
    .bind(user)
    .bind(team)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn revoke(
    conn: &mut PgConnection,
    holder: RoleHolder,
    role: RoleId,
) -> Result<(), Failure> {
    let statement = match holder {
        RoleHolder::User(_) => "DELETE FROM role_grants WHERE role_id = $1 AND user_id = $2",
        RoleHolder::Team(_) => "DELETE FROM role_grants WHERE role_id = $1 AND team_id = $2",
    };
    let (user, team) = split(holder);
    sql::query(statement).bind(role.uuid()).bind(user.or(team)).execute(conn).await?;
    Ok(())
}

fn split(holder: RoleHolder) -> (Option<Uuid>, Option<Uuid>) {
    match holder {
        RoleHolder::User(user) => (Some(user.uuid()), None),
        RoleHolder::Team(team) => (None, Some(team.uuid())),
    }
}

pub(super) async fn create(conn: &mut PgConnection, team: &Team) -> Result<(), Failure> {
    sql::query(
        "INSERT INTO teams (id, name, name_key, version, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(team.id.uuid())
    .bind(&team.name)
    .bind(text::key(&team.name))
    .bind(team.version.0)
    .bind(team.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn rename(
    conn: &mut PgConnection,
    id: TeamId,
    expected: Version,
    name: &str,
) -> Result<(), Failure> {
    expect("team", version(conn, id).await?, expected)?;
    sql::query("UPDATE teams SET name = $2, name_key = $3, version = version + 1 WHERE id = $1")
        .bind(id.uuid())
        .bind(name)
        .bind(text::key(name))
        .execute(conn)
        .await?;
    Ok(())
}

/// Grants, members and nestings of the team go with it: their foreign keys cascade.
pub(super) async fn delete(
    conn: &mut PgConnection,
    id: TeamId,
    expected: Version,
) -> Result<(), Failure> {
    expect("team", version(conn, id).await?, expected)?;
    sql::query("DELETE FROM teams WHERE id = $1").bind(id.uuid()).execute(conn).await?;
    Ok(())
}

async fn version(conn: &mut PgConnection, id: TeamId) -> Result<Option<i64>, Failure> {
    Ok(sql::query_scalar("SELECT version FROM teams WHERE id = $1 FOR UPDATE")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?)
}

pub(super) async fn add_member(
    conn: &mut PgConnection,
    team: TeamId,
    user: UserId,
) -> Result<(), Failure> {
    require(conn, Entity::Team, team.uuid()).await?;
    require(conn, Entity::User, user.uuid()).await?;
    sql::query(
        "INSERT INTO team_members (team_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(team.uuid())
    .bind(user.uuid())
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn remove_member(
    conn: &mut PgConnection,
    team: TeamId,
    user: UserId,
) -> Result<(), Failure> {
    sql::query("DELETE FROM team_members WHERE team_id = $1 AND user_id = $2")
        .bind(team.uuid())
        .bind(user.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn nest(conn: &mut PgConnection, nesting: TeamNesting) -> Result<(), Failure> {
    sql::query(
        "INSERT INTO team_nestings (parent_id, child_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(nesting.parent.uuid())
    .bind(nesting.child.uuid())
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn unnest(conn: &mut PgConnection, nesting: TeamNesting) -> Result<(), Failure> {
    sql::query("DELETE FROM team_nestings WHERE parent_id = $1 AND child_id = $2")
        .bind(nesting.parent.uuid())
        .bind(nesting.child.uuid())
        .execute(conn)
        .await?;
    Ok(())
}
