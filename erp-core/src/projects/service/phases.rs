//! Phases of projects: their days, what they may cost, and the tasks that are in them.
//!
//! Whatever is decided on phases is guarded by the one version that all of a project's phases have, so
//! that of two changes, each of which fits alone, both happen only if they fit together (ADR 6). It is
//! read with the project, before anything else that is decided on.

use serde::{Deserialize, Serialize};

use super::{
    ProjectService, project_audience,
    tasks::{task_entity, zone},
};
use crate::{
    change::{ChangeSet, EntityRef, Guard, Idempotency, NewEvent, Recorder, Scope, Version},
    ctx::Ctx,
    error::{Conflict, Error, Result},
    ids::{PhaseDefinitionId, PhaseId, ProjectId, TaskId},
    policy::Action,
    projects::{
        NamedPhase, Phase, PhaseDefinition, PhaseDetails, PhaseView, ProjectAccess, ProjectChange,
        ProjectEvent, Task, TaskQuery,
        rules::{self, FirstPhase, OnOverlap},
    },
    record::Record as _,
};

/// A phase to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPhase {
    /// What kind of phase.
    pub definition: PhaseDefinitionId,
    /// Its days and what it may cost.
    #[serde(flatten)]
    pub details: PhaseDetails,
    /// What becomes of the phases that follow.
    #[serde(default)]
    pub on_overlap: OnOverlap,
}

