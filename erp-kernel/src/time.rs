//! Instants, and the one place that knows time zones.
//!
//! An instant is UTC with microsecond precision, the precision both stores keep. Whatever is a day,
//! a week or an hour of the day names its zone and goes through [`tz`].

use chrono::{DateTime, Datelike as _, NaiveDate, SubsecRound, Timelike as _, Utc};

use crate::Violation;

/// An instant: UTC, whole microseconds.
pub type Timestamp = DateTime<Utc>;

/// The instant cut down to whole microseconds, the precision that every store keeps.
pub fn to_micros(at: Timestamp) -> Timestamp {
    at.trunc_subsecs(6)
}

/// The years whose days and instants every store can keep.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// The same of an instant that somebody has named, when every store can keep it.
///
/// # Errors
/// A validation error on the field, for an instant outside the years 1 to 9999 and for one in a leap
/// second (`:60`), of which stores make another instant (X-21).
pub fn checked(field: &str, at: Timestamp) -> Result<Timestamp, Violation> {
    if is_kept(at) {
        return Ok(to_micros(at));
    }
    Err(Violation::new(field, "must be in the years 1 to 9999, in a second from 0 to 59"))
}

/// A day that somebody has named, when every store can keep it.
///
/// # Errors
/// A validation error on the field, for a day outside the years 1 to 9999.
pub fn checked_day(field: &str, day: NaiveDate) -> Result<NaiveDate, Violation> {
    if is_kept_day(day) {
        return Ok(day);
    }
    Err(Violation::new(field, "must be a day of the years 1 to 9999"))
}

/// Whether every store can keep this instant.
/// Whether every store keeps this instant.
pub fn is_kept(at: Timestamp) -> bool {
    YEARS.contains(&at.year()) && at.nanosecond() < 1_000_000_000
}

/// Whether every store can keep this day.
/// Whether every store keeps this day.
pub fn is_kept_day(day: NaiveDate) -> bool {
    YEARS.contains(&day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_21_an_instant_or_a_day_that_no_store_keeps_is_refused() {
        for kept in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"] {
            assert!(checked("at", kept.parse().unwrap()).is_ok(), "{kept}");
        }
        for at in ["2016-12-31T23:59:60Z", "0000-12-31T23:59:59Z", "+10000-01-01T00:00:00Z"] {
            assert!(checked("at", at.parse().unwrap()).is_err(), "{at}");
        }
        assert!(checked_day("day", NaiveDate::MIN).is_err());
        assert!(checked_day("day", NaiveDate::MAX).is_err());
        assert!(checked_day("day", NaiveDate::default()).is_ok());
    }
}

/// Time zone rules, from the IANA database bundled with jiff.
pub mod tz {
    use chrono::{Datelike, NaiveDate};

    use super::Timestamp;

    /// A zone name that the database does not know, or a date or instant outside its range.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
    pub enum ZoneError {
        /// No zone of this name.
        #[error("unknown time zone `{0}`")]
        Unknown(String),
        /// A date or an instant that the calendar cannot hold.
        #[error("date or instant out of range")]
        OutOfRange,
    }

    /// A time zone by its IANA name, such as `Europe/Berlin`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Zone(jiff::tz::TimeZone);

    impl Zone {
        /// UTC.
        pub fn utc() -> Self {
            Self(jiff::tz::TimeZone::UTC)
        }

        /// The zone of this name.
        ///
        /// # Errors
        /// [`ZoneError::Unknown`] when the database has no such zone.
        pub fn named(name: &str) -> Result<Self, ZoneError> {
            jiff::tz::TimeZone::get(name).map(Self).map_err(|_| ZoneError::Unknown(name.to_owned()))
        }

        /// The IANA name.
        pub fn name(&self) -> &str {
            self.0.iana_name().unwrap_or("UTC")
        }

        /// The calendar date of an instant in this zone.
        ///
        /// # Errors
        /// [`ZoneError::OutOfRange`] outside the years -9999 to 9999.
        pub fn date_of(&self, at: Timestamp) -> Result<NaiveDate, ZoneError> {
            let local = instant(at)?.to_zoned(self.0.clone()).date();
            NaiveDate::from_ymd_opt(
                i32::from(local.year()),
                u32::from(local.month().unsigned_abs()),
                u32::from(local.day().unsigned_abs()),
            )
            .ok_or(ZoneError::OutOfRange)
        }

        /// The half-open interval `[start, end)` of instants that a calendar date covers here.
        /// It is 23 or 25 hours long on the days when the clocks change.
        ///
        /// # Errors
        /// [`ZoneError::OutOfRange`] outside the years -9999 to 9999.
        ///
        /// ```
        /// use erp_kernel::time::tz::Zone;
        /// let berlin = Zone::named("Europe/Berlin")?;
        /// let date = chrono::NaiveDate::from_ymd_opt(2024, 3, 31).ok_or("date")?;
        /// let (start, end) = berlin.day(date)?;
        /// assert_eq!(start.to_rfc3339(), "2024-03-30T23:00:00+00:00");
        /// assert_eq!((end - start).num_hours(), 23);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn day(&self, date: NaiveDate) -> Result<(Timestamp, Timestamp), ZoneError> {
            let next = date.succ_opt().ok_or(ZoneError::OutOfRange)?;
            Ok((self.start_of(date)?, self.start_of(next)?))
        }

