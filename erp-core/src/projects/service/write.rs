//! Making, changing, deleting and restoring projects.

use serde::{Deserialize, Serialize};

use super::{ProjectService, project_audience, project_entity};
use crate::{
    change::{ChangeSet, Idempotency, NewEvent, Recorder, Version},
    ctx::Ctx,
    error::{Error, Result},
    ids::{ProjectId, UserId},
    policy::Action,
    projects::{
        Project, ProjectAccess, ProjectChange, ProjectDetails, ProjectEvent, ProjectRole,
        ProjectStatus, rules,
    },
};

/// A project to make. The caller becomes its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewProject {
    /// Its code: 1 to 20 letters, digits and inner hyphens, unique for ever.
    pub code: String,
    /// What it says of itself.
    #[serde(flatten)]
    pub details: ProjectDetails,
    /// Its first members, besides the caller.
    #[serde(default)]
    pub members: Vec<(UserId, ProjectRole)>,
}

/// A project that is about to be made.
pub(super) struct Opening {
    /// What makes it.
    pub set: ChangeSet,
    /// The project.
    pub project: Project,
    /// Its first members.
    pub members: Vec<(UserId, ProjectRole)>,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Makes a project. With an idempotency key the same request gives the same project again.
    ///
    /// # Errors
    /// Validation errors on the fields (on `category` when there is no such one) and on `members`, a
    /// conflict when the code is or was in use, forbidden.
    pub async fn create(&self, ctx: &Ctx, new: NewProject) -> Result<Project> {
        self.allowed(ctx, Action::ProjectCreate).await?;
        let Opening { mut set, project, .. } = self.opening(ctx, &new).await?;
        set.idempotency = Idempotency::of(ctx, Action::ProjectCreate, &new, &project)?;
        let mut receipt = self.engine.commit(set).await.map_err(no_category)?;
        let again = receipt.replayed.is_some();
        let made = receipt.answer(project)?;
        if again {
            // Who has been taken out of it meanwhile is not told of it again.
            self.project_for(ctx, Action::ProjectRead, made.id).await?;
        }
        Ok(made)
    }

    /// The change set that opens a project.
    pub(super) async fn opening(&self, ctx: &Ctx, new: &NewProject) -> Result<Opening> {
        let code = rules::project_code(&new.code)?;
        let details = rules::check_details(new.details.clone())?;
        let members = self.first_members(ctx, &new.members).await?;
        let id = ProjectId::generate(self.engine.ids());
        let mut set = self.engine.change(ctx, Action::ProjectCreate, project_entity(id));
        let project = Project {
            id,
            code,
            details,
            status: ProjectStatus::Planned,
            member_count: i64::try_from(members.len()).unwrap_or(i64::MAX),
            last_task: 0,
            roster: Version::FIRST,
            graph: Version::FIRST,
            phases: Version::FIRST,
            version: Version::FIRST,
            created_by: ctx.actor.user(),
            created_at: set.at(),
            updated_at: set.at(),
            deleted_at: None,
        };
        set.record(
            Recorder::new()
                .created("code", &project.code)
                .created("name", &project.details.name)
                .created("members", members.iter().map(|(user, _)| user).collect::<Vec<_>>()),
        );
        let event = ProjectEvent::ProjectCreated {
            project: Box::new(project.clone()),
            members: members.clone(),
        };
        set.event(NewEvent::new(event, project_audience(id)));
        let created = Box::new(project.clone());
        set.change(ProjectChange::CreateProject { project: created, members: members.clone() });
        Ok(Opening { set, project, members })
    }

    /// Replaces what a project says of itself; to what it says already writes nothing.
    ///
    /// # Errors
    /// Not found, forbidden, validation errors on the fields, a conflict when the version is not the
    /// present one.
    pub async fn update(
        &self,
        ctx: &Ctx,
        id: ProjectId,
        expected: Version,
        details: ProjectDetails,
    ) -> Result<Project> {
        let attempt = || async {
            let access = self.project_for(ctx, Action::ProjectUpdate, id).await?;
            access.project.version.must_be(expected, "project")?;
            let details = rules::check_details(details.clone())?;
            self.replace(ctx, &access, expected, details, access.project.status).await
        };
        self.engine.retry(attempt).await
    }

