//! The outcome of an import of stock.

use std::{collections::BTreeMap, fmt};

use erp_core::money::Decimal;

use super::row::Kind;
use crate::import::tally::Tally;

/// What was counted.
#[derive(Default)]
pub struct Report {
    /// Lines of the file. Written are those that moved stock.
    pub lines: Tally,
    /// Lines that were taken, by what they are, with their units.
    pub kinds: BTreeMap<Kind, (u64, Decimal)>,
    pub postings: u64,
    /// Items whose opening stock was posted.
    pub opened: u64,
    /// Items that lines name, and how many of them are new.
    pub items: (usize, usize),
    /// Why it did not come to the end.
    pub broken_off: Option<anyhow::Error>,
}

impl Report {
    /// Notes lines that were taken.
    pub fn note(&mut self, kind: Kind, quantity: Decimal) {
        let (lines, units) = self.kinds.entry(kind).or_default();
        *lines += 1;
        *units += quantity.abs();
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, kinds, postings, opened, items, .. } = self;
        write!(f, "{lines}")?;
        writeln!(f, "  lines read           {:>9}", lines.rows)?;
        writeln!(f, "  lines posted         {:>9}   in {postings} postings", lines.written)?;
        writeln!(f, "  lines there already  {:>9}", lines.already_there)?;
        writeln!(f, "  lines refused        {:>9}", lines.refused())?;
        let mut goods = [("sold", Kind::Sale), ("came back", Kind::Return)].to_vec();
        goods.push(("written off", Kind::WriteOff));
        for (name, kind) in goods {
            let (lines, units) = kinds.get(&kind).copied().unwrap_or_default();
            writeln!(f, "  {name:<20} {lines:>9}   {units} units")?;
        }
        let services = kinds.iter().filter_map(|(kind, (lines, _))| match kind {
            Kind::Service(what) => Some((*what, *lines)),
            _ => None,
        });
        let mut by_name = BTreeMap::<_, u64>::new();
        for (name, lines) in services {
            *by_name.entry(name).or_default() += lines;
        }
        writeln!(f, "  no goods             {:>9}", by_name.values().sum::<u64>())?;
        for (name, lines) in by_name {
            writeln!(f, "    {name:<18} {lines:>9}")?;
        }
        writeln!(f, "  opening stock        {opened:>9}")?;
        write!(f, "  items                {:>9}   ({} new)", items.0, items.1)
    }
}