        /// The instant at which clocks here show so many minutes of a day; 1440 is the day's end. A
        /// time that the clocks jump over is the instant of the jump, and of a time that they show
        /// twice it is the first: so what lies between two times of a day is never counted twice.
        ///
        /// # Errors
        /// [`ZoneError::OutOfRange`] outside the years -9999 to 9999, and beyond the day's end.
        ///
        /// ```
        /// use erp_kernel::time::tz::Zone;
        /// let berlin = Zone::named("Europe/Berlin")?;
        /// let date = chrono::NaiveDate::from_ymd_opt(2024, 3, 31).ok_or("date")?;
        /// // Clocks go from 02:00 to 03:00.
        /// assert_eq!(berlin.at(date, 150)?.to_rfc3339(), "2024-03-31T01:00:00+00:00");
        /// assert_eq!(berlin.at(date, 210)? - berlin.at(date, 90)?, chrono::TimeDelta::hours(1));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn at(&self, date: NaiveDate, minute: u16) -> Result<Timestamp, ZoneError> {
            if minute == 1_440 {
                return self.start_of(date.succ_opt().ok_or(ZoneError::OutOfRange)?);
            }
            let hour = i8::try_from(minute / 60).map_err(|_| ZoneError::OutOfRange)?;
            let minute = i8::try_from(minute % 60).map_err(|_| ZoneError::OutOfRange)?;
            let time = jiff::civil::Time::new(hour, minute, 0, 0);
            let time = time.map_err(|_| ZoneError::OutOfRange)?;
            let local = self.0.to_ambiguous_timestamp(civil(date)?.to_datetime(time));
            let gap = matches!(local.offset(), jiff::tz::AmbiguousOffset::Gap { .. });
            let first = local.earlier().map_err(|_| ZoneError::OutOfRange)?;
            if !gap {
                return timestamp(first);
            }
            let jump = self.0.following(first).next().ok_or(ZoneError::OutOfRange)?;
            timestamp(jump.timestamp())
        }

        fn start_of(&self, date: NaiveDate) -> Result<Timestamp, ZoneError> {
            let start = civil(date)?.to_zoned(self.0.clone());
            timestamp(start.map_err(|_| ZoneError::OutOfRange)?.timestamp())
        }
    }

    fn civil(date: NaiveDate) -> Result<jiff::civil::Date, ZoneError> {
        let year = i16::try_from(date.year()).map_err(|_| ZoneError::OutOfRange)?;
        let month = i8::try_from(date.month()).map_err(|_| ZoneError::OutOfRange)?;
        let day = i8::try_from(date.day()).map_err(|_| ZoneError::OutOfRange)?;
        jiff::civil::Date::new(year, month, day).map_err(|_| ZoneError::OutOfRange)
    }

    fn timestamp(at: jiff::Timestamp) -> Result<Timestamp, ZoneError> {
        Timestamp::from_timestamp_micros(at.as_microsecond()).ok_or(ZoneError::OutOfRange)
    }

    fn instant(at: Timestamp) -> Result<jiff::Timestamp, ZoneError> {
        jiff::Timestamp::from_microsecond(at.timestamp_micros()).map_err(|_| ZoneError::OutOfRange)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn x_4_a_day_in_berlin_has_23_24_or_25_hours() {
            let zone = Zone::named("Europe/Berlin").unwrap();
            for (date, hours) in [((2024, 3, 31), 23), ((2024, 6, 1), 24), ((2024, 10, 27), 25)] {
                let date = NaiveDate::from_ymd_opt(date.0, date.1, date.2).unwrap();
                let (start, end) = zone.day(date).unwrap();
                assert_eq!((end - start).num_hours(), hours);
                assert_eq!(zone.date_of(start).unwrap(), date);
                assert_ne!(zone.date_of(end).unwrap(), date, "the interval is half-open");
            }
        }

        #[test]
        fn proj_11_times_that_clocks_skip_or_show_twice_are_counted_once() {
            let zone = Zone::named("Europe/Berlin").unwrap();
            let hours = |date: (i32, u32, u32), from: u16, until: u16| {
                let date = NaiveDate::from_ymd_opt(date.0, date.1, date.2).unwrap();
                (zone.at(date, until).unwrap() - zone.at(date, from).unwrap()).num_minutes()
            };
            let (spring, autumn) = ((2024, 3, 31), (2024, 10, 27));
            assert_eq!(hours(spring, 0, 1_440), 23 * 60);
            assert_eq!(hours(spring, 150, 195), 15, "nobody works while clocks jump");
            assert_eq!(hours(spring, 120, 180), 0);
            assert_eq!(hours(autumn, 0, 1_440), 25 * 60);
            assert_eq!(hours(autumn, 60, 150) + hours(autumn, 150, 240), 4 * 60);
            assert_eq!(hours((2024, 6, 1), 540, 1_020), 8 * 60);
            assert!(zone.at(NaiveDate::MIN, 0).is_err());
        }

        #[test]
        fn an_unknown_zone_is_a_typed_error() {
            assert_eq!(Zone::named("Mars/Base"), Err(ZoneError::Unknown("Mars/Base".to_owned())));
        }
    }
}
