//! Working time, against counting minute by minute.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::projects::WorkingHours;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn hours(day: Weekday, from: &str, until: &str) -> WorkingHours {
    WorkingHours { day, from: from.parse().unwrap(), until: until.parse().unwrap() }
}

#[test]
fn proj_7_a_week_is_counted_in_working_time() {
    let holidays = vec![day("2024-03-06")];
    let (calendar, utc) = (WorkingCalendar { holidays, ..Default::default() }, Zone::utc());
    // A Monday.
    let mut work = WorkTime::from(&calendar, &utc, day("2024-03-04"));
    for (date, minutes) in [
        ("2024-03-04", 0),
        ("2024-03-05", 480),
        ("2024-03-07", 960),
        ("2024-03-09", 1_920),
        ("2024-03-11", 1_920),
        ("2024-03-01", -480),
        ("2024-03-02", 0),
    ] {
        assert_eq!(work.before(day(date)), Ok(minutes), "{date}");
    }
    // What is finished on Friday lets others start on Monday.
    assert_eq!(work.day_of_finish(1_920), Ok(day("2024-03-08")));
    assert_eq!(work.day_of_start(1_920), Ok(day("2024-03-11")));
    assert_eq!(work.day_of_finish(0), Ok(day("2024-03-01")));
    assert_eq!(work.day_of_start(0), Ok(day("2024-03-04")));
    assert_eq!(work.day_of_start(-1), Ok(day("2024-03-01")));
    assert_eq!(work.days(day("2024-03-04"), day("2024-03-10")), Ok(4));
    assert_eq!(work.days(day("2024-03-09"), day("2024-03-10")), Ok(0));
    assert_eq!(work.working_day(day("2024-03-05"), 2), Ok(day("2024-03-07")));
    assert_eq!(work.working_days_back(day("2024-03-11"), 4), Ok(day("2024-03-05")));
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    assert_eq!(work.starts_at(500), Ok(at("2024-03-05T09:20:00Z")));
    assert_eq!(work.finishes_at(480), Ok(at("2024-03-04T17:00:00Z")));
    assert_eq!(work.starts_at(480), Ok(at("2024-03-05T09:00:00Z")));
}

#[test]
fn proj_11_days_on_which_clocks_change_are_as_long_as_they_are() {
    let hours =
        vec![WorkingHours::whole(Weekday::Sunday), hours(Weekday::Monday, "09:00", "17:00")];
    let calendar = WorkingCalendar { hours, holidays: Vec::new() };
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let length = |date: &str| {
        let mut work = WorkTime::from(&calendar, &berlin, day(date));
        work.until_end_of(day(date)).unwrap()
    };
    assert_eq!(length("2024-03-31"), 23 * 60);
    assert_eq!(length("2024-10-27"), 25 * 60);
    assert_eq!(length("2024-06-02"), 24 * 60);
    assert_eq!(length("2024-04-01"), 8 * 60);
    assert_eq!(length("2024-04-02"), 0);
    let mut work = WorkTime::from(&calendar, &berlin, day("2024-03-31"));
    let monday: Timestamp = "2024-04-01T07:00:00Z".parse().unwrap();
    assert_eq!(work.starts_at(23 * 60), Ok(monday));
}

