//! What happened in a project.

use serde::{Deserialize, Serialize};

use super::ProjectService;
use crate::{
    access::{AuditQuery, FieldView},
    change::{AuditEntry, EntityRef},
    ctx::{Actor, Ctx},
    error::Result,
    ids::{AuditId, ProjectId, UserId},
    page::{Page, PageRequest},
    policy::Action,
    projects::rules,
    time::Timestamp,
};

/// An entry of the history of a project: of the audit log what members may see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
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
    /// The changed fields. What people said, uploaded and worked is masked: it may be gone by now, and
    /// is seen where it lives.
    pub changes: Vec<FieldView>,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// What happened in a project, the newest first, for as long as the audit log is kept.
    ///
    /// # Errors
    /// Not found; a validation error on `cursor`.
    pub async fn history(
        &self,
        ctx: &Ctx,
        project: ProjectId,
        page: &PageRequest,
    ) -> Result<Page<HistoryEntry>> {
        self.project_for(ctx, Action::ProjectRead, project).await?;
        let mut query = AuditQuery { project: Some(project), ..AuditQuery::default() };
        query.after = page.after(&query)?;
        query.limit = page.limit.get() + 1;
        let rows = self.engine.store().audit().entries(&query).await?;
        let page = Page::from_rows(rows, page.limit, &query, |entry| (entry.at, entry.id))?;
        Ok(page.map(view))
    }
}

fn view(entry: AuditEntry) -> HistoryEntry {
    let shown = rules::history_shows_values(&entry.entity.kind);
    let changes = FieldView::of(&entry, |_| shown);
    HistoryEntry {
        id: entry.id,
        at: entry.at,
        actor: entry.actor,
        on_behalf_of: entry.on_behalf_of,
        action: entry.action,
        entity: entry.entity,
        changes,
    }
}
