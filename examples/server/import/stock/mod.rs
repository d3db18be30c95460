//! Takes over what a shop has sold: lines of invoices, as CSV. Each invoice becomes a posting of the
//! instant that it names: sales are issues, cancelled invoices are returns, other negative lines are
//! write-offs. What stands for no goods is counted by what it is.
//!
//! A posting names its invoice and the line that it begins at, so the import may be run again: what is
//! there is found by that, line by line, and what was refused is tried again. Where stock must not be
//! negative, what is not there is not posted, and the rest of the invoice is.

mod goods;
mod report;
mod row;

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use erp_core::{
    Ctx, Engine, Error,
    ctx::IdempotencyKey,
    ids::ItemId,
    inventory::{Direction, NegativeStock, NewLine, NewPosting, PostedStock, PostingKind, Price},
    money::Decimal,
    page::PageRequest,
    time::{Timestamp, tz::Zone},
};
use sha2::{Digest, Sha256};

use self::{
    goods::{Goods, line},
    report::Report,
    row::{Kind, Line, Row},
};
use super::{
    patience::patiently,
    source::{self, Numbered, Progress},
    tally::refusal,
};
use crate::{cli::ImportStockArgs, demo, serve, store};

/// The most lines of one posting.
const MAX_LINES: usize = 500;
/// The most invoices, and the most lines, that are written together.
const MAX_INVOICES: usize = 64;
const MAX_LINES_TOGETHER: usize = 2_000;
/// The most postings of one call of the engine.
const MAX_POSTINGS: usize = 100;

/// Imports the file, and serves afterwards if that is wanted.
pub async fn command(args: ImportStockArgs) -> anyhow::Result<()> {
    let zone = Zone::named(&args.zone)?;
    let engine = store::open(&args.server.store).await?;
    // An organisation without an owner would be one that nobody can log in to.
    demo::seed(&engine).await?;
    let ctx = Ctx::system();
    let negative =
        if args.allow_negative { NegativeStock::Allowed } else { NegativeStock::Forbidden };
    let goods = Goods::open(&engine, &ctx, &args.warehouse, negative).await?;
    let opening = args.opening_stock.map(Decimal::from);
    let mut import = Import { engine: &engine, zone, goods, opening, report: Report::default() };
    let done = import.run(&args).await;
    let Import { goods, mut report, .. } = import;
    report.items = (goods.met(), goods.new);
    report.broken_off = done.err();
    println!("{report}");
    if let Some(broken) = report.broken_off {
        return Err(broken).context("the import broke off; run it again to go on");
    }
    if args.serve {
        serve::serve(engine, &args.server).await?;
    }
    Ok(())
}

struct Import<'a> {
    engine: &'a Engine,
    zone: Zone,
    goods: Goods<'a>,
    /// How much of a new item is there from the beginning.
    opening: Option<Decimal>,
    report: Report,
}

/// Lines of one invoice that follow each other, with their numbers in the file.
struct Invoice {
    at: Timestamp,
    rows: Vec<(u64, Row)>,
}

/// A posting with the lines of the file that it is made of.
struct Wanted {
    posting: NewPosting,
    rows: Vec<(u64, Kind, Decimal)>,
}

