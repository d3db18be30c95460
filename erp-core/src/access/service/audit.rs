//! The audit log as a viewer may see it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::AccessService;
use crate::{
    access::{
        AuditAnchor, AuditQuery,
        rules::audit::{self as rules, RoomSight},
    },
    change::{AuditEntry, EntityRef, FieldChange},
    ctx::{Actor, Ctx},
    error::Result,
    forms,
    ids::{AuditId, ProjectId, RoomId, SessionId, UserId},
    page::{Page, PageRequest},
    policy::{self, Action, Resource, Subject},
    time::{self, Timestamp},
};

/// Rooms that are looked up at the same time for one page.
const READS_AT_ONCE: usize = 8;

/// Which entries to list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    /// Only of this kind of entity.
    pub entity_kind: Option<String>,
    /// Only of the entity of this id.
    pub entity_id: Option<uuid::Uuid>,
    /// Only by this user.
    pub actor: Option<UserId>,
    /// Only this action.
    pub action: Option<Action>,
    /// Only at or after this instant.
    pub from: Option<Timestamp>,
    /// Only before this instant.
    pub until: Option<Timestamp>,
}

/// One changed field, as the viewer may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldView {
    /// The field's name.
    pub field: String,
    /// Its value before; null when there was none, or it is masked.
    pub old: Value,
    /// Its value after; null when there is none, or it is masked.
    pub new: Value,
    /// Whether the values are kept from this viewer.
    pub masked: bool,
}

/// An entry, as the viewer may see it at this moment (AUTH-14).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditView {
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
    pub changes: Vec<FieldView>,
    /// From which login.
    pub session: Option<SessionId>,
    /// From which address, truncated.
    pub ip: Option<IpAddr>,
    /// In which request.
    pub correlation_id: Option<String>,
}

#[erp_derive::boxed]
impl AccessService<'_> {
    /// The entries that match, the newest first. Values that the caller may not see now are masked.
    ///
    /// # Errors
    /// Forbidden without `audit.read`; validation errors on `entity_kind`, `from`, `until` and
    /// `cursor`.
    pub async fn audit(
        &self,
        ctx: &Ctx,
        filter: AuditFilter,
        page: PageRequest,
    ) -> Result<Page<AuditView>> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::AuditRead, &Resource::Global)?;
        self.close_windows().await;
        let kind = filter.entity_kind.as_deref();
        let kind = kind.map(|kind| forms::SHORT_NAME.check("entity_kind", kind)).transpose()?;
        let mut query = AuditQuery {
            entity_kind: kind,
            entity_id: filter.entity_id,
            actor: filter.actor,
            action: filter.action,
            from: filter.from.map(|at| time::checked("from", at)).transpose()?,
            until: filter.until.map(|at| time::checked("until", at)).transpose()?,
            ..AuditQuery::default()
        };
        query.after = page.after(&query)?;
        query.limit = page.limit.get() + 1;
        let rows = self.engine.store().audit().entries(&query).await?;
        let page = Page::from_rows(rows, page.limit, &query, |entry| (entry.at, entry.id))?;
        let rooms = self.rooms_of(&subject, &page.items).await?;
        let projects = self.projects_of(&subject, &page.items).await?;
        Ok(page.map(|entry| {
            let room = rules::room_of(&entry).and_then(|room| rooms.get(&room));
            let reads_room = room.is_some_and(|sight| sight.covers(&entry));
            let project = entry.entity.project;
            let reads_project = project.is_some_and(|project| projects.contains(&project));
            view(&subject, entry, reads_room || reads_project)
        }))
    }

    /// What stayed of the periods that retention dropped, the oldest first.
    ///
    /// # Errors
    /// Forbidden without `audit.read`.
    pub async fn audit_anchors(&self, ctx: &Ctx) -> Result<Vec<AuditAnchor>> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::AuditRead, &Resource::Global)?;
        Ok(self.engine.store().audit().anchors().await?)
    }

    /// The rooms of these entries that the viewer may read now.
    async fn rooms_of(
        &self,
        subject: &Subject,
        entries: &[AuditEntry],
    ) -> Result<BTreeMap<RoomId, RoomSight>> {
        let Actor::User(viewer) = subject.actor else { return Ok(BTreeMap::new()) };
        let rooms: BTreeSet<RoomId> = entries.iter().filter_map(rules::room_of).collect();
        let store = self.engine.store();
        let reads = rooms.into_iter().map(async |room| store.chat().access(room, viewer).await);
        let accesses: Vec<_> =
            stream::iter(reads).buffer_unordered(READS_AT_ONCE).try_collect().await?;
        let readable = accesses.into_iter().flatten().filter(|access| {
            policy::authorize(subject, Action::ChatRoomRead, &Resource::Room(access)).is_ok()
        });
        Ok(readable.map(|access| (access.room.id, RoomSight::of(&access))).collect())
    }

    /// The projects of these entries that the viewer may read now.
    async fn projects_of(
        &self,
        subject: &Subject,
        entries: &[AuditEntry],
    ) -> Result<BTreeSet<ProjectId>> {
        let Actor::User(viewer) = subject.actor else { return Ok(BTreeSet::new()) };
        let wanted: BTreeSet<ProjectId> =
            entries.iter().filter_map(|entry| entry.entity.project).collect();
        let store = self.engine.store();
        let reads =
            wanted.into_iter().map(async |project| store.projects().access(project, viewer).await);
        let accesses: Vec<_> =
            stream::iter(reads).buffer_unordered(READS_AT_ONCE).try_collect().await?;
        let readable = accesses.into_iter().flatten().filter(|access| {
            policy::authorize(subject, Action::ProjectRead, &Resource::Project(access)).is_ok()
        });
        Ok(readable.map(|access| access.project.id).collect())
    }
}

impl FieldView {
    /// The changed fields of an entry; values of those that are not shown are masked.
    pub(crate) fn of(entry: &AuditEntry, shown: impl Fn(&str) -> bool) -> Vec<Self> {
        let view = |change: &FieldChange| {
            let masked = !shown(&change.field);
            let value = |value: &Value| if masked { Value::Null } else { value.clone() };
            Self {
                field: change.field.to_string(),
                old: value(&change.old),
                new: value(&change.new),
                masked,
            }
        };
        entry.changes.iter().map(view).collect()
    }
}

fn view(subject: &Subject, entry: AuditEntry, reads_home: bool) -> AuditView {
    let changes = FieldView::of(&entry, |field| rules::shows(subject, &entry, field, reads_home));
    AuditView {
        id: entry.id,
        at: entry.at,
        actor: entry.actor,
        on_behalf_of: entry.on_behalf_of,
        action: entry.action,
        entity: entry.entity,
        changes,
        session: entry.session,
        ip: entry.ip,
        correlation_id: entry.correlation_id,
    }
}
