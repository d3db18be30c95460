//! What time costs.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::super::model::{HourlyRate, ProjectCost, RatedSpan};
use crate::{
    error::{Error, Result},
    ids::UserId,
    money::{Currency, Money, Rounding},
    record::Stored,
    time::tz::Zone,
};

/// The microseconds of an hour.
const HOUR_US: i64 = 3_600_000_000;

/// The rate of a user that is valid on a day: the last that began by then, one of the project before
/// one of all. `rates` are of one project, or of none.
pub fn rate_on(
    rates: &[Stored<HourlyRate>],
    user: UserId,
    day: NaiveDate,
) -> Option<&Stored<HourlyRate>> {
    let began = rates.iter().filter(|rate| rate.user == user && rate.valid_from.get() <= day);
    began.max_by_key(|rate| (rate.project.is_some(), rate.valid_from))
}

/// The spans in which one rate is valid, with that rate: of each user those between the days on which
/// one begins, cut where these days begin in the zone.
///
/// # Errors
/// An internal error for a day that the calendar cannot hold.
pub fn rated_spans(rates: &[Stored<HourlyRate>], zone: &Zone) -> Result<Vec<(RatedSpan, Money)>> {
    let mut days: BTreeMap<UserId, BTreeSet<NaiveDate>> = BTreeMap::new();
    for rate in rates {
        days.entry(rate.user).or_default().insert(rate.valid_from.get());
    }
    let begins = |day: NaiveDate| match zone.day(day) {
        Ok((start, _)) => Ok(start),
        Err(error) => Err(Error::Internal(error.to_string())),
    };
    let mut spans = Vec::new();
    for (user, days) in days {
        for day in &days {
            let end = days.range((Bound::Excluded(*day), Bound::Unbounded)).next().copied();
            let Some(rate) = rate_on(rates, user, *day) else { continue };
            let (from, until) = (Some(begins(*day)?), end.map(begins).transpose()?);
            spans.push((RatedSpan { user, from, until }, rate.rate));
        }
    }
    Ok(spans)
}

/// What the time costs that was spent in these spans, at the rate of each; `spent_us` is all that was
/// spent.
///
/// # Errors
/// An internal error when a sum does not fit.
pub fn cost(spans: &[(Money, i64)], spent_us: i64, budget: Option<Money>) -> Result<ProjectCost> {
    let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
    let mut rated_us = 0_i64;
    let too_large = || Error::Internal("a cost does not fit".to_owned());
    for (rate, us) in spans.iter().filter(|(_, us)| *us > 0) {
        let product = rate.amount().checked_mul(Decimal::from(*us)).ok_or_else(too_large)?;
        let sum = sums.entry(rate.currency()).or_default();
        *sum = sum.checked_add(product).ok_or_else(too_large)?;
        rated_us = rated_us.saturating_add(*us);
    }
    let rounded = |(currency, sum): (Currency, Decimal)| {
        Money::rounded(sum / Decimal::from(HOUR_US), currency, Rounding::HalfUp)
    };
    let costs: Vec<Money> = sums.into_iter().map(rounded).collect();
    let budget_left = budget.and_then(|budget| match costs.as_slice() {
        [] => Some(budget),
        [one] if one.currency() == budget.currency() => {
            let left = budget.amount().checked_sub(one.amount())?;
            Money::new(left, budget.currency()).ok()
        }
        _ => None,
    });
    Ok(ProjectCost { costs, unrated_us: (spent_us - rated_us).max(0), budget_left })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{
        change::Version,
        ids::{ProjectId, RateId},
        record::{Day, Rules as _},
        time::Timestamp,
    };

    fn money(text: &str, code: &str) -> Money {
        Money::new(text.parse().unwrap(), Currency::new(code).unwrap()).unwrap()
    }

    fn rate(user: u128, project: bool, day: u32, amount: i64) -> Stored<HourlyRate> {
        let fields = HourlyRate {
            user: UserId::from_uuid(Uuid::from_u128(user)),
            project: project.then(|| ProjectId::from_uuid(Uuid::nil())),
            valid_from: Day::new(NaiveDate::from_ymd_opt(2024, 3, day).unwrap()).unwrap(),
            rate: Money::new(amount.into(), Currency::new("EUR").unwrap()).unwrap(),
        };
        Stored {
            id: RateId::from_uuid(Uuid::nil()),
            version: Version::FIRST,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            archived_at: None,
            fields,
        }
    }

    #[test]
    fn proj_12_cost_is_rounded_once_and_tells_what_has_no_rate() {
        let third = HOUR_US / 3;
        let thirds = [(money("10", "EUR"), third), (money("10", "EUR"), third)];
        let of = cost(&thirds, 3 * third, Some(money("20", "EUR"))).unwrap();
        assert_eq!(of.costs, [money("6.67", "EUR")], "not twice 3.33");
        assert_eq!((of.unrated_us, of.budget_left), (third, Some(money("13.33", "EUR"))));
        let mixed = [(money("100", "JPY"), HOUR_US / 2), (money("1", "EUR"), HOUR_US)];
        let of = cost(&mixed, 3 * HOUR_US / 2, Some(money("20", "EUR"))).unwrap();
        assert_eq!(of.costs, [money("1", "EUR"), money("50", "JPY")]);
        assert_eq!((of.unrated_us, of.budget_left), (0, None));
        let over = cost(&[(money("30", "EUR"), HOUR_US)], HOUR_US, Some(money("20", "EUR")));
        assert_eq!(over.unwrap().budget_left, Some(money("-10", "EUR")));
        assert_eq!(cost(&[], 0, None).unwrap(), ProjectCost::default());
    }

    #[test]
    fn a_wrong_rate_is_told_by_field() {
        let wrong = |amount| {
            let mut wrong = Vec::new();
            let rate = HourlyRate { rate: money(amount, "EUR"), ..rate(1, false, 1, 1).fields };
            HourlyRate::check(None, &rate, &mut wrong);
            wrong.into_iter().map(|wrong| wrong.field).collect::<Vec<_>>()
        };
        assert_eq!((wrong("0"), wrong("1000000000")), (vec![], vec![]));
        for amount in ["-1", "1000000000.01"] {
            assert_eq!(wrong(amount), ["rate"], "{amount}");
        }
    }

    proptest! {
        /// Every hour of some days has in its span the rate that is valid on its day.
        #[test]
        fn proj_12_each_instant_has_the_rate_of_its_day(
            rates in proptest::collection::btree_map((0_u128..2, any::<bool>(), 29_u32..32), 0_i64..9, 0..6),
        ) {
            let rates: Vec<_> = rates
                .into_iter()
                .map(|((user, project, day), amount)| rate(user, project, day, amount))
                .collect();
            // Clocks change on the 31st.
            let berlin = Zone::named("Europe/Berlin").unwrap();
            let spans = rated_spans(&rates, &berlin).unwrap();
            let start: Timestamp = "2024-03-28T00:00:00Z".parse().unwrap();
            for hour in 0..120 {
                let at = start + TimeDelta::hours(hour);
                let day = berlin.date_of(at).unwrap();
                for user in [0, 1].map(|user| UserId::from_uuid(Uuid::from_u128(user))) {
                    let within = |span: &RatedSpan| span.user == user
                        && span.from.is_none_or(|from| from <= at)
                        && span.until.is_none_or(|until| at < until);
                    let found: Vec<Money> =
                        spans.iter().filter(|(span, _)| within(span)).map(|(_, rate)| *rate).collect();
                    let expected = rate_on(&rates, user, day).map(|rate| rate.rate);
                    prop_assert_eq!(found, Vec::from_iter(expected));
                }
            }
        }
    }
}
