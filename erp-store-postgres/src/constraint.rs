//! What PostgreSQL refuses, as the errors of the port. The one place that knows constraint names.

use std::borrow::Cow;

use erp_core::{error::Conflict, port::StoreError};
use sqlx::error::DatabaseError;

/// The error of the port for an error of sqlx.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(refusal) => refused(&*refusal),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => StoreError::Unavailable(error.to_string()),
        other => StoreError::Internal(other.to_string()),
    }
}

/// Whether the same transaction may well succeed when it is run again: it lost to another.
pub(crate) fn lost_to_another(error: &sqlx::Error) -> bool {
    matches!(sqlstate(error).as_deref(), Some("40001" | "40P01")) || is_misrouted(error)
}

/// Whether a row was on its way to the default partition when its own was made: the one check that
/// fails without a name.
pub(crate) fn is_misrouted(error: &sqlx::Error) -> bool {
    let refusal = error.as_database_error();
    refusal.is_some_and(|it| it.code().as_deref() == Some("23514") && it.constraint().is_none())
}

/// Whether a constraint refused a row: not null, foreign key, unique or check.
pub(crate) fn is_integrity_violation(error: &sqlx::Error) -> bool {
    sqlstate(error).is_some_and(|code| code.starts_with("23"))
}

fn sqlstate(error: &sqlx::Error) -> Option<Cow<'_, str>> {
    error.as_database_error().and_then(DatabaseError::code)
}

fn refused(refusal: &dyn DatabaseError) -> StoreError {
    if let Some(known) = refusal.constraint().and_then(by_constraint) {
        return known;
    }
    let code = refusal.code().unwrap_or_default();
    if is_outage(&code) {
        return StoreError::Unavailable(format!("{code}: {}", refusal.message()));
    }
    StoreError::Internal(format!("{code}: {}", refusal.message()))
}

/// Whether the server could not do it now, rather than never.
fn is_outage(code: &str) -> bool {
    // Connection, resources, operator intervention (also the statement timeout), system errors,
    // transaction rollback (after all retries); a lock not available; a standby that refuses writes.
    ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class))
        || matches!(code, "55P03" | "25006")
}

fn by_constraint(name: &str) -> Option<StoreError> {
    let exists = |entity: &'static str| Conflict::Exists { entity: entity.into() }.into();
    let missing = |entity| StoreError::NotFound { entity };
    Some(match name {
        "users_pkey" => exists("user"),
        "users_email_live" => Conflict::taken("user", "email").into(),
        "user_sessions_pkey" | "user_sessions_token" => exists("session"),
        "roles_pkey" => exists("role"),
        "roles_name" => Conflict::taken("role", "name").into(),
        "teams_pkey" => exists("team"),
        "teams_name" => Conflict::taken("team", "name").into(),
        "chat_rooms_pkey" => exists("room"),
        "chat_rooms_direct_pair" => Conflict::DirectRoomExists.into(),
        "chat_rooms_channel_name" => Conflict::taken("room", "name").into(),
        "chat_messages_pkey" => exists("message"),

        "projects_pkey" => exists("project"),
        "projects_code" => Conflict::taken("project", "code").into(),
        "tasks_pkey" => exists("task"),
        "task_comments_pkey" => exists("comment"),
        "task_comments_author" => missing("user"),
        "task_comments_project" => missing("project"),
        "task_comments_task" => missing("task"),
        "task_comments_thread" => missing("comment"),
        "attachments_pkey" => exists("attachment"),
        "attachments_uploaded_by" => missing("user"),
        "attachments_project" => missing("project"),
        "attachments_task" => missing("task"),
        "task_checklists_task" | "task_watchers_task" => missing("task"),
        "task_watchers_user" => missing("user"),
        "task_watchers_project" => missing("project"),
        "project_calendars_project" => missing("project"),
        "project_phases_pkey" => exists("phase"),
        "project_phases_project" => missing("project"),
        "project_phases_definition" => missing("phase_definition"),
        "project_phases_passed_by" => missing("user"),
        "tasks_phase" => missing("phase"),
        "tasks_milestone" => missing("milestone"),
        "time_entries_pkey" => exists("time_entry"),
        "time_entries_running" => Conflict::TimerRunning.into(),
        "time_entries_user" => missing("user"),
        "time_entries_project" => missing("project"),
        "time_entries_task" => missing("task"),
        "task_dependencies_pkey" => Conflict::DependencyExists.into(),
        "projects_created_by" | "project_members_user" | "tasks_created_by" => missing("user"),
        "project_members_project" | "tasks_project" | "task_dependencies_project" => {
            missing("project")
        }
        "tasks_parent" | "task_dependencies_predecessor" | "task_dependencies_successor" => {
            missing("task")
        }

        "known_devices_user" | "user_sessions_user" | "team_members_user" | "role_grants_user"
        | "chat_members_user" => missing("user"),
        "role_grants_role" => missing("role"),
        "team_members_team"
        | "team_nestings_parent"
        | "team_nestings_child"
        | "role_grants_team" => missing("team"),
        "chat_members_room" => missing("room"),
        "items_pkey" => exists("item"),
        "items_sku" => Conflict::taken("item", "sku").into(),
        "items_category" => missing("item_category"),
        "projects_category" => missing("project_category"),
        "lots_pkey" => exists("lot"),
        // Another lot of this code has come in meanwhile: whoever named it reads again.
        "lots_code" => StoreError::Stale { entity: "lot", current: None },
        "lots_item" => missing("item"),
        "project_templates_pkey" => exists("project_template"),
        "project_templates_name" => Conflict::taken("project_template", "name").into(),
        "project_templates_category" => missing("project_category"),
        "project_origins_pkey" => Conflict::taken("project_origin", "key").into(),
        "project_origins_project" => missing("project"),
        "project_origins_template" => missing("project_template"),
        "stock_postings_pkey" => exists("posting"),
        "stock_postings_reverses" => Conflict::AlreadyReversed.into(),
        "stock_reservations_pkey" => exists("reservation"),
        "stock_reservations_owner" => missing("user"),
        other => return crate::records::refusal(other),
    })
}