    /// Moves a project to another status, along the table of transitions.
    ///
    /// # Errors
    /// Not found, forbidden, a precondition error when the table has no such step, a conflict when
    /// the version is not the present one.
    pub async fn set_status(
        &self,
        ctx: &Ctx,
        id: ProjectId,
        expected: Version,
        status: ProjectStatus,
    ) -> Result<Project> {
        let attempt = || async {
            let access = self.project_for(ctx, Action::ProjectUpdate, id).await?;
            access.project.version.must_be(expected, "project")?;
            rules::project_transition(access.project.status, status)?;
            self.replace(ctx, &access, expected, access.project.details.clone(), status).await
        };
        self.engine.retry(attempt).await
    }

    async fn replace(
        &self,
        ctx: &Ctx,
        access: &ProjectAccess,
        expected: Version,
        details: ProjectDetails,
        status: ProjectStatus,
    ) -> Result<Project> {
        let old = &access.project;
        old.version.must_be(expected, "project")?;
        let (was, now) = (&old.details, &details);
        let changed = Recorder::new()
            .field("name", &was.name, &now.name)
            .field("description", &was.description, &now.description)
            .field("task_prefix", &was.task_prefix, &now.task_prefix)
            .field("start_on", was.start_on, now.start_on)
            .field("due_on", was.due_on, now.due_on)
            .field("zone", &was.zone, &now.zone)
            .field("budget", was.budget, now.budget)
            .field("budget_overrun", was.budget_overrun, now.budget_overrun)
            .field("category", was.category, now.category)
            .field("status", old.status, status);
        if changed.is_empty() {
            return Ok(old.clone());
        }
        let (id, action) = (old.id, Action::ProjectUpdate);
        let mut set = self.change_in(ctx, action, access, project_entity(id));
        if (was.budget, was.budget_overrun) != (now.budget, now.budget_overrun) {
            rules::check_budgets(now, &self.guarded_phases(&mut set, access).await?)?;
        }
        set.record(changed);
        let at = set.at();
        // The store raises the version of the phases, too: what they may cost may be another.
        let (version, phases) = (expected.next(), old.phases.next());
        let new = Project { details, status, version, phases, updated_at: at, ..old.clone() };
        let details = Box::new(new.details.clone());
        set.change(ProjectChange::UpdateProject { id, expected, details, status, at });
        let event = ProjectEvent::ProjectUpdated(Box::new(new.clone()));
        set.event(NewEvent::new(event, project_audience(id)));
        self.engine.commit(set).await.map_err(no_category)?;
        Ok(new)
    }

    /// Deletes a project; it and all that is in it look as if they did not exist. Deleting twice
    /// deletes once.
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one.
    pub async fn delete(&self, ctx: &Ctx, id: ProjectId, expected: Version) -> Result<()> {
        let attempt = || async {
            let access = self.any_project_for(ctx, Action::ProjectDelete, id).await?;
            if access.project.deleted_at.is_some() {
                return Ok(());
            }
            access.project.version.must_be(expected, "project")?;
            let mut set = self.change_in(ctx, Action::ProjectDelete, &access, project_entity(id));
            let deleted_at = set.at();
            set.record(Recorder::new().created("deleted_at", deleted_at));
            let change =
                ProjectChange::SetProjectDeleted { id, expected, deleted_at: Some(deleted_at) };
            set.change(change);
            let version = expected.next();
            let event = ProjectEvent::ProjectDeleted { project: id, version, deleted_at };
            set.event(NewEvent::new(event, project_audience(id)));
            self.engine.commit(set).await?;
            Ok(())
        };
        self.engine.retry(attempt).await
    }

    /// Restores a deleted project, with all that was in it.
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one.
    pub async fn restore(&self, ctx: &Ctx, id: ProjectId, expected: Version) -> Result<Project> {
        let attempt = || async {
            let access = self.any_project_for(ctx, Action::ProjectRestore, id).await?;
            let old = &access.project;
            let Some(deleted_at) = old.deleted_at else {
                return Ok(old.clone());
            };
            old.version.must_be(expected, "project")?;
            let mut set = self.change_in(ctx, Action::ProjectRestore, &access, project_entity(id));
            set.record(Recorder::new().field("deleted_at", deleted_at, serde_json::Value::Null));
            set.change(ProjectChange::SetProjectDeleted { id, expected, deleted_at: None });
            let new = Project { deleted_at: None, version: expected.next(), ..old.clone() };
            let event = ProjectEvent::ProjectRestored(Box::new(new.clone()));
            set.event(NewEvent::new(event, project_audience(id)));
            self.engine.commit(set).await?;
            Ok(new)
        };
        self.engine.retry(attempt).await
    }
}

/// A category that is not there is a fault of the field.
pub(super) fn no_category(error: Error) -> Error {
    match error {
        Error::NotFound { entity: "project_category" } => {
            Error::invalid("category", "no such category")
        }
        other => other,
    }
}
