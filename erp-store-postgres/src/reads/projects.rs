//! Projects, their members and their tasks.

use async_trait::async_trait;
use erp_core::{
    ids::{CommentId, PhaseId, ProjectId, TaskId, TimeEntryId, UserId},
    port::StoreResult,
    projects::{
        Column, Comment, Dependency, Hit, Project, ProjectAccess, ProjectCalendar, ProjectMember,
        ProjectQuery, ProjectReads, ProjectStatus, RatedSpan, ReadyQuery, SearchQuery, StatusCount,
        Task, TaskGraph, TaskQuery, TaskTime, TimeEntry, Timesheet,
    },
    time::Timestamp,
};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Reads, board, calendar, comments, limit, rates, search, task_graph, tasks, time};
use crate::{
    rows::{self, project_columns, project_member_columns},
    sql,
};

#[async_trait]
impl ProjectReads for Reads {
    async fn project(&self, id: ProjectId) -> StoreResult<Option<Project>> {
        let query = sql::query(concat!(
            "SELECT ",
            project_columns!(),
            " FROM projects AS project WHERE project.id = $1"
        ));
        let query = query.bind(id.uuid()).try_map(|row| rows::project(&row));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn access(&self, id: ProjectId, user: UserId) -> StoreResult<Option<ProjectAccess>> {
        let query = sql::query(concat!(
            "SELECT ",
            project_columns!(),
            ", ",
            project_member_columns!(),
            " FROM projects AS project LEFT JOIN project_members AS member \
             ON member.project_id = project.id AND member.user_id = $2 WHERE project.id = $1"
        ));
        let query = query.bind(id.uuid()).bind(user.uuid());
        let query = query.try_map(|row| rows::project_access(&row));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn projects(&self, query: &ProjectQuery) -> StoreResult<Vec<Project>> {
        let mut sql = QueryBuilder::new(concat!(
            "SELECT ",
            project_columns!(),
            " FROM projects AS project WHERE project.deleted_at IS NULL"
        ));
        if let Some(user) = query.member {
            sql.push(
                " AND EXISTS (SELECT FROM project_members AS member \
                 WHERE member.project_id = project.id AND member.user_id = ",
            );
            sql.push_bind(user.uuid()).push(")");
        }
        if !query.status.is_empty() {
            let status = query.status.iter().copied().map(ProjectStatus::as_str);
            sql.push(" AND project.status = ANY(").push_bind(Vec::from_iter(status)).push(")");
        }
        if let Some(after) = &query.after {
            sql.push(" AND project.code > ").push_bind(after.clone());
        }
        sql.push(" ORDER BY project.code LIMIT ").push_bind(limit(query.limit));
        let query = sql::Statement::from(sql.build()).try_map(|row| rows::project(&row));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn memberships(&self, user: UserId) -> StoreResult<Vec<ProjectMember>> {
        let query = sql::query(concat!(
            "SELECT ",
            project_member_columns!(),
            " FROM project_members AS member \
             WHERE member.user_id = $1 ORDER BY member.project_id"
        ));
        let query = query.bind(user.uuid()).try_map(|row| rows::project_member(&row, 0));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn members(
        &self,
        project: ProjectId,
        after: Option<UserId>,
        rows: usize,
    ) -> StoreResult<Vec<ProjectMember>> {
        let query = sql::query(concat!(
            "SELECT ",
            project_member_columns!(),
            " FROM project_members AS member WHERE member.project_id = $1 \
             AND member.user_id > $2 ORDER BY member.user_id LIMIT $3"
        ));
        let query = query
            .bind(project.uuid())
            .bind(after.map_or(Uuid::nil(), UserId::uuid))
            .bind(limit(rows))
            .try_map(|row| rows::project_member(&row, 0));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn owners(&self, project: ProjectId) -> StoreResult<Vec<UserId>> {
        let query = sql::query_scalar(
            "SELECT user_id FROM project_members \
             WHERE project_id = $1 AND role = 'owner' ORDER BY user_id",
        );
        let owners: Vec<Uuid> =
            self.db.run(query.bind(project.uuid()).fetch_all(&self.db.pool)).await?;
        Ok(owners.into_iter().map(UserId::from_uuid).collect())
    }

    async fn task(&self, id: TaskId) -> StoreResult<Option<Task>> {
        tasks::one(&self.db, id).await
    }

    async fn tasks_by_id(&self, ids: &[TaskId]) -> StoreResult<Vec<Task>> {
        tasks::by_id(&self.db, ids).await
    }

    async fn tasks(&self, project: ProjectId, query: &TaskQuery) -> StoreResult<Vec<Task>> {
        tasks::list(&self.db, project, query).await
    }

    async fn task_counts(&self, project: ProjectId) -> StoreResult<Vec<StatusCount>> {
        tasks::counts(&self.db, project).await
    }

    async fn board(
        &self,
        project: ProjectId,
        phase: Option<PhaseId>,
        rows: usize,
    ) -> StoreResult<Vec<Column>> {
        board::board(&self.db, project, phase, rows).await
    }

    async fn ready_tasks(&self, query: &ReadyQuery) -> StoreResult<Vec<Task>> {
        board::ready(&self.db, query).await
    }

    async fn search(&self, query: &SearchQuery) -> StoreResult<Vec<Hit>> {
        search::search(&self.db, query).await
    }

    async fn dependencies(&self, task: TaskId) -> StoreResult<Vec<Dependency>> {
        tasks::dependencies(&self.db, task).await
    }

    async fn task_graph(&self, project: ProjectId) -> StoreResult<Option<TaskGraph>> {
        task_graph::of(self, project).await
    }

    async fn calendar(&self, project: ProjectId) -> StoreResult<ProjectCalendar> {
        calendar::of(&self.db, project).await
    }

    async fn time_entry(&self, id: TimeEntryId) -> StoreResult<Option<TimeEntry>> {
        time::one(&self.db, id).await
    }

    async fn running_timer(&self, user: UserId) -> StoreResult<Option<TimeEntry>> {
        time::running(&self.db, user).await
    }

    async fn timesheet(
        &self,
        user: UserId,
        from: Timestamp,
        until: Option<Timestamp>,
    ) -> StoreResult<Timesheet> {
        time::sheet(&self.db, user, from, until).await
    }

    async fn time_entries(
        &self,
        task: TaskId,
        after: Option<(Timestamp, TimeEntryId)>,
        limit: usize,
    ) -> StoreResult<Vec<TimeEntry>> {
        time::of_task(&self.db, task, after, limit).await
    }

    async fn task_time(&self, task: TaskId) -> StoreResult<TaskTime> {
        time::spent(&self.db, task).await
    }

    async fn rated_time(&self, project: ProjectId, spans: &[RatedSpan]) -> StoreResult<Vec<i64>> {
        rates::time(&self.db, project, spans).await
    }

    async fn project_time(&self, project: ProjectId) -> StoreResult<TaskTime> {
        time::spent_in(&self.db, project).await
    }

    async fn comment(&self, id: CommentId) -> StoreResult<Option<Comment>> {
        comments::one(&self.db, id).await
    }

    async fn comments(
        &self,
        task: TaskId,
        after: Option<(Timestamp, CommentId)>,
        limit: usize,
    ) -> StoreResult<Vec<Comment>> {
        comments::of_task(&self.db, task, after, limit).await
    }
}
