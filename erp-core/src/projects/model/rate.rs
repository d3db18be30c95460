//! What an hour of someone's work costs.

use serde::{Deserialize, Serialize};

use crate::{
    change::Audience,
    error::Violation,
    ids::{ProjectId, RateId, UserId},
    money::{Decimal, Money},
    policy::Permission,
    record::{Day, Record, Rules},
    time::Timestamp,
};

/// What an hour of a user's work costs from a day on, until the next of their rates of the same project (or of
/// none) begins. Nobody sees it but those who may see rates: not even the user.
#[derive(Clone, Debug, PartialEq, Record)]
#[record(kind = "rate", table = "hourly_rates", id = RateId, path = "users/{id}/rates", item = "rates",
    under = user, within = project, untold, read = RateRead, create = RateCreate, update = RateUpdate,
    delete = RateDelete, key(user, project, valid_from),
    audience = [Audience::Holders(Permission::RatesRead)], event(module = "projects", put), rules)]
pub struct HourlyRate {
    /// Whose work.
    #[field(fixed, filter)]
    pub user: UserId,
    /// In which project; none in all in which they have no rate of its own on that day.
    #[field(fixed)]
    pub project: Option<ProjectId>,
    /// From which day on, in the zone of the project in which is worked. Unique for the user and the
    /// project.
    #[field(sort)]
    pub valid_from: Day,
    /// What an hour costs.
    #[field(columns(rate, currency))]
    pub rate: Money,
}

/// The highest rate: far above any, and far below where sums become too large.
const MAX_RATE: i64 = 1_000_000_000;

impl Rules for HourlyRate {
    fn check(_was: Option<&Self>, now: &Self, wrong: &mut Vec<Violation>) {
        let rates = Decimal::ZERO..=Decimal::from(MAX_RATE);
        if !now.rate.is_current() || !rates.contains(&now.rate.amount()) {
            let says = "must be an amount of 0 to 1,000,000,000 that its currency has";
            wrong.push(Violation::new("rate", says));
        }
    }
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
