//! What an hour of someone's work costs.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    change::Version,
    ids::{ProjectId, RateId, UserId},
    money::Money,
    time::Timestamp,
};

/// What an hour of a user's work costs from a day on, until the next of his rates of the same project
/// (or of none) begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourlyRate {
    /// Its id.
    pub id: RateId,
    /// Whose work.
    pub user: UserId,
    /// In which project; none in all in which he has no rate of its own on that day.
    pub project: Option<ProjectId>,
    /// From which day on, in the zone of the project in which is worked. Unique for the user and the
    /// project.
    pub valid_from: NaiveDate,
    /// What an hour costs.
    pub rate: Money,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Rises with every change of it.
    pub version: Version,
}

/// Time of a user that one rate is valid for: of entries that begin in an interval of instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatedSpan {
    /// Whose time.
    pub user: UserId,
    /// From when on; none from the beginning.
    pub from: Option<Timestamp>,
    /// Until when; none for ever.
    pub until: Option<Timestamp>,
}

/// What the time that was spent on a project costs (PROJ-12). Of an entry the rate counts that is valid
/// on the day, in the project's zone, on which it begins. Each currency is rounded once, half up, when
/// all is added up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectCost {
    /// The costs, one of each currency, by its code.
    pub costs: Vec<Money>,
    /// The time for which there is no rate, in microseconds.
    pub unrated_us: i64,
    /// What is left of the budget; none without one, or when there are costs in another currency.
    pub budget_left: Option<Money>,
}
