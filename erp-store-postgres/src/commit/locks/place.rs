//! Where the versions of scopes are kept: the one table of it.

use erp_core::{change::ScopeKind, port::StoreError};

use crate::commit::Failure;

/// Where the version of a kind of scope is kept.
pub(super) enum Place {
    /// In a row that has nothing else: it is raised when it is locked.
    Own(Own),
    /// In a column of a row that is locked for what else changes in it. What is only to be seen is
    /// locked with it: hardly a set names such a row without changing it.
    In {
        /// The row.
        row: Row,
        /// Raises the versions in the rows of these ids.
        raise: &'static str,
    },
    /// In the task's row, which changes under the lock of its project alone.
    Task,
}

/// The statements of a version that has a row of its own.
pub(super) struct Own {
    /// Reads it as it is committed.
    pub see: &'static str,
    /// Reads it, and keeps it until the end of the transaction.
    pub hold: &'static str,
    /// Raises it, and returns what it was.
    pub raise: &'static str,
}

/// Rows that have versions of scopes, in the order in which they are locked.
pub(super) enum Row {
    User,
    Room,
    Project,
}

/// The table. A new kind of scope is one more line here.
pub(super) fn of(kind: ScopeKind) -> Result<Place, Failure> {
    Ok(match kind {
        ScopeKind::ACCESS_GRAPH => Place::Own(Own {
            see: "SELECT version FROM access_graph",
            hold: "SELECT version FROM access_graph FOR SHARE",
            raise: "UPDATE access_graph SET version = version + 1 RETURNING version - 1",
        }),
        ScopeKind::ITEM_CATEGORIES => Place::Own(Own {
            see: "SELECT categories FROM inventory_state",
            hold: "SELECT categories FROM inventory_state FOR SHARE",
            raise: "UPDATE inventory_state SET categories = categories + 1 \
                    RETURNING categories - 1",
        }),
        ScopeKind::PROJECT_CATEGORIES => Place::Own(Own {
            see: "SELECT categories FROM project_catalog_state",
            hold: "SELECT categories FROM project_catalog_state FOR SHARE",
            raise: "UPDATE project_catalog_state SET categories = categories + 1 \
                    RETURNING categories - 1",
        }),
        ScopeKind::TIMESHEET => Place::In {
            row: Row::User,
            raise: "UPDATE users SET timesheet = timesheet + 1 WHERE id = ANY($1)",
        },
        ScopeKind::ROSTER => Place::In {
            row: Row::Room,
            raise: "UPDATE chat_rooms SET roster = roster + 1 WHERE id = ANY($1)",
        },
        ScopeKind::PROJECT_ROSTER => Place::In {
            row: Row::Project,
            raise: "UPDATE projects SET roster = roster + 1 WHERE id = ANY($1)",
        },
        ScopeKind::TASK_GRAPH => Place::In {
            row: Row::Project,
            raise: "UPDATE projects SET graph = graph + 1 WHERE id = ANY($1)",
        },
        ScopeKind::PHASES => Place::In {
            row: Row::Project,
            raise: "UPDATE projects SET phases = phases + 1 WHERE id = ANY($1)",
        },
        ScopeKind::TASK => Place::Task,
        _ => return Err(StoreError::Internal(format!("no scope is a `{kind}`")).into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_scope_has_a_place() {
        for kind in ScopeKind::ALL {
            assert!(of(*kind).is_ok(), "{kind}");
        }
        assert!(matches!(
            of(ScopeKind::new("moon")),
            Err(Failure::Refused(StoreError::Internal(_)))
        ));
    }
}
