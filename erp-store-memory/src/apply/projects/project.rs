//! Changes of projects and their members.

use std::sync::Arc;

use erp_core::{
    Conflict,
    change::Version,
    ids::{ProjectId, UserId},
    port::StoreResult,
    projects::{Project, ProjectMember, ProjectRole},
    time::Timestamp,
};

use crate::{
    apply::{exists, free, fresh, missing, require},
    state::{Domain, ProjectState, ProjectsState},
};

impl Domain {
    pub(super) fn create_project(
        &mut self,
        project: Project,
        members: Vec<(UserId, ProjectRole)>,
    ) -> StoreResult<()> {
        let state = &self.projects;
        if state.projects.contains_key(&project.id) {
            return Err(exists("project"));
        }
        free(state.codes.get(&project.code), &project.id, Conflict::taken("project", "code"))?;
        self.require_category(project.details.category)?;
        let state = &mut self.projects;
        for user in members.iter().map(|(user, _)| *user).chain(project.created_by) {
            require(self.access.users.contains_key(&user), "user")?;
        }
        let (id, at) = (project.id, project.created_at);
        state.codes.insert(&project.code, id);
        let mut new = ProjectState::new(Project {
            member_count: 0,
            last_task: 0,
            roster: Version::FIRST,
            graph: Version::FIRST,
            phases: Version::FIRST,
            version: Version::FIRST,
            ..project
        });
        for (user, role) in members {
            new.put(user, role, at);
            state.projects_of.insert((user, id));
        }
        state.projects.insert(id, Arc::new(new));
        Ok(())
    }

    pub(super) fn put_project_member(
        &mut self,
        project: ProjectId,
        user: UserId,
        role: ProjectRole,
        at: Timestamp,
    ) -> StoreResult<()> {
        let there = self.projects.projects.get_mut(&project).ok_or_else(|| missing("project"))?;
        require(self.access.users.contains_key(&user), "user")?;
        there.put(user, role, at);
        self.projects.projects_of.insert((user, project));
        Ok(())
    }
}

impl ProjectsState {
    pub(super) fn change_project(
        &mut self,
        id: ProjectId,
        expected: Version,
        change: impl FnOnce(&mut Project),
    ) -> StoreResult<()> {
        let project = &mut self.project(id)?.project;
        fresh("project", expected, project.version)?;
        change(project);
        project.version = project.version.next();
        Ok(())
    }

    /// The project must be there, at this version.
    pub(super) fn expect_project(&mut self, id: ProjectId, expected: Version) -> StoreResult<()> {
        fresh("project", expected, self.project(id)?.project.version)
    }

    pub(super) fn remove_member(&mut self, project: ProjectId, user: UserId) -> StoreResult<()> {
        let there = self.project(project)?;
        if there.members.remove(&user).is_some() {
            there.project.member_count -= 1;
        }
        there.unwatch_all(user);
        self.projects_of.remove(&(user, project));
        Ok(())
    }
}

impl ProjectState {
    /// Puts a user into the project, or changes the role of one who is in it.
    fn put(&mut self, user: UserId, role: ProjectRole, at: Timestamp) {
        if let Some(member) = self.members.get_mut(&user) {
            member.role = role;
            return;
        }
        let project = self.project.id;
        let member = ProjectMember { project, user, role, joined_at: at };
        self.members.insert(user, Arc::new(member));
        self.project.member_count += 1;
    }
}
