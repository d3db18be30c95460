//! What can go wrong, equal on every store, and the one table that turns it into HTTP.

use std::{borrow::Cow, time::Duration};

pub use erp_kernel::Violation;
use erp_kernel::Stale;
use serde::Serialize;

use crate::{change::Version, port::StoreError};

/// The result of a service call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A state that the change would have broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "conflict", rename_all = "snake_case")]
pub enum Conflict {
    /// The caller's version is not the current one.
    #[error("{entity} was changed by someone else; its version is now {current}")]
    Version {
        /// The kind of thing.
        entity: Cow<'static, str>,
        /// Its present version.
        current: Version,
    },
    /// Another user has this e-mail address.
    #[error("the e-mail address is in use")]
    EmailTaken,
    /// Another role has this name.
    #[error("the role name is in use")]
    RoleNameTaken,
    /// Another team has this name.
    #[error("the team name is in use")]
    TeamNameTaken,
    /// Another channel has this name.
    #[error("the channel name is in use")]
    RoomNameTaken,
    /// These two already have a direct room.
    #[error("the direct room exists")]
    DirectRoomExists,
    /// The id is in use.
    #[error("{entity} exists already")]
    Exists {
        /// The kind of thing.
        entity: Cow<'static, str>,
    },
    /// The nesting would make a team contain itself; the teams along the ring.
    #[error("the teams would form a ring")]
    TeamRing {
        /// The ids along the ring, the first one repeated at the end.
        path: Vec<crate::ids::TeamId>,
    },
    /// The organisation must keep an active owner.
    #[error("the last owner cannot be removed, demoted, deactivated or deleted")]
    LastOwner,
    /// Another warehouse has this code.
    #[error("the warehouse code is in use")]
    WarehouseCodeTaken,
    /// Another category under the same parent has this name.
    #[error("the category name is in use")]
    CategoryNameTaken,
    /// The move would put a category into itself; the categories along the ring.
    #[error("the categories would form a ring")]
    CategoryRing {
        /// The ids along the ring, the first one repeated at the end.
        path: Vec<crate::ids::ItemCategoryId>,
    },
    /// The move would put a category of projects into itself; the categories along the ring.
    #[error("the categories would form a ring")]
    ProjectCategoryRing {
        /// The ids along the ring, the first one repeated at the end.
        path: Vec<crate::ids::ProjectCategoryId>,
    },
    /// Something is in the category, or refers to it: it is not deleted.
    #[error("the category is in use")]
    CategoryInUse,
    /// Another item has this SKU.
    #[error("the SKU is in use")]
    SkuTaken,
    /// The item has or had stock: it is not deleted, and its unit and its valuation stay.
    #[error("the item has stock movements")]
    ItemInUse,
    /// Another project has this code, or had it.
    #[error("the project code is in use")]
    ProjectCodeTaken,
    /// Another template of the category has this name.
    #[error("the template name is in use")]
    TemplateNameTaken,
    /// Tasks of a template would wait for themselves.
    #[error("the tasks of the template would form a ring")]
    TemplateRing {
        /// The keys along the ring, the first one repeated at the end.
        path: Vec<String>,
    },
    /// A project was made with this key.
    #[error("a project was made with this key")]
    OriginKeyTaken,
    /// The user has another rate from this day on.
    #[error("the user has a rate from this day on")]
    RateTaken,
    /// There is not so much that may be taken or promised.
    #[error("not enough stock: {available} available")]
    InsufficientStock {
        /// Of what.
        item: crate::ids::ItemId,
        /// Where.
        warehouse: crate::ids::WarehouseId,
        /// What may be.
        available: crate::money::Decimal,
    },
    /// The reservation is of another item or warehouse, or no longer holds.
    #[error("the reservation does not hold")]
    ReservationEnded {
        /// Which.
        reservation: crate::ids::ReservationId,
    },
    /// The lot has expired: it is not issued.
    #[error("the lot has expired")]
    LotExpired {
        /// Which.
        lot: crate::ids::LotId,
        /// The last day on which it was good.
        expires_on: chrono::NaiveDate,
    },
    /// The piece of this serial number is in stock already, or was then.
    #[error("the serial number is in stock")]
    SerialInStock {
        /// Which.
        lot: crate::ids::LotId,
    },
    /// The line would take from too many lots.
    #[error("the line takes from too many lots; name them, or take less")]
    TooManyLots {
        /// Of what.
        item: crate::ids::ItemId,
    },
    /// Somebody has seen to the notice.
    #[error("the notice is acknowledged already")]
    AlertAcknowledged,
    /// The posting was taken back before.
    #[error("the posting is reversed already")]
    AlreadyReversed,
    /// What moved after the instant would have to be worked out again, and is more than may be.
    #[error("the item has too long a history for a posting of the past")]
    HistoryTooLong {
        /// Which.
        item: crate::ids::ItemId,
    },
    /// The instant lies in a closed period.
    #[error("the books are closed until {until}")]
    PeriodClosed {
        /// Until when.
        until: crate::time::Timestamp,
    },
    /// A reservation of the period is still active.
    #[error("a reservation of the period is still active")]
    OpenReservation {
        /// The first of them, by id.
        reservation: crate::ids::ReservationId,
    },
    /// A quantity or a value would become too large.
    #[error("the quantity or its value is too large")]
    StockOverflow,
    /// A task would wait for itself; the tasks along the ring.
    #[error("the tasks would form a ring")]
    TaskRing {
        /// The ids along the ring, the first one repeated at the end.
        path: Vec<crate::ids::TaskId>,
    },
    /// The one task waits for the other already.
    #[error("the dependency exists")]
    DependencyExists,
    /// What the task waits for is not done.
    #[error("the task waits for others that are not done")]
    TaskBlocked {
        /// The tasks that it waits for.
        by: Vec<crate::ids::TaskId>,
    },
    /// Another kind of phase has this name.
    #[error("the phase name is in use")]
    PhaseNameTaken,
    /// There are phases of this kind, cancelled or not.
    #[error("there are phases of this kind")]
    PhaseDefinitionInUse,
    /// The phase would lie over others of its project.
    #[error("the phase would lie over others")]
    PhasesOverlap {
        /// The phases, in their order.
        over: Vec<crate::ids::PhaseId>,
    },
    /// A phase whose gate is open would stand before one whose gate is passed.
    #[error("an open gate would stand before a passed one")]
    GatesOutOfOrder {
        /// The first phase whose gate is open.
        phase: crate::ids::PhaseId,
    },
    /// The budgets of the project's phases would be more than its own.
    #[error("the phases would cost {}, of a budget of {}", .sum.amount(), .budget.amount())]
    PhasesOverBudget {
        /// The project's budget.
        budget: crate::money::Money,
        /// Those of its phases together.
        sum: crate::money::Money,
    },
    /// Tasks of the phase are open.
    #[error("tasks of the phase are open")]
    PhaseBlocked {
        /// The first of them, by number.
        by: Vec<crate::ids::TaskId>,
    },
    /// Tasks are in the phase.
    #[error("tasks are in the phase")]
    PhaseInUse,
    /// A timer of the user runs already.
    #[error("a timer runs already")]
    TimerRunning,
    /// The time overlaps with other time of the same user.
    #[error("the time overlaps with other time")]
    TimeOverlaps {
        /// The entry that it overlaps with: told only to the one whose time it is, since it may be in a
        /// project that others do not see.
        with: Option<crate::ids::TimeEntryId>,
    },
    /// The user has as many files, or as many bytes of them, on no task as may be.
    #[error("put your files onto tasks first: on none may be {max_files}, of {max_bytes} bytes")]
    PendingFilesFull {
        /// The most files.
        max_files: u64,
        /// The most bytes of them together.
        max_bytes: u64,
    },
    /// The idempotency key was used with another request.
    #[error("the idempotency key was used with a different request")]
    IdempotencyKeyReused,
    /// Others changed the same thing again and again while the service retried.
    #[error("too many concurrent changes; try again")]
    Contention,
}

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
