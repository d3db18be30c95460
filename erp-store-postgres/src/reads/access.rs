//! Users, roles and teams.

use async_trait::async_trait;
use erp_core::{
    access::{
        AccessGraph, AccessReads, CredentialRow, PasswordHash, Role, Team, TeamMember, User,
        UserQuery,
    },
    change::Version,
    ids::{RoleId, TeamId, UserId},
    policy::Subject,
    port::StoreResult,
    text,
};
use sqlx::{Postgres, QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

use super::{Reads, graph, limit};
use crate::{
    constraint::store_error,
    rows::{self, role_columns, user_columns},
    sql,
};

#[async_trait]
impl AccessReads for Reads {
    async fn user(&self, id: UserId) -> StoreResult<Option<User>> {
        let query = sql::query(concat!(
            "SELECT ",
            user_columns!(),
            " FROM users AS account WHERE account.id = $1"
        ));
        let query = query.bind(id.uuid()).try_map(|row| rows::user(&row));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn users_by_id(&self, ids: &[UserId]) -> StoreResult<Vec<User>> {
        let query = sql::query(concat!(
            "SELECT ",
            user_columns!(),
            " FROM users AS account WHERE account.id = ANY($1)"
        ));
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let query = query.bind(ids).try_map(|row| rows::user(&row));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn users(&self, query: &UserQuery) -> StoreResult<Vec<User>> {
        let mut statement = matching(query);
        let query = sql::Statement::from(statement.build()).try_map(|row| rows::user(&row));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn credentials(&self, email_key: &str) -> StoreResult<Option<CredentialRow>> {
        let query = sql::query(concat!(
            "SELECT ",
            user_columns!(),
            ", account.password_hash FROM users AS account \
             WHERE account.email_key = $1 AND account.status <> 'deleted'"
        ));
        let query = query.bind(email_key).try_map(|row: PgRow| {
            let password = row.try_get::<Option<String>, _>(7)?.map(PasswordHash);
            Ok(CredentialRow { user: rows::user(&row)?, password })
        });
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn password(&self, id: UserId) -> StoreResult<Option<PasswordHash>> {
        let query = sql::query_scalar("SELECT password_hash FROM users WHERE id = $1");
        let query = query.bind(id.uuid());
        let hash: Option<Option<String>> = self.db.run(query.fetch_optional(&self.db.pool)).await?;
        Ok(hash.flatten().map(PasswordHash))
    }

    async fn subject(&self, id: UserId) -> StoreResult<Option<Subject>> {
        let query = sql::query_as(
            "SELECT account.status, graph.version FROM users AS account \
             CROSS JOIN access_graph AS graph WHERE account.id = $1",
        );
        let query = query.bind(id.uuid()).fetch_optional(&self.db.pool);
        let row: Option<(String, i64)> = self.db.run(query).await?;
        let Some((status, version)) = row else { return Ok(None) };
        if let Some(permissions) = self.memory.rights.at(Version(version), &id) {
            return rows::subject(id, &status, permissions).map(Some).map_err(store_error);
        }
        let query = sql::query(
            "SELECT account.status, graph.version, array_to_string(ARRAY(SELECT held.permission \
             FROM user_effective_permissions AS held WHERE held.user_id = account.id), ' ') \
             FROM users AS account CROSS JOIN access_graph AS graph WHERE account.id = $1",
        );
        let query = query.bind(id.uuid()).try_map(|row: PgRow| {
            let permissions = rows::permissions(row.try_get(2)?);
            Ok((rows::subject(id, row.try_get(0)?, permissions)?, row.try_get(1)?))
        });
        let found = self.db.run(query.fetch_optional(&self.db.pool)).await?;
        Ok(found.map(|(subject, version): (Subject, i64)| {
            if subject.active {
                self.memory.rights.note(Version(version), id, subject.permissions);
            }
            subject
        }))
    }

    fn remembered_subject(&self, id: UserId) -> Option<(Subject, Version)> {
        let (graph, permissions) = self.memory.rights.latest(&id)?;
        Some((Subject::user(id, permissions), graph))
    }

    async fn roles(&self) -> StoreResult<Vec<Role>> {
        let query = sql::query(concat!(
            "SELECT ",
            role_columns!(),
            " FROM roles AS role ORDER BY role.name_key, role.id"
        ));
        let query = query.try_map(|row| rows::role(&row));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn role(&self, id: RoleId) -> StoreResult<Option<Role>> {
        let query = sql::query(concat!(
            "SELECT ",
            role_columns!(),
            " FROM roles AS role WHERE role.id = $1"
        ));
        let query = query.bind(id.uuid()).try_map(|row| rows::role(&row));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn roles_of(&self, user: UserId) -> StoreResult<Vec<RoleId>> {
        let query = sql::query_scalar(
            "SELECT role_id FROM role_grants WHERE user_id = $1 ORDER BY role_id",
        );
        let roles: Vec<Uuid> =
            self.db.run(query.bind(user.uuid()).fetch_all(&self.db.pool)).await?;
        Ok(roles.into_iter().map(RoleId::from_uuid).collect())
    }

    async fn teams(&self) -> StoreResult<Vec<Team>> {
        let query =
            sql::query("SELECT id, name, version, created_at FROM teams ORDER BY name_key, id");
        let query = query.try_map(|row| rows::team(&row));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn team(&self, id: TeamId) -> StoreResult<Option<Team>> {
        let query = sql::query("SELECT id, name, version, created_at FROM teams WHERE id = $1");
        let query = query.bind(id.uuid()).try_map(|row| rows::team(&row));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn team_members(&self, team: TeamId) -> StoreResult<Vec<TeamMember>> {
        let query = sql::query(
            "SELECT user_id, direct, inherited FROM team_effective_members \
             WHERE team_id = $1 ORDER BY user_id",
        );
        let query = query.bind(team.uuid()).try_map(|row: PgRow| {
            let (user, direct, inherited) =
                (UserId::from_uuid(row.try_get(0)?), row.try_get(1)?, row.try_get(2)?);
            Ok(TeamMember { team, user, direct, inherited })
        });
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn graph(&self) -> StoreResult<AccessGraph> {
        graph::read(&self.db).await
    }

    async fn graph_version(&self) -> StoreResult<Version> {
        let query = sql::query_scalar("SELECT version FROM access_graph");
        Ok(Version(self.db.run(query.fetch_one(&self.db.pool)).await?))
    }

    async fn is_empty(&self) -> StoreResult<bool> {
        let query = sql::query_scalar("SELECT NOT EXISTS (SELECT FROM users)");
        self.db.run(query.fetch_one(&self.db.pool)).await
    }
}

/// The statement for a list of users. It walks the index by name from the cursor on, so that a page
/// costs what it shows; a search filters on the way.
fn matching(query: &UserQuery) -> QueryBuilder<Postgres> {
    let mut sql =
        QueryBuilder::new(concat!("SELECT ", user_columns!(), " FROM users AS account WHERE "));
    match query.status {
        Some(status) => sql.push("account.status = ").push_bind(status.as_str()),
        None => sql.push("account.status <> 'deleted'"),
    };
    if let Some(search) = &query.search {
        let needle = text::key(search);
        sql.push(" AND (strpos(account.name_key, ").push_bind(needle.clone()).push(") > 0");
        if query.search_email {
            sql.push(" OR strpos(account.email_key, ").push_bind(needle).push(") > 0");
        }
        sql.push(")");
    }
    if let Some((name, id)) = &query.after {
        sql.push(" AND (account.name_key, account.id) > (").push_bind(name.clone());
        sql.push(", ").push_bind(id.uuid()).push(")");
    }
    sql.push(" ORDER BY account.name_key, account.id LIMIT ").push_bind(limit(query.limit));
    sql
}
