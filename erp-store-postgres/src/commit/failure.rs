//! Why a transaction did not happen, while it can still be told whether to try again.

use erp_core::{error::Conflict, port::StoreError};

use crate::constraint::{is_integrity_violation, is_misrouted, lost_to_another, store_error};

/// Why a transaction did not happen.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The store refuses the change set.
    Refused(StoreError),
    /// The database did not do it.
    Sql(sqlx::Error),
}

impl Failure {
    /// Whether the same change set may well succeed when it is tried again.
    pub fn lost_to_another(&self) -> bool {
        matches!(self, Self::Sql(error) if lost_to_another(error))
    }

    /// Whether a partition was made under way; a savepoint is enough to try again.
    pub fn is_misrouted(&self) -> bool {
        matches!(self, Self::Sql(error) if is_misrouted(error))
    }

    /// Whether a constraint refused a row.
    pub fn is_integrity_violation(&self) -> bool {
        matches!(self, Self::Sql(error) if is_integrity_violation(error))
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<Conflict> for Failure {
    fn from(conflict: Conflict) -> Self {
        Self::Refused(conflict.into())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Refused(StoreError::Internal(error.to_string()))
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Sql(error) => store_error(error),
        }
    }
}
