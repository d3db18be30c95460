//! Projects, their members and their tasks.

mod attachment_sweep;
mod attachments;
mod calendar;
mod checklists;
mod comments;
mod from_template;
mod history;
mod members;
mod milestones;
mod options;
mod phase_gates;
mod phases;
mod plan;
mod rates;
mod search;
mod summary;
mod tasks;
mod templates;
mod time;
mod watchers;
mod write;

pub use attachment_sweep::SweepPolicy;
pub use attachments::NewFile;
pub use checklists::{ChecklistLine, Ticked};
pub use comments::NewComment;
pub use from_template::{FromTemplate, TemplateChoice};
pub use history::HistoryEntry;
pub use options::{FreedBy, ProjectOptions};
pub use phase_gates::OpenTasks;
pub use phases::{NewPhase, PhaseUpdate};
pub use summary::ProjectSummary;
pub(crate) use tasks::RememberedLinks;
pub use tasks::{
    Board, BoardColumn, BulkChange, BulkOutcome, NewDependency, NewTask, ReadyFilter, SeenTask,
    TaskPatch, TaskView,
};
pub use templates::{NewProjectTemplate, ProjectTemplateUpdate};
pub use time::TimeSpent;
pub use write::NewProject;

use serde::de::DeserializeOwned;

use super::{
    model::{Project, ProjectAccess},
    reads::ProjectQuery,
};
use crate::{
    change::{Audience, ChangeSet, EntityRef, Guard, Scope},
    ctx::{Actor, Ctx},
    engine::Engine,
    error::{Conflict, Error, Result},
    ids::{ProjectId, UserId},
    page::{Page, PageRequest},
    policy::{self, Action, Permission, Resource, Subject},
};

/// Projects, their members and their tasks.
pub struct ProjectService<'a> {
    engine: &'a Engine,
}

#[erp_derive::boxed]
impl<'a> ProjectService<'a> {
    pub(crate) fn new(engine: &'a Engine) -> Self {
        Self { engine }
    }

