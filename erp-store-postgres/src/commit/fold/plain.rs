//! A record, a dependency of tasks, a task's parent: one change without a number to be allocated.
//!
//! The statement is a chain, each part of it from the one before: what is guarded, the row itself, the scope
//! that is raised, the audit entry, the answer, the events. A part that writes nothing leaves unwritten all
//! that comes after it, and nothing waits for a lock once a position of the log is taken.

use std::sync::LazyLock;

use erp_core::{
    change::{Allocated, Change, ChangeSet, Guard, Position, Receipt, Scope, Version},
    ids::{ProjectId, TaskId},
    projects::{Dependency, ProjectChange},
    record::RecordChange,
    time::Timestamp,
};
use sqlx::{PgConnection, Row};

use super::super::{
    Failure, idempotency,
    record::{Columns, audit_columns, bind_audit},
};
use crate::{records, sql};

/// The first place of what the row itself binds.
pub(crate) const OWN: usize = 23;

/// The statement with these parts, the last of which is called as said. `sound` is what they come from. `$1`
/// to `$12` audit, `$13` the project that the entity is in, `$14` to `$17` events, `$18` the version of the
/// access graph, `$19` to `$22` the idempotency key.
pub(crate) fn folded(parts: &str, last: &str) -> String {
    format!(
        concat!(
            "WITH sound AS MATERIALIZED (SELECT \
                 WHERE coalesce($18 = (SELECT version FROM access_graph), true)), {parts}, \
             audit AS (INSERT INTO audit_log (",
            audit_columns!(),
            ") SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::json, $10, $11::inet, $12, $13 FROM {last} \
                 RETURNING id), \
             answer AS (INSERT INTO idempotency_keys \
                 (actor_id, key, fingerprint, answer, allocated, created_at) \
                 SELECT $19, $20, $21, $22::json, ARRAY[NULL::bigint], $2 FROM audit \
                 WHERE $20 IS NOT NULL RETURNING key), \
             event AS (INSERT INTO event_log \
                 (at, actor_id, kind, data, audience, exclude_connection) \
                 SELECT $2, $3, event.kind, event.data::json, event.audience, event.exclude \
                 FROM audit CROSS JOIN (SELECT count(*) FROM answer) AS answered \
                 CROSS JOIN unnest($14::text[], $15::text[], $16::text[], $17::uuid[]) \
                 WITH ORDINALITY AS event (kind, data, audience, exclude, place) \
                 ORDER BY event.place RETURNING position) \
             SELECT (SELECT max(position) FROM event) FROM audit"
        ),
        parts = parts,
        last = last
    )
}

/// `$23` the project, `$24` the version of its graph, `$25` that of its roster.
const HELD: &str = "held AS MATERIALIZED (SELECT project.id FROM projects AS project CROSS JOIN sound \
    WHERE project.id = $23 AND project.graph = $24 AND coalesce(project.roster = $25, true) \
    FOR NO KEY UPDATE OF project)";

const RAISED: &str = "raised AS (UPDATE projects SET graph = graph + 1 FROM own \
    WHERE projects.id = own.project RETURNING projects.id)";

/// `$26` predecessor, `$27` successor, `$28` kind, `$29` lag.
static LINK: LazyLock<String> = LazyLock::new(|| {
    let own = "own AS (INSERT INTO task_dependencies \
            (project_id, predecessor_id, successor_id, kind, lag_min) \
        SELECT held.id, before.id, after.id, $28, $29 FROM held \
        JOIN tasks AS before ON before.id = $26 AND before.project_id = held.id \
        JOIN tasks AS after ON after.id = $27 AND after.project_id = held.id \
        ON CONFLICT (predecessor_id, successor_id) DO NOTHING RETURNING project_id AS project)";
    folded(&[HELD, own, RAISED].join(", "), "raised")
});

/// `$26` task, `$27` parent, `$28` time, `$29` version.
static MOVE: LazyLock<String> = LazyLock::new(|| {
    let own = "own AS (UPDATE tasks SET parent_id = $27, updated_at = $28, version = version + 1 \
        FROM held WHERE tasks.id = $26 AND tasks.project_id = held.id AND tasks.version = $29 \
        AND ($27 IS NULL OR EXISTS (SELECT FROM tasks AS whole \
            WHERE whole.id = $27 AND whole.project_id = held.id)) RETURNING held.id AS project)";
    folded(&[HELD, own, RAISED].join(", "), "raised")
});

/// What a set changes, and the versions that it is guarded by.
pub(super) struct Shape<'a> {
    graph: Option<Version>,
    own: Own<'a>,
}

