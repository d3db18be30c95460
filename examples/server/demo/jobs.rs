//! The channel where technicians report on their jobs: much the same every day, so it is made up
//! from lists.

use chrono::{Datelike, TimeDelta, Weekday};
use erp_core::{chat::RoomKind, time::Timestamp};

use super::script::{Line, Room};

const CREWS: &[&str] = &["tom", "leila", "jonas", "daniel"];

const CUSTOMERS: &[&str] = &[
    "Lindgren, Oak Lane 14",
    "Surgery Dr. Patel",
    "Harbour Bakery",
    "Moreau, Mill Road 3",
    "Seaview Primary",
    "Okafor, Hill View 27",
    "Hotel Zur Post",
    "Schmidt, Station Road 8",
    "Brewer & Sons",
    "Novak, Church Street 41",
    "Allotment Society",
    "Fischer, Canal Walk 2",
];

const WORK: &[(&str, &[&str])] = &[
    (
        "heat pump service",
        &[
            "Filters cleaned, flow at 42 °C. Next service in a year.",
            "Brine pressure was low, topped up to 1.5 bar. All fine now.",
            "Fan bearing is noisy. Works, but I would order one: order noted.",
        ],
    ),
    (
        "charger installation",
        &[
            "Charger is up, 11 kW, load balancing tested with the oven on.",
            "Done. Customer wants a second one for the summer house, told Emma.",
            "Main board had no free slot, added a small one. 2.5 h extra.",
        ],
    ),
    (
        "solar inspection",
        &[
            "String 2 gives 8 % less than string 1. A chimney shades it from 15:00, nothing broken.",
            "Roof hooks tight, photos are in the folder.",
            "One optimiser dead, swapped from the van. Serial numbers in the folder.",
        ],
    ),
    (
        "hot water tank",
        &[
            "Old tank out, new 300 l in. Anode checked, customer has hot water again.",
            "Safety valve was dripping, replaced. 40 minutes.",
            "Access is too narrow for the 300 l. Agreed on 2 x 160 l with the customer, Oskar please check stock.",
        ],
    ),
];

/// Days before today that are told of; nobody works at the weekend.
const DAYS: i64 = 14;
const JOBS_A_DAY: usize = 6;

/// The channel `jobs`.
pub fn rooms(now: Timestamp) -> Vec<Room> {
    let days = (1..=DAYS).rev().map(|ago| now - TimeDelta::days(ago));
    let working = days.filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun));
    let lines = working.enumerate().flat_map(|(index, day)| day_of_jobs(index, day)).collect();
    vec![Room {
        kind: RoomKind::Channel,
        name: "jobs".to_owned(),
        topic: Some("One line when you start, one when you are done".to_owned()),
        members: Vec::new(),
        unread: vec![("anna".to_owned(), 4), ("sofia".to_owned(), 12)],
        lines,
    }]
}

fn day_of_jobs(day: usize, date: Timestamp) -> Vec<Line> {
    let midnight = date.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let mut lines: Vec<Line> = (0..JOBS_A_DAY)
        .flat_map(|slot| {
            let number = day * JOBS_A_DAY + slot;
            let crew = CREWS[(number + day) % CREWS.len()];
            let customer = CUSTOMERS[(number * 5 + day) % CUSTOMERS.len()];
            let (work, results) = WORK[(number * 3 + day) % WORK.len()];
            let result = results[(number + slot) % results.len()];
            let start = 7 * 60 + 20 + slot * 85 + (number * 7) % 25;
            let line = |minute: usize, body: String| Line {
                author: crew.to_owned(),
                at: midnight + TimeDelta::minutes(minute as i64),
                body,
            };
            let job = 2_380 + number;
            [
                line(start, format!("Job {job}: {customer}, {work}. On site.")),
                line(start + 50 + (number * 11) % 45, format!("Job {job} done. {result}")),
            ]
        })
        .collect();
    lines.sort_by_key(|line| line.at);
    lines
}