/// The new days and budget of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseUpdate {
    /// The version that the caller has seen.
    pub expected: Version,
    /// Its days and what it may cost.
    #[serde(flatten)]
    pub details: PhaseDetails,
    /// What becomes of the phases that follow.
    #[serde(default)]
    pub on_overlap: OnOverlap,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Makes a phase. With an idempotency key the same request gives the same phase again.
    ///
    /// # Errors
    /// Not found, forbidden, validation errors on the fields, on `definition` when there is no such
    /// kind or it is archived, and on `budget` when it is in another currency than the project's;
    /// conflicts when it would lie over other phases (PHASE-1), stand before a passed gate, or cost more
    /// than is left (PHASE-5); a precondition error when there are too many.
    pub async fn create_phase(
        &self,
        ctx: &Ctx,
        project: ProjectId,
        new: NewPhase,
    ) -> Result<Phase> {
        let attempt = || async {
            let action = Action::PhaseCreate;
            let access = self.project_for(ctx, action, project).await?;
            rules::check_phase(&new.details)?;
            let id = PhaseId::generate(self.engine.ids());
            let mut set = self.change_in(ctx, action, &access, entity(id, access.project.id));
            let NewPhase { definition, details, on_overlap } = new;
            let (phase, recorder) = made(&set, project, FirstPhase { id, definition, details });
            set.idempotency = Idempotency::of(ctx, action, &(project, &new), &phase)?;
            set.record(recorder);
            self.place(set, &access, (None, phase), on_overlap).await
        };
        self.engine.retry(attempt).await
    }

    /// Changes the days of a phase and what it may cost; to what they are already writes nothing.
    ///
    /// # Errors
    /// As [`Self::create_phase`]; a conflict when the version is not the present one.
    pub async fn update_phase(&self, ctx: &Ctx, id: PhaseId, update: PhaseUpdate) -> Result<Phase> {
        let PhaseUpdate { expected, details, on_overlap } = update;
        let attempt = || async {
            let action = Action::PhaseUpdate;
            let (old, access) = self.active_phase_for(ctx, action, id).await?;
            old.version.must_be(expected, "phase")?;
            rules::check_phase(&details)?;
            let changed = difference(&old.details, &details);
            if changed.is_empty() {
                return Ok(old);
            }
            let mut set = self.change_in(ctx, action, &access, entity(id, access.project.id));
            set.record(changed);
            let new = Phase { details, updated_at: set.at(), ..old.clone() };
            self.place(set, &access, (Some(&old), new), on_overlap).await
        };
        self.engine.retry(attempt).await
    }

    /// Cancels a phase: its days and its budget are free again. Cancelling twice cancels once.
    ///
    /// # Errors
    /// Not found, forbidden, conflicts when the version is not the present one or live tasks are in it.
    pub async fn cancel_phase(&self, ctx: &Ctx, id: PhaseId, expected: Version) -> Result<()> {
        let attempt = || async {
            let action = Action::PhaseCancel;
            let (old, access) = self.phase_for(ctx, action, id).await?;
            if old.cancelled_at.is_some() {
                return Ok(());
            }
            old.version.must_be(expected, "phase")?;
            let query = TaskQuery { phase: Some(id), limit: 1, ..TaskQuery::default() };
            if !self.engine.store().projects().tasks(old.project, &query).await?.is_empty() {
                return Err(Conflict::in_use("phase", "task").into());
            }
            let mut set = self.change_in(ctx, action, &access, entity(id, access.project.id));
            set.guard(unchanged(&access));
            let cancelled_at = Some(set.at());
            set.record(Recorder::new().created("cancelled_at", cancelled_at));
            self.put_phase(&mut set, Phase { cancelled_at, ..old }, Some(expected));
            self.engine.commit(set).await?;
            Ok(())
        };
        self.engine.retry(attempt).await
    }

    /// Restores a cancelled phase, on the days that it had.
    ///
    /// # Errors
    /// Not found, forbidden, conflicts when the version is not the present one, or it does not fit any
    /// more (see [`Self::create_phase`]).
    pub async fn restore_phase(&self, ctx: &Ctx, id: PhaseId, expected: Version) -> Result<Phase> {
        let attempt = || async {
            let action = Action::PhaseCancel;
            let (old, access) = self.phase_for(ctx, action, id).await?;
            let Some(was) = old.cancelled_at else { return Ok(old) };
            old.version.must_be(expected, "phase")?;
            let mut set = self.change_in(ctx, action, &access, entity(id, access.project.id));
            set.record(Recorder::new().field("cancelled_at", was, serde_json::Value::Null));
            let new = Phase { cancelled_at: None, ..old.clone() };
            self.place(set, &access, (Some(&old), new), OnOverlap::Refuse).await
        };
        self.engine.retry(attempt).await
    }

    /// An active phase as it is now.
    ///
    /// # Errors
    /// Not found.
    pub async fn phase(&self, ctx: &Ctx, id: PhaseId) -> Result<PhaseView> {
        let (_, access) = self.active_phase_for(ctx, Action::ProjectRead, id).await?;
        let mut views = self.phase_views(&access).await?.into_iter();
        let view = views.find(|view| view.named.phase.id == id);
        view.ok_or(Error::NotFound { entity: "phase" })
    }

    /// The active phases of a project in their order. One of them at most is the current one (PHASE-3).
    ///
    /// # Errors
    /// Not found.
    pub async fn phases(&self, ctx: &Ctx, project: ProjectId) -> Result<Vec<PhaseView>> {
        let access = self.project_for(ctx, Action::ProjectRead, project).await?;
        self.phase_views(&access).await
    }

    /// Puts a task into an active phase of its project, or into none.
    ///
    /// # Errors
    /// Not found, forbidden, a validation error on `phase` when there is no such active one in the
    /// project, a conflict when the version is not the present one.
    pub async fn set_task_phase(
        &self,
        ctx: &Ctx,
        id: TaskId,
        expected: Version,
        phase: Option<PhaseId>,
    ) -> Result<Task> {
        let attempt = || async {
            let action = Action::TaskUpdate;
            let (old, access) = self.task_for(ctx, action, id).await?;
            old.version.must_be(expected, "task")?;
            if old.phase == phase {
                return Ok(old);
            }
            let project = old.project;
            let mut set = self.change_in(ctx, action, &access, task_entity(project, id));
            let at = set.at();
            set.record(Recorder::new().field("phase", old.phase, phase));
            set.change(ProjectChange::SetTaskPhase { project, id, expected, phase, at });
            let version = expected.next();
            let put = self.told(set, Task { phase, updated_at: at, version, ..old }).await;
            put.map_err(|refused| match refused {
                // Only the store knows that it is active at that moment.
                Error::NotFound { entity: "phase" } => {
                    Error::invalid("phase", "no such active phase of the project")
                }
                other => other,
            })
        };
        self.engine.retry(attempt).await
    }

    async fn phase_views(&self, access: &ProjectAccess) -> Result<Vec<PhaseView>> {
        let today = self.today(&zone(&access.project)?)?;
        let named = self.engine.store().projects().phases(access.project.id).await?;
        let current = rules::current_phase(&phases_of(&named), today);
        let view = |named: NamedPhase| {
            let current = current == Some(named.phase.id);
            PhaseView { named, current }
        };
        Ok(named.into_iter().map(view).collect())
    }

    /// Writes a phase that comes in or moves, and those that have to move with it, if all of them and
    /// their budgets fit.
    async fn place(
        &self,
        mut set: ChangeSet,
        access: &ProjectAccess,
        (old, new): (Option<&Phase>, Phase),
        on_overlap: OnOverlap,
    ) -> Result<Phase> {
        let mut others = self.guarded_phases(&mut set, access).await?;
        others.retain(|other| other.id != new.id);
        let arranged = match self.check_definition(old, &new).await {
            Ok(()) => arrange(access, &others, (old, &new), on_overlap),
            Err(refused) => Err(refused),
        };
        let arranged = match arranged {
            Ok(arranged) => arranged,
            Err(refused) => {
                let never = Guard::Held(Scope::phases(new.project), Version(0));
                return self.first_answer(set, never).await?.ok_or(refused);
            }
        };
        let expected = old.map(|old| old.version);
        let new = self.put_phase(&mut set, new, expected);
        for moved in arranged {
            let was = others.iter().find(|other| other.id == moved.id);
            let Some(was) = was.filter(|was| was.details != moved.details) else { continue };
            let thing = (Action::PhaseUpdate, entity(moved.id, access.project.id));
            set.along(self.engine.ids(), thing, difference(&was.details, &moved.details));
            let moved = Phase { updated_at: set.at(), ..moved };
            self.put_phase(&mut set, moved, Some(was.version));
        }
        self.engine.commit(set).await?.answer(new)
    }

    /// Of a new phase the kind must be there and not archived. It may be archived before the commit:
    /// that is as if the phase had been made before, and deleting it the store refuses.
    async fn check_definition(&self, old: Option<&Phase>, new: &Phase) -> Result<()> {
        if old.is_some() { Ok(()) } else { self.check_kind(new.definition).await }
    }

    /// The kind of phase must be there and not archived.
    pub(super) async fn check_kind(&self, id: PhaseDefinitionId) -> Result<()> {
        let records = self.engine.store().records();
        match records.record(PhaseDefinition::KIND, id.uuid()).await? {
            Some(definition) if definition.archived_at.is_none() => Ok(()),
            Some(_) => Err(Error::invalid("definition", "is archived")),
            None => Err(Error::invalid("definition", "no such phase definition")),
        }
    }

    /// The active phases of a project in their order. The change holds only while they, their budgets
    /// and the project's stay.
    pub(super) async fn guarded_phases(
        &self,
        set: &mut ChangeSet,
        access: &ProjectAccess,
    ) -> Result<Vec<Phase>> {
        set.guard(unchanged(access));
        let named = self.engine.store().projects().phases(access.project.id).await?;
        Ok(phases_of(&named))
    }

    /// Adds a change of a phase with the event that tells of it; returns the phase as it is then.
    pub(super) fn put_phase(
        &self,
        set: &mut ChangeSet,
        phase: Phase,
        expected: Option<Version>,
    ) -> Phase {
        let version = expected.map_or(Version::FIRST, Version::next);
        let new = Phase { version, ..phase };
        set.change(ProjectChange::PutPhase { phase: Box::new(new.clone()), expected });
        let event = ProjectEvent::PhasePut(Box::new(new.clone()));
        set.event(NewEvent::new(event, project_audience(new.project)));
        new
    }

    /// The phase, cancelled or not, and its project, when the caller may do this there. The phase is
    /// read once more after the project, whose versions are to be those before it.
    pub(super) async fn phase_for(
        &self,
        ctx: &Ctx,
        action: Action,
        id: PhaseId,
    ) -> Result<(Phase, ProjectAccess)> {
        let not_found = Error::NotFound { entity: "phase" };
        let phase = self.engine.store().projects().phase(id).await?;
        let project = phase.map(|phase| phase.project);
        let access = self.project_of(ctx, action, project, "phase").await?;
        let phase = self.engine.store().projects().phase(id).await?;
        Ok((phase.ok_or(not_found)?, access))
    }

    pub(super) async fn active_phase_for(
        &self,
        ctx: &Ctx,
        action: Action,
        id: PhaseId,
    ) -> Result<(Phase, ProjectAccess)> {
        let (phase, access) = self.phase_for(ctx, action, id).await?;
        match phase.cancelled_at {
            None => Ok((phase, access)),
            Some(_) => Err(Error::NotFound { entity: "phase" }),
        }
    }
}

