//! Where the versions of scopes are kept.

use erp_core::{
    change::{Guard, Scope, ScopeKind, Version},
    ids::{ProjectId, RoomId, TaskId, UserId},
    port::{StoreError, StoreResult},
};
use uuid::Uuid;

use crate::state::{Domain, ProjectState, TimesheetState};

impl Domain {
    /// Checks the guards in their order. Nothing else writes meanwhile, so what is seen is held.
    pub(crate) fn check(&self, guards: &[Guard]) -> StoreResult<()> {
        for guard in guards {
            let scope = guard.scope();
            if self.version(scope)? != Some(guard.version()) {
                return Err(StoreError::Stale { entity: scope.kind.as_str(), current: None });
            }
        }
        Ok(())
    }

    /// The version that a scope is at; none when there is nothing that could have one.
    pub(crate) fn version(&self, scope: Scope) -> StoreResult<Option<Version>> {
        let Scope { kind, id, within } = scope;
        let id = id.unwrap_or_default();
        Ok(Some(match kind {
            ScopeKind::ACCESS_GRAPH => self.access.version,
            ScopeKind::ITEM_CATEGORIES => self.inventory.tree,
            ScopeKind::PROJECT_CATEGORIES => self.catalog.tree,
            ScopeKind::ROSTER => {
                let room = self.chat.rooms.get(&RoomId::from_uuid(id));
                room.ok_or(StoreError::NotFound { entity: "room" })?.room.roster
            }
            ScopeKind::PROJECT_ROSTER => self.scoped_project(id)?.project.roster,
            ScopeKind::TASK_GRAPH => self.scoped_project(id)?.project.graph,
            ScopeKind::PHASES => self.scoped_project(id)?.project.phases,
            ScopeKind::TASK => {
                let project = self.scoped_project(within.unwrap_or_default())?;
                return Ok(project.tasks.get(&TaskId::from_uuid(id)).map(|task| task.version));
            }
            ScopeKind::TIMESHEET => {
                let sheet = self.projects.timesheets.get(&UserId::from_uuid(id));
                sheet.map_or(Version::FIRST, |sheet| sheet.version)
            }
            _ => return Err(StoreError::Internal(format!("no scope is a `{kind}`"))),
        }))
    }

    fn scoped_project(&self, id: Uuid) -> StoreResult<&ProjectState> {
        let project = self.projects.projects.get(&ProjectId::from_uuid(id));
        project.ok_or(StoreError::NotFound { entity: "project" })
    }

    /// Raises the version of a scope by one. A task raises its own when it is written.
    pub(crate) fn raise(&mut self, scope: Scope) {
        let id = scope.id.unwrap_or_default();
        let raise = |version: &mut Version| *version = version.next();
        match scope.kind {
            ScopeKind::ACCESS_GRAPH => raise(&mut self.access.version),
            ScopeKind::ITEM_CATEGORIES => raise(&mut self.inventory.tree),
            ScopeKind::PROJECT_CATEGORIES => raise(&mut self.catalog.tree),
            ScopeKind::ROSTER => {
                let room = self.chat.rooms.get_mut(&RoomId::from_uuid(id));
                room.into_iter().for_each(|room| raise(&mut room.room.roster));
            }
            ScopeKind::PROJECT_ROSTER | ScopeKind::TASK_GRAPH | ScopeKind::PHASES => {
                let Some(state) = self.projects.projects.get_mut(&ProjectId::from_uuid(id)) else {
                    return;
                };
                let project = &mut state.project;
                raise(match scope.kind {
                    ScopeKind::PROJECT_ROSTER => &mut project.roster,
                    ScopeKind::TASK_GRAPH => &mut project.graph,
                    _ => &mut project.phases,
                });
            }
            ScopeKind::TIMESHEET => {
                let user = UserId::from_uuid(id);
                let sheet = |sheet: &mut TimesheetState| raise(&mut sheet.version);
                self.projects.timesheets.upsert(user, sheet);
            }
            _ => {}
        }
    }
}
