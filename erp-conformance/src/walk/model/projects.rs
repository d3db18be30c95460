//! Projects and their members.

use erp_core::{
    Conflict,
    change::Version,
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

    pub(super) fn project_mut(&mut self, id: ProjectId) -> StoreResult<&mut Project> {
        self.projects.iter_mut().find(|project| project.id == id).ok_or_else(|| missing("project"))
    }

    pub(in crate::walk) fn timesheet_version(&self, user: UserId) -> Version {
        let sheet = self.sheets.iter().find(|(owner, _)| *owner == user);
        sheet.map_or(Version::FIRST, |(_, version)| *version)
    }

    pub(super) fn change_projects(&mut self, change: C) -> Outcome {
        match change {
            C::CreateTask(task) => {
                let number = self.create_task(*task)?;
                return Ok(Some(number));
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
            C::SetTaskDates { .. } | C::SetTaskMilestone { .. } | C::PutCalendar { .. } => {
                self.change_plan(change)?
            }
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
            return Err(Conflict::taken("project", "code").into());
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
