//! The audit log.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Action, AuditId, ProjectId, RoomId, SessionId, UserId};

/// Who acted: a user, or the host itself.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Actor {
    /// This user.
    User(UserId),
    /// The host itself.
    System,
}

/// The thing that an entry is about.
#[derive(ToSchema)]
struct EntityRef {
    /// The kind of thing, such as `user` or `room`.
    kind: String,
    /// Its id, without the prefix of its kind.
    id: Uuid,
    /// The room that it belongs to.
    room: Option<RoomId>,
    /// The project that it belongs to.
    project: Option<ProjectId>,
}

/// One changed field, as the viewer may see it.
#[derive(ToSchema)]
struct FieldView {
    /// The field's name.
    field: String,
    /// Its value before; null when there was none, or it is masked.
    old: Value,
    /// Its value after; null when there is none, or it is masked.
    new: Value,
    /// Whether the values are kept from this viewer.
    masked: bool,
}

/// Who did what to which thing, when, and which fields it changed.
#[derive(ToSchema)]
pub(crate) struct AuditEntry {
    /// Its id.
    id: AuditId,
    /// When.
    at: DateTime<Utc>,
    /// Who.
    actor: Actor,
    /// For whom.
    on_behalf_of: Option<UserId>,
    /// What.
    action: Action,
    /// To which thing.
    entity: EntityRef,
    /// The changed fields.
    changes: Vec<FieldView>,
    /// From which login.
    session: Option<SessionId>,
    /// From which address, truncated.
    #[schema(value_type = Option<String>)]
    ip: Option<IpAddr>,
    /// In which request.
    correlation_id: Option<String>,
}

/// An entry of the history of a project: of the audit log what members may see.
#[derive(ToSchema)]
pub(crate) struct HistoryEntry {
    /// Its id.
    id: AuditId,
    /// When.
    at: DateTime<Utc>,
    /// Who.
    actor: Actor,
    /// For whom.
    on_behalf_of: Option<UserId>,
    /// What.
    action: Action,
    /// To which thing.
    entity: EntityRef,
    /// The changed fields.
    changes: Vec<FieldView>,
}

/// What stays of a period of the audit log after retention has dropped it.
#[derive(ToSchema)]
pub(crate) struct AuditAnchor {
    /// The month that was dropped, its first instant in UTC.
    period: DateTime<Utc>,
    /// How many entries it had.
    entries: i64,
    /// SHA-256, in hexadecimal, over the anchor before and the period's entry ids in order.
    digest: String,
}
