//! An edge between two issues of the other tracker.

use crate::import::{csv::Columns, tally::Reason};

/// The columns that are read: the first line of the file names them.
const COLUMNS: [&str; 3] = ["issue_id", "depends_on_id", "type"];

/// What stands in a line of the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// The names of the columns.
    Names,
    /// An edge.
    Edge(Edge),
}

/// One issue depends on another, in one of these ways.
#[derive(Debug, PartialEq, Eq)]
pub struct Edge {
    /// The issue that depends.
    pub issue: String,
    /// The one that it depends on.
    pub on: String,
    /// In what way.
    pub kind: Kind,
}

/// In what way an issue depends on another.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is a part of the other.
    Part,
    /// It waits until the other is done.
    Blocked,
    /// Another way, which holds up nothing.
    Other(String),
}

impl Line {
    /// What stands in this line.
    pub fn parse(line: &[u8]) -> Result<Self, Reason> {
        let columns = Columns::of(line)?;
        let [issue, on, kind] = [0, 1, 2].map(|column| columns.get(column));
        if [issue, on, kind] == COLUMNS {
            return Ok(Self::Names);
        }
        for (name, value) in COLUMNS.into_iter().zip([issue, on, kind]) {
            if value.trim().is_empty() {
                return Err(format!("`{name}` is empty"));
            }
        }
        let kind = match kind {
            "parent-child" => Kind::Part,
            "blocks" => Kind::Blocked,
            other => Kind::Other(other.to_owned()),
        };
        Ok(Self::Edge(Edge { issue: issue.to_owned(), on: on.to_owned(), kind }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_an_edge_or_says_what_is_wrong() {
        let edge =
            |kind| Ok(Line::Edge(Edge { issue: "bd-1".to_owned(), on: "bd-2".to_owned(), kind }));
        assert_eq!(Line::parse(b"bd-1,bd-2,blocks,2025-01-01,ada"), edge(Kind::Blocked));
        assert_eq!(Line::parse(b"bd-1,bd-2,parent-child"), edge(Kind::Part));
        assert_eq!(Line::parse(b"bd-1,\"bd-2\",related"), edge(Kind::Other("related".to_owned())));
        assert_eq!(Line::parse(b"issue_id,depends_on_id,type,created_at"), Ok(Line::Names));
        assert_eq!(Line::parse(b""), Err("an empty line".to_owned()));
        assert_eq!(Line::parse(b"bd-1,bd-2"), Err("`type` is empty".to_owned()));
        assert_eq!(Line::parse(b"\xff,b,c"), Err("not a line of CSV in UTF-8".to_owned()));
    }
}
