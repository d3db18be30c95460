//! What is to be ticked off of a task.

use serde::{Deserialize, Serialize};

use super::{ProjectService, project_audience, tasks::task_entity};
use crate::{
    change::{ChangeSet, Guard, Idempotency, NewEvent, Recorder, Scope, Version},
    ctx::Ctx,
    error::{Conflict, Error, Result},
    forms,
    ids::{ChecklistItemId, TaskId},
    policy::Action,
    projects::{Checklist, ChecklistItem, ProjectAccess, ProjectChange, ProjectEvent, Tick, rules},
};

/// A line of a checklist as it is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistLine {
    /// The line that it is of those there; none for a new one.
    #[serde(default)]
    pub id: Option<ChecklistItemId>,
    /// What is to be done, 1 to 500 characters.
    pub text: String,
}

/// Whether a line of a checklist is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ticked {
    /// It is ticked off.
    Done,
    /// It is open.
    Open,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// The checklist of a task. The version of one that nothing was ever on is 0.
    ///
    /// # Errors
    /// Not found.
    pub async fn checklist(&self, ctx: &Ctx, task: TaskId) -> Result<Checklist> {
        let (task, _) = self.task_for(ctx, Action::ProjectRead, task).await?;
        let set = self.engine.store().projects().checklist(task.id).await?;
        Ok(set.unwrap_or_else(|| Checklist::unset(task.project, task.id)))
    }

    /// Puts a line at the end of a task's checklist. Several may do so at once. With an idempotency key
    /// the same request gives the same answer again.
    ///
    /// # Errors
    /// Not found, forbidden, a validation error on `text`, a precondition error when the checklist is
    /// full.
    pub async fn add_to_checklist(&self, ctx: &Ctx, task: TaskId, text: &str) -> Result<Checklist> {
        let id = ChecklistItemId::generate(self.engine.ids());
        let attempt = || async {
            let (old, access) = self.checklist_for(ctx, task).await?;
            let text = forms::CHECKLIST_LINE.check("text", text)?;
            rules::check_room(&old.items)?;
            let mut items = old.items.clone();
            items.push(ChecklistItem { id, text: text.clone(), done: None });
            let mut set = self.checklist_change(ctx, &access, task);
            let new = renewed(old.clone(), items, &set);
            set.idempotency = Idempotency::of(ctx, Action::TaskSetChecklist, &(task, &text), &new)?;
            self.put_checklist(set, &old, new).await
        };
        self.engine.retry(attempt).await
    }

    /// Ticks a line off, or opens it again; what is so already stays, and nothing is written. Several
    /// may do so at once.
    ///
    /// # Errors
    /// Not found, forbidden.
    pub async fn tick(
        &self,
        ctx: &Ctx,
        task: TaskId,
        item: ChecklistItemId,
        ticked: Ticked,
    ) -> Result<Checklist> {
        let attempt = || async {
            let (old, access) = self.checklist_for(ctx, task).await?;
            let set = self.checklist_change(ctx, &access, task);
            let now = Tick { by: ctx.actor.user(), at: set.at() };
            let done = (ticked == Ticked::Done).then_some(now);
            let items = rules::tick(&old.items, item, done)
                .ok_or(Error::NotFound { entity: "checklist_item" })?;
            let new = renewed(old.clone(), items, &set);
            self.put_checklist(set, &old, new).await
        };
        self.engine.retry(attempt).await
    }

    /// Replaces the lines of a task's checklist: a line that names one of those there keeps its tick,
    /// those that none names are gone.
    ///
    /// # Errors
    /// Not found, forbidden, validation errors on `items`, a conflict when the version is not the
    /// present one.
    pub async fn set_checklist(
        &self,
        ctx: &Ctx,
        task: TaskId,
        expected: Version,
        lines: &[ChecklistLine],
    ) -> Result<Checklist> {
        let new_id = || ChecklistItemId::generate(self.engine.ids());
        let attempt = || async {
            let (old, access) = self.checklist_for(ctx, task).await?;
            old.version.must_be(expected, "checklist")?;
            let items = rules::replace_checklist(&old.items, lines, new_id)?;
            let set = self.checklist_change(ctx, &access, task);
            let new = renewed(old.clone(), items, &set);
            self.put_checklist(set, &old, new).await
        };
        self.engine.retry(attempt).await
    }

    async fn checklist_for(&self, ctx: &Ctx, task: TaskId) -> Result<(Checklist, ProjectAccess)> {
        let (task, access) = self.task_for(ctx, Action::TaskSetChecklist, task).await?;
        let set = self.engine.store().projects().checklist(task.id).await?;
        Ok((set.unwrap_or_else(|| Checklist::unset(task.project, task.id)), access))
    }

    /// A change that holds only while the task is not deleted.
    fn checklist_change(&self, ctx: &Ctx, access: &ProjectAccess, task: TaskId) -> ChangeSet {
        let (project, version) = (access.project.id, access.project.graph);
        let entity = task_entity(project, task);
        let mut set = self.change_in(ctx, Action::TaskSetChecklist, access, entity);
        set.guard(Guard::Held(Scope::task_graph(project), version));
        set
    }

    async fn put_checklist(
        &self,
        mut set: ChangeSet,
        old: &Checklist,
        new: Checklist,
    ) -> Result<Checklist> {
        let changed = Recorder::new().field("checklist", &old.items, &new.items);
        if changed.is_empty() {
            return Ok(old.clone());
        }
        set.record(changed);
        let checklist = Box::new(new.clone());
        set.change(ProjectChange::PutChecklist { checklist, expected: old.version });
        let event = ProjectEvent::ChecklistPut(Box::new(new.clone()));
        set.event(NewEvent::new(event, project_audience(new.project)));
        match self.engine.commit(set).await {
            // The version is the caller's own only where he has named one, and that was compared.
            Err(Error::Conflict(Conflict::Version { .. })) => Err(Conflict::Contention.into()),
            other => other?.answer(new),
        }
    }
}

fn renewed(old: Checklist, items: Vec<ChecklistItem>, set: &ChangeSet) -> Checklist {
    Checklist { items, version: old.version.next(), updated_at: Some(set.at()), ..old }
}
