//! When a project is worked on.

use std::{fmt, str::FromStr};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{change::Version, ids::ProjectId, time::Timestamp};

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// Every day, Monday first.
    pub const ALL: &'static [Self] = &[
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The day of the week of a date.
    pub fn of(date: NaiveDate) -> Self {
        use chrono::Weekday as W;
        match date.weekday() {
            W::Mon => Self::Monday,
            W::Tue => Self::Tuesday,
            W::Wed => Self::Wednesday,
            W::Thu => Self::Thursday,
            W::Fri => Self::Friday,
            W::Sat => Self::Saturday,
            W::Sun => Self::Sunday,
        }
    }
}

/// What clocks show in a day: `00:00` to `24:00`, its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

/// A text that is no time of a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time of a day, such as `09:30`: `{0}`")]
pub struct ParseTimeOfDayError(pub String);

impl TimeOfDay {
    /// `00:00`.
    pub const START: Self = Self(0);
    /// `24:00`.
    pub const END: Self = Self(1_440);

    /// So many minutes after `00:00`; none beyond the end.
    pub const fn of_minute(minute: u16) -> Option<Self> {
        if minute <= Self::END.0 { Some(Self(minute)) } else { None }
    }

    /// The minutes after `00:00`.
    pub const fn minute(self) -> u16 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = ParseTimeOfDayError;
    fn from_str(text: &str) -> Result<Self, ParseTimeOfDayError> {
        let two = |digits: &str| -> Option<u16> {
            let fits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            if fits { digits.parse().ok() } else { None }
        };
        let parts =
            text.split_once(':').and_then(|(hour, minute)| Some((two(hour)?, two(minute)?)));
        let whole = parts.filter(|(_, minute)| *minute < 60);
        let time = whole.and_then(|(hour, minute)| Self::of_minute(hour * 60 + minute));
        time.ok_or_else(|| ParseTimeOfDayError(text.to_owned()))
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Hours of a weekday in which is worked, from the first time up to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkingHours {
    /// The day.
    pub day: Weekday,
    /// From when on.
    pub from: TimeOfDay,
    /// Until when.
    pub until: TimeOfDay,
}

impl WorkingHours {
    /// The whole of a day.
    pub const fn whole(day: Weekday) -> Self {
        Self { day, from: TimeOfDay::START, until: TimeOfDay::END }
    }
}

/// When is worked, in the days of the project's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingCalendar {
    /// The hours of a week, by day and time. A day without any is no working day; one with
    /// `00:00` to `24:00` is worked whole, for 23 or 25 hours where the clocks change.
    pub hours: Vec<WorkingHours>,
    /// Days on which is not worked, whatever weekdays they are.
    #[serde(default)]
    pub holidays: Vec<NaiveDate>,
}

impl Default for WorkingCalendar {
    /// Monday to Friday, `09:00` to `17:00`, without holidays.
    fn default() -> Self {
        let (from, until) = (TimeOfDay(9 * 60), TimeOfDay(17 * 60));
        let week = Weekday::ALL.iter().take(5);
        let hours = week.map(|day| WorkingHours { day: *day, from, until }).collect();
        Self { hours, holidays: Vec::new() }
    }
}

/// The calendar of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectCalendar {
    /// The project.
    pub project: ProjectId,
    /// When is worked.
    #[serde(flatten)]
    pub calendar: WorkingCalendar,
    /// Rises with every change of it; 0 while it is the one that every project begins with.
    pub version: Version,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
}

impl ProjectCalendar {
    /// The version of the calendar that every project begins with.
    pub const UNSET: Version = Version(0);

    /// The calendar that every project begins with.
    pub fn unset(project: ProjectId) -> Self {
        let calendar = WorkingCalendar::default();
        Self { project, calendar, version: Self::UNSET, updated_at: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_12_a_time_of_a_day_is_of_00_00_to_24_00() {
        for text in ["00:00", "09:30", "23:59", "24:00"] {
            let time: TimeOfDay = text.parse().unwrap();
            assert_eq!(time.to_string(), text);
        }
        for bad in ["", "9:30", "24:01", "12:60", "+1:00", "12", "12:000", "99:00"] {
            assert!(bad.parse::<TimeOfDay>().is_err(), "{bad}");
        }
        let whole = serde_json::to_string(&WorkingHours::whole(Weekday::Sunday)).unwrap();
        assert_eq!(whole, r#"{"day":"sunday","from":"00:00","until":"24:00"}"#);
    }
}