enum Own<'a> {
    Record(&'a RecordChange),
    Link {
        within: InProject,
        dependency: &'a Dependency,
    },
    Move {
        within: InProject,
        task: TaskId,
        expected: Version,
        parent: Option<TaskId>,
        at: Timestamp,
    },
}

/// A project, and the versions that its graph of tasks and its roster must have.
struct InProject {
    project: ProjectId,
    graph: Version,
    roster: Option<Version>,
}

impl<'a> Shape<'a> {
    /// That of the set, if it is one of these.
    pub fn of(set: &'a ChangeSet) -> Option<Self> {
        let [change] = set.changes.as_slice() else { return None };
        let whole = set.along.is_empty() && set.events.iter().all(|event| event.slot.is_none());
        if !whole {
            return None;
        }
        let seen = |guard: &Guard| match guard {
            Guard::Seen(scope, version) if *scope == Scope::access_graph() => Some(*version),
            _ => None,
        };
        let (graph, rest) = match set.guards.as_slice() {
            [first, rest @ ..] if seen(first).is_some() => (seen(first), rest),
            rest => (None, rest),
        };
        let own = match (change, rest) {
            (Change::Record(change), []) => Own::Record(change),
            (Change::Projects(ProjectChange::Link { project, dependency }), guards) => {
                Own::Link { within: InProject::of(*project, guards)?, dependency }
            }
            (
                Change::Projects(ProjectChange::MoveTask { project, id, expected, parent, at }),
                guards,
            ) => Own::Move {
                within: InProject::of(*project, guards)?,
                task: *id,
                expected: *expected,
                parent: *parent,
                at: *at,
            },
            _ => return None,
        };
        Some(Self { graph, own })
    }
}

impl InProject {
    /// The project, if that is what the guards hold.
    fn of(project: ProjectId, guards: &[Guard]) -> Option<Self> {
        let (mut graph, mut roster) = (None, None);
        for guard in guards {
            let Guard::Held(scope, version) = guard else { return None };
            let known = match *scope {
                own if own == Scope::task_graph(project) => &mut graph,
                own if own == Scope::project_roster(project) => &mut roster,
                _ => return None,
            };
            if known.replace(*version).is_some() {
                return None;
            }
        }
        Some(Self { project, graph: graph?, roster })
    }

    fn bind<'q>(&self, query: sql::Statement<'q>) -> sql::Statement<'q> {
        let roster = self.roster.map(|version| version.0);
        query.bind(self.project.uuid()).bind(self.graph.0).bind(roster)
    }
}

impl Own<'_> {
    fn text(&self) -> &'static str {
        match self {
            Self::Record(change) => records::folded(change),
            Self::Link { .. } => &LINK,
            Self::Move { .. } => &MOVE,
        }
    }

    fn bind<'q>(&self, query: sql::Statement<'q>) -> sql::Statement<'q> {
        match self {
            Self::Record(change) => records::bind_folded(query, change),
            Self::Link { within, dependency } => within
                .bind(query)
                .bind(dependency.predecessor.uuid())
                .bind(dependency.successor.uuid())
                .bind(dependency.kind.as_str())
                .bind(dependency.lag_min),
            Self::Move { within, task, expected, parent, at } => within
                .bind(query)
                .bind(task.uuid())
                .bind(parent.map(|parent| parent.uuid()))
                .bind(*at)
                .bind(expected.0),
        }
    }
}

/// Writes the set if nothing is unusual; else nothing is written.
pub(super) async fn fold(
    conn: &mut PgConnection,
    set: &ChangeSet,
    Shape { graph, own }: Shape<'_>,
) -> Result<Option<Receipt>, Failure> {
    let allocated = vec![Allocated::default()];
    let events = Columns::of(&set.events, &allocated, &[])?;
    let key = set.idempotency.as_ref();
    let query = bind_audit(sql::query(own.text()), &set.audit)?
        .bind(set.audit.entity.project.map(|project| project.uuid()));
    let query = events
        .bind(query)
        .bind(graph.map(|version| version.0))
        .bind(key.map(idempotency::owner))
        .bind(key.map(|key| key.key.as_str()))
        .bind(key.map(|key| &key.fingerprint[..]))
        .bind(key.map(|key| key.answer.to_string()));
    match own.bind(query).fetch_optional(conn).await.map_err(Failure::from) {
        Ok(Some(row)) => {
            let position: Option<i64> = row.try_get(0)?;
            Ok(Some(Receipt { position: position.map(Position), allocated, ..Receipt::default() }))
        }
        Ok(None) => Ok(None),
        Err(failure) if failure.is_integrity_violation() => Ok(None),
        Err(failure) => Err(failure),
    }
}
