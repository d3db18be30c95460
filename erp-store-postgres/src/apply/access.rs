//! Changes of users, sessions, roles and teams, each to its place.

use erp_core::{access::AccessChange, change::Allocated};
use sqlx::PgConnection;

use super::{teams, users};
use crate::commit::Failure;

/// Writes the change. None of them allocates anything.
pub(crate) async fn access(
    conn: &mut PgConnection,
    change: &AccessChange,
) -> Result<Allocated, Failure> {
    use AccessChange as C;
    match change {
        C::CreateUser { user, password } => users::create(conn, user, password.as_ref()).await?,
        C::UpdateUser { id, expected, patch, at } => {
            users::update(conn, *id, *expected, patch, *at).await?;
        }
        C::SetUserStatus { id, expected, status, at } => {
            users::set_status(conn, *id, *expected, *status, *at).await?;
        }
        C::SetPassword { id, password } => users::set_password(conn, *id, password).await?,
        C::CreateSession { session, token } => users::create_session(conn, session, token).await?,
        C::RevokeSessions { user, which } => users::revoke_sessions(conn, *user, *which).await?,
        C::RememberDevice(device) => users::remember_device(conn, device).await?,
        C::ForgetDevice { user, token } => users::forget_device(conn, *user, token).await?,
        C::CreateRole(role) => teams::create_role(conn, role).await?,
        C::UpdateRole { id, expected, name, permissions } => {
            teams::update_role(conn, *id, *expected, name, *permissions).await?;
        }
        C::DeleteRole { id, expected } => teams::delete_role(conn, *id, *expected).await?,
        C::GrantRole { holder, role } => teams::grant(conn, *holder, *role).await?,
        C::RevokeRole { holder, role } => teams::revoke(conn, *holder, *role).await?,
        C::CreateTeam(team) => teams::create(conn, team).await?,
        C::RenameTeam { id, expected, name } => teams::rename(conn, *id, *expected, name).await?,
        C::DeleteTeam { id, expected } => teams::delete(conn, *id, *expected).await?,
        C::AddTeamMember { team, user } => teams::add_member(conn, *team, *user).await?,
        C::RemoveTeamMember { team, user } => teams::remove_member(conn, *team, *user).await?,
        C::NestTeam(nesting) => teams::nest(conn, *nesting).await?,
        C::UnnestTeam(nesting) => teams::unnest(conn, *nesting).await?,
    }
    Ok(Allocated::default())
}
