//! Milestones of projects.

use super::{
    ProjectService, missing,
    tasks::{task_entity, zone},
};
use crate::{
    change::{Recorder, Version},
    ctx::Ctx,
    error::{Error, Result},
    ids::{MilestoneId, ProjectId, TaskId},
    page::{Page, PageRequest},
    policy::Action,
    projects::{
        Milestone, MilestoneView, Progress, ProjectAccess, ProjectChange, Task, TaskNode,
        rules::{self, WorkTime},
    },
    record::{Record as _, Records, Row, Shelf, Stored, typed},
};

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// A milestone as it is now.
    ///
    /// # Errors
    /// Not found.
    pub async fn milestone(&self, ctx: &Ctx, id: MilestoneId) -> Result<MilestoneView> {
        let milestones: Records<'_, Milestone> = self.engine.records();
        let milestone = milestones.get(ctx, id).await?;
        let access = self.project_for(ctx, Action::ProjectRead, milestone.project).await;
        let access = access.map_err(|refused| missing("milestone", refused))?;
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
        let of_it = [Milestone::PROJECT.is(&project)];
        let records = self.engine.all_records();
        let rows = records.listed(Milestone::KIND, (Shelf::Live, &of_it), page).await?;
        let items = rows.items.iter().map(typed).collect::<Result<_>>()?;
        Ok(Page { items: self.views(&access, items).await?, next: rows.next })
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
                let records = self.engine.store().records();
                let found = records.record(Milestone::KIND, wanted.uuid()).await?;
                let live = |row: &Row| {
                    Milestone::KIND.project(row) == Some(project) && row.archived_at.is_none()
                };
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
        milestones: Vec<Stored<Milestone>>,
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
        let view = |milestone: Stored<Milestone>| {
            let tasks: &[&TaskNode] = tasks.get(&milestone.id).map_or(&[], Vec::as_slice);
            let progress = rules::progress(tasks.iter().copied());
            let clock = (&zone, now);
            let health = rules::milestone_health(&milestone, tasks, clock, &finishes);
            MilestoneView { milestone, progress, health }
        };
        Ok(milestones.into_iter().map(view).collect())
    }
}
