//! What the module asks a store to read.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::model::{Project, ProjectAccess, ProjectMember, ProjectStatus};
use crate::{
    ids::{ProjectId, UserId},
    port::StoreResult,
};

/// Which projects to list, by code. Deleted ones are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectQuery {
    /// Only those that this user belongs to; none lists all.
    pub member: Option<UserId>,
    /// Only those of one of these statuses; empty is any.
    pub status: Vec<ProjectStatus>,
    /// Start after this code.
    #[serde(skip)]
    pub after: Option<String>,
    /// The most projects to return.
    #[serde(skip)]
    pub limit: usize,
}

/// Reads of projects and their members. Every read sees all commits that were answered before it.
#[async_trait]
pub trait ProjectReads: Send + Sync {
    /// The project, deleted or not.
    async fn project(&self, id: ProjectId) -> StoreResult<Option<Project>>;

    /// The project, deleted or not, as this user stands to it.
    async fn access(&self, id: ProjectId, user: UserId) -> StoreResult<Option<ProjectAccess>>;

    /// The projects that match, by code (byte order).
    async fn projects(&self, query: &ProjectQuery) -> StoreResult<Vec<Project>>;

    /// Every membership of a user, deleted projects included, by project id.
    async fn memberships(&self, user: UserId) -> StoreResult<Vec<ProjectMember>>;

    /// The members of a project, by user id.
    async fn members(
        &self,
        project: ProjectId,
        after: Option<UserId>,
        limit: usize,
    ) -> StoreResult<Vec<ProjectMember>>;

    /// The users who own a project, by user id.
    async fn owners(&self, project: ProjectId) -> StoreResult<Vec<UserId>>;
}
