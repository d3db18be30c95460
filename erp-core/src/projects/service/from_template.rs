//! Projects made from templates (PHASE-4): the project with all that it begins with, in one commit.

use serde::{Deserialize, Serialize};

use super::{
    ProjectService,
    phases::{entity as phase_entity, made},
    tasks::{Making, link, make, task_entity, zone},
    write::{NewProject, Opening, no_category},
};
use crate::{
    change::{ChangeSet, Idempotency, Recorder, fingerprint},
    ctx::Ctx,
    error::{Conflict, Error, Result},
    forms,
    ids::{ProjectCategoryId, ProjectTemplateId},
    policy::Action,
    projects::{
        CatalogChange, Project, ProjectCategory, ProjectOrigin, ProjectTemplate, TaskStatus,
        TemplateRoles, WorkingCalendar,
        rules::{self, FirstTask, FirstThings, Offsets, WorkTime},
    },
    record::Record as _,
    tree,
};

/// Which template a project is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateChoice {
    /// This one.
    Template(ProjectTemplateId),
    /// The nearest to a category: the first by name, not archived, of the category itself, or else of
    /// what it lies in.
    Category(ProjectCategoryId),
}

/// A project to make from a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromTemplate {
    /// From which.
    pub from: TemplateChoice,
    /// What it is made for, such as a lead that was won: 1 to 200 characters. A key makes one project
    /// for ever, whoever asks.
    pub key: String,
    /// The project. It needs a first day, from which offsets are counted; without a category it gets
    /// that of the choice.
    pub project: NewProject,
    /// Who is what in it: each a member. Tasks of a role that nobody has are assigned to nobody.
    #[serde(default)]
    pub roles: TemplateRoles,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Makes a project from a template, with its phases, its tasks in the order of their codes, what is part of
    /// what, what waits for what, days counted in working days of the calendar that every project
    /// begins with, and assignees by role. The same request with the same key gives the same project
    /// again, as it is then.
    ///
    /// # Errors
    /// As [`Self::create`], with the fields under `project.…`; validation errors on `key`,
    /// `project.start_on` and `roles.NAME`; not found when there is no such template or category;
    /// preconditions when the template is archived or names an archived or deleted kind of phase, the
    /// category has none, or the project of the key is deleted; conflicts when the phases cost more than
    /// the project's budget (PHASE-5), or the key was used with another request, or for a project that the
    /// caller does not see.
    pub async fn create_from_template(&self, ctx: &Ctx, new: FromTemplate) -> Result<Project> {
        self.allowed(ctx, Action::ProjectCreate).await?;
        let key = forms::ORIGIN_KEY.check("key", &new.key)?;
        let new = FromTemplate { key, roles: rules::kept_roles(new.roles), ..new };
        let attempt = || async {
            if let Some(made) = self.made_before(ctx, &new).await? {
                return Ok(made);
            }
            match self.try_from_template(ctx, &new).await {
                // What another call has made with this key meanwhile may be what refuses it now.
                Err(refused) => self.made_before(ctx, &new).await?.ok_or(refused),
                done => done,
            }
        };
        self.engine.retry(attempt).await
    }

    /// The project that this request has made before.
    async fn made_before(&self, ctx: &Ctx, new: &FromTemplate) -> Result<Option<Project>> {
        let origin = self.engine.store().projects().origin(&new.key).await?;
        let Some(origin) = origin else { return Ok(None) };
        if origin.fingerprint != fingerprint(Action::ProjectCreate, new)? {
            return Err(Conflict::IdempotencyKeyReused.into());
        }
        match self.any_project_for(ctx, Action::ProjectRead, origin.project).await {
            Ok(access) if access.project.deleted_at.is_some() => {
                Err(Error::Precondition("the project of this key is deleted".into()))
            }
            Ok(access) => Ok(Some(access.project)),
            Err(Error::NotFound { .. } | Error::Forbidden { .. }) => {
                Err(Conflict::IdempotencyKeyReused.into())
            }
            Err(other) => Err(other),
        }
    }

    async fn try_from_template(&self, ctx: &Ctx, new: &FromTemplate) -> Result<Project> {
        let template = self.chosen(new.from).await?;
        self.check_kinds(&template.body).await.map_err(no_kind)?;
        let within = |error: Error| error.within("project");
        let opening = self.opening(ctx, &of_category(new, &template)).await.map_err(within)?;
        let Opening { mut set, project, members } = opening;
        rules::check_roles(&template.body, &new.roles, &members)?;
        set.idempotency = Idempotency::of(ctx, Action::ProjectCreate, new, &project)?;
        set.record(
            Recorder::new()
                .created("template", template.head.id)
                .created("template_version", template.head.version)
                .created("key", &new.key),
        );
        let first = self.first_things(&project, &template, &new.roles)?;
        self.fill(&mut set, &project, first).map_err(within)?;
        set.change(CatalogChange::PutOrigin(Box::new(ProjectOrigin {
            key: new.key.clone(),
            fingerprint: fingerprint(Action::ProjectCreate, new)?,
            project: project.id,
            template: template.head.id,
            template_version: template.head.version,
            created_at: set.at(),
        })));
        let receipt = self.engine.commit(set).await;
        let refused = |error| within(no_category(no_kind(error)));
        let made: Project = receipt.map_err(refused)?.answer(project)?;
        // With what the store has counted meanwhile.
        Ok(self.project_for(ctx, Action::ProjectRead, made.id).await?.project)
    }

    /// The template that is chosen, if projects are made from it.
    async fn chosen(&self, from: TemplateChoice) -> Result<ProjectTemplate> {
        let projects = self.engine.store().projects();
        match from {
            TemplateChoice::Template(id) => {
                let template = self.any_template(id).await?;
                if template.head.archived {
                    return Err(Error::Precondition("the template is archived".into()));
                }
                Ok(template)
            }
            TemplateChoice::Category(id) => {
                let kind = ProjectCategory::KIND;
                let nodes = self.engine.store().records().record_tree(kind).await?.nodes(kind);
                if !nodes.iter().any(|node| node.id == id.uuid()) {
                    return Err(Error::NotFound { entity: kind.name });
                }
                let nearest = tree::way_up(&nodes, id.uuid()).into_iter();
                let nearest: Vec<_> = nearest.map(ProjectCategoryId::from_uuid).collect();
                let none = "neither the category nor what it lies in has a template";
                let template = projects.first_template(&nearest).await?;
                template.ok_or(Error::Precondition(none.into()))
            }
        }
    }

    fn first_things(
        &self,
        project: &Project,
        template: &ProjectTemplate,
        roles: &TemplateRoles,
    ) -> Result<FirstThings> {
        let start_on = project.details.start_on;
        let start_on =
            start_on.ok_or_else(|| Error::invalid("project.start_on", "must be given"))?;
        let calendar = WorkingCalendar::default();
        let zone = zone(project)?;
        let offsets = Offsets { start_on, work: WorkTime::from(&calendar, &zone, start_on) };
        rules::first_things(&template.body, roles, offsets, self.engine.ids())
    }

    /// Adds phases and tasks to the change set that opens the project, each as if it had been made
    /// alone, if the phases fit into its budget.
    fn fill(&self, set: &mut ChangeSet, project: &Project, first: FirstThings) -> Result<()> {
        let ids = self.engine.ids();
        let mut phases = Vec::with_capacity(first.phases.len());
        for new in first.phases {
            let (phase, recorder) = made(set, project.id, new);
            set.along(ids, (Action::PhaseCreate, phase_entity(phase.id, project.id)), recorder);
            phases.push(self.put_phase(set, phase, None));
        }
        rules::check_budgets(&project.details, &phases)?;
        for FirstTask { id, details, parent, phase } in first.tasks {
            let new = Making { id, details, parent, phase, status: TaskStatus::Todo };
            let made = make(set, project, new);
            set.along(ids, (Action::TaskCreate, task_entity(project.id, id)), made.recorder);
        }
        for dependency in first.dependencies {
            let recorder = link(set, project, dependency);
            let entity = task_entity(project.id, dependency.successor);
            set.along(ids, (Action::TaskLink, entity), recorder);
        }
        Ok(())
    }
}

/// A kind of phase that a template names may be archived or deleted after the template was kept.
fn no_kind(error: Error) -> Error {
    match error {
        Error::Validation(_) | Error::NotFound { entity: "phase_definition" } => {
            let text = "a kind of phase that the template names is archived or deleted";
            Error::Precondition(text.into())
        }
        other => other,
    }
}

/// The project that is asked for, in the category that was chosen or that the template is for, if it
/// names none itself.
fn of_category(new: &FromTemplate, template: &ProjectTemplate) -> NewProject {
    let chosen = match new.from {
        TemplateChoice::Template(_) => template.head.category,
        TemplateChoice::Category(id) => Some(id),
    };
    let mut project = new.project.clone();
    project.details.category = project.details.category.or(chosen);
    project
}
