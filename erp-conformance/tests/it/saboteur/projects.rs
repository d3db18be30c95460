//! Faults of projects and their tasks.

use erp_core::{
    change::{Change, ChangeSet, ScopeKind},
    port::StoreResult,
    projects::{CatalogChange, ProjectChange},
};

use super::{Fault, Saboteur};

impl Saboteur {
    pub(super) async fn sabotage_projects(&self, set: &mut ChangeSet) -> StoreResult<()> {
        let fault = self.fault;
        set.guards.retain(|guard| match guard.scope().kind {
            ScopeKind::PROJECT_ROSTER => fault != Fault::ProjectRosterUnguarded,
            ScopeKind::TASK_GRAPH => fault != Fault::TaskGraphUnguarded,
            ScopeKind::PHASES => fault != Fault::PhasesUnguarded,
            ScopeKind::TASK => fault != Fault::PredecessorUnguarded,
            ScopeKind::TIMESHEET => fault != Fault::TimesheetUnguarded,
            ScopeKind::PROJECT_CATEGORIES => fault != Fault::ProjectCategoriesUnguarded,
            _ => true,
        });
        self.sabotage_origins(set).await?;
        for change in &mut set.changes {
            let Change::Projects(change) = change else { continue };
            match (fault, change) {
                (Fault::PartsStayLive, ProjectChange::DeleteTasks { id, tasks, .. }) => {
                    *tasks = vec![*id];
                }
                (Fault::CompletionLost, ProjectChange::SetTaskStatus { completed_at, .. }) => {
                    *completed_at = None;
                }
                (Fault::TaskVersionIgnored, ProjectChange::UpdateTask { id, expected, .. }) => {
                    if let Some(task) = self.inner.projects().task(*id).await? {
                        *expected = task.version;
                    }
                }
                (Fault::PhaseCancellationLost, ProjectChange::PutPhase { phase, .. }) => {
                    phase.cancelled_at = None;
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn sabotage_origins(&self, set: &mut ChangeSet) -> StoreResult<()> {
        for change in &mut set.changes {
            let Change::Catalog(CatalogChange::PutOrigin(origin)) = change else { continue };
            let projects = self.inner.projects();
            match self.fault {
                Fault::OriginKeyIgnored => origin.key = origin.project.to_string(),
                Fault::OriginOfAnotherVersion => {
                    if let Some(template) = projects.template(origin.template).await? {
                        origin.template_version = template.head.version;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
