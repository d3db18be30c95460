//! The random walk: change sets of all kinds, valid and not, in an order that a seed decides, on a
//! store under test and on a naive model of what the ports promise. After each step the two must
//! have answered alike; now and then everything that can be read is compared.
//!
//! [`transcript`] gives what a store answered as text. Two stores that walk from the same seed must
//! give the same text: see that they do with a test of your own, beside the suite.

mod access_sets;
mod catalog_sets;
mod chat_sets;
mod generate;
mod lot_sets;
mod master_sets;
mod model;
mod phase_sets;
mod plan_sets;
mod probe;
mod project_sets;
#[cfg(test)]
mod reach_tests;
mod record_sets;
mod stock_sets;
mod task_part_sets;
mod task_sets;
mod template_sets;

use std::sync::Arc;

use erp_core::{
    change::{Event, Position},
    inventory::ItemCategory,
    port::Store,
    projects::ProjectCategory,
    record::Record as _,
};

use self::{generate::Generator, model::Model, probe::Probe};
use crate::random::Random;

/// Steps between two looks at everything that can be read.
const LOOK_EVERY: usize = 50;

/// Walks so many steps from this seed, beside the model.
///
/// # Panics
/// When the store and the model differ, with the step and the change set that it was.
pub async fn walk(store: &Arc<dyn Store>, seed: u64, steps: usize) {
    let mut walk = Walk::start(store, seed).await;
    for step in 1..=steps {
        let (told, expected, set) = walk.step().await;
        assert_eq!(told, expected, "seed {seed}, step {step}: {set}");
        if step % LOOK_EVERY == 0 || step == steps {
            walk.compare(step).await;
        }
    }
}

/// Walks so many steps from this seed, and returns what the store answered: the result of every
/// step, every so often of every read, and in the end the whole log. Positions are left out, since
/// there may be holes between them.
///
/// # Panics
/// When the store cannot read.
pub async fn transcript(store: &Arc<dyn Store>, seed: u64, steps: usize) -> Vec<String> {
    let mut walk = Walk::start(store, seed).await;
    let mut lines = Vec::new();
    for step in 1..=steps {
        let (told, ..) = walk.step().await;
        lines.push(format!("{step}: {told}"));
        if step % LOOK_EVERY == 0 || step == steps {
            for probe in walk.probes() {
                lines.push(format!("{step}: {probe:?}: {}", probe.ask(&**store).await));
            }
        }
    }
    lines.extend(read_log(&**store).await);
    lines
}

struct Walk<'a> {
    store: &'a Arc<dyn Store>,
    seed: u64,
    model: Model,
    generator: Generator,
    looks: Random,
}

impl<'a> Walk<'a> {
    async fn start(store: &'a Arc<dyn Store>, seed: u64) -> Self {
        let graph = store.access().graph_version().await.expect("a read");
        let records = store.records();
        let items = records.record_tree(ItemCategory::KIND).await.expect("a read").version;
        let projects = records.record_tree(ProjectCategory::KIND).await.expect("a read").version;
        Self {
            store,
            seed,
            model: Model::new(graph, items, projects),
            generator: Generator::new(seed),
            looks: Random::new(seed ^ 0x5eed),
        }
    }

    /// What the store answered, what the model answered, and what was asked.
    async fn step(&mut self) -> (String, String, String) {
        let set = self.generator.next(&self.model);
        let described = format!("{set:#?}");
        let expected = self.model.commit(set.clone());
        let told = self.store.commit(set).await;
        let text = |result| match result {
            Ok(erp_core::change::Receipt { position, allocated, replayed, stock }) => {
                let events = if position.is_some() { "with events" } else { "without events" };
                let numbers: Vec<_> = allocated.iter().map(|one| one.number).collect();
                let stock: Vec<_> =
                    stock.iter().map(|(index, came_to)| (index, probe::outcome(came_to))).collect();
                format!("{events}, allocated {numbers:?}, replayed {replayed:?}, stock {stock:?}")
            }
            Err(error) => format!("refused: {error:?}"),
        };
        (text(told), text(expected), described)
    }

    /// Everything that can be read of what there is now.
    fn probes(&mut self) -> Vec<Probe> {
        probe::all(&self.model, &mut self.looks)
    }

    async fn compare(&mut self, step: usize) {
        for probe in self.probes() {
            let told = probe.ask(&**self.store).await;
            let expected = probe.answer(&self.model);
            assert_eq!(told, expected, "seed {}, step {step}: {probe:?}", self.seed);
        }
        let log = read_log(&**self.store).await;
        let expected: Vec<_> = self.model.events.iter().map(line).collect();
        assert_eq!(log.len(), expected.len(), "seed {}, step {step}: the log's length", self.seed);
        for (told, expected) in log.iter().zip(&expected) {
            assert_eq!(told, expected, "seed {}, step {step}: the log", self.seed);
        }
        let verified = self.store.maintenance().verify().await;
        assert_eq!(verified, Ok(vec![]), "seed {}, step {step}", self.seed);
    }
}

/// The whole log, an event a line.
async fn read_log(store: &dyn Store) -> Vec<String> {
    let (mut lines, mut after) = (Vec::new(), Position::START);
    loop {
        let batch = store.events().read(after, 200).await.expect("a read");
        let full = batch.events.len() == 200;
        lines.extend(batch.events.iter().map(|event| line(event)));
        after = batch.reached;
        if !full {
            return lines;
        }
    }
}

fn line(event: &Event) -> String {
    let Event { position: _, at, actor, body, audience, exclude } = event;
    let body = probe::body(body);
    format!("{at} {actor:?} {body:?} for {audience:?} without {exclude:?}")
}
