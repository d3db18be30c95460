//! What of failed logins, of slowed ones and of refusals comes into the audit log: one count for each
//! network and window, told as it grows tenfold and when the window is over. However much is tried from
//! however many places, the entries of a window are bounded (AUTH-17).

use std::{
    collections::{BTreeMap, VecDeque},
    net::IpAddr,
};

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::{policy::Action, time::Timestamp};

/// Reports that could not be written and are kept, at most.
const MAX_UNWRITTEN: usize = 1_000;

/// What happened to someone who is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mishap {
    /// The login was not good, or the password that was told.
    Failed,
    /// The attempt was held back.
    Slowed,
    /// A limit refused the request.
    Refused,
}

impl Mishap {
    /// The action that the audit log names.
    pub const fn action(self) -> Action {
        match self {
            Self::Failed => Action::SessionFail,
            Self::Slowed => Action::SessionSlow,
            Self::Refused => Action::RequestRefuse,
        }
    }
}

/// Where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A network: a truncated address.
    Network(IpAddr),
    /// An address that the host does not tell.
    Unknown,
    /// All the networks that are too many to be told apart.
    Others,
}

impl Place {
    /// The network's address.
    pub const fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Network(ip) => Some(ip),
            Self::Unknown | Self::Others => None,
        }
    }

    /// An id that is always the same for the same place, so that the log can be searched by it.
    pub fn id(self) -> Uuid {
        let text = match self {
            Self::Network(ip) => ip.to_string(),
            Self::Unknown => "unknown".to_owned(),
            Self::Others => "others".to_owned(),
        };
        let digest = Sha256::digest(text.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// How often something happened in a window, so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// What.
    pub mishap: Mishap,
    /// From where.
    pub place: Place,
    /// The window's first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// How often, from the window's beginning on.
    pub count: u64,
}

/// How it is counted.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// How long a window is.
    pub window: TimeDelta,
    /// How many networks are told apart in a window, for each kind of mishap.
    pub places: usize,
}

/// The counts of the present window.
#[derive(Debug, Default)]
pub struct Counts {
    window: Option<(Timestamp, Timestamp)>,
    counts: BTreeMap<(Mishap, Place), Count>,
    due: VecDeque<Report>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    counted: u64,
    told: u64,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, mishap: Mishap, network: Option<IpAddr>, now: Timestamp, by: Measure) {
        self.close(now);
        let (from, until) = *self.window.get_or_insert_with(|| window_of(now, by.window));
        let place = network.map_or(Place::Unknown, Place::Network);
        let places = self.counts.keys().filter(|(other, _)| *other == mishap).count();
        let apart = places < by.places || self.counts.contains_key(&(mishap, place));
        let place = if apart { place } else { Place::Others };
        let count = self.counts.entry((mishap, place)).or_default();
        count.counted = count.counted.saturating_add(1);
        if is_power_of_ten(count.counted) {
            count.told = count.counted;
            let report = Report { mishap, place, from, until, count: count.counted };
            self.put_back(report);
        }
    }

    /// Ends the window if it is over.
    pub fn close(&mut self, now: Timestamp) {
        if self.window.is_some_and(|(from, until)| now < from || now >= until) {
            self.tell_all();
            self.counts.clear();
            self.window = None;
        }
    }

    /// Reports all that was counted and not told yet, though the window is not over.
    pub fn tell_all(&mut self) {
        let Some((from, until)) = self.window else { return };
        let mut untold = Vec::new();
        for ((mishap, place), count) in &mut self.counts {
            if count.told < count.counted {
                count.told = count.counted;
                let (mishap, place, count) = (*mishap, *place, count.counted);
                untold.push(Report { mishap, place, from, until, count });
            }
        }
        for report in untold {
            self.put_back(report);
        }
    }

    /// The next report to write.
    pub fn next_due(&mut self) -> Option<Report> {
        self.due.pop_front()
    }

    /// Keeps a report that could not be written; of too many the oldest goes.
    pub fn put_back(&mut self, report: Report) {
        if self.due.len() >= MAX_UNWRITTEN {
            self.due.pop_front();
        }
        self.due.push_back(report);
    }
}

/// Windows follow each other without gaps from 1970 on, so that those of several nodes are the same.
fn window_of(now: Timestamp, length: TimeDelta) -> (Timestamp, Timestamp) {
    let micros = length.num_microseconds().filter(|micros| *micros > 0).unwrap_or(i64::MAX);
    let from = now.timestamp_micros().div_euclid(micros).saturating_mul(micros);
    let from = Timestamp::from_timestamp_micros(from).unwrap_or(now);
    (from, from.checked_add_signed(length).unwrap_or(Timestamp::MAX_UTC))
}

fn is_power_of_ten(count: u64) -> bool {
    count.checked_ilog10().is_some_and(|power| 10_u64.pow(power) == count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY: Measure = Measure { window: TimeDelta::minutes(15), places: 3 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp_micros(1_709_542_800_000_000 + seconds * 1_000_000).unwrap()
    }

    fn told(counts: &mut Counts) -> Vec<(Mishap, Place, u64)> {
        let reports = std::iter::from_fn(|| counts.next_due());
        reports.map(|report| (report.mishap, report.place, report.count)).collect()
    }

    fn network(number: u8) -> Option<IpAddr> {
        Some(IpAddr::from([203, 0, number, 0]))
    }

    #[test]
    fn auth_17_a_count_is_told_as_it_grows_tenfold_and_at_the_end_of_its_window() {
        let mut counts = Counts::default();
        let home = Place::Network(network(1).unwrap());
        for _ in 0..1_234 {
            counts.add(Mishap::Failed, network(1), at(5), BY);
        }
        let tens = [1, 10, 100, 1_000].map(|count| (Mishap::Failed, home, count));
        assert_eq!(told(&mut counts), tens);
        counts.close(at(899));
        assert_eq!(told(&mut counts), []);
        counts.close(at(900));
        assert_eq!(told(&mut counts), [(Mishap::Failed, home, 1_234)]);
        counts.add(Mishap::Failed, network(1), at(900), BY);
        assert_eq!(told(&mut counts), [(Mishap::Failed, home, 1)], "a window of its own");
        counts.tell_all();
        counts.close(at(9_000));
        assert_eq!(told(&mut counts), [], "nothing is told twice");
    }

    #[test]
    fn auth_17_however_many_places_there_are_the_reports_of_a_window_are_bounded() {
        let mut counts = Counts::default();
        for round in 0..200 {
            for number in 0..=255 {
                counts.add(Mishap::Failed, network(number), at(round), BY);
                counts.add(Mishap::Refused, None, at(round), BY);
            }
        }
        counts.close(at(1_000));
        let told = told(&mut counts);
        assert!(told.len() <= 2 * 4 * 7, "{}", told.len());
        let last = |wanted| told.iter().rev().find(|(kind, place, _)| (*kind, *place) == wanted);
        let others = last((Mishap::Failed, Place::Others)).unwrap().2;
        assert_eq!(others, 200 * 253);
        assert_eq!(last((Mishap::Refused, Place::Unknown)).unwrap().2, 200 * 256);
        assert_eq!(counts.counts.len(), 0);
    }

    #[test]
    fn auth_17_what_could_not_be_written_is_kept_up_to_a_bound() {
        let mut counts = Counts::default();
        let report = Report {
            mishap: Mishap::Slowed,
            place: Place::Others,
            from: at(0),
            until: at(900),
            count: 1,
        };
        for _ in 0..MAX_UNWRITTEN + 50 {
            counts.put_back(report);
        }
        assert_eq!(told(&mut counts).len(), MAX_UNWRITTEN);
    }
}
