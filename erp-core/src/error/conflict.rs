//! The conflicts.

use std::borrow::Cow;

use serde::Serialize;

use super::known;
use crate::change::Version;

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
    /// These two already have a direct room.
    #[error("the direct room exists")]
    DirectRoomExists,
    /// The id is in use.
    #[error("{entity} exists already")]
    Exists {
        /// The kind of thing.
        entity: Cow<'static, str>,
    },
    /// The organisation must keep an active owner.
    #[error("the last owner cannot be removed, demoted, deactivated or deleted")]
    LastOwner,
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
    /// The one task waits for the other already.
    #[error("the dependency exists")]
    DependencyExists,
    /// What the task waits for is not done.
    #[error("the task waits for others that are not done")]
    TaskBlocked {
        /// The tasks that it waits for.
        by: Vec<crate::ids::TaskId>,
    },
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
    /// Another thing of this kind has this value of a key that is unique.
    #[error("{}", known::taken(.entity, .key).text)]
    #[serde(untagged, serialize_with = "known::write_taken")]
    Taken {
        /// The kind of thing.
        entity: Cow<'static, str>,
        /// The key, by the name of its field.
        key: Cow<'static, str>,
    },
    /// Others refer to the thing: it is not deleted, or what they go by stays.
    #[error("{}", known::in_use(.entity, .by).text)]
    #[serde(untagged, serialize_with = "known::write_in_use")]
    InUse {
        /// The kind of thing.
        entity: Cow<'static, str>,
        /// What uses it.
        by: Cow<'static, str>,
    },
    /// Things would be in themselves, or wait for themselves.
    #[error("{}", known::ring(.entity).text)]
    #[serde(untagged, serialize_with = "known::write_ring")]
    Ring {
        /// The kind of thing.
        entity: Cow<'static, str>,
        /// The ids or keys along the ring, the first one repeated at the end.
        path: Vec<String>,
    },
}

impl Conflict {
    /// Another thing of this kind has this value of the key.
    pub const fn taken(entity: &'static str, key: &'static str) -> Self {
        Self::Taken { entity: Cow::Borrowed(entity), key: Cow::Borrowed(key) }
    }

    /// The thing of this kind is used by things of another.
    pub const fn in_use(entity: &'static str, by: &'static str) -> Self {
        Self::InUse { entity: Cow::Borrowed(entity), by: Cow::Borrowed(by) }
    }

    /// Things of this kind would form a ring along this path, the first one repeated at the end.
    pub fn ring(entity: &'static str, path: &[impl ToString]) -> Self {
        let path = path.iter().map(ToString::to_string).collect();
        Self::Ring { entity: Cow::Borrowed(entity), path }
    }
}
