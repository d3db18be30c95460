//! Milestones of projects.

use chrono::NaiveDate;

use super::{
    ProjectService, project_audience,
    tasks::{task_entity, zone},
};
use crate::{
    change::{ChangeSet, EntityRef, Idempotency, NewEvent, Recorder, Version},
    ctx::Ctx,
    error::{Error, Result},
    ids::{MilestoneId, ProjectId, TaskId},
    page::{Page, PageRequest},
    policy::Action,
    projects::{
        Milestone, MilestoneDetails, MilestoneView, Progress, ProjectAccess, ProjectChange,
        ProjectEvent, Task, TaskKey, TaskNode,
        rules::{self, WorkTime},
    },
};

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Makes a milestone. With an idempotency key the same request gives the same milestone again.
    ///
    /// # Errors
    /// Not found, forbidden, validation errors on the fields.
    pub async fn create_milestone(
        &self,
        ctx: &Ctx,
        project: ProjectId,
        details: MilestoneDetails,
    ) -> Result<Milestone> {
        let attempt = || async {
            let action = Action::MilestoneCreate;
            let access = self.project_for(ctx, action, project).await?;
            let details = rules::check_milestone(details.clone())?;
            let id = MilestoneId::generate(self.engine.ids());
            let mut set = self.change_in(ctx, action, &access, entity(id, &access));
            let new = Milestone {
                id,
                project,
                details: details.clone(),
                created_at: set.at(),
                updated_at: set.at(),
                deleted_at: None,
                version: Version::FIRST,
            };
            set.idempotency = Idempotency::of(ctx, action, &(project, &details), &new)?;
            set.record(
                Recorder::new()
                    .created("name", &details.name)
                    .created("description", &details.description)
                    .created("due_on", details.due_on),
            );
            self.put_milestone(set, new, None).await
        };
        self.engine.retry(attempt).await
    }

    /// Replaces what a milestone says of itself; by what it says already writes nothing.
    ///
    /// # Errors
    /// Not found, forbidden, validation errors on the fields, a conflict when the version is not the
    /// present one.
    pub async fn update_milestone(
        &self,
        ctx: &Ctx,
        id: MilestoneId,
        expected: Version,
        details: MilestoneDetails,
    ) -> Result<Milestone> {
        let attempt = || async {
            let action = Action::MilestoneUpdate;
            let (old, access) = self.milestone_for(ctx, action, id).await?;
            check_live(&old)?;
            old.version.must_be(expected, "milestone")?;
            let details = rules::check_milestone(details.clone())?;
            let changed = Recorder::new()
                .field("name", &old.details.name, &details.name)
                .field("description", &old.details.description, &details.description)
                .field("due_on", old.details.due_on, details.due_on);
            if changed.is_empty() {
                return Ok(old);
            }
            let mut set = self.change_in(ctx, action, &access, entity(id, &access));
            set.record(changed);
            let new = Milestone { details, updated_at: set.at(), ..old };
            self.put_milestone(set, new, Some(expected)).await
        };
        self.engine.retry(attempt).await
    }

    /// Deletes a milestone. Its tasks stay, without one until it is restored. Deleting twice deletes
    /// once.
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one.
    pub async fn delete_milestone(
        &self,
        ctx: &Ctx,
        id: MilestoneId,
        expected: Version,
    ) -> Result<()> {
        let attempt = || async {
            let action = Action::MilestoneDelete;
            let (old, access) = self.milestone_for(ctx, action, id).await?;
            if old.deleted_at.is_some() {
                return Ok(());
            }
            old.version.must_be(expected, "milestone")?;
            let mut set = self.change_in(ctx, action, &access, entity(id, &access));
            let deleted_at = Some(set.at());
            set.record(Recorder::new().created("deleted_at", deleted_at));
            let new = Milestone { deleted_at, ..old };
            self.put_milestone(set, new, Some(expected)).await.map(drop)
        };
        self.engine.retry(attempt).await
    }

    /// Restores a deleted milestone, with the tasks that are still its own.
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one.
    pub async fn restore_milestone(
        &self,
        ctx: &Ctx,
        id: MilestoneId,
        expected: Version,
    ) -> Result<Milestone> {
        let attempt = || async {
            let action = Action::MilestoneDelete;
            let (old, access) = self.milestone_for(ctx, action, id).await?;
            let Some(was) = old.deleted_at else { return Ok(old) };
            old.version.must_be(expected, "milestone")?;
            let mut set = self.change_in(ctx, action, &access, entity(id, &access));
            set.record(Recorder::new().field("deleted_at", was, serde_json::Value::Null));
            self.put_milestone(set, Milestone { deleted_at: None, ..old }, Some(expected)).await
        };
        self.engine.retry(attempt).await
    }

    /// A milestone as it is now.
    ///
    /// # Errors
    /// Not found.
    pub async fn milestone(&self, ctx: &Ctx, id: MilestoneId) -> Result<MilestoneView> {
        let (milestone, access) = self.milestone_for(ctx, Action::ProjectRead, id).await?;
        check_live(&milestone)?;
        let mut views = self.views(&access, vec![milestone]).await?;
        views.pop().ok_or(Error::NotFound { entity: "milestone" })
    }

    /// The milestones of a project, by their last day, those without one after all others.
    ///
    /// # Errors
    /// Not found; a validation error on `cursor`.
    pub async fn milestones(
        &self,
        ctx: &Ctx,
        project: ProjectId,
        page: &PageRequest,
    ) -> Result<Page<MilestoneView>> {
        let access = self.project_for(ctx, Action::ProjectRead, project).await?;
        let filter = ("milestones", project);
        let after: Option<(NaiveDate, MilestoneId)> = page.after(&filter)?;
        let projects = self.engine.store().projects();
        let rows = projects.milestones(project, after, page.limit.get() + 1).await?;
        let Page { items, next } = Page::from_rows(rows, page.limit, &filter, |milestone| {
            (milestone.details.due_on.unwrap_or(TaskKey::NO_DAY), milestone.id)
        })?;
        Ok(Page { items: self.views(&access, items).await?, next })
    }

    /// Puts a task to a milestone of its project, or to none. It belongs to one at most, so both change
    /// (PROJ-13).
    ///
    /// # Errors
    /// Not found, forbidden, a validation error on `milestone` when there is no such one in the
    /// project, a conflict when the version is not the present one.
    pub async fn set_task_milestone(
        &self,
        ctx: &Ctx,
        id: TaskId,
        expected: Version,
        milestone: Option<MilestoneId>,
    ) -> Result<Task> {
        let attempt = || async {
            let action = Action::TaskUpdate;
            let (old, access) = self.task_for(ctx, action, id).await?;
            old.version.must_be(expected, "task")?;
            if old.milestone == milestone {
                return Ok(old);
            }
            let project = old.project;
            if let Some(wanted) = milestone {
                let found = self.engine.store().projects().milestone(wanted).await?;
                let live = |it: &Milestone| it.project == project && it.deleted_at.is_none();
                if !found.as_ref().is_some_and(live) {
                    return Err(Error::invalid("milestone", "no such milestone of the project"));
                }
            }
            let mut set = self.change_in(ctx, action, &access, task_entity(project, id));
            let at = set.at();
            set.record(Recorder::new().field("milestone", old.milestone, milestone));
            set.change(ProjectChange::SetTaskMilestone { project, id, expected, milestone, at });
            let version = expected.next();
            self.told(set, Task { milestone, updated_at: at, version, ..old }).await
        };
        self.engine.retry(attempt).await
    }

    /// How much of a project is done, by each method (PROJ-8).
    ///
    /// # Errors
    /// Not found.
    pub async fn project_progress(&self, ctx: &Ctx, project: ProjectId) -> Result<Progress> {
        self.project_for(ctx, Action::ProjectRead, project).await?;
        Ok(rules::progress(&self.graph(project).await?.nodes))
    }

    /// All of one reading of the project's tasks.
    async fn views(
        &self,
        access: &ProjectAccess,
        milestones: Vec<Milestone>,
    ) -> Result<Vec<MilestoneView>> {
        let project = access.project.id;
        let graph = rules::live_part(self.graph(project).await?);
        let (zone, now) = (zone(&access.project)?, self.engine.now());
        let calendar = self.engine.store().projects().calendar(project).await?.calendar;
        // What is open is done from today on.
        let today = self.today(&zone)?;
        let first = access.project.details.start_on.map_or(today, |start| start.max(today));
        let mut work = WorkTime::from(&calendar, &zone, first);
        let finishes = match rules::schedule_in(&graph, &mut work) {
            Ok(schedule) => rules::finishes(&schedule),
            // Without a schedule the days alone tell.
            Err(Error::Precondition(_)) => Default::default(),
            Err(other) => return Err(other),
        };
        let tasks = rules::by_milestone(&graph.nodes);
        let view = |milestone: Milestone| {
            let tasks: &[&TaskNode] = tasks.get(&milestone.id).map_or(&[], Vec::as_slice);
            let progress = rules::progress(tasks.iter().copied());
            let clock = (&zone, now);
            let health = rules::milestone_health(&milestone.details, tasks, clock, &finishes);
            MilestoneView { milestone, progress, health }
        };
        Ok(milestones.into_iter().map(view).collect())
    }

    async fn put_milestone(
        &self,
        mut set: ChangeSet,
        new: Milestone,
        expected: Option<Version>,
    ) -> Result<Milestone> {
        let version = expected.map_or(Version::FIRST, Version::next);
        let new = Milestone { version, ..new };
        set.change(ProjectChange::PutMilestone { milestone: Box::new(new.clone()), expected });
        let event = ProjectEvent::MilestonePut(Box::new(new.clone()));
        set.event(NewEvent::new(event, project_audience(new.project)));
        self.engine.commit(set).await?.answer(new)
    }

    /// The milestone, deleted or not, and its project, when the caller may do this there.
    async fn milestone_for(
        &self,
        ctx: &Ctx,
        action: Action,
        id: MilestoneId,
    ) -> Result<(Milestone, ProjectAccess)> {
        let not_found = Error::NotFound { entity: "milestone" };
        let milestone = self.engine.store().projects().milestone(id).await?;
        let project = milestone.map(|milestone| milestone.project);
        let access = self.project_of(ctx, action, project, "milestone").await?;
        let milestone = self.engine.store().projects().milestone(id).await?;
        Ok((milestone.ok_or(not_found)?, access))
    }
}

fn entity(id: MilestoneId, access: &ProjectAccess) -> EntityRef {
    EntityRef::in_project("milestone", id.uuid(), access.project.id)
}

fn check_live(milestone: &Milestone) -> Result<()> {
    match milestone.deleted_at {
        None => Ok(()),
        Some(_) => Err(Error::NotFound { entity: "milestone" }),
    }
}
