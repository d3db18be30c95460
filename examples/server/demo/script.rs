//! Reads the script of the demo's conversations.
//!
//! ```text
//! room channel everyone         a new room: its kind and its name
//! topic Everything for everyone
//! members all                   or names; the first opens the room
//! unread anna 3                 all else is read by everyone
//! at 6d 07:58                   so many days ago, or `at 95m`: so many minutes ago
//! anna: Good morning            a message, one minute after the one before
//! +4 marek: Morning             four minutes after it
//! ```

use anyhow::{Context, bail};
use chrono::{NaiveTime, TimeDelta};
use erp_core::{chat::RoomKind, time::Timestamp};

/// A room with its messages.
#[derive(Debug)]
pub struct Room {
    /// What it is for.
    pub kind: RoomKind,
    /// Its name; a direct room has none.
    pub name: String,
    /// What it is about.
    pub topic: Option<String>,
    /// Who belongs to it; empty means all who work here.
    pub members: Vec<String>,
    /// How many of the last messages someone has not read.
    pub unread: Vec<(String, i64)>,
    /// What was said, in order.
    pub lines: Vec<Line>,
}

/// A message.
#[derive(Debug)]
pub struct Line {
    /// Who.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub body: String,
}

/// The rooms of a script, told as of this instant.
pub fn parse(script: &str, now: Timestamp) -> anyhow::Result<Vec<Room>> {
    let mut rooms: Vec<Room> = Vec::new();
    let mut clock = now;
    for (number, line) in script.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        read_line(line, now, &mut clock, &mut rooms)
            .with_context(|| format!("line {} of the script", number + 1))?;
    }
    Ok(rooms)
}

fn read_line(
    line: &str,
    now: Timestamp,
    clock: &mut Timestamp,
    rooms: &mut Vec<Room>,
) -> anyhow::Result<()> {
    let (word, rest) = line.split_once(' ').context("a single word")?;
    if word == "room" {
        rooms.push(room(rest)?);
        return Ok(());
    }
    let room = rooms.last_mut().context("no room yet")?;
    match word {
        "topic" => room.topic = Some(rest.to_owned()),
        "members" if rest == "all" => room.members.clear(),
        "members" => room.members = rest.split(' ').map(str::to_owned).collect(),
        "unread" => {
            let (who, count) = rest.split_once(' ').context("who, and how many")?;
            room.unread.push((who.to_owned(), count.parse()?));
        }
        "at" => *clock = instant(rest, now)?,
        _ => room.lines.push(message(line, clock)?),
    }
    Ok(())
}

fn room(rest: &str) -> anyhow::Result<Room> {
    let (kind, name) = rest.split_once(' ').context("a kind and a name")?;
    let kind = RoomKind::ALL.iter().copied().find(|known| known.as_str() == kind);
    let kind = kind.context("no such kind of room")?;
    let members = match kind {
        RoomKind::Direct => name.split(' ').map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let (unread, lines) = (Vec::new(), Vec::new());
    Ok(Room { kind, name: name.to_owned(), topic: None, members, unread, lines })
}

fn instant(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    if let Some(minutes) = text.strip_suffix('m') {
        return Ok(now - TimeDelta::minutes(minutes.parse()?));
    }
    let (days, time) = text.split_once("d ").context("neither `6d 07:58` nor `95m`")?;
    let time = NaiveTime::parse_from_str(time, "%H:%M")?;
    let day = now.date_naive() - TimeDelta::days(days.parse()?);
    Ok(day.and_time(time).and_utc())
}

fn message(line: &str, clock: &mut Timestamp) -> anyhow::Result<Line> {
    let (later, line) = match line.strip_prefix('+') {
        Some(rest) => rest.split_once(' ').context("no message after the minutes")?,
        None => ("1", line),
    };
    let (author, body) = line.split_once(": ").context("not a message")?;
    if author.contains(' ') {
        bail!("not a name: {author}");
    }
    *clock += TimeDelta::minutes(later.parse()?);
    Ok(Line { author: author.to_owned(), at: *clock, body: body.replace("\\n", "\n") })
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;
    use crate::demo::people::{OWNER, PEOPLE};

    #[test]
    fn the_script_is_well_formed_and_all_of_it_lies_in_the_past() {
        let known =
            |name: &str| name == OWNER.key || PEOPLE.iter().any(|person| person.key == name);
        for hour in [0, 12, 23] {
            let now = Utc.with_ymd_and_hms(2026, 3, 10, hour, 59, 0).unwrap();
            for room in parse(include_str!("talk.txt"), now).unwrap() {
                let mut before = None;
                assert!(room.members.iter().all(|name| known(name)), "{room:?}");
                for line in &room.lines {
                    assert!(known(&line.author), "{line:?}");
                    assert!(line.at < now && before < Some(line.at), "{line:?}");
                    let inside = room.members.is_empty() || room.members.contains(&line.author);
                    assert!(inside, "{} does not belong to {}", line.author, room.name);
                    before = Some(line.at);
                }
            }
        }
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = parse("room channel a\nat soon\n", Utc::now()).unwrap_err();
        assert_eq!(error.to_string(), "line 2 of the script");
    }
}
