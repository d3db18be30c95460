//! What can go wrong, equal on every store, and the one table that turns it into HTTP.

mod conflict;
mod known;

use std::{borrow::Cow, time::Duration};

pub use conflict::Conflict;
use erp_kernel::Stale;
pub use erp_kernel::Violation;
use serde::Serialize;

use crate::port::StoreError;

/// The result of a service call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that a service can answer instead of a result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No valid login came with the request.
    #[error("log in first")]
    Unauthenticated,
    /// The viewer may know that the thing exists, but not do this.
    #[error("not allowed: {action}")]
    Forbidden {
        /// The action that was refused.
        action: &'static str,
    },
    /// There is no such thing, or the viewer may not know of it: the two look the same.
    #[error("no such {entity}")]
    NotFound {
        /// The kind of thing.
        entity: &'static str,
    },
    /// The input is wrong.
    #[error("invalid input: {}", .0.first().map_or("", |v| v.message.as_str()))]
    Validation(Vec<Violation>),
    /// The change conflicts with the present state.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The thing is not in a state that allows this.
    #[error("{0}")]
    Precondition(Cow<'static, str>),
    /// Too many calls; try again after this time.
    #[error("too many requests")]
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// A store or another outside thing does not answer; the same call may work later. A write may
    /// have happened: repeat it with the same idempotency key.
    #[error("temporarily unavailable")]
    Unavailable(String),
    /// A fault of the engine or of a store.
    #[error("internal error")]
    Internal(String),
}

impl Error {
    /// One wrong field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Validation(vec![Violation::new(field, message)])
    }

    /// The same of what lies within a field: wrong fields are told by their path from outside.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        let Self::Validation(mut wrong) = self else { return self };
        for violation in &mut wrong {
            violation.field = format!("{outer}.{}", violation.field);
        }
        Self::Validation(wrong)
    }

    /// The row of the HTTP table for this error.
    pub fn problem(&self) -> Problem {
        let (status, code, title) = match self {
            Self::Unauthenticated => (401, "unauthenticated", "Authentication required"),
            Self::Forbidden { .. } => (403, "forbidden", "Not allowed"),
            Self::NotFound { .. } => (404, "not_found", "Not found"),
            Self::Validation(_) => (422, "validation", "Invalid input"),
            Self::Conflict(_) => (409, "conflict", "Conflict"),
            Self::Precondition(_) => (409, "precondition", "Not possible in this state"),
            Self::RateLimited { .. } => (429, "rate_limited", "Too many requests"),
            Self::Unavailable(_) => (503, "unavailable", "Temporarily unavailable"),
            Self::Internal(_) => (500, "internal", "Internal error"),
        };
        Problem {
            kind: format!("urn:erp:problem:{code}"),
            title,
            status,
            code,
            detail: self.to_string(),
            errors: match self {
                Self::Validation(violations) => violations.clone(),
                _ => Vec::new(),
            },
            conflict: match self {
                Self::Conflict(conflict) => Some(conflict.clone()),
                _ => None,
            },
            retry_after_s: match self {
                Self::RateLimited { retry_after } => Some(retry_after.as_secs().max(1)),
                Self::Unavailable(_) => Some(1),
                _ => None,
            },
        }
    }
}

/// An RFC 9457 problem document. It never holds the text of an internal fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short, constant text.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The last part of `type`, for programs.
    pub code: &'static str,
    /// What happened this time.
    pub detail: String,
    /// The wrong fields of a `validation` problem.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Violation>,
    /// What a `conflict` problem conflicts with.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<Conflict>,
    /// Seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Validation(vec![violation])
    }
}

impl From<Stale> for Error {
    fn from(stale: Stale) -> Self {
        Conflict::Version { entity: stale.entity.into(), current: stale.current }.into()
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale { entity, current: Some(current) } => {
                Conflict::Version { entity: entity.into(), current }.into()
            }
            StoreError::Stale { .. } => Conflict::Contention.into(),
            StoreError::NotFound { entity } => Self::NotFound { entity },
            StoreError::Conflict(conflict) => conflict.into(),
            StoreError::Unavailable(text) => Self::Unavailable(text),
            StoreError::Internal(text) => Self::Internal(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Version;

    #[test]
    fn x_17_internal_texts_do_not_reach_the_caller() {
        for error in [
            Error::Internal("password=hunter2".into()),
            Error::Unavailable("db at 10.0.0.1".into()),
        ] {
            let json = serde_json::to_string(&error.problem()).unwrap();
            assert!(!json.contains("hunter2") && !json.contains("10.0.0.1"), "{json}");
        }
    }

    #[test]
    fn x_5_a_stale_write_tells_the_current_version() {
        let error = Error::from(StoreError::Stale { entity: "message", current: Some(Version(4)) });
        let json = serde_json::to_value(error.problem()).unwrap();
        assert_eq!(json["status"], 409);
        assert_eq!(json["conflict"], "version");
        assert_eq!(json["current"], 4);
    }
}
