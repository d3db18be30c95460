//! Changes of projects, their members and their tasks, each to its place. The commit holds the
//! project's row for all of them.

mod project;

use erp_core::{change::Allocated, projects::ProjectChange};
use sqlx::PgConnection;

use crate::commit::Failure;

/// Writes the change, and returns what it allocated.
pub(crate) async fn projects(
    conn: &mut PgConnection,
    change: &ProjectChange,
) -> Result<Allocated, Failure> {
    use ProjectChange as P;
    match change {
        P::CreateProject { project, members } => project::create(conn, project, members).await?,
        P::UpdateProject { id, expected, details, status, at } => {
            let update = project::Update { expected: *expected, details, status: *status, at: *at };
            project::update(conn, *id, update).await?;
        }
        P::SetProjectDeleted { id, expected, deleted_at } => {
            project::set_deleted(conn, *id, *expected, *deleted_at).await?;
        }
        P::PutMember { project, user, role, at } => {
            project::put_member(conn, *project, *user, *role, *at).await?;
        }
        P::RemoveMember { project, user } => project::remove_member(conn, *project, *user).await?,
    }
    Ok(Allocated::default())
}
