//! Decisions about working calendars, and counting in working time.

use std::collections::{BTreeMap, btree_map::Entry};

use chrono::{Days, NaiveDate};

use super::super::model::{TimeOfDay, Weekday, WorkingCalendar};
use crate::{
    error::{Error, Result, Violation},
    fields::Day,
    time::{
        Timestamp,
        tz::{Zone, ZoneError},
    },
};

/// Intervals in a week at most.
const MAX_HOURS: usize = 100;
/// Holidays at most.
const MAX_HOLIDAYS: usize = 2_000;
/// How far a plan reaches from its first day, in days: a hundred years.
const MAX_DAYS: usize = 36_525;

/// A calendar as it is kept: hours and holidays in order.
///
/// # Errors
/// Validation errors on `hours`, `hours[n].until` and `holidays`.
pub fn check_calendar(mut calendar: WorkingCalendar) -> Result<WorkingCalendar> {
    let mut wrong = Vec::new();
    let hours = &mut calendar.hours;
    for (index, one) in hours.iter().enumerate().filter(|(_, one)| one.until <= one.from) {
        let message = format!("must be after {}", one.from);
        wrong.push(Violation::new(format!("hours[{index}].until"), message));
    }
    hours.sort_unstable();
    let overlap = |pair: &[_]| match pair {
        [one, next] => overlaps(one, next),
        _ => false,
    };
    if hours.is_empty() || hours.len() > MAX_HOURS || hours.windows(2).any(overlap) {
        let message = "must be 1 to 100 intervals, of which no two of a day overlap";
        wrong.push(Violation::new("hours", message));
    }
    let holidays = &mut calendar.holidays;
    holidays.sort_unstable();
    holidays.dedup();
    let years = |day: &NaiveDate| Day::new(*day).is_ok();
    if holidays.len() > MAX_HOLIDAYS || !holidays.iter().all(years) {
        let message = "must be at most 2,000 days of the years 1 to 9000";
        wrong.push(Violation::new("holidays", message));
    }
    if wrong.is_empty() { Ok(calendar) } else { Err(Error::Validation(wrong)) }
}

fn overlaps(
    one: &super::super::model::WorkingHours,
    next: &super::super::model::WorkingHours,
) -> bool {
    one.day == next.day && next.from < one.until
}

/// What was worked before a day begins, counted from the first day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Worked {
    minutes: i64,
    days: i64,
}

/// Working time as a line: minutes of work, counted from the beginning of a first day on, and so
/// negative before it. A minute of work lies within one day; where a day ends and the next working
/// day begins it is the same place on the line, which as a start is the later day and as a finish the
/// earlier one.
#[derive(Debug)]
pub struct WorkTime<'a> {
    calendar: &'a WorkingCalendar,
    zone: &'a Zone,
    first: NaiveDate,
    /// What was worked before the first day begins, before the next one, and so on.
    ahead: Vec<Worked>,
    /// The same for the days before the first one, backwards, the first one included.
    behind: Vec<Worked>,
    /// When is worked on the days that were asked for: a plan asks for the same days over and over.
    known: BTreeMap<NaiveDate, Vec<(Timestamp, Timestamp)>>,
}

impl<'a> WorkTime<'a> {
    /// The working time of a calendar in a zone, counted from this day on.
    pub fn from(calendar: &'a WorkingCalendar, zone: &'a Zone, first: NaiveDate) -> Self {
        let (ahead, behind) = (vec![Worked::default()], vec![Worked::default()]);
        Self { calendar, zone, first, ahead, behind, known: BTreeMap::new() }
    }

    /// The minutes of work before this day begins.
    ///
    /// # Errors
    /// A precondition error when the plan goes further than a hundred years.
    pub fn before(&mut self, day: NaiveDate) -> Result<i64> {
        Ok(self.at(day)?.minutes)
    }

    /// The minutes of work before the day after this one begins.
    ///
    /// # Errors
    /// As [`Self::before`].
    pub fn until_end_of(&mut self, day: NaiveDate) -> Result<i64> {
        Ok(self.at(day.succ_opt().ok_or_else(too_far)?)?.minutes)
    }

    /// The day on which something starts after so many minutes of work.
    ///
    /// # Errors
    /// As [`Self::before`].
    pub fn day_of_start(&mut self, minutes: i64) -> Result<NaiveDate> {
        let index = self.last(|worked| worked.minutes <= minutes)?;
        self.day(index)
    }

    /// The day on which something is finished after so many minutes of work.
    ///
    /// # Errors
    /// As [`Self::before`].
    pub fn day_of_finish(&mut self, minutes: i64) -> Result<NaiveDate> {
        let index = self.last(|worked| worked.minutes < minutes)?;
        self.day(index)
    }

    /// The working days from one day to another, both included.
    ///
    /// # Errors
    /// As [`Self::before`].
    pub fn days(&mut self, from: NaiveDate, until: NaiveDate) -> Result<i64> {
        let after = until.succ_opt().ok_or_else(too_far)?;
        Ok((self.at(after)?.days - self.at(from)?.days).max(0))
    }

    /// The working day of this number, of those from a day on.
    ///
    /// # Errors
    /// As [`Self::before`].
    pub fn working_day(&mut self, from: NaiveDate, number: i64) -> Result<NaiveDate> {
        let wanted = self.at(from)?.days.saturating_add(number);
        let index = self.last(|worked| worked.days < wanted)?;
        self.day(index)
    }