impl Import<'_> {
    async fn run(&mut self, args: &ImportStockArgs) -> anyhow::Result<()> {
        let progress = Progress::over(&args.file)?;
        let mut lines = source::rows(&args.file, &progress, Line::parse)?;
        let (mut batch, mut waiting) = (Vec::<Invoice>::new(), 0);
        while let Some(read) = lines.recv().await {
            let Numbered { line, row } = read?;
            let row = match row {
                Ok(Line::Names) => continue,
                Ok(Line::Row(row)) => row,
                Err(reason) => {
                    self.report.lines.rows += 1;
                    self.report.lines.refuse(line, reason);
                    continue;
                }
            };
            self.report.lines.rows += 1;
            progress.rows(self.report.lines.rows);
            if let service @ Kind::Service(_) = row.kind() {
                self.report.note(service, row.quantity);
                continue;
            }
            let at = match row.instant(&self.zone) {
                Ok(at) => at,
                Err(reason) => {
                    self.report.lines.refuse(line, reason);
                    continue;
                }
            };
            let same = |last: &&mut Invoice| {
                let first = last.rows.first().is_some_and(|(_, one)| one.invoice == row.invoice);
                first && last.at == at && last.rows.len() < MAX_LINES
            };
            match batch.last_mut().filter(same) {
                Some(last) => last.rows.push((line, row)),
                None => {
                    if batch.len() == MAX_INVOICES || waiting >= MAX_LINES_TOGETHER {
                        self.put(std::mem::take(&mut batch)).await?;
                        waiting = 0;
                    }
                    batch.push(Invoice { at, rows: vec![(line, row)] });
                }
            }
            waiting += 1;
        }
        self.put(batch).await?;
        progress.finish();
        Ok(())
    }

    /// Writes what is not there yet of these invoices.
    async fn put(&mut self, invoices: Vec<Invoice>) -> anyhow::Result<()> {
        let mut wanted = Vec::new();
        for invoice in &invoices {
            for (line, row) in &invoice.rows {
                if let Err(error) = self.meet(row, invoice.at, &mut wanted).await {
                    self.report.lines.refuse(*line, refusal(error)?);
                }
            }
        }
        self.open(wanted).await?;
        let references: Vec<_> = invoices.iter().filter_map(Invoice::reference).collect();
        let mut there = self.there(&references).await?;
        let mut wanted = Vec::new();
        for (invoice, reference) in invoices.iter().zip(references) {
            let there = there.remove(&reference).unwrap_or_default();
            wanted.extend(self.missing(invoice, reference, there));
        }
        for part in wanted.chunks(MAX_POSTINGS) {
            self.post(part).await?;
        }
        Ok(())
    }

    /// Makes the item if there is none, and notes what of it was there from the beginning.
    async fn meet(
        &mut self,
        row: &Row,
        at: Timestamp,
        opening: &mut Vec<(Row, NewPosting)>,
    ) -> Result<(), Error> {
        if self.goods.knows(row) {
            return Ok(());
        }
        let good = self.goods.of(row).await?;
        let Some(quantity) = self.opening else { return Ok(()) };
        let price = Some(Price::Each(row.price.max(Decimal::ZERO)));
        let line = line(good, self.goods.warehouse.id, quantity, Direction::In { price });
        let posting = NewPosting {
            kind: PostingKind::Receipt,
            reference: Some(format!("opening {}", row.key())),
            effective_at: Some(at),
            returns: None,
            lines: vec![line],
        };
        opening.push((row.clone(), posting));
        Ok(())
    }

    /// Posts opening stock that is not there yet.
    async fn open(&mut self, openings: Vec<(Row, NewPosting)>) -> anyhow::Result<()> {
        for part in openings.chunks(MAX_POSTINGS) {
            let names: Vec<_> = part.iter().filter_map(|(_, one)| one.reference.clone()).collect();
            let there = self.there(&names).await?;
            let is_there = |posting: &NewPosting| {
                posting.reference.as_ref().is_some_and(|name| there.contains_key(name))
            };
            let new: Vec<_> = part.iter().filter(|(_, posting)| !is_there(posting)).collect();
            let postings: Vec<_> = new.iter().map(|(_, posting)| posting.clone()).collect();
            for ((row, posting), answer) in new.into_iter().zip(self.write(&postings).await?) {
                answer?;
                self.report.opened += 1;
                let quantity: Decimal = posting.lines.iter().map(|line| line.quantity).sum();
                // What comes in may be taken from now on.
                let _ = self.goods.take(row, -quantity);
            }
        }
        Ok(())
    }

    /// What was posted before with these references.
    async fn there(
        &self,
        references: &[String],
    ) -> Result<HashMap<String, Vec<PostedStock>>, Error> {
        let mut found = HashMap::<_, Vec<PostedStock>>::new();
        let mut page = PageRequest::first(500);
        loop {
            let ctx = Ctx::system();
            let inventory = self.engine.inventory();
            let part = patiently(|| inventory.postings(&ctx, references, &page)).await?;
            for posted in part.items {
                if let Some(reference) = posted.posting.reference.clone() {
                    found.entry(reference).or_default().push(posted);
                }
            }
            let Some(next) = part.next else { return Ok(found) };
            page.cursor = Some(next);
        }
    }

    /// The posting of those lines that are not there yet, and for which there is enough.
    fn missing(
        &mut self,
        invoice: &Invoice,
        reference: String,
        there: Vec<PostedStock>,
    ) -> Option<Wanted> {
        let mut before = BTreeMap::<(ItemId, Decimal), usize>::new();
        for movement in there.iter().flat_map(|posted| &posted.movements) {
            *before.entry((movement.item, movement.quantity.normalize())).or_default() += 1;
        }
        let (mut lines, mut rows) = (Vec::<NewLine>::new(), Vec::new());
        for (number, row) in &invoice.rows {
            let Some(good) = self.goods.met_before(row) else { continue };
            let (kind, quantity) = (row.kind(), row.quantity.abs());
            let moved = if kind == Kind::Return { quantity } else { -quantity };
            if let Some(count) = before.get_mut(&(good.item, moved.normalize()))
                && *count > 0
            {
                *count -= 1;
                self.report.lines.already_there += 1;
                self.report.note(kind, quantity);
                continue;
            }
            if let Err(available) = self.goods.take(row, -moved) {
                let reason = format!("{}: not enough stock: {available} available", row.code);
                self.report.lines.refuse(*number, reason);
                continue;
            }
            let direction = match kind {
                Kind::Return => Direction::In { price: None },
                _ => Direction::Out { reservation: None },
            };
            lines.push(line(good, self.goods.warehouse.id, quantity, direction));
            rows.push((*number, kind, quantity));
        }
        let all = |wanted: Kind| rows.iter().all(|(_, kind, _)| *kind == wanted);
        let kind = if all(Kind::Sale) {
            PostingKind::Issue
        } else if all(Kind::Return) {
            PostingKind::Return
        } else {
            PostingKind::Adjustment
        };
        let (reference, effective_at) = (Some(reference), Some(invoice.at));
        let posting = NewPosting { kind, reference, effective_at, returns: None, lines };
        (!rows.is_empty()).then_some(Wanted { posting, rows })
    }

    async fn post(&mut self, wanted: &[Wanted]) -> anyhow::Result<()> {
        let postings: Vec<_> = wanted.iter().map(|one| one.posting.clone()).collect();
        for (one, answer) in wanted.iter().zip(self.write(&postings).await?) {
            match answer {
                Ok(_) => {
                    self.report.postings += 1;
                    self.report.lines.written += one.rows.len() as u64;
                    for (_, kind, quantity) in &one.rows {
                        self.report.note(*kind, *quantity);
                    }
                }
                Err(error) => {
                    let reason = refusal(error)?;
                    for (line, ..) in &one.rows {
                        self.report.lines.refuse(*line, reason.clone());
                    }
                }
            }
        }
        Ok(())
    }

    /// Posts them, and asks again when the store does not answer: by their key what was written is not
    /// written again.
    async fn write(
        &self,
        postings: &[NewPosting],
    ) -> anyhow::Result<Vec<Result<PostedStock, Error>>> {
        if postings.is_empty() {
            return Ok(Vec::new());
        }
        let digest = Sha256::digest(serde_json::to_vec(postings)?);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let ctx = Ctx::system().with_idempotency_key(IdempotencyKey::new(hex)?);
        let inventory = self.engine.inventory();
        let answers = patiently(|| async {
            let answers = inventory.post_each(&ctx, postings).await?;
            let lost = |answer: &Result<_, Error>| matches!(answer, Err(Error::Unavailable(_)));
            match answers.iter().find(|answer| lost(answer)) {
                Some(Err(error)) => Err(error.clone()),
                _ => Ok(answers),
            }
        });
        Ok(answers.await?)
    }
}

impl Invoice {
    /// What the posting says it was caused by.
    fn reference(&self) -> Option<String> {
        let (line, row) = self.rows.first()?;
        Some(format!("invoice {}, line {line}", row.invoice))
    }
}