#[test]
fn a_calendar_is_kept_in_order_and_wrong_ones_are_told() {
    let given = WorkingCalendar {
        hours: vec![
            hours(Weekday::Tuesday, "13:00", "24:00"),
            hours(Weekday::Tuesday, "08:00", "13:00"),
            hours(Weekday::Monday, "00:00", "24:00"),
        ],
        holidays: vec![day("2024-12-26"), day("2024-12-25"), day("2024-12-26")],
    };
    let kept = check_calendar(given).unwrap();
    assert_eq!(kept.hours[0], WorkingHours::whole(Weekday::Monday));
    assert_eq!(kept.holidays, [day("2024-12-25"), day("2024-12-26")]);
    let fields = |calendar: WorkingCalendar| match check_calendar(calendar) {
        Err(Error::Validation(wrong)) => wrong.into_iter().map(|one| one.field).collect::<Vec<_>>(),
        other => panic!("it is wrong: {other:?}"),
    };
    let holidays = vec![NaiveDate::MIN];
    let bad = WorkingCalendar { hours: vec![hours(Weekday::Monday, "09:00", "09:00")], holidays };
    assert_eq!(fields(bad), ["hours[0].until", "holidays"]);
    let none = WorkingCalendar { hours: Vec::new(), holidays: Vec::new() };
    assert_eq!(fields(none), ["hours"]);
    let twice =
        vec![hours(Weekday::Monday, "09:00", "12:00"), hours(Weekday::Monday, "11:59", "13:00")];
    assert_eq!(fields(WorkingCalendar { hours: twice, holidays: Vec::new() }), ["hours"]);
}

#[test]
fn a_plan_does_not_go_on_for_ever() {
    let week = vec![hours(Weekday::Monday, "09:00", "09:01")];
    let holidays: Vec<_> = day("2024-01-01").iter_days().take(2_000).collect();
    let (calendar, utc) = (WorkingCalendar { hours: week, holidays }, Zone::utc());
    let mut work = WorkTime::from(&calendar, &utc, day("2024-01-01"));
    assert_eq!(work.day_of_start(0), Ok(day("2029-06-25")));
    assert!(matches!(work.day_of_start(1_000_000), Err(Error::Precondition(_))));
    assert!(matches!(work.day_of_finish(-1_000_000), Err(Error::Precondition(_))));
    assert!(matches!(work.before(day("2200-01-01")), Err(Error::Precondition(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every minute of a month around the change of the clocks, one after the other.
    #[test]
    fn proj_7_and_proj_11_working_time_is_what_one_counts_minute_by_minute(
        intervals in proptest::collection::vec((0_usize..7, 0_u16..24, 1_u16..12), 1..6),
        off in proptest::collection::vec(0_u64..20, 0..3),
        spring in any::<bool>(),
    ) {
        let first = day(if spring { "2024-03-22" } else { "2024-10-18" });
        let hours = intervals.iter().map(|(day, from, length)| WorkingHours {
            day: Weekday::ALL[*day],
            from: TimeOfDay::of_minute(from * 60).unwrap(),
            until: TimeOfDay::of_minute(((from + length) * 60).min(1_440)).unwrap(),
        });
        let holidays = off.iter().map(|days| first + Days::new(*days)).collect();
        let calendar = WorkingCalendar { hours: hours.collect(), holidays };
        let Ok(calendar) = check_calendar(calendar) else { return Ok(()) };
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let works = |at: Timestamp| {
            let date = berlin.date_of(at).unwrap();
            let in_hours = calendar.hours.iter().any(|hours| {
                hours.day == Weekday::of(date)
                    && berlin.at(date, hours.from.minute()).unwrap() <= at
                    && at < berlin.at(date, hours.until.minute()).unwrap()
            });
            in_hours && !calendar.holidays.contains(&date)
        };
        let mut work = WorkTime::from(&calendar, &berlin, first);
        let (mut at, end) = (berlin.day(first).unwrap().0, berlin.day(first + Days::new(20)).unwrap().0);
        let mut worked = 0;
        while at < end {
            let date = berlin.date_of(at).unwrap();
            if berlin.day(date).unwrap().0 == at {
                prop_assert_eq!(work.before(date), Ok(worked));
            }
            if works(at) {
                prop_assert_eq!(work.starts_at(worked), Ok(at));
                prop_assert_eq!(work.day_of_start(worked), Ok(date));
                worked += 1;
                prop_assert_eq!(work.finishes_at(worked), Ok(at + TimeDelta::minutes(1)));
                prop_assert_eq!(work.day_of_finish(worked), Ok(date));
            }
            at += TimeDelta::minutes(1);
        }
    }
}
