//! Postings that are worked out together: those of the past in one replay, in the order in which they have
//! effect, however many they are (INV-11, X-24).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    StockBook,
    book::Run,
    replay::{Back, Replay, done},
};
use crate::{
    error::Conflict,
    ids::ItemId,
    inventory::{Dated, InventoryChange, NewStockPosting, StockKey, StockOutcome, StockPosting},
    port::{StoreError, StoreResult},
    time::Timestamp,
};

/// How many histories of the longest length are worked out again at most, for all postings that are
/// written together.
const MAX_REPLAYS: usize = 4;

/// A posting with what is known of it before it is worked out.
#[derive(Clone)]
pub(super) struct Placed<'a> {
    /// Its place among those that came together.
    place: usize,
    new: &'a NewStockPosting,
    change: &'a InventoryChange,
    at: Timestamp,
    effective_at: Timestamp,
    keys: BTreeSet<StockKey>,
}

impl<'a> Placed<'a> {
    pub fn of(book: &StockBook, change: &'a InventoryChange, at: Timestamp) -> StoreResult<Self> {
        let InventoryChange::Post(new) = change else {
            return Err(StoreError::Internal("it is no posting".to_owned()));
        };
        book.check_tracking(new)?;
        let keys = change.stock_keys();
        let effective_at = book.effective_at(&keys, new.dated, at)?;
        Ok(Self { place: 0, new, change, at, effective_at, keys })
    }

    fn touches(&self, item: ItemId) -> bool {
        self.keys.iter().any(|key| key.0 == item)
    }
}

/// One of several postings is refused.
pub(super) struct Refused {
    /// Which: the last of those that came together and were at it.
    place: usize,
    pub error: StoreError,
}

impl InventoryChange {
    /// Whether it is a posting that says when it had effect, and brings in no new lot: such ones are
    /// worked out together ([`StockBook::apply_each`]).
    pub fn is_dated(&self) -> bool {
        let Self::Post(new) = self else { return false };
        matches!(new.dated, Dated::At(_)) && new.new_lots.is_empty()
    }
}

impl StockBook {
    /// Applies postings that say when they had effect, each with the instant at which it is made, in the
    /// order of these effects: what moved later is worked out again once for all of them. What one is
    /// refused, the others are not; the book has then to begin again, so that work is counted, and what
    /// would be too much of it is refused. Answers in the order of the changes; afterwards the
    /// book has the balances that changed.
    pub fn apply_each(
        &mut self,
        changes: &[(&InventoryChange, Timestamp)],
    ) -> Vec<StoreResult<StockOutcome>> {
        let mut answers: Vec<StoreResult<StockOutcome>> = Vec::with_capacity(changes.len());
        let mut open = Vec::with_capacity(changes.len());
        for (place, (change, at)) in changes.iter().enumerate() {
            answers.push(Ok(StockOutcome::default()));
            match Placed::of(self, change, *at) {
                Ok(placed) => open.push(Placed { place, ..placed }),
                Err(error) => refuse(&mut answers, place, error),
            }
        }
        let mut work = 0_usize;
        while let Some(first) = open.first() {
            let items = self.replayed_by(&open);
            let rows = items.iter().filter_map(|item| self.histories.get(item));
            work = work.saturating_add(rows.map(Vec::len).sum());
            if work > first.new.max_replayed.saturating_mul(MAX_REPLAYS)
                && let Some(item) = items.first()
            {
                for one in open {
                    let error = Conflict::HistoryTooLong { item: *item }.into();
                    refuse(&mut answers, one.place, error);
                }
                return answers;
            }
            let mut book = self.clone();
            match book.post_together(&open) {
                Ok(came_to) => {
                    *self = book;
                    for (one, outcome) in open.iter().zip(came_to) {
                        if let Some(answer) = answers.get_mut(one.place) {
                            *answer = Ok(outcome);
                        }
                    }
                    return answers;
                }
                Err(Refused { place, error }) => {
                    open.retain(|one| one.place != place);
                    refuse(&mut answers, place, error);
                }
            }
        }
        answers
    }

