//! A record, a dependency of tasks, a task's parent: one change without a number to be allocated.
//!
//! The statement is a chain, each part of it from the one before: what is guarded, the row itself, the scope
//! that is raised, the audit entry, the answer, the events. A part that writes nothing leaves unwritten all
//! that comes after it, and nothing waits for a lock once a position of the log is taken.

use std::sync::LazyLock;

use erp_core::{
    change::{Allocated, Change, ChangeSet, Guard, NewEvent, Position, Receipt, Scope, Version},
    ids::{ProjectId, TaskId},
    projects::{Dependency, ProjectChange},
    record::RecordChange,
    time::Timestamp,
};
use sqlx::{PgConnection, Row};

use super::super::{
    Failure, idempotency,
    record::{audience, audit_columns, bind_audit, payload},
};
use crate::{records, sql};

/// What a statement with these parts binds before them: `$1` to `$12` audit, `$13` the project that the entity is
/// in, `$14` to `$17` the event, `$18` the version of the access graph.
pub(crate) const OWN: usize = 19;
/// The same where a request has a key, which is `$19` to `$22`.
pub(crate) const OWN_WITH_KEY: usize = OWN + 4;

const ANSWER: &str = "answer AS (INSERT INTO idempotency_keys \
    (actor_id, key, fingerprint, answer, allocated, created_at) \
    SELECT $19, $20, $21, $22::json, ARRAY[NULL::bigint], $2 FROM audit RETURNING key), ";

/// The statement with these parts, of which the first comes from `sound` and the last is called as said.
pub(crate) fn folded(parts: &str, last: &str) -> String {
    chained(parts, last, ("", "audit"))
}

/// The same with what an idempotency key remembers.
pub(crate) fn folded_with_key(parts: &str, last: &str) -> String {
    chained(parts, last, (ANSWER, "answer"))
}

fn chained(parts: &str, last: &str, (answer, answered): (&str, &str)) -> String {
    format!(
        concat!(
            "WITH sound AS MATERIALIZED (SELECT \
                 WHERE coalesce($18 = (SELECT version FROM access_graph), true)), {parts}, \
             audit AS (INSERT INTO audit_log (",
            audit_columns!(),
            ") SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::json, $10, $11::inet, $12, $13 FROM {last} \
                 RETURNING id), {answer}\
             event AS (INSERT INTO event_log \
                 (at, actor_id, kind, data, audience, exclude_connection) \
                 SELECT $2, $3, $14, $15::json, $16, $17 FROM {answered} RETURNING position) \
             SELECT position FROM event"
        ),
        parts = parts,
        last = last,
        answer = answer,
        answered = answered
    )
}

/// `$19` the project, `$20` the version of its graph, `$21` that of its roster.
const HELD: &str = "held AS MATERIALIZED (SELECT project.id FROM projects AS project CROSS JOIN sound \
    WHERE project.id = $19 AND project.graph = $20 AND coalesce(project.roster = $21, true) \
    FOR NO KEY UPDATE OF project)";

const RAISED: &str = "raised AS (UPDATE projects SET graph = graph + 1 FROM own \
    WHERE projects.id = own.project RETURNING projects.id)";

/// `$22` predecessor, `$23` successor, `$24` kind, `$25` lag.
static LINK: LazyLock<String> = LazyLock::new(|| {
    let own = "own AS (INSERT INTO task_dependencies \
            (project_id, predecessor_id, successor_id, kind, lag_min) \
        SELECT held.id, before.id, after.id, $24, $25 FROM held \
        JOIN tasks AS before ON before.id = $22 AND before.project_id = held.id \
        JOIN tasks AS after ON after.id = $23 AND after.project_id = held.id \
        ON CONFLICT (predecessor_id, successor_id) DO NOTHING RETURNING project_id AS project)";
    folded(&[HELD, own, RAISED].join(", "), "raised")
});

/// `$22` task, `$23` parent, `$24` time, `$25` version.
static MOVE: LazyLock<String> = LazyLock::new(|| {
    let own = "own AS (UPDATE tasks SET parent_id = $23, updated_at = $24, version = version + 1 \
        FROM held WHERE tasks.id = $22 AND tasks.project_id = held.id AND tasks.version = $25 \
        AND ($23 IS NULL OR EXISTS (SELECT FROM tasks AS whole \
            WHERE whole.id = $23 AND whole.project_id = held.id)) RETURNING held.id AS project)";
    folded(&[HELD, own, RAISED].join(", "), "raised")
});

/// What a set changes and tells, and the versions that it is guarded by.
pub(super) struct Shape<'a> {
    graph: Option<Version>,
    own: Own<'a>,
    event: &'a NewEvent,
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
        let ([change], [event]) = (set.changes.as_slice(), set.events.as_slice()) else {
            return None;
        };
        if event.slot.is_some() || !set.along.is_empty() {
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
            (Change::Record(change), []) if change.touches().is_empty() => Own::Record(change),
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
        if set.idempotency.is_some() && !own.may_have_key() {
            return None;
        }
        Some(Self { graph, own, event })
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
    /// Requests of the others have none.
    fn may_have_key(&self) -> bool {
        matches!(self, Self::Record(RecordChange::Put { expected: None, .. }))
    }

    fn text(&self, with_key: bool) -> &'static str {
        match self {
            Self::Record(change) => records::folded(change, with_key),
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
    Shape { graph, own, event }: Shape<'_>,
) -> Result<Option<Receipt>, Failure> {
    let key = set.idempotency.as_ref();
    let query = bind_audit(sql::query(own.text(key.is_some())), &set.audit)?
        .bind(set.audit.entity.project.map(|project| project.uuid()))
        .bind(event.body.kind().into_owned())
        .bind(payload(&event.body)?)
        .bind(audience(event))
        .bind(event.exclude.map(|connection| connection.uuid()))
        .bind(graph.map(|version| version.0));
    let query = match key {
        None => query,
        Some(key) => query
            .bind(idempotency::owner(key))
            .bind(key.key.as_str())
            .bind(&key.fingerprint[..])
            .bind(key.answer.to_string()),
    };
    match own.bind(query).fetch_optional(conn).await.map_err(Failure::from) {
        Ok(Some(row)) => Ok(Some(Receipt {
            position: Some(Position(row.try_get(0)?)),
            allocated: vec![Allocated::default()],
            ..Receipt::default()
        })),
        Ok(None) => Ok(None),
        Err(failure) if failure.is_integrity_violation() => Ok(None),
        Err(failure) => Err(failure),
    }
}
