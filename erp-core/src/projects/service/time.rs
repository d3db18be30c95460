//! Time that was spent on tasks. A user's entries never overlap, in whichever projects they are: a
//! change is decided on his timesheet, and holds only while that stays (PROJ-10).

use serde::{Deserialize, Serialize};

use super::{ProjectService, tasks::check_live};
use crate::{
    change::{
        Audience, ChangeSet, EntityRef, Guard, Idempotency, NewEvent, Recorder, Scope, Version,
    },
    ctx::Ctx,
    error::{Conflict, Error, Result},
    ids::{TaskId, TimeEntryId},
    page::{Page, PageRequest},
    policy::{self, Action, Resource},
    projects::{ProjectAccess, ProjectChange, ProjectEvent, TaskTime, TimeEntry, rules},
    time::{self, Timestamp},
};

/// An interval that was spent on a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeSpent {
    /// From when on.
    pub started_at: Timestamp,
    /// Until when; none while the timer runs.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// What was done.
    #[serde(default)]
    pub note: Option<String>,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Starts the caller's timer on a task, now.
    ///
    /// # Errors
    /// Not found, forbidden, a validation error on `note`, conflicts when a timer of his runs, or he
    /// has written down time that is not over yet.
    pub async fn start_timer(
        &self,
        ctx: &Ctx,
        task: TaskId,
        note: Option<String>,
    ) -> Result<TimeEntry> {
        let spent = TimeSpent { started_at: self.engine.now(), ended_at: None, note };
        self.write_down(ctx, task, (spent, Runs::Yes)).await
    }

    /// Writes down time that the caller has spent on a task. With an idempotency key the same request
    /// gives the same entry again.
    ///
    /// # Errors
    /// Not found, forbidden, validation errors on the fields, conflicts when it overlaps with other
    /// time of his.
    pub async fn log_time(&self, ctx: &Ctx, task: TaskId, spent: TimeSpent) -> Result<TimeEntry> {
        self.write_down(ctx, task, (spent, Runs::No)).await
    }

    async fn write_down(
        &self,
        ctx: &Ctx,
        task: TaskId,
        (spent, runs): (TimeSpent, Runs),
    ) -> Result<TimeEntry> {
        let user = ctx.user_id()?;
        let attempt = || async {
            let action = Action::TimeLog;
            let (on, access) = self.task_for(ctx, action, task).await?;
            if runs == Runs::No && spent.ended_at.is_none() {
                return Err(Error::invalid("ended_at", "is missing"));
            }
            let (started_at, ended_at) = whole(&spent)?;
            let now = self.engine.now();
            let note = rules::check_time(started_at, ended_at, spent.note.clone(), now)?;
            let id = TimeEntryId::generate(self.engine.ids());
            let mut set = self.change_in(ctx, action, &access, entity(id, &access));
            let entry = TimeEntry {
                id,
                project: on.project,
                task,
                user,
                started_at,
                ended_at,
                note: note.clone(),
                created_at: set.at(),
                deleted_at: None,
                version: Version::FIRST,
            };
            // A timer starts when it is asked for: the same request comes later again.
            let interval = ended_at.map(|ended_at| (started_at, ended_at));
            set.idempotency = Idempotency::of(ctx, action, &(task, interval, &note), &entry)?;
            set.guard(Guard::Held(Scope::task(on.project, task), on.version));
            set.record(
                Recorder::new()
                    .created("task", task)
                    .created("started_at", started_at)
                    .created("ended_at", ended_at),
            );
            self.put(set, entry, None).await
        };
        self.engine.retry(attempt).await
    }

    /// The caller's timer that runs, wherever it does.
    ///
    /// # Errors
    /// Unauthenticated.
    pub async fn running_timer(&self, ctx: &Ctx) -> Result<Option<TimeEntry>> {
        let user = ctx.user_id()?;
        self.engine.subject(ctx).await?;
        Ok(self.engine.store().projects().running_timer(user).await?)
    }

    /// Stops the caller's timer, now: also where he may write nothing any more.
    ///
    /// # Errors
    /// A precondition error when none runs.
    pub async fn stop_timer(&self, ctx: &Ctx) -> Result<TimeEntry> {
        let user = ctx.user_id()?;
        let attempt = || async {
            let subject = self.engine.subject(ctx).await?;
            let running = self.engine.store().projects().running_timer(user).await?;
            let Some(old) = running else {
                return Err(Error::Precondition("no timer runs".into()));
            };
            let access = self.access(ctx, old.project).await?;
            let resource =
                Resource::Entry { project: &access, user: old.user, entity: "time_entry" };
            policy::authorize(&subject, Action::TimeStop, &resource)?;
            let mut set = self.engine.change(ctx, Action::TimeStop, entity(old.id, &access));
            let ended_at = Some(set.at().max(old.started_at));
            set.record(Recorder::new().field("ended_at", old.ended_at, ended_at));
            let new = TimeEntry { ended_at, ..old.clone() };
            self.put(set, new, Some(old.version)).await
        };
        self.engine.retry(attempt).await
    }

    /// Changes when an entry began and ended, and its note.
    ///
    /// # Errors
    /// Not found, forbidden, validation errors on the fields, conflicts when the version is not the
    /// present one or the time overlaps with other time of the same user.
    pub async fn change_time(
        &self,
        ctx: &Ctx,
        id: TimeEntryId,
        expected: Version,
        spent: TimeSpent,
    ) -> Result<TimeEntry> {
        let attempt = || async {
            let (old, access) = self.time_for(ctx, Action::TimeEdit, id).await?;
            if old.deleted_at.is_some() {
                return Err(Error::NotFound { entity: "time_entry" });
            }
            old.version.must_be(expected, "time_entry")?;
            let (started_at, ended_at) = whole(&spent)?;
            let now = self.engine.now();
            let note = rules::check_time(started_at, ended_at, spent.note.clone(), now)?;
            let changed = Recorder::new()
                .field("started_at", old.started_at, started_at)
                .field("ended_at", old.ended_at, ended_at)
                .field("note", &old.note, &note);
            if changed.is_empty() {
                return Ok(old);
            }
            let mut set = self.change_in(ctx, Action::TimeEdit, &access, entity(id, &access));
            set.record(changed);
            let new = TimeEntry { started_at, ended_at, note: note.clone(), ..old };
            self.put(set, new, Some(expected)).await
        };
        self.engine.retry(attempt).await
    }

    /// Deletes an entry: it counts no more. Deleting twice deletes once.
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one.
    pub async fn delete_time(
        &self,
        ctx: &Ctx,
        id: TimeEntryId,
        expected: Version,
    ) -> Result<TimeEntry> {
        self.shelve(ctx, id, expected, Some(self.engine.now())).await
    }

    /// Restores a deleted entry.
    ///
    /// # Errors
    /// Not found, forbidden, conflicts when the version is not the present one or the time overlaps
    /// with what was written down meanwhile.
    pub async fn restore_time(
        &self,
        ctx: &Ctx,
        id: TimeEntryId,
        expected: Version,
    ) -> Result<TimeEntry> {
        self.shelve(ctx, id, expected, None).await
    }

    async fn shelve(
        &self,
        ctx: &Ctx,
        id: TimeEntryId,
        expected: Version,
        deleted_at: Option<Timestamp>,
    ) -> Result<TimeEntry> {
        let attempt = || async {
            let (old, access) = self.time_for(ctx, Action::TimeEdit, id).await?;
            if old.deleted_at.is_some() == deleted_at.is_some() {
                return Ok(old);
            }
            old.version.must_be(expected, "time_entry")?;
            let mut set = self.change_in(ctx, Action::TimeEdit, &access, entity(id, &access));
            set.record(Recorder::new().field("deleted_at", old.deleted_at, deleted_at));
            let new = TimeEntry { deleted_at, ..old };
            self.put(set, new, Some(expected)).await
        };
        self.engine.retry(attempt).await
    }

    /// The entries of a task, deleted ones left out, the newest first.
    ///
    /// # Errors
    /// Not found; a validation error on `cursor`.
    pub async fn time_entries(
        &self,
        ctx: &Ctx,
        task: TaskId,
        page: &PageRequest,
    ) -> Result<Page<TimeEntry>> {
        self.task_for(ctx, Action::ProjectRead, task).await?;
        let filter = ("time_entries", task);
        let after = page.after(&filter)?;
        let projects = self.engine.store().projects();
        let rows = projects.time_entries(task, after, page.limit.get() + 1).await?;
        Page::from_rows(rows, page.limit, &filter, |entry| (entry.started_at, entry.id))
    }

    /// How long was spent on a task: the sum of its entries that have ended and are not deleted
    /// (PROJ-12). Nothing is stored that could differ from it.
    ///
    /// # Errors
    /// Not found.
    pub async fn task_time(&self, ctx: &Ctx, task: TaskId) -> Result<TaskTime> {
        self.task_for(ctx, Action::ProjectRead, task).await?;
        Ok(self.engine.store().projects().task_time(task).await?)
    }

    /// Writes an entry, if it does not overlap with others of its user, and tells of it.
    async fn put(
        &self,
        mut set: ChangeSet,
        new: TimeEntry,
        expected: Option<Version>,
    ) -> Result<TimeEntry> {
        let projects = self.engine.store().projects();
        let sheet = projects.timesheet(new.user, new.started_at, new.ended_at).await?;
        if new.deleted_at.is_none()
            && let Err(refused) = rules::check_overlap(&new, &sheet.entries)
        {
            let own = set.audit.actor.user() == Some(new.user);
            let refused = if own { refused } else { without_entry(refused) };
            let never = Guard::Held(Scope::timesheet(new.user), Version(0));
            return self.first_answer(set, never).await?.ok_or(refused);
        }
        let version = expected.map_or(Version::FIRST, Version::next);
        let new = TimeEntry { version, ..new };
        set.guard(Guard::Held(Scope::timesheet(new.user), sheet.version));
        set.change(ProjectChange::PutTime { entry: Box::new(new.clone()), expected });
        let event = ProjectEvent::TimePut(Box::new(new.clone()));
        let audience = [Audience::Project(new.project), Audience::User(new.user)];
        set.event(NewEvent::new(event, audience));
        self.engine.commit(set).await?.answer(new)
    }

    /// The entry and its project, when the caller may do this to it.
    async fn time_for(
        &self,
        ctx: &Ctx,
        action: Action,
        id: TimeEntryId,
    ) -> Result<(TimeEntry, ProjectAccess)> {
        let not_found = Error::NotFound { entity: "time_entry" };
        let subject = self.engine.subject(ctx).await?;
        let entry = self.engine.store().projects().time_entry(id).await?;
        let project = entry.as_ref().map(|entry| entry.project);
        let access = self.access_of(ctx, project, "time_entry").await?;
        let entry = entry.ok_or(not_found.clone())?;
        let resource = Resource::Entry { project: &access, user: entry.user, entity: "time_entry" };
        policy::authorize(&subject, action, &resource)?;
        let task = self.engine.store().projects().task(entry.task).await?;
        check_live(&access, task.as_ref()).map_err(|_| not_found)?;
        Ok((entry, access))
    }
}

/// The refusal without the entry that another person's time overlaps with (PROJ-14).
fn without_entry(refused: Error) -> Error {
    match refused {
        Error::Conflict(Conflict::TimeOverlaps { .. }) => {
            Conflict::TimeOverlaps { with: None }.into()
        }
        other => other,
    }
}

/// Whether an entry is of a timer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    /// It starts now, and is stopped later.
    Yes,
    /// It has ended.
    No,
}

fn whole(spent: &TimeSpent) -> Result<(Timestamp, Option<Timestamp>)> {
    let ended_at = spent.ended_at.map(|at| time::checked("ended_at", at)).transpose()?;
    Ok((time::checked("started_at", spent.started_at)?, ended_at))
}

fn entity(id: TimeEntryId, access: &ProjectAccess) -> EntityRef {
    EntityRef::in_project("time_entry", id.uuid(), access.project.id)
}
