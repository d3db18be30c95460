//! Milestones.

use erp_core::{
    change::Version,
    ids::{MilestoneId, ProjectId},
    projects::{Milestone, MilestoneDetails},
};
use sqlx::{Result, Row, postgres::PgRow};

/// The columns of a milestone, read by [`milestone`].
macro_rules! milestone_columns {
    () => {
        "milestone.id, milestone.project_id, milestone.name, milestone.description, \
         milestone.due_on, milestone.created_at, milestone.updated_at, milestone.deleted_at, \
         milestone.version"
    };
}

pub(crate) use milestone_columns;

pub(crate) fn milestone(row: &PgRow) -> Result<Milestone> {
    Ok(Milestone {
        id: MilestoneId::from_uuid(row.try_get(0)?),
        project: ProjectId::from_uuid(row.try_get(1)?),
        details: MilestoneDetails {
            name: row.try_get(2)?,
            description: row.try_get(3)?,
            due_on: row.try_get(4)?,
        },
        created_at: row.try_get(5)?,
        updated_at: row.try_get(6)?,
        deleted_at: row.try_get(7)?,
        version: Version(row.try_get(8)?),
    })
}
