//! What became of the rows.

use std::fmt;

use erp_core::Error;

/// Why a row cannot be taken, for a person.
pub type Reason = String;

/// Rows that cannot be taken are listed up to this number, and counted beyond it.
const LISTED: usize = 1_000;

/// Counts of rows.
#[derive(Debug, Default)]
pub struct Tally {
    /// Rows that were read.
    pub rows: u64,
    /// Those that were written.
    pub written: u64,
    /// Those that an earlier import had written.
    pub already_there: u64,
    /// Rows that could not be taken.
    refused: u64,
    /// The lines of those, with the reasons.
    reasons: Vec<(u64, Reason)>,
}

impl Tally {
    /// Notes a row that cannot be taken.
    pub fn refuse(&mut self, line: u64, reason: Reason) {
        self.refused += 1;
        if self.reasons.len() < LISTED {
            self.reasons.push((line, reason));
        }
    }

    /// How many rows could not be taken.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Adds the counts of another part.
    pub fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.written += other.written;
        self.already_there += other.already_there;
        self.refused += other.refused;
        self.reasons.extend(other.reasons);
        self.reasons.sort_unstable();
        self.reasons.truncate(LISTED);
    }
}

impl fmt::Display for Tally {
    /// The rows that could not be taken.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, reason) in &self.reasons {
            writeln!(f, "  line {line}: {reason}")?;
        }
        let unlisted = self.refused.saturating_sub(self.reasons.len() as u64);
        if unlisted > 0 {
            writeln!(f, "  and {unlisted} more rows that cannot be taken")?;
        }
        Ok(())
    }
}

/// What is wrong with the JSON of this thing; the number of the line is known already.
pub fn no_json(thing: &str, error: &serde_json::Error) -> Reason {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text);
    let column = error.column();
    if error.is_data() {
        format!("not {thing}: {text} (column {column})")
    } else {
        format!("not JSON: {text} (column {column})")
    }
}

/// The reason of an error that lies in the row; another error breaks the import off.
pub fn refusal(error: Error) -> anyhow::Result<Reason> {
    match error {
        Error::Validation(violations) => {
            let told = violations.iter().map(|one| format!("`{}` {}", one.field, one.message));
            Ok(told.collect::<Vec<_>>().join("; "))
        }
        Error::Conflict(_) | Error::NotFound { .. } | Error::Precondition(_) => {
            Ok(error.to_string())
        }
        fault => Err(fault.into()),
    }
}
