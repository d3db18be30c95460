//! Boards, and what is to be done next.

use serde::{Deserialize, Serialize};

use super::{ProjectService, TaskView, zone};
use crate::{
    ctx::Ctx,
    error::{Error, Result},
    ids::{PhaseId, ProjectId, UserId},
    page::{Cursor, Page, PageRequest},
    policy::{Action, Permission},
    projects::{Column, ReadyKey, ReadyQuery, ReadyScope, Task, TaskKey, TaskQuery, TaskStatus},
    time::tz::Zone,
};

/// The most tasks of a column that a board shows.
const MAX_COLUMN: usize = 100;

/// A project's board: all its columns, in one snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// The columns in the order of statuses, empty ones too.
    pub columns: Vec<BoardColumn>,
}

/// A column of a board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardColumn {
    /// The status of its tasks.
    pub status: TaskStatus,
    /// How many tasks are in it.
    pub count: i64,
    /// The first of them, by number. `next` goes on in [`ProjectService::tasks`] with this status, and
    /// the board's phase, as the only filters.
    #[serde(flatten)]
    pub tasks: Page<TaskView>,
}

/// Which ready tasks to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadyFilter {
    /// Only those of this project; none lists those of all projects that the caller belongs to.
    pub project: Option<ProjectId>,
    /// Only those that this user is to do.
    pub assignee: Option<UserId>,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// The first tasks of every column of a project's board, or of the board of one of its phases, and
    /// how many are in each. Of `page` only the limit counts, to 100 at most. A phase that is none of
    /// the project's has no tasks.
    ///
    /// # Errors
    /// Not found, also when the caller may not see the project (PROJ-14).
    pub async fn board(
        &self,
        ctx: &Ctx,
        project: ProjectId,
        phase: Option<PhaseId>,
        page: &PageRequest,
    ) -> Result<Board> {
        let access = self.project_for(ctx, Action::ProjectRead, project).await?;
        let rows = page.limit.get().min(MAX_COLUMN);
        let zone = zone(&access.project)?;
        let found = self.engine.store().projects().board(project, phase, rows).await?;
        let columns = TaskStatus::ALL.iter().map(|status| {
            let column = found.iter().find(|column| column.status == *status);
            self.column((project, phase), *status, column, &zone)
        });
        Ok(Board { columns: columns.collect::<Result<_>>()? })
    }

    fn column(
        &self,
        (project, phase): (ProjectId, Option<PhaseId>),
        status: TaskStatus,
        found: Option<&Column>,
        zone: &Zone,
    ) -> Result<BoardColumn> {
        let (count, tasks) = found.map_or((0, &[] as &[Task]), |it| (it.count, &it.tasks));
        let more = usize::try_from(count).is_ok_and(|count| count > tasks.len());
        // The list that goes on: its cursor is bound to this filter.
        let query = TaskQuery { status: vec![status], phase, ..TaskQuery::default() };
        let next = match tasks.last() {
            Some(last) if more => {
                Some(Cursor::after(&(project, &query), &TaskKey::of(last, query.sort))?)
            }
            _ => None,
        };
        let items = tasks.iter().map(|task| self.view(task.clone(), zone)).collect();
        Ok(BoardColumn { status, count, tasks: Page { items, next } })
    }

    /// The tasks that may be begun or gone on with, the most urgent first: live and open ones that
    /// nothing holds up. A task is held up when it waits for the finish of a live predecessor that is
    /// neither done nor cancelled (or only done, see [`FreedBy`](crate::projects::FreedBy)), or when a
    /// task that it is a part of is held up.
    ///
    /// # Errors
    /// Not found when the caller does not see the project (PROJ-14), forbidden, unauthenticated
    /// without a user when no project is named; a validation error on `cursor`.
    pub async fn ready_tasks(
        &self,
        ctx: &Ctx,
        filter: ReadyFilter,
        page: &PageRequest,
    ) -> Result<Page<Task>> {
        let scope = match filter.project {
            Some(project) => {
                self.project_for(ctx, Action::ProjectRead, project).await?;
                ReadyScope::Project(project)
            }
            None => {
                let user = ctx.user_id()?;
                if !self.engine.subject(ctx).await?.has(Permission::ProjectsUse) {
                    return Err(Error::Forbidden { action: Action::ProjectRead.as_str() });
                }
                ReadyScope::MemberOf(user)
            }
        };
        let freed_by = self.engine.options().projects.freed_by;
        let freed = TaskStatus::ALL.iter().copied().filter(|status| freed_by.holds(*status));
        let mut query = ReadyQuery {
            scope,
            assignee: filter.assignee,
            freed: freed.collect(),
            after: None,
            limit: page.limit.get() + 1,
        };
        query.after = page.after(&query)?;
        let rows = self.engine.store().projects().ready_tasks(&query).await?;
        Page::from_rows(rows, page.limit, &query, ReadyKey::of)
    }
}
