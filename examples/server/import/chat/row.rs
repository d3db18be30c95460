//! One row of the file.

use chrono::DateTime;
use erp_core::time::Timestamp;
use serde::Deserialize;

use crate::import::tally::{Reason, no_json};

/// A message of the other chat.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id and its room's, as one text.
    pub id: String,
    /// The name of its room.
    pub room: String,
    /// Who wrote it.
    pub user: String,
    /// What it says, as it was sent.
    pub html: String,
    /// When it was sent.
    pub sent_at: Timestamp,
}

#[derive(Deserialize)]
struct Raw {
    id: u64,
    ts: i64,
    room_id: u64,
    room: String,
    user: String,
    html: String,
}

impl Row {
    /// The row in this line.
    pub fn parse(line: &[u8]) -> Result<Self, Reason> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Err("an empty line".to_owned());
        }
        let raw: Raw =
            serde_json::from_slice(line).map_err(|error| no_json("a message", &error))?;
        let sent_at = DateTime::from_timestamp(raw.ts, 0).filter(|_| raw.ts > 0);
        let sent_at = sent_at.ok_or_else(|| format!("`ts` is no time of a message: {}", raw.ts))?;
        for (field, text) in [("room", &raw.room), ("user", &raw.user)] {
            if text.trim().is_empty() {
                return Err(format!("`{field}` is empty"));
            }
        }
        let id = format!("{}/{}", raw.room_id, raw.id);
        Ok(Self { id, room: raw.room, user: raw.user, html: raw.html, sent_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"id":7,"ts":1565702306,"room_id":2,"room":"general","topic":"x",
        "user":"member-1","html":"<p>hi</p>"}"#;

    #[test]
    fn a_row_keeps_what_was_sent() {
        let row = Row::parse(GOOD.as_bytes()).unwrap();
        assert_eq!((row.id.as_str(), row.html.as_str()), ("2/7", "<p>hi</p>"));
        assert_eq!(row.sent_at.to_rfc3339(), "2019-08-13T13:18:26+00:00");
    }

    #[test]
    fn what_is_wrong_with_a_row_is_told() {
        let without = |field: &str| GOOD.replace(&format!("\"{field}\""), "\"other\"");
        for (line, reason) in [
            ("", "an empty line"),
            ("nonsense", "not JSON: expected ident (column 2)"),
            ("{\"id\":", "not JSON: EOF while parsing a value (column 6)"),
            (&without("html"), "not a message: missing field `html` (column 46)"),
            (&GOOD.replace("1565702306", "-5"), "`ts` is no time of a message: -5"),
            (
                &GOOD.replace("1565702306", "9999999999999"),
                "`ts` is no time of a message: 9999999999999",
            ),
            (&GOOD.replace("member-1", " "), "`user` is empty"),
        ] {
            assert_eq!(Row::parse(line.as_bytes()).unwrap_err(), reason, "{line}");
        }
        let wrong_type = GOOD.replace("\"id\":7", "\"id\":\"7\"");
        assert!(Row::parse(wrong_type.as_bytes()).unwrap_err().contains("invalid type"));
        assert!(Row::parse(b"\"\xff\"").unwrap_err().starts_with("not"));
    }
}
