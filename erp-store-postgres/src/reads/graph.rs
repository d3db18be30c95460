//! The access graph, whole and at one version: one statement, so one snapshot.

use std::collections::BTreeSet;

use erp_core::{
    access::{AccessGraph, Role, RoleGrant, RoleHolder, TeamNesting},
    change::Version,
    ids::{RoleId, TeamId, UserId},
    port::StoreResult,
};
use serde::Deserialize;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{db::Db, rows, sql};

/// The parts of the graph, each as a JSON list.
const GRAPH: &str = "SELECT json_build_object(\
    'version', (SELECT version FROM access_graph), \
    'roles', (SELECT coalesce(json_agg(json_build_array(id, name, \
        array_to_string(permissions, ' '), built_in, version) ORDER BY id), '[]') FROM roles), \
    'user_grants', (SELECT coalesce(json_agg(json_build_array(user_id, role_id) \
        ORDER BY user_id, role_id), '[]') FROM role_grants WHERE user_id IS NOT NULL), \
    'team_grants', (SELECT coalesce(json_agg(json_build_array(team_id, role_id) \
        ORDER BY team_id, role_id), '[]') FROM role_grants WHERE team_id IS NOT NULL), \
    'nestings', (SELECT coalesce(json_agg(json_build_array(parent_id, child_id) \
        ORDER BY parent_id, child_id), '[]') FROM team_nestings), \
    'members', (SELECT coalesce(json_agg(json_build_array(team_id, user_id) \
        ORDER BY team_id, user_id), '[]') FROM team_members), \
    'active', (SELECT coalesce(json_agg(id), '[]') FROM users WHERE status = 'active'))";

#[derive(Deserialize)]
struct Parts {
    version: i64,
    roles: Vec<(Uuid, String, String, bool, i64)>,
    user_grants: Vec<(Uuid, Uuid)>,
    team_grants: Vec<(Uuid, Uuid)>,
    nestings: Vec<(Uuid, Uuid)>,
    members: Vec<(Uuid, Uuid)>,
    active: BTreeSet<Uuid>,
}

pub(super) async fn read(db: &Db) -> StoreResult<AccessGraph> {
    let query = sql::query_scalar(GRAPH);
    let Json(parts): Json<Parts> = db.run(query.fetch_one(&db.pool)).await?;
    Ok(parts.graph())
}

impl Parts {
    fn graph(self) -> AccessGraph {
        let grant = |holder, role| RoleGrant { holder, role: RoleId::from_uuid(role) };
        let user = |(id, role)| grant(RoleHolder::User(UserId::from_uuid(id)), role);
        let team = |(id, role)| grant(RoleHolder::Team(TeamId::from_uuid(id)), role);
        let grants = self.user_grants.into_iter().map(user);
        let nesting = |(parent, child)| TeamNesting {
            parent: TeamId::from_uuid(parent),
            child: TeamId::from_uuid(child),
        };
        let member = |(team, user)| (TeamId::from_uuid(team), UserId::from_uuid(user));
        AccessGraph {
            version: Version(self.version),
            roles: self.roles.into_iter().map(role).collect(),
            grants: grants.chain(self.team_grants.into_iter().map(team)).collect(),
            nestings: self.nestings.into_iter().map(nesting).collect(),
            members: self.members.into_iter().map(member).collect(),
            active_users: self.active.into_iter().map(UserId::from_uuid).collect(),
        }
    }
}

fn role((id, name, permissions, built_in, version): (Uuid, String, String, bool, i64)) -> Role {
    Role {
        id: RoleId::from_uuid(id),
        name,
        permissions: rows::permissions(&permissions),
        built_in,
        version: Version(version),
    }
}
