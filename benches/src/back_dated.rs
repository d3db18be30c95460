//! What postings of the past cost on an item with a long history.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use erp_core::{
    inventory::{Direction, NewPosting, PostingKind, Price},
    port::Store,
    time::Timestamp,
};
use erp_store_memory::MemoryStore;

use crate::{
    pg,
    report::{Figure, median},
    stock::Shop,
};

/// Movements of the item before.
const HISTORY: usize = 40_000;
/// Postings of one call.
const BATCH: usize = 100;

/// A shop whose one item has a history.
struct Past(Shop);

impl Past {
    async fn new(store: Arc<dyn Store>) -> Result<Self> {
        let past = Self(Shop::new(store, 1).await?);
        for _ in 0..HISTORY / BATCH {
            past.receive(BATCH, None).await?;
        }
        Ok(past)
    }

    /// Posts so many receipts in one call.
    async fn receive(&self, postings: usize, effective_at: Option<Timestamp>) -> Result<()> {
        let price = Some(Price::Each(2.into()));
        let line = self.0.line(self.0.items[0], 1, Direction::In { price });
        let new = NewPosting { effective_at, ..NewPosting::now(PostingKind::Receipt, vec![line]) };
        let new = vec![new; postings];
        let answers = self.0.engine.inventory().post_each(&self.0.ctx, &new).await?;
        answers.into_iter().try_for_each(|answer| answer.map(drop)).context("a posting")
    }

    /// Milliseconds of so many postings, which come before all others.
    async fn back_dated(&self, postings: usize) -> Result<f64> {
        let before = self.0.engine.now() - TimeDelta::days(1);
        let start = Instant::now();
        self.receive(postings, Some(before)).await?;
        Ok(start.elapsed().as_secs_f64() * 1_000.0)
    }
}

/// A call with 100 postings of the past, beside one with a single one: both replay the history once.
pub async fn run(rounds: usize) -> Result<()> {
    let cluster = pg::cluster()?;
    let postgres = pg::store(&cluster, "past", 8).await?;
    let stores: [(&str, Arc<dyn Store>); 2] =
        [("memory", Arc::new(MemoryStore::new())), ("PostgreSQL", postgres)];
    Figure::print_head();
    for (name, store) in stores {
        let past = Past::new(store).await?;
        let (mut batch, mut single) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            batch.push(past.back_dated(BATCH).await?);
            single.push(past.back_dated(1).await?);
        }
        Figure {
            what: format!(
                "100 postings of the past in one call, 40,000 movements later, vs one, {name}"
            ),
            ours: median(&mut batch),
            baseline: median(&mut single),
            unit: "ms",
            target: "one replay",
        }
        .print();
    }
    Ok(())
}
