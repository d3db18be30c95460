//! Where a client left off: `EPOCH-POSITION`, the id of every SSE message and the `position` of
//! every frame.

use std::{fmt, str::FromStr};

use erp_core::change::{Epoch, Position};
use http::HeaderMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The longest text that is read as a resume point.
const MAX_BYTES: usize = 128;

/// A place in a log of this identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResumePoint {
    /// The log.
    pub epoch: Epoch,
    /// The place in it: everything up to here is known to the client.
    pub position: Position,
}

/// A text that is no resume point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a resume point: expected EPOCH-POSITION")]
pub struct ParseResumeError;

impl fmt::Display for ResumePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.position)
    }
}

impl FromStr for ResumePoint {
    type Err = ParseResumeError;

    fn from_str(text: &str) -> Result<Self, ParseResumeError> {
        let (epoch, position) = text.rsplit_once('-').ok_or(ParseResumeError)?;
        let epoch_fits = (1..=MAX_BYTES).contains(&epoch.len())
            && epoch.bytes().all(|byte| byte.is_ascii_alphanumeric());
        // One spelling only: no sign, no leading zero.
        let canonical = position == "0" || !position.starts_with('0');
        if !epoch_fits || !canonical || !position.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseResumeError);
        }
        let position = position.parse().map_err(|_| ParseResumeError)?;
        Ok(Self { epoch: Epoch(epoch.to_owned()), position: Position(position) })
    }
}

impl Serialize for ResumePoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResumePoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// What a client asks for when it connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resume {
    /// To begin now.
    Fresh,
    /// To go on after this point.
    After(ResumePoint),
    /// To go on after a point that cannot be read: answered like one that is not known any more.
    Unreadable,
}

impl Resume {
    /// The wish in a `Last-Event-ID` header, a `last_event_id` parameter or a first message; nothing
    /// and the empty text begin anew.
    pub fn from_text(text: Option<&str>) -> Self {
        match text {
            None | Some("") => Self::Fresh,
            Some(text) => text.parse().map_or(Self::Unreadable, Self::After),
        }
    }
}

/// What a request says of where the client goes on: the header `Last-Event-ID`, which a browser sets
/// when it comes back by itself, before the parameter `last_event_id`. None when it says nothing.
pub fn requested(headers: &HeaderMap, query: Option<&str>) -> Option<Resume> {
    let header = headers.get("last-event-id").map(|value| match value.to_str() {
        Ok(text) => Resume::from_text(Some(text)),
        Err(_) => Resume::Unreadable,
    });
    // Neither an epoch nor a position has a character that a query escapes.
    let parameter = || {
        let mut pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == "last_event_id")
    };
    header.or_else(|| parameter().map(|(_, text)| Resume::from_text(Some(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resume_point_reads_back() {
        let point = ResumePoint { epoch: Epoch("a1B2".into()), position: Position(i64::MAX) };
        assert_eq!(point.to_string().parse(), Ok(point));
    }

    #[test]
    fn rts_3_what_is_no_resume_point_is_told_from_no_wish() {
        assert_eq!(Resume::from_text(None), Resume::Fresh);
        assert_eq!(Resume::from_text(Some("")), Resume::Fresh);
        let huge = format!("{}-1", "e".repeat(129));
        for bad in [
            "x",
            "-1",
            "e-",
            "e--1",
            "e-+1",
            "e-01",
            "e-1 ",
            "e\0-1",
            "e-99999999999999999999",
            &huge,
        ] {
            assert_eq!(Resume::from_text(Some(bad)), Resume::Unreadable, "{bad}");
        }
    }
}