    /// The items whose history must be worked out again for one of the postings.
    fn replayed_by(&self, postings: &[Placed<'_>]) -> BTreeSet<ItemId> {
        postings.iter().flat_map(|one| self.replayed(one.change)).collect()
    }

    /// Applies the postings, all of them or none, and returns what each came to.
    pub(super) fn post_together(
        &mut self,
        postings: &[Placed<'_>],
    ) -> Result<Vec<StockOutcome>, Refused> {
        let replayed = self.replayed_by(postings);
        let rows = replayed.iter().filter_map(|item| self.histories.get(item)).map(Vec::len).sum();
        let keys: BTreeSet<_> = postings.iter().flat_map(|one| &one.keys).copied().collect();
        self.shelves.retain(|key, _| keys.contains(key) || replayed.contains(&key.0));
        let top = self.shelves.values().map(|shelf| shelf.balance.seq).max().unwrap_or(0);
        let mut order: Vec<_> = (top + 1..).zip(postings).collect();
        order.sort_by_key(|(seq, one)| (one.effective_at, *seq));
        let Some((_, first)) = order.first() else { return Ok(Vec::new()) };
        let day = postings.iter().map(|one| one.new.day).max().unwrap_or(first.new.day);
        let today = postings.iter().map(|one| one.new.today).max().unwrap_or(day);
        let back = Back { items: &replayed, until: first.effective_at, day, new: first.new };
        let named = done(&self.named);
        let (mut seen, mut freed) = (Vec::new(), BTreeMap::new());
        let blame = |seen: &[&Placed<'_>], (item, error): (ItemId, StoreError)| {
            let at_it = seen.iter().filter(|one| one.touches(item)).map(|one| one.place).max();
            let last = postings.iter().map(|one| one.place).max();
            Refused { place: at_it.or(last).unwrap_or_default(), error }
        };
        let mut replay = Replay::rewind(self, &back).map_err(|failed| blame(&seen, failed))?;
        let mut written: BTreeMap<usize, (StockOutcome, usize)> = BTreeMap::new();
        for (index, (seq, one)) in order.iter().enumerate() {
            seen.push(*one);
            let mut outcome = StockOutcome::default();
            let mut run = Run {
                new: one.new,
                at: one.at,
                effective_at: one.effective_at,
                seq: *seq,
                named: &named,
                replayed: &replayed,
                freed: &mut freed,
                alerts: 0,
                outcome: &mut outcome,
            };
            for line in &one.new.lines {
                self.line(line, &mut run).map_err(|error| match error {
                    // What is lacking may have been taken by one that came later.
                    StoreError::Conflict(
                        Conflict::InsufficientStock { .. } | Conflict::SerialInStock { .. },
                    ) => blame(&seen, (line.item, error)),
                    error => Refused { place: one.place, error },
                })?;
            }
            let upto = order.get(index + 1).map(|(_, next)| next.effective_at);
            replay.catch_up(self, upto, &mut run).map_err(|failed| blame(&seen, failed))?;
            let used = run.alerts;
            outcome.posting =
                Some(StockPosting { effective_at: one.effective_at, ..one.new.posting.clone() });
            written.insert(one.place, (outcome, used));
        }
        for (key, (kept, before)) in replay.kept() {
            let (shelf, lots) = self.at(key).map_err(|error| blame(&seen, (key.0, error)))?;
            let gone = freed.get(&key).copied().unwrap_or_default();
            shelf.balance.level.reserved = kept.level.reserved - gone;
            let after = shelf.free(lots, day);
            if after < before {
                let sound = shelf.check_floor(before, after);
                sound.map_err(|error| blame(&seen, (key.0, error)))?;
            }
            // Whether it is low now shows at the end, and is told by the last that was at it.
            let last = postings.iter().rfind(|one| one.keys.contains(&key));
            match last.and_then(|one| Some((one, written.get_mut(&one.place)?))) {
                None => shelf.balance.low = shelf.is_low(lots, today),
                Some((one, (outcome, used))) => {
                    let id = one.new.alerts.get(*used).copied();
                    let crossing = shelf.crossing(one.at, lots, today, || id);
                    let crossing = crossing.map_err(|error| blame(&seen, (key.0, error)))?;
                    *used += usize::from(crossing.is_some());
                    outcome.alerts.extend(crossing);
                }
            }
        }
        let written = written.into_values().map(|(one, _)| one);
        let mut told = self.tell(postings, &replayed, top, written);
        if let Some(first) = told.first_mut() {
            first.replayed = rows;
        }
        Ok(told)
    }

    /// Numbers the balances, and completes what each posting came to.
    fn tell(
        &mut self,
        postings: &[Placed<'_>],
        replayed: &BTreeSet<ItemId>,
        top: i64,
        written: impl Iterator<Item = StockOutcome>,
    ) -> Vec<StockOutcome> {
        let seq = top + i64::try_from(postings.len()).unwrap_or_default();
        self.shelves.values_mut().for_each(|shelf| shelf.balance.seq = seq);
        for one in postings {
            for key in &one.keys {
                if let Some(shelf) = self.shelves.get_mut(key) {
                    shelf.balance.last_at = shelf.balance.last_at.max(Some(one.effective_at));
                }
            }
        }
        let told = written.zip(postings).map(|(mut outcome, one)| {
            let named = one.change.named_reservations();
            let reservations = self.reservations.iter().filter(|(id, _)| named.contains(id));
            outcome.reservations = reservations.map(|(_, one)| one.clone()).collect();
            let touched = self.shelves.iter().filter(|(key, _)| {
                one.keys.contains(key) || replayed.contains(&key.0) && one.touches(key.0)
            });
            outcome.levels = touched.map(|(_, shelf)| shelf.balance.level.clone()).collect();
            outcome.lots = self.lots_moved(&outcome);
            outcome
        });
        told.collect()
    }
}

fn refuse(answers: &mut [StoreResult<StockOutcome>], place: usize, error: StoreError) {
    if let Some(answer) = answers.get_mut(place) {
        *answer = Err(error);
    }
}