/// The phases in their order with the one that comes in or moves, if all of them fit.
fn arrange(
    access: &ProjectAccess,
    others: &[Phase],
    (old, new): (Option<&Phase>, &Phase),
    on_overlap: OnOverlap,
) -> Result<Vec<Phase>> {
    let active = old.filter(|old| old.cancelled_at.is_none());
    let began_on = active.map(|old| old.details.starts_on);
    let arranged = rules::arrange(others, new, began_on, on_overlap)?;
    rules::check_budgets(&access.project.details, &arranged)?;
    Ok(arranged)
}

/// A new phase, and what the audit log says of it.
pub(super) fn made(set: &ChangeSet, project: ProjectId, new: FirstPhase) -> (Phase, Recorder) {
    let FirstPhase { id, definition, details } = new;
    let phase = Phase {
        id,
        project,
        definition,
        details,
        gate: None,
        created_at: set.at(),
        updated_at: set.at(),
        cancelled_at: None,
        version: Version::FIRST,
    };
    let recorder = Recorder::new()
        .created("definition", definition)
        .created("starts_on", details.starts_on)
        .created("ends_on", details.ends_on)
        .created("budget", details.budget);
    (phase, recorder)
}

fn phases_of(named: &[NamedPhase]) -> Vec<Phase> {
    named.iter().map(|one| one.phase.clone()).collect()
}

/// The guard that the phases, and what they may cost, are as they were when the project was read.
pub(super) fn unchanged(access: &ProjectAccess) -> Guard {
    Guard::Held(Scope::phases(access.project.id), access.project.phases)
}

fn difference(was: &PhaseDetails, now: &PhaseDetails) -> Recorder {
    Recorder::new()
        .field("starts_on", was.starts_on, now.starts_on)
        .field("ends_on", was.ends_on, now.ends_on)
        .field("budget", was.budget, now.budget)
}

pub(super) fn entity(id: PhaseId, project: ProjectId) -> EntityRef {
    EntityRef::in_project("phase", id.uuid(), project)
}
