//! Projects and their members.

use std::collections::BTreeSet;

use erp_core::{
    Conflict,
    change::{Change, Guard, Version},
    chat::Seq,
    ids::{ProjectId, UserId},
    port::StoreResult,
    projects::{Project, ProjectAccess, ProjectChange as C, ProjectMember, ProjectRole},
    time::Timestamp,
};

use super::{Model, Outcome, exists, missing, raise};

impl Model {
    pub(in crate::walk) fn project(&self, id: ProjectId) -> StoreResult<&Project> {
        self.projects.iter().find(|project| project.id == id).ok_or_else(|| missing("project"))
    }

    fn project_mut(&mut self, id: ProjectId) -> StoreResult<&mut Project> {
        self.projects.iter_mut().find(|project| project.id == id).ok_or_else(|| missing("project"))
    }

    pub(in crate::walk) fn timesheet_version(&self, user: UserId) -> Version {
        let sheet = self.sheets.iter().find(|(owner, _)| *owner == user);
        sheet.map_or(Version::FIRST, |(_, version)| *version)
    }

    /// The entity that a guard is about and its present version; `None` when there is none that could
    /// have one.
    pub(super) fn project_guard(
        &self,
        guard: Guard,
    ) -> StoreResult<(&'static str, Option<Version>, Version)> {
        Ok(match guard {
            Guard::ProjectRoster { project, version } => {
                ("project_roster", Some(self.project(project)?.roster), version)
            }
            Guard::TaskGraph { project, version } => {
                ("task_graph", Some(self.project(project)?.graph), version)
            }
            Guard::Phases { project, version } => {
                ("phases", Some(self.project(project)?.phases), version)
            }
            Guard::Task { project, task, version } => {
                self.project(project)?;
                let task = self.tasks.iter().find(|one| one.id == task && one.project == project);
                ("task", task.map(|task| task.version), version)
            }
            Guard::Timesheet { user, version } => {
                ("timesheet", Some(self.timesheet_version(user)), version)
            }
            other => panic!("a guard of another part: {other:?}"),
        })
    }

    /// What a whole set raises by one, however many of its changes touch it.
    pub(super) fn raise_projects(&mut self, changes: &[Change]) {
        let projects = || {
            changes.iter().filter_map(|change| match change {
                Change::Projects(change) => Some(change),
                _ => None,
            })
        };
        let rosters: BTreeSet<_> =
            projects().filter(|one| one.touches_roster()).map(C::project).collect();
        let graphs: BTreeSet<_> =
            projects().filter(|one| one.touches_graph()).map(C::project).collect();
        let phases: BTreeSet<_> =
            projects().filter(|one| one.touches_phases()).map(C::project).collect();
        let sheets: BTreeSet<_> = projects().filter_map(C::timesheet).collect();
        for project in &mut self.projects {
            if rosters.contains(&project.id) {
                project.roster = project.roster.next();
            }
            if graphs.contains(&project.id) {
                project.graph = project.graph.next();
            }
            if phases.contains(&project.id) {
                project.phases = project.phases.next();
            }
        }
        for user in sheets {
            let version = self.timesheet_version(user).next();
            self.sheets.retain(|(owner, _)| *owner != user);
            self.sheets.push((user, version));
        }
    }

    pub(super) fn change_projects(&mut self, change: C) -> Outcome {
        match change {
            C::CreateTask(task) => {
                let number = self.create_task(*task)?;
                return Ok(Some(Seq(number)));
            }
            C::CreateProject { .. }
            | C::UpdateProject { .. }
            | C::SetProjectDeleted { .. }
            | C::PutMember { .. }
            | C::RemoveMember { .. } => self.change_project(change)?,
            C::UpdateTask { .. }
            | C::SetTaskStatus { .. }
            | C::MoveTask { .. }
            | C::DeleteTasks { .. }
            | C::RestoreTasks { .. }
            | C::Link { .. }
            | C::Unlink { .. }
            | C::PutTime { .. }
            | C::PutComment { .. } => self.change_task(change)?,
            C::SetTaskDates { .. }
            | C::PutMilestone { .. }
            | C::SetTaskMilestone { .. }
            | C::PutCalendar { .. } => self.change_plan(change)?,
            C::PutPhase { .. } | C::SetTaskPhase { .. } => self.change_phase(change)?,
            C::PutChecklist { .. }
            | C::PutWatcher { .. }
            | C::RemoveWatcher { .. }
            | C::PutAttachment { .. }
            | C::RemoveAttachment { .. } => self.change_task_part(change)?,
        }
        Ok(None)
    }

    fn change_project(&mut self, change: C) -> StoreResult<()> {
        match change {
            C::CreateProject { project, members } => self.create_project(*project, members)?,
            C::UpdateProject { id, expected, details, status, at } => {
                raise("project", &mut self.project_mut(id)?.version, expected)?;
                self.require_project_category(details.category)?;
                let project = self.project_mut(id)?;
                (project.details, project.status, project.updated_at) = (*details, status, at);
            }
            C::SetProjectDeleted { id, expected, deleted_at } => {
                let project = self.project_mut(id)?;
                raise("project", &mut project.version, expected)?;
                project.deleted_at = deleted_at;
            }
            C::PutMember { project, user, role, at } => {
                self.project(project)?;
                self.user(user)?;
                self.put_member(project, user, role, at);
            }
            C::RemoveMember { project, user } => {
                self.project(project)?;
                self.project_members.retain(|one| one.project != project || one.user != user);
                self.watchers.retain(|(of, one)| *of != project || one.user != user);
                self.count_project(project);
            }
            other => panic!("a change of another part: {other:?}"),
        }
        Ok(())
    }

    fn create_project(
        &mut self,
        project: Project,
        members: Vec<(UserId, ProjectRole)>,
    ) -> StoreResult<()> {
        if self.project(project.id).is_ok() {
            return Err(exists("project"));
        }
        if self.projects.iter().any(|other| other.code == project.code) {
            return Err(Conflict::ProjectCodeTaken.into());
        }
        self.require_project_category(project.details.category)?;
        for user in members.iter().map(|(user, _)| *user).chain(project.created_by) {
            self.user(user)?;
        }
        let (id, at) = (project.id, project.created_at);
        self.projects.push(project);
        for (user, role) in members {
            self.put_member(id, user, role, at);
        }
        Ok(())
    }

    fn put_member(&mut self, project: ProjectId, user: UserId, role: ProjectRole, at: Timestamp) {
        let mut known = self.project_members.iter_mut();
        match known.find(|one| one.project == project && one.user == user) {
            Some(member) => member.role = role,
            None => {
                let member = ProjectMember { project, user, role, joined_at: at };
                self.project_members.push(member);
            }
        }
        self.count_project(project);
    }

    fn count_project(&mut self, id: ProjectId) {
        let count = self.project_members.iter().filter(|one| one.project == id).count();
        if let Ok(project) = self.project_mut(id) {
            project.member_count = i64::try_from(count).expect("it is small");
        }
    }

    pub(in crate::walk) fn project_access(
        &self,
        id: ProjectId,
        user: UserId,
    ) -> Option<ProjectAccess> {
        let project = self.project(id).ok()?.clone();
        let members = self.project_members.iter();
        let member = members.clone().find(|one| one.project == id && one.user == user).cloned();
        Some(ProjectAccess { project, member })
    }

    pub(super) fn next_number(&mut self, project: ProjectId) -> StoreResult<i64> {
        let project = self.project_mut(project)?;
        project.last_task += 1;
        Ok(project.last_task)
    }
}
