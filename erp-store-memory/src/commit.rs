//! The one write: all of a change set, or nothing of it.

use erp_core::{
    change::{Allocated, Change, ChangeSet, Receipt},
    inventory::StockOutcome,
    port::{StoreError, StoreResult},
    time::Timestamp,
};

use crate::{
    apply::Applied,
    state::{Answer, Domain, State},
};

impl State {
    /// Writes the set. Errors are told in this order: a used idempotency key, the guards in their
    /// order, the changes in theirs.
    pub fn commit(&mut self, mut set: ChangeSet) -> StoreResult<Receipt> {
        if let Some(first) = self.first_answer(&set) {
            return first;
        }
        self.domain.check(&set.guards)?;
        set.check_slots()?;
        let touched = set.touches();
        let changes = std::mem::take(&mut set.changes);
        let (allocated, stock) = self.domain.write(changes, set.audit.at)?;
        touched.into_iter().for_each(|scope| self.domain.raise(scope));
        Ok(self.record(set, allocated, stock))
    }

    /// Writes sets that go together.
    pub fn commit_run(&mut self, sets: Vec<ChangeSet>) -> Vec<StoreResult<Receipt>> {
        let dated = sets.iter().all(|set| set.dated_posting().is_some());
        if sets.len() < 2 || !dated {
            return sets.into_iter().map(|set| self.commit(set)).collect();
        }
        let early =
            |set: &ChangeSet| self.first_answer(set).or_else(|| set.check_slots().err().map(Err));
        let mut answers: Vec<_> = sets.iter().map(early).collect();
        let open = sets.iter().zip(&answers).filter(|(_, answer)| answer.is_none());
        let open: Vec<_> =
            open.filter_map(|(set, _)| Some((set.dated_posting()?, set.at()))).collect();
        let mut came_to = self.domain.inventory.post_each(&self.domain.records, &open).into_iter();
        let lacking = || Err(StoreError::Internal("a set has no answer".to_owned()));
        let written = sets.into_iter().zip(&mut answers).map(|(set, answer)| {
            answer.take().unwrap_or_else(|| {
                let outcome = came_to.next().unwrap_or_else(lacking)?;
                Ok(self.record(set, vec![Allocated::default()], vec![(0, outcome)]))
            })
        });
        written.collect()
    }

    /// The answer that the set's idempotency key had before.
    fn first_answer(&self, set: &ChangeSet) -> Option<StoreResult<Receipt>> {
        let record = set.idempotency.as_ref()?;
        let first = self.answers.get(&(record.actor, record.key.clone()))?;
        Some(first.replay(record.fingerprint))
    }

    /// Writes what goes with the changes. Nothing fails here.
    fn record(
        &mut self,
        set: ChangeSet,
        allocated: Vec<Allocated>,
        stock: Vec<(usize, StockOutcome)>,
    ) -> Receipt {
        let ChangeSet { audit, along, events, idempotency, .. } = set;
        let (at, actor) = (audit.at, audit.actor);
        self.audit.insert(audit);
        along.into_iter().for_each(|entry| self.audit.insert(entry));
        let position = (!events.is_empty()).then(|| {
            for event in events {
                self.log.append(at, actor, event, &allocated, &stock);
            }
            self.log.settled()
        });
        if let Some(record) = idempotency {
            let (fingerprint, answer) = (record.fingerprint, record.answer);
            let first = Answer { fingerprint, answer, allocated: allocated.clone(), at };
            self.answers.insert((record.actor, record.key), first);
        }
        Receipt { position, allocated, replayed: None, stock }
    }
}

/// What the store has to tell of the changes: what was allocated for each, and what those of stock
/// came to.
type Written = (Vec<Allocated>, Vec<(usize, StockOutcome)>);

impl Answer {
    fn replay(&self, fingerprint: [u8; 32]) -> StoreResult<Receipt> {
        if self.fingerprint != fingerprint {
            return Err(erp_core::Conflict::IdempotencyKeyReused.into());
        }
        Ok(Receipt {
            position: None,
            allocated: self.allocated.clone(),
            replayed: Some(self.answer.clone()),
            stock: Vec::new(),
        })
    }
}

impl Domain {
    fn write(&mut self, changes: Vec<Change>, at: Timestamp) -> StoreResult<Written> {
        // Each change checks everything before it writes, so one alone needs no way back. The way
        // back for more is the root as it was; writing beside it copies the paths it touches.
        let before = (changes.len() > 1).then(|| self.clone());
        let written: StoreResult<Vec<Applied>> =
            changes.into_iter().map(|change| self.apply(change, at)).collect();
        if let (Err(_), Some(before)) = (&written, before) {
            *self = before;
        }
        let (mut allocated, mut stock) = (Vec::new(), Vec::new());
        for (index, applied) in written?.into_iter().enumerate() {
            allocated.push(applied.allocated);
            stock.extend(applied.stock.map(|outcome| (index, outcome)));
        }
        Ok((allocated, stock))
    }
}
