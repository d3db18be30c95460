//! How all tasks of a project hang together: one statement, so one snapshot.
//!
//! Each column comes as one array: as lists of JSON, 10,000 tasks with 15,000 dependencies took twice as
//! long. What most dependencies have comes as null, which costs the server less. Dependencies that are
//! remembered of the version that the graph still has are not read.

use chrono::NaiveDate;
use erp_core::{
    change::Version,
    ids::{MilestoneId, ProjectId, TaskId},
    port::StoreResult,
    projects::{Dependency, DependencyKind, TaskGraph, TaskNode},
};
use sqlx::{Result, Row, postgres::PgRow};
use uuid::Uuid;

use super::Reads;
use crate::{rows, sql};

/// `$1` the project, `$2` the version of the graph whose dependencies are remembered.
const GRAPH: &str = "\
    SELECT project.graph, node.ids, node.parents, node.deleted_with, node.statuses, \
        node.estimates, node.starts, node.dues, node.milestones, \
        edge.predecessors, edge.successors, edge.kinds, edge.lags \
    FROM projects AS project, \
    LATERAL (SELECT array_agg(id) AS ids, array_agg(parent_id) AS parents, \
            array_agg(deleted_with) AS deleted_with, array_agg(status) AS statuses, \
            array_agg(estimate_min) AS estimates, array_agg(start_on) AS starts, \
            array_agg(due_on) AS dues, array_agg(milestone_id) AS milestones \
        FROM (SELECT id, parent_id, deleted_with, status, estimate_min, start_on, due_on, \
                milestone_id \
            FROM tasks WHERE project_id = project.id ORDER BY number) AS task) AS node, \
    LATERAL (SELECT array_agg(predecessor_id) AS predecessors, \
            array_agg(successor_id) AS successors, \
            array_agg(nullif(kind, 'finish_start')) AS kinds, \
            array_agg(nullif(lag_min, 0)) AS lags \
        FROM task_dependencies \
        WHERE project_id = project.id AND project.graph IS DISTINCT FROM $2) AS edge \
    WHERE project.id = $1";

pub(super) async fn of(reads: &Reads, project: ProjectId) -> StoreResult<Option<TaskGraph>> {
    let known = reads.memory.dependencies.latest(project);
    let query = sql::query(GRAPH)
        .bind(project.uuid())
        .bind(known.as_ref().map(|(version, _)| version.0))
        .try_map(|row: PgRow| {
            let version = Version(row.try_get(0)?);
            let edges = match &known {
                Some((of, edges)) if *of == version => edges.to_vec(),
                _ => {
                    let edges = edges(&row)?;
                    reads.memory.dependencies.note(project, version, &edges);
                    edges
                }
            };
            Ok(TaskGraph { project, version, nodes: nodes(&row)?, edges })
        });
    reads.db.run(query.fetch_optional(&reads.db.pool)).await
}

/// The values of a column; without any rows there is no array.
fn column<T>(row: &PgRow, at: usize) -> Result<std::vec::IntoIter<T>>
where
    Option<Vec<T>>: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    let values: Option<Vec<T>> = row.try_get(at)?;
    Ok(values.unwrap_or_default().into_iter())
}

fn nodes(row: &PgRow) -> Result<Vec<TaskNode>> {
    let mut parents = column::<Option<Uuid>>(row, 2)?;
    let mut deleted_with = column::<Option<Uuid>>(row, 3)?;
    let mut statuses = column::<String>(row, 4)?;
    let mut estimates = column::<Option<i64>>(row, 5)?;
    let mut starts = column::<Option<NaiveDate>>(row, 6)?;
    let mut dues = column::<Option<NaiveDate>>(row, 7)?;
    let mut milestones = column::<Option<Uuid>>(row, 8)?;
    let node = |id: Uuid| {
        Ok(TaskNode {
            id: TaskId::from_uuid(id),
            parent: parents.next().flatten().map(TaskId::from_uuid),
            deleted_with: deleted_with.next().flatten().map(TaskId::from_uuid),
            status: rows::task_status(&statuses.next().unwrap_or_default())?,
            estimate_min: estimates.next().flatten(),
            start_on: starts.next().flatten(),
            due_on: dues.next().flatten(),
            milestone: milestones.next().flatten().map(MilestoneId::from_uuid),
        })
    };
    column(row, 1)?.map(node).collect()
}

fn edges(row: &PgRow) -> Result<Vec<Dependency>> {
    let predecessors = column::<Uuid>(row, 9)?;
    let successors = column::<Uuid>(row, 10)?;
    let mut kinds = column::<Option<String>>(row, 11)?;
    let mut lags = column::<Option<i64>>(row, 12)?;
    let edge = |(before, after)| {
        Ok(Dependency {
            predecessor: TaskId::from_uuid(before),
            successor: TaskId::from_uuid(after),
            kind: match kinds.next().flatten() {
                Some(kind) => rows::dependency_kind(&kind)?,
                None => DependencyKind::FinishStart,
            },
            lag_min: lags.next().flatten().unwrap_or_default(),
        })
    };
    // In order of their ids they lie all over the table: here it takes less to put them in order.
    let mut edges: Vec<Dependency> =
        predecessors.zip(successors).map(edge).collect::<Result<_>>()?;
    edges.sort_unstable_by_key(|edge| (edge.predecessor, edge.successor));
    Ok(edges)
}
