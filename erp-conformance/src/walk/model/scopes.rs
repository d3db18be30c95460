//! The versions of scopes.

use erp_core::{
    change::{Scope, ScopeKind, Version},
    chat::Room,
    ids::{ProjectId, RoomId, TaskId, UserId},
    port::StoreResult,
    projects::Task,
};

use super::Model;

impl Model {
    /// The version that a scope is at; none when there is nothing that could have one.
    pub(in crate::walk) fn version(&self, scope: Scope) -> StoreResult<Option<Version>> {
        let id = scope.id.unwrap_or_default();
        let project = || self.project(ProjectId::from_uuid(id));
        Ok(Some(match scope.kind {
            ScopeKind::ACCESS_GRAPH => self.graph,
            ScopeKind::ITEM_CATEGORIES => self.stock.tree,
            ScopeKind::PROJECT_CATEGORIES => self.catalog.tree,
            ScopeKind::ROSTER => self.room(RoomId::from_uuid(id))?.roster,
            ScopeKind::PROJECT_ROSTER => project()?.roster,
            ScopeKind::TASK_GRAPH => project()?.graph,
            ScopeKind::PHASES => project()?.phases,
            ScopeKind::TASK => {
                let within =
                    self.project(ProjectId::from_uuid(scope.within.unwrap_or_default()))?;
                let own =
                    |task: &&Task| task.id == TaskId::from_uuid(id) && task.project == within.id;
                return Ok(self.tasks.iter().find(own).map(|task| task.version));
            }
            ScopeKind::TIMESHEET => self.timesheet_version(UserId::from_uuid(id)),
            kind => panic!("a scope of another part: {kind}"),
        }))
    }

    /// Raises the version of a scope by one.
    pub(super) fn raise(&mut self, scope: Scope) {
        let id = scope.id.unwrap_or_default();
        let version = match scope.kind {
            ScopeKind::ACCESS_GRAPH => Some(&mut self.graph),
            ScopeKind::ITEM_CATEGORIES => Some(&mut self.stock.tree),
            ScopeKind::PROJECT_CATEGORIES => Some(&mut self.catalog.tree),
            ScopeKind::ROSTER => {
                let own = |room: &&mut Room| room.id == RoomId::from_uuid(id);
                self.rooms.iter_mut().find(own).map(|room| &mut room.roster)
            }
            ScopeKind::TIMESHEET => {
                let user = UserId::from_uuid(id);
                if self.sheets.iter().all(|(owner, _)| *owner != user) {
                    self.sheets.push((user, Version::FIRST));
                }
                let own = |sheet: &&mut (UserId, Version)| sheet.0 == user;
                self.sheets.iter_mut().find(own).map(|sheet| &mut sheet.1)
            }
            kind => {
                let project = self.project_mut(ProjectId::from_uuid(id)).ok();
                project.map(|project| match kind {
                    ScopeKind::PROJECT_ROSTER => &mut project.roster,
                    ScopeKind::TASK_GRAPH => &mut project.graph,
                    ScopeKind::PHASES => &mut project.phases,
                    kind => panic!("a scope that nothing raises: {kind}"),
                })
            }
        };
        version.into_iter().for_each(|version| *version = version.next());
    }
}
