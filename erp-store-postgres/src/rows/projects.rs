//! Projects, their members and their tasks.

use erp_core::{
    change::Version,
    ids::{ProjectCategoryId, ProjectId, UserId},
    money::{Currency, Money},
    projects::{Project, ProjectAccess, ProjectDetails, ProjectMember, ProjectRole},
};
use sqlx::{Result, Row, postgres::PgRow};
use uuid::Uuid;

use super::unreadable;
use crate::numeric::decimal;

/// The columns of a project, read by [`project`].
macro_rules! project_columns {
    () => {
        "project.id, project.code, project.name, project.description, project.task_prefix, \
         project.start_on, project.due_on, project.zone, project.budget, \
         project.budget_currency, project.status, project.member_count, project.last_task, \
         project.roster, project.graph, project.version, project.created_by, project.created_at, \
         project.updated_at, project.deleted_at, project.category_id, project.budget_overrun, \
         project.phases"
    };
}

/// How many columns [`project_columns`] has.
const PROJECT_COLUMNS: usize = 23;

/// The columns of a membership, read by [`project_member`].
macro_rules! project_member_columns {
    () => {
        "member.project_id, member.user_id, member.role, member.joined_at"
    };
}

pub(crate) use {project_columns, project_member_columns};

pub(crate) fn project(row: &PgRow) -> Result<Project> {
    let status: &str = row.try_get(10)?;
    let overrun: &str = row.try_get(21)?;
    Ok(Project {
        id: ProjectId::from_uuid(row.try_get(0)?),
        code: row.try_get(1)?,
        details: ProjectDetails {
            name: row.try_get(2)?,
            description: row.try_get(3)?,
            task_prefix: row.try_get(4)?,
            start_on: row.try_get(5)?,
            due_on: row.try_get(6)?,
            zone: row.try_get(7)?,
            budget: money(row, 8)?,
            budget_overrun: overrun.parse().map_err(|_| unreadable("overrun", overrun))?,
            category: row.try_get::<Option<Uuid>, _>(20)?.map(ProjectCategoryId::from_uuid),
        },
        status: status.parse().map_err(|_| unreadable("project status", status))?,
        member_count: row.try_get(11)?,
        last_task: row.try_get(12)?,
        roster: Version(row.try_get(13)?),
        graph: Version(row.try_get(14)?),
        phases: Version(row.try_get(22)?),
        version: Version(row.try_get(15)?),
        created_by: row.try_get::<Option<Uuid>, _>(16)?.map(UserId::from_uuid),
        created_at: row.try_get(17)?,
        updated_at: row.try_get(18)?,
        deleted_at: row.try_get(19)?,
    })
}

/// The amount in the column `at` and its currency in the one after it.
pub(super) fn money(row: &PgRow, at: usize) -> Result<Option<Money>> {
    let Some(code) = row.try_get::<Option<&str>, _>(at + 1)? else { return Ok(None) };
    let currency = Currency::kept(code).map_err(|_| unreadable("currency", code))?;
    let amount = Money::new(decimal(row, at)?, currency);
    amount.map(Some).map_err(|_| unreadable("amount in", code))
}

/// The membership in the columns from `at` on.
pub(crate) fn project_member(row: &PgRow, at: usize) -> Result<ProjectMember> {
    Ok(ProjectMember {
        project: ProjectId::from_uuid(row.try_get(at)?),
        user: UserId::from_uuid(row.try_get(at + 1)?),
        role: project_role(row.try_get(at + 2)?)?,
        joined_at: row.try_get(at + 3)?,
    })
}

/// A project and the membership that may be missing.
pub(crate) fn project_access(row: &PgRow) -> Result<ProjectAccess> {
    let member = match row.try_get::<Option<Uuid>, _>(PROJECT_COLUMNS)? {
        Some(_) => Some(project_member(row, PROJECT_COLUMNS)?),
        None => None,
    };
    Ok(ProjectAccess { project: project(row)?, member })
}

fn project_role(text: &str) -> Result<ProjectRole> {
    let mut roles = ProjectRole::ALL.iter().copied();
    roles.find(|role| role.as_str() == text).ok_or_else(|| unreadable("project role", text))
}
