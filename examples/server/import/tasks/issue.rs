//! An issue of the other tracker, as a task.
//!
//! | there | here |
//! |---|---|
//! | `open` | to be done |
//! | `in_progress`, `hooked` | in progress |
//! | `blocked` | to be done: what it waits for says the rest |
//! | `deferred`, `pinned` | backlog |
//! | `closed` | done |
//! | `tombstone` | made, and deleted at the end |
//! | priority 0, 1, 2, 3 and 4 | urgent, high, normal, low |
//! | `issue_type`, the id | the labels `type:…` and `source:…` |
//! | `notes`, `close_reason` | paragraphs of the description |
//! | `assignee`, author of a comment | a member of the project, who cannot log in |
//!
//! Times are those of the import: a task is done when this engine learns of it (PROJ-1).

use erp_core::projects::{Priority, TaskDetails, TaskStatus};
use serde::Deserialize;

use crate::import::tally::{Reason, no_json};

/// What a label with the id of the issue begins with.
pub const SOURCE_LABEL: &str = "source:";

/// An issue.
#[derive(Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its id there.
    pub id: String,
    /// The task, without those who are to do it.
    pub details: TaskDetails,
    /// How far it is.
    pub status: TaskStatus,
    /// Whether it was deleted there.
    pub deleted: bool,
    /// The name of the one who is to do it.
    pub assignee: Option<String>,
    /// What was said about it.
    pub comments: Vec<Said>,
}

/// A comment there.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Said {
    /// Its number there.
    pub id: u64,
    /// Who said it.
    pub author: String,
    /// What.
    pub text: String,
}

#[derive(Deserialize)]
struct Raw {
    id: String,
    title: String,
    description: Option<String>,
    notes: Option<String>,
    close_reason: Option<String>,
    status: String,
    priority: u8,
    issue_type: String,
    assignee: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    comments: Vec<Said>,
}

impl Issue {
    /// The issue in this line.
    pub fn parse(line: &[u8]) -> Result<Self, Reason> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Err("an empty line".to_owned());
        }
        let raw: Raw = serde_json::from_slice(line).map_err(|error| no_json("an issue", &error))?;
        if raw.id.trim().is_empty() {
            return Err("`id` is empty".to_owned());
        }
        let (status, deleted) = status(&raw.status)?;
        let mut labels = raw.labels;
        labels.push(format!("type:{}", raw.issue_type));
        labels.push(format!("{SOURCE_LABEL}{}", raw.id));
        let parts = [("", raw.description), ("Notes: ", raw.notes), ("Closed: ", raw.close_reason)];
        let details = TaskDetails {
            description: paragraphs(parts),
            priority: priority(raw.priority)?,
            labels,
            ..TaskDetails::titled(raw.title)
        };
        let assignee = raw.assignee.filter(|name| !name.trim().is_empty());
        Ok(Self { id: raw.id, details, status, deleted, assignee, comments: raw.comments })
    }
}

fn status(text: &str) -> Result<(TaskStatus, bool), Reason> {
    Ok(match text {
        "open" | "blocked" => (TaskStatus::Todo, false),
        "in_progress" | "hooked" => (TaskStatus::InProgress, false),
        "deferred" | "pinned" => (TaskStatus::Backlog, false),
        "closed" => (TaskStatus::Done, false),
        "tombstone" => (TaskStatus::Todo, true),
        other => return Err(format!("unknown status `{other}`")),
    })
}

fn priority(rank: u8) -> Result<Priority, Reason> {
    Ok(match rank {
        0 => Priority::Urgent,
        1 => Priority::High,
        2 => Priority::Normal,
        3 | 4 => Priority::Low,
        other => return Err(format!("unknown priority {other}")),
    })
}

fn paragraphs(parts: [(&str, Option<String>); 3]) -> Option<String> {
    let told = parts.into_iter().filter_map(|(name, text)| {
        let text = text.filter(|text| !text.trim().is_empty())?;
        Some(format!("{name}{text}"))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"id":"bd-1","title":"Roof","status":"hooked","priority":0,
        "issue_type":"task","notes":"n","description":"d","assignee":" ","labels":["a"]}"#;

    #[test]
    fn an_issue_is_a_task_by_the_table() {
        let issue = Issue::parse(GOOD.as_bytes()).unwrap();
        assert_eq!((issue.status, issue.deleted), (TaskStatus::InProgress, false));
        assert_eq!(issue.details.priority, Priority::Urgent);
        assert_eq!(issue.details.labels, ["a", "type:task", "source:bd-1"]);
        assert_eq!(issue.details.description.as_deref(), Some("d\n\nNotes: n"));
        assert_eq!(issue.assignee, None);
        let gone = Issue::parse(GOOD.replace("hooked", "tombstone").as_bytes()).unwrap();
        assert!(gone.deleted);
    }

    #[test]
    fn what_is_wrong_with_an_issue_is_told() {
        for (line, reason) in [
            (" ", "an empty line"),
            ("x", "not JSON: expected value (column 1)"),
            (&GOOD.replace("hooked", "lost"), "unknown status `lost`"),
            (&GOOD.replace(":0", ":7"), "unknown priority 7"),
            (&GOOD.replace("bd-1", ""), "`id` is empty"),
        ] {
            assert_eq!(Issue::parse(line.as_bytes()).unwrap_err(), reason, "{line}");
        }
        let without = Issue::parse(GOOD.replace("\"title\"", "\"name\"").as_bytes());
        assert!(without.unwrap_err().starts_with("not an issue: missing field `title`"));
    }
}
