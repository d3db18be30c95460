//! What projects are made from.

use chrono::{DateTime, Utc};
use utoipa::ToSchema;

use super::ProjectCategoryId;

/// A category of projects, in a tree.
#[derive(ToSchema)]
pub(crate) struct ProjectCategory {
    /// Its id.
    id: ProjectCategoryId,
    /// Its name, unique under its parent without regard to case.
    name: String,
    /// The category that it is in.
    parent: Option<ProjectCategoryId>,
    /// Rises with every change of it.
    version: i64,
    /// When it was created.
    created_at: DateTime<Utc>,
}
