//! The audit entry: who did what to which thing, when, and which fields it changed.

use std::{borrow::Cow, net::IpAddr};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    ctx::{Actor, Ctx},
    ids::{AuditId, ProjectId, RoomId, SessionId, UserId},
    policy::Action,
    time::Timestamp,
};

/// The thing that an audit entry is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EntityRef {
    /// The kind of thing: `user`, `session`, `role`, `team`, `room`, `message`, `project`,
    /// `task`, `organisation`; `network` for what came from an address before anyone was known.
    pub kind: Cow<'static, str>,
    /// Its id.
    pub id: Uuid,
    /// The room that it belongs to: whoever reads the entry sees values only of rooms he may read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub room: Option<RoomId>,
    /// The project that it belongs to: as with a room.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub project: Option<ProjectId>,
}

impl EntityRef {
    /// The thing of this kind and id.
    pub fn new(kind: &'static str, id: Uuid) -> Self {
        Self { kind: kind.into(), id, room: None, project: None }
    }

    /// A thing that belongs to a room.
    pub fn in_room(kind: &'static str, id: Uuid, room: RoomId) -> Self {
        Self { kind: kind.into(), id, room: Some(room), project: None }
    }

    /// A thing that belongs to a project.
    pub fn in_project(kind: &'static str, id: Uuid, project: ProjectId) -> Self {
        Self { kind: kind.into(), id, room: None, project: Some(project) }
    }
}

/// One changed field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field's name.
    pub field: Cow<'static, str>,
    /// Its value before; null when there was none, or the log does not tell it.
    pub old: Value,
    /// Its value after; null when there is none, or the log does not tell it.
    pub new: Value,
}

/// Collects changed fields; a field whose value stays is left out.
#[derive(Debug, Default)]
pub struct Recorder(Vec<FieldChange>);

impl Recorder {
    /// Nothing changed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The field went from the old value to the new one.
    #[must_use]
    pub fn field(mut self, field: &'static str, old: impl Serialize, new: impl Serialize) -> Self {
        let old = serde_json::to_value(old).unwrap_or_default();
        let new = serde_json::to_value(new).unwrap_or_default();
        if old != new {
            self.0.push(FieldChange { field: field.into(), old, new });
        }
        self
    }

    /// The field changed, or did not, and neither value is told.
    #[must_use]
    pub(crate) fn masked(mut self, field: &'static str, changed: bool) -> Self {
        if changed {
            self.0.push(FieldChange { field: field.into(), old: Value::Null, new: Value::Null });
        }
        self
    }

    /// The field of a new thing.
    #[must_use]
    pub fn created(self, field: &'static str, new: impl Serialize) -> Self {
        self.field(field, Value::Null, new)
    }

    /// Whether no field changed: such an update is not written at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_changes(self) -> Vec<FieldChange> {
        self.0
    }
}

/// Who did what to which thing, when, and which fields it changed. Secrets never stand in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// For whom.
    pub on_behalf_of: Option<UserId>,
    /// What.
    #[serde(deserialize_with = "Action::read_any")]
    pub action: Action,
    /// To which thing.
    pub entity: EntityRef,
    /// The changed fields.
    pub changes: Vec<FieldChange>,
    /// From which login.
    pub session: Option<SessionId>,
    /// From which address, truncated.
    pub ip: Option<IpAddr>,
    /// In which request.
    pub correlation_id: Option<String>,
}

impl AuditEntry {
    pub(super) fn new(
        ctx: &Ctx,
        action: Action,
        entity: EntityRef,
        at: Timestamp,
        id: AuditId,
    ) -> Self {
        Self {
            id,
            at,
            actor: ctx.actor,
            on_behalf_of: ctx.on_behalf_of,
            action: action.note(),
            entity,
            changes: Vec::new(),
            session: ctx.session,
            ip: ctx.ip,
            correlation_id: ctx.correlation_id.clone(),
        }
    }
}