    /// The day with which so many working days begin that end with this one.
    ///
    /// # Errors
    /// As [`Self::before`].
    pub fn working_days_back(&mut self, until: NaiveDate, number: i64) -> Result<NaiveDate> {
        let after = until.succ_opt().ok_or_else(too_far)?;
        let wanted = self.at(after)?.days.saturating_sub(number);
        let index = self.last(|worked| worked.days <= wanted)?;
        self.day(index)
    }

    /// The instant at which something starts after so many minutes of work.
    ///
    /// # Errors
    /// As [`Self::before`].
    pub fn starts_at(&mut self, minutes: i64) -> Result<Timestamp> {
        let day = self.day_of_start(minutes)?;
        let mut left = minutes - self.before(day)?;
        for (from, until) in self.intervals(day)?.iter().copied() {
            let length = (until - from).num_minutes();
            if left < length {
                return Ok(from + chrono::TimeDelta::minutes(left));
            }
            left -= length;
        }
        Err(Error::Internal("a start lies outside its day".to_owned()))
    }

    /// The instant at which something is finished after so many minutes of work.
    ///
    /// # Errors
    /// As [`Self::before`].
    pub fn finishes_at(&mut self, minutes: i64) -> Result<Timestamp> {
        let day = self.day_of_finish(minutes)?;
        let mut left = minutes - self.before(day)?;
        for (from, until) in self.intervals(day)?.iter().copied() {
            let length = (until - from).num_minutes();
            if left <= length {
                return Ok(from + chrono::TimeDelta::minutes(left));
            }
            left -= length;
        }
        Err(Error::Internal("a finish lies outside its day".to_owned()))
    }

    fn at(&mut self, day: NaiveDate) -> Result<Worked> {
        let index = day.signed_duration_since(self.first).num_days();
        let steps = usize::try_from(index.unsigned_abs()).map_err(|_| too_far())?;
        if steps > MAX_DAYS {
            return Err(too_far());
        }
        while index >= 0 && self.ahead.len() <= steps {
            self.go_ahead()?;
        }
        while index < 0 && self.behind.len() <= steps {
            self.go_behind()?;
        }
        let line = if index < 0 { &self.behind } else { &self.ahead };
        Ok(line.get(steps).copied().unwrap_or_default())
    }

    /// The last day before which is worked so little that it holds. It holds for the days before, too.
    fn last(&mut self, holds: impl Fn(&Worked) -> bool) -> Result<i64> {
        let index = |place: usize| i64::try_from(place).map_err(|_| too_far());
        if holds(&Worked::default()) {
            while self.ahead.last().is_some_and(&holds) {
                self.go_ahead()?;
            }
            return Ok(index(self.ahead.partition_point(&holds))? - 1);
        }
        while !self.behind.last().is_some_and(&holds) {
            self.go_behind()?;
        }
        Ok(-index(self.behind.partition_point(|worked| !holds(worked)))?)
    }

    fn go_ahead(&mut self) -> Result<()> {
        let next = i64::try_from(self.ahead.len()).map_err(|_| too_far())?;
        let day = self.day(next - 1)?;
        let (minutes, last) = (self.minutes(day)?, self.ahead.last().copied().unwrap_or_default());
        self.ahead.push(Worked {
            minutes: last.minutes + minutes,
            days: last.days + i64::from(minutes > 0),
        });
        if self.ahead.len() > MAX_DAYS + 1 { Err(too_far()) } else { Ok(()) }
    }

    fn go_behind(&mut self) -> Result<()> {
        let next = i64::try_from(self.behind.len()).map_err(|_| too_far())?;
        let day = self.day(-next)?;
        let (minutes, last) = (self.minutes(day)?, self.behind.last().copied().unwrap_or_default());
        self.behind.push(Worked {
            minutes: last.minutes - minutes,
            days: last.days - i64::from(minutes > 0),
        });
        if self.behind.len() > MAX_DAYS + 1 { Err(too_far()) } else { Ok(()) }
    }

    /// The day that is so many days after the first one.
    fn day(&self, index: i64) -> Result<NaiveDate> {
        let by = Days::new(index.unsigned_abs());
        let day = if index < 0 {
            self.first.checked_sub_days(by)
        } else {
            self.first.checked_add_days(by)
        };
        let year = |day: &NaiveDate| Day::new(*day).is_ok();
        day.filter(year).ok_or_else(too_far)
    }

    fn minutes(&mut self, day: NaiveDate) -> Result<i64> {
        let lengths = self.intervals(day)?;
        Ok(lengths.iter().map(|(from, until)| (*until - *from).num_minutes()).sum())
    }

    /// The intervals of instants in which is worked on a day, between instants, whatever clocks do
    /// meanwhile (PROJ-11).
    fn intervals(&mut self, day: NaiveDate) -> Result<&[(Timestamp, Timestamp)]> {
        Ok(match self.known.entry(day) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(intervals_of(self.calendar, self.zone, day)?),
        })
    }
}

fn intervals_of(
    calendar: &WorkingCalendar,
    zone: &Zone,
    day: NaiveDate,
) -> Result<Vec<(Timestamp, Timestamp)>> {
    if calendar.holidays.binary_search(&day).is_ok() {
        return Ok(Vec::new());
    }
    let weekday = Weekday::of(day);
    let at = |time: TimeOfDay| zone.at(day, time.minute()).map_err(|_: ZoneError| too_far());
    let hours = calendar.hours.iter().filter(|hours| hours.day == weekday);
    hours.map(|hours| Ok((at(hours.from)?, at(hours.until)?))).collect()
}

fn too_far() -> Error {
    Error::Precondition("the plan goes beyond a hundred years, or beyond the year 9000".into())
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