    /// The caller may do this to the catalogue as a whole.
    async fn allowed(&self, ctx: &Ctx, action: Action) -> Result<()> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, action, &Resource::Global)
    }

    /// The caller may do this to a thing of the catalogue; whoever may not read the catalogue does
    /// not learn that it is there.
    async fn allowed_on(&self, ctx: &Ctx, action: Action, kind: &'static str) -> Result<()> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, action, &Resource::Catalog(kind))
    }

    /// The project as the caller stands to it.
    ///
    /// # Errors
    /// Not found, also when the caller may not see it or it is deleted (PROJ-14).
    pub async fn project(&self, ctx: &Ctx, id: ProjectId) -> Result<ProjectAccess> {
        self.project_for(ctx, Action::ProjectRead, id).await
    }

    /// The projects that the caller may see, by code: those he belongs to, or all. Of the filter
    /// only `status` is the caller's.
    ///
    /// # Errors
    /// Forbidden; a validation error on `cursor`.
    pub async fn projects(
        &self,
        ctx: &Ctx,
        filter: ProjectQuery,
        page: &PageRequest,
    ) -> Result<Page<Project>> {
        let subject = self.engine.subject(ctx).await?;
        let member = self.sight(&subject)?;
        let mut query = ProjectQuery { member, ..filter };
        query.after = page.after(&query)?;
        query.limit = page.limit.get() + 1;
        let rows = self.engine.store().projects().projects(&query).await?;
        Page::from_rows(rows, page.limit, &query, |project| project.code.clone())
    }

    /// Whose projects the caller sees: his own, or all.
    fn sight(&self, subject: &Subject) -> Result<Option<UserId>> {
        if policy::authorize(subject, Action::ProjectRead, &Resource::Global).is_ok() {
            return Ok(None);
        }
        match subject.actor {
            Actor::User(user) if subject.has(Permission::ProjectsUse) => Ok(Some(user)),
            _ => Err(Error::Forbidden { action: Action::ProjectRead.as_str() }),
        }
    }

    /// The project as the caller stands to it, when he may do this there and it is not deleted.
    pub(crate) async fn project_for(
        &self,
        ctx: &Ctx,
        action: Action,
        id: ProjectId,
    ) -> Result<ProjectAccess> {
        let access = self.any_project_for(ctx, action, id).await?;
        if access.project.deleted_at.is_some() {
            return Err(Error::NotFound { entity: "project" });
        }
        Ok(access)
    }

    /// The same, deleted or not.
    async fn any_project_for(
        &self,
        ctx: &Ctx,
        action: Action,
        id: ProjectId,
    ) -> Result<ProjectAccess> {
        let subject = self.engine.subject(ctx).await?;
        let access = self.access(ctx, id).await?;
        policy::authorize(&subject, action, &Resource::Project(&access))?;
        Ok(access)
    }

    /// The project of a thing in it, when the caller may do this there. To whoever does not see the
    /// project, and of a deleted one, it is the thing that is not found. So it is when there is no such
    /// thing, and the same is asked of the store then.
    async fn project_of(
        &self,
        ctx: &Ctx,
        action: Action,
        project: Option<ProjectId>,
        entity: &'static str,
    ) -> Result<ProjectAccess> {
        let access = self.project_for(ctx, action, project.unwrap_or(NO_PROJECT)).await;
        access.map_err(|refused| missing(entity, refused))
    }

    /// The project of a thing as the caller stands to it. Where there is no such thing, or he does not
    /// see its project, it is the thing that is not found, and the same is asked of the store.
    async fn access_of(
        &self,
        ctx: &Ctx,
        project: Option<ProjectId>,
        entity: &'static str,
    ) -> Result<ProjectAccess> {
        let access = self.access(ctx, project.unwrap_or(NO_PROJECT)).await;
        access.map_err(|refused| missing(entity, refused))
    }

    async fn access(&self, ctx: &Ctx, id: ProjectId) -> Result<ProjectAccess> {
        let not_found = Error::NotFound { entity: "project" };
        let projects = self.engine.store().projects();
        match ctx.actor {
            Actor::User(user) => projects.access(id, user).await?.ok_or(not_found),
            Actor::System => {
                let project = projects.project(id).await?.ok_or(not_found)?;
                Ok(ProjectAccess { project, member: None })
            }
        }
    }

    /// A change that was decided on who belongs to the project, and holds only while that stays.
    fn change_in(
        &self,
        ctx: &Ctx,
        action: Action,
        access: &ProjectAccess,
        entity: EntityRef,
    ) -> ChangeSet {
        let mut set = self.engine.change(ctx, action, entity);
        let project = &access.project;
        set.guard(Guard::Held(Scope::project_roster(project.id), project.roster));
        set
    }

    /// What a repeated request was answered first: what it wrote itself may be what refuses it now. The
    /// guard must be one that never holds, so that nothing but the key is looked at.
    async fn first_answer<T: DeserializeOwned>(
        &self,
        mut set: ChangeSet,
        never: Guard,
    ) -> Result<Option<T>> {
        if set.idempotency.is_none() {
            return Ok(None);
        }
        set.guards = vec![never];
        match self.engine.commit(set).await {
            Err(Error::Conflict(Conflict::Contention)) => Ok(None),
            answered => answered?.answer(None),
        }
    }
}

/// The project of what is not there.
pub(crate) const NO_PROJECT: ProjectId = ProjectId::from_uuid(uuid::Uuid::nil());

/// The thing is not found where its project is not.
pub(crate) fn missing(entity: &'static str, refused: Error) -> Error {
    match refused {
        Error::NotFound { .. } => Error::NotFound { entity },
        other => other,
    }
}

fn project_entity(project: ProjectId) -> EntityRef {
    EntityRef::in_project("project", project.uuid(), project)
}

/// Who learns of what happens in a project.
fn project_audience(project: ProjectId) -> [Audience; 1] {
    [Audience::Project(project)]
}
