//! What became of the rows.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use erp_core::Error;

use super::{directory::Directory, row::Reason};

/// Rows that cannot be taken are listed up to this number, and counted beyond it.
const LISTED: usize = 1_000;

/// Counts of rows.
#[derive(Debug, Default)]
pub struct Tally {
    /// Rows that were read.
    pub rows: u64,
    /// Messages that were written.
    pub written: u64,
    /// Messages that an earlier import had written.
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

/// The outcome of an import.
pub struct Report {
    file: PathBuf,
    tally: Tally,
    rooms: (usize, usize),
    authors: (usize, usize),
    /// Why it did not come to the end of the file.
    pub broken_off: Option<anyhow::Error>,
}

impl Report {
    /// The report on this file.
    pub fn new(
        file: &Path,
        tally: Tally,
        directory: &Directory<'_>,
        broken_off: Option<anyhow::Error>,
    ) -> Self {
        let rooms = (directory.rooms(), directory.new_rooms);
        let authors = (directory.authors(), directory.new_authors);
        Self { file: file.to_owned(), tally, rooms, authors, broken_off }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { rows, written, already_there, refused, reasons } = &self.tally;
        writeln!(f, "{}", self.file.display())?;
        for (line, reason) in reasons {
            writeln!(f, "  line {line}: {reason}")?;
        }
        let unlisted = refused.saturating_sub(reasons.len() as u64);
        if unlisted > 0 {
            writeln!(f, "  and {unlisted} more rows that cannot be taken")?;
        }
        writeln!(f, "  rows read            {rows:>9}")?;
        writeln!(f, "  messages written     {written:>9}")?;
        writeln!(f, "  already there        {already_there:>9}")?;
        writeln!(f, "  refused              {refused:>9}")?;
        writeln!(f, "  rooms                {:>9}   ({} new)", self.rooms.0, self.rooms.1)?;
        write!(f, "  authors              {:>9}   ({} new)", self.authors.0, self.authors.1)
    }
}
