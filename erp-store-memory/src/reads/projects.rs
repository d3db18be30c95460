//! Projects, their members and their tasks.

use std::{ops::Bound, sync::Arc};

use async_trait::async_trait;
use erp_core::{
    ids::{ProjectId, UserId},
    port::StoreResult,
    projects::{Project, ProjectAccess, ProjectMember, ProjectQuery, ProjectReads, ProjectRole},
};

use super::after;
use crate::{
    MemoryStore,
    state::{ProjectState, ProjectsState},
};

impl MemoryStore {
    /// The present state, to be read outside the lock.
    fn projects_state(&self) -> ProjectsState {
        self.state.read().domain.projects.clone()
    }

    fn project_state(&self, id: ProjectId) -> Option<Arc<ProjectState>> {
        self.state.read().domain.projects.projects.get(&id).cloned()
    }
}

#[async_trait]
impl ProjectReads for MemoryStore {
    async fn project(&self, id: ProjectId) -> StoreResult<Option<Project>> {
        Ok(self.project_state(id).map(|state| state.project.clone()))
    }

    async fn access(&self, id: ProjectId, user: UserId) -> StoreResult<Option<ProjectAccess>> {
        Ok(self.project_state(id).map(|state| state.access(user)))
    }

    async fn projects(&self, query: &ProjectQuery) -> StoreResult<Vec<Project>> {
        let state = self.projects_state();
        let start = query.after.clone().map_or(Bound::Unbounded, Bound::Excluded);
        let codes = state.codes.range((start, Bound::Unbounded));
        let matching = codes.filter_map(|(_, id)| {
            let ProjectState { project, members, .. } = &**state.projects.get(id)?;
            let listed = project.deleted_at.is_none()
                && query.member.is_none_or(|user| members.contains_key(&user))
                && (query.status.is_empty() || query.status.contains(&project.status));
            listed.then(|| project.clone())
        });
        Ok(matching.take(query.limit).collect())
    }

    async fn memberships(&self, user: UserId) -> StoreResult<Vec<ProjectMember>> {
        let state = self.projects_state();
        let ids = state.projects_of.get(&user).into_iter().flatten();
        let members = ids.filter_map(|id| state.projects.get(id)?.members.get(&user).cloned());
        Ok(members.collect())
    }

    async fn members(
        &self,
        project: ProjectId,
        start: Option<UserId>,
        limit: usize,
    ) -> StoreResult<Vec<ProjectMember>> {
        let Some(state) = self.project_state(project) else { return Ok(Vec::new()) };
        let members = state.members.range(after(start)).map(|(_, member)| member.clone());
        Ok(members.take(limit).collect())
    }

    async fn owners(&self, project: ProjectId) -> StoreResult<Vec<UserId>> {
        let Some(state) = self.project_state(project) else { return Ok(Vec::new()) };
        let owners = state.members.values().filter(|member| member.role == ProjectRole::Owner);
        Ok(owners.map(|member| member.user).collect())
    }
}
