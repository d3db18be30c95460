//! The outcome of an import of tasks.

use std::fmt;

use crate::import::tally::Tally;

/// What was counted.
#[derive(Default)]
pub struct Report {
    /// Lines of the file of issues.
    pub issues: Tally,
    /// Lines of the file of dependencies.
    pub edges: Tally,
    pub parts: u64,
    pub waits: u64,
    /// Tasks that this run has deleted.
    pub deleted: u64,
    /// People whom the issues name, and how many of them are new.
    pub people: (usize, usize),
    /// How many tasks nothing holds up.
    pub ready: Option<u64>,
    /// Why it did not come to the end.
    pub broken_off: Option<anyhow::Error>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { issues, edges, parts, waits, deleted, people, .. } = self;
        write!(f, "issues\n{issues}")?;
        writeln!(f, "  issues read          {:>9}", issues.rows)?;
        writeln!(f, "  tasks made           {:>9}", issues.written)?;
        writeln!(f, "  tasks there already  {:>9}", issues.already_there)?;
        writeln!(f, "  issues refused       {:>9}", issues.refused())?;
        writeln!(f, "  people               {:>9}   ({} new)", people.0, people.1)?;
        write!(f, "dependencies\n{edges}")?;
        writeln!(f, "  edges read           {:>9}", edges.rows)?;
        writeln!(f, "  parts                {parts:>9}")?;
        writeln!(f, "  waiting for another  {waits:>9}")?;
        writeln!(f, "  edges there already  {:>9}", edges.already_there)?;
        writeln!(f, "  edges refused        {:>9}", edges.refused())?;
        write!(f, "  tasks deleted        {deleted:>9}")?;
        match self.ready {
            Some(ready) => write!(f, "\n  ready tasks          {ready:>9}"),
            None => Ok(()),
        }
    }
}
