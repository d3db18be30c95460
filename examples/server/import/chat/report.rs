//! The outcome of an import.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::directory::Directory;
use crate::import::tally::Tally;

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
        let authors = (directory.authors.met(), directory.authors.new);
        Self { file: file.to_owned(), tally, rooms, authors, broken_off }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { rows, written, already_there, .. } = self.tally;
        let refused = self.tally.refused();
        write!(f, "{}\n{}", self.file.display(), self.tally)?;
        writeln!(f, "  rows read            {rows:>9}")?;
        writeln!(f, "  messages written     {written:>9}")?;
        writeln!(f, "  already there        {already_there:>9}")?;
        writeln!(f, "  refused              {refused:>9}")?;
        writeln!(f, "  rooms                {:>9}   ({} new)", self.rooms.0, self.rooms.1)?;
        write!(f, "  authors              {:>9}   ({} new)", self.authors.0, self.authors.1)
    }
}
