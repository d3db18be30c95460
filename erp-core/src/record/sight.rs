//! Records that lie in a project: whoever does not see the project does not see them either, and what is
//! done to them is decided on who belongs to it.

use uuid::Uuid;

use super::{Input, Kind, RecordService, Row, service::Rights};
use crate::{
    change::{Audience, ChangeSet, EntityRef, Guard, Scope},
    ctx::Ctx,
    error::{Error, Result},
    ids::ProjectId,
    policy::{Action, Resource},
    projects::{NO_PROJECT, ProjectAccess, missing},
};

/// Where records of a kind lie, as far as that decides on who sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    /// The place of the field that refers to the project. Where it may be empty, such a record is for all who
    /// may see records of the kind; those who act on one in a project need no more than to see the project.
    pub field: usize,
    /// Whether the project's members learn of changes. Else nobody does of a record in a project: whoever may
    /// see records of the kind need not see the project.
    pub told: bool,
}

#[erp_derive::boxed]
impl RecordService<'_> {
    /// The caller may create a record, where it is to lie in a project for certain, there. The project, then.
    pub(super) async fn may_create(
        &self,
        ctx: &Ctx,
        rights: &Rights,
        kind: &'static Kind,
        input: &Input,
    ) -> Result<Option<ProjectAccess>> {
        let action = kind.actions.create;
        match kind.within {
            Some(within) if !kind.fields[within.field].optional => {
                let project =
                    input.id_in(kind, within.field).map_or(NO_PROJECT, ProjectId::from_uuid);
                self.engine.projects().project_for(ctx, action, project).await.map(Some)
            }
            _ => {
                self.allowed(ctx, rights, action, &Resource::Global).await?;
                Ok(None)
            }
        }
    }

    /// The project that a new record may lie in, when the caller sees it.
    pub(super) async fn sees_place(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        row: &Row,
    ) -> Result<Option<ProjectAccess>> {
        let (Some(within), Some(project)) = (kind.within, kind.project(row)) else {
            return Ok(None);
        };
        let access = self.engine.projects().project_for(ctx, Action::ProjectRead, project).await;
        access.map(Some).map_err(|refused| match refused {
            Error::NotFound { .. } | Error::Forbidden { .. } => {
                Error::invalid(kind.fields[within.field].name, "no such project")
            }
            other => other,
        })
    }

    /// The record, archived or deleted or not, and the project that it lies in, when the caller may do this to
    /// it. Where there is none, the same is asked of the store as where it is hidden.
    pub(super) async fn found(
        &self,
        ctx: &Ctx,
        rights: &Rights,
        kind: &'static Kind,
        (action, id): (Action, Uuid),
    ) -> Result<(Row, Option<ProjectAccess>)> {
        let not_found = Error::NotFound { entity: kind.name };
        let records = self.engine.store().records();
        let needed = match kind.within {
            Some(within) if !kind.fields[within.field].optional => action,
            _ => {
                self.allowed(ctx, rights, action, &Resource::Record(kind)).await?;
                Action::ProjectRead
            }
        };
        let row = records.record(kind, id).await?;
        if kind.within.is_none() {
            return row.map(|row| (row, None)).ok_or(not_found);
        }
        let project = match row.as_ref().map(|row| kind.project(row)) {
            Some(None) => return row.map(|row| (row, None)).ok_or(not_found),
            Some(Some(project)) => project,
            None => NO_PROJECT,
        };
        let access = self.engine.projects().project_for(ctx, needed, project).await;
        let access = access.map_err(|refused| missing(kind.name, refused))?;
        row.map(|row| (row, Some(access))).ok_or(not_found)
    }

    /// Those of the records that the caller sees.
    pub(super) async fn seen(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        rows: Vec<Row>,
    ) -> Result<Vec<Row>> {
        let mut seen = Vec::with_capacity(rows.len());
        for row in rows {
            match self.sees_place(ctx, kind, &row).await {
                Ok(_) => seen.push(row),
                Err(Error::Validation(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(seen)
    }

    /// A change of a record that lies there. In a project it holds only while who belongs to that stays.
    pub(super) fn begin(
        &self,
        ctx: &Ctx,
        (action, kind, id): (Action, &'static Kind, Uuid),
        access: Option<&ProjectAccess>,
    ) -> ChangeSet {
        let Some(project) = access.map(|access| &access.project) else {
            return self.engine.change(ctx, action, EntityRef::new(kind.name, id));
        };
        let entity = EntityRef::in_project(kind.name, id, project.id);
        let mut set = self.engine.change(ctx, action, entity);
        set.guard(Guard::Held(Scope::project_roster(project.id), project.roster));
        set
    }
}

impl Kind {
    /// The project that a record lies in.
    pub fn project(&self, row: &Row) -> Option<ProjectId> {
        let id = row.values.get(self.within?.field)?.as_id();
        id.map(ProjectId::from_uuid)
    }

    /// Who learns of a change of a record.
    pub(super) fn audience_of(&self, row: &Row) -> Vec<Audience> {
        match (self.within, self.project(row)) {
            (Some(within), Some(project)) if within.told => vec![Audience::Project(project)],
            (Some(_), Some(_)) => Vec::new(),
            _ => self.audience.to_vec(),
        }
    }
}
