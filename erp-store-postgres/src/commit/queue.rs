//! Hot writes that wait for each other anyway go together.
//!
//! A post locks its room until the disk has it, so the next one into the same room waits for a whole
//! flush; stock of one item likewise; and each statement costs the server much more than a further row
//! in one. So what locks the same rows is written one after the other, a few transactions run at once,
//! and what has come meanwhile goes into the next one. What comes alone goes at once and alone.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt::Debug,
    marker::PhantomData,
    sync::Arc,
};

use erp_core::{
    change::{ChangeSet, Receipt},
    port::{StoreError, StoreResult},
};
use parking_lot::Mutex;
use sqlx::PgConnection;
use tokio::{runtime::Handle, sync::oneshot};

use super::{Failure, dated, persistently, write};
use crate::store::Writer;

/// How many transactions run at once. More only make smaller ones; with a second, one that waits for a
/// lock does not hold up all others.
const MAX_RUNNING: usize = 2;

/// The answers to change sets that were written together; none for one that must go alone.
pub(super) type Answers = Vec<Option<StoreResult<Receipt>>>;

/// A kind of change sets that go together.
pub(crate) trait Together: Send + Sync + 'static {
    /// What a set of it locks.
    type Key: Clone + Debug + Ord + Send + Sync + 'static;
    /// How many are worth a transaction of this kind.
    const LEAST: usize;
    /// The most of one transaction.
    const MOST: usize;

    /// Writes the sets in one transaction, in their order. After a constraint has refused a row, or
    /// when the transaction lost to another, they go one by one.
    fn write(
        conn: &mut PgConnection,
        sets: &[&ChangeSet],
    ) -> impl Future<Output = Result<Answers, Failure>> + Send;

    /// The store's queue of this kind.
    fn queue(writer: &Writer) -> &Queue<Self>
    where
        Self: Sized;
}

/// The change sets of one kind that are on their way in one store.
pub(crate) struct Queue<T: Together>(Arc<Mutex<State<T::Key>>>, PhantomData<T>);

impl<T: Together> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), PhantomData)
    }
}

impl<T: Together> Default for Queue<T> {
    fn default() -> Self {
        let (waiting, busy, running) = (VecDeque::new(), BTreeSet::new(), 0);
        Self(Arc::new(Mutex::new(State { waiting, busy, running })), PhantomData)
    }
}

impl<T: Together> Debug for Queue<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Queue").field(&self.0).finish()
    }
}

#[derive(Debug)]
struct State<K> {
    waiting: VecDeque<Waiting<K>>,
    /// What running transactions lock.
    busy: BTreeSet<K>,
    running: usize,
}

#[derive(Debug)]
struct Waiting<K> {
    set: Arc<ChangeSet>,
    keys: BTreeSet<K>,
    answer: oneshot::Sender<StoreResult<Receipt>>,
}

impl<K: Clone + Ord> State<K> {
    /// The sets of the next transaction: the oldest whose keys are free, and which do not overtake one
    /// of theirs, so many at most. Their keys are busy from now on.
    fn next(&mut self, most: usize) -> Option<Vec<Waiting<K>>> {
        if self.running == MAX_RUNNING {
            return None;
        }
        let (mut taken, mut rest) = (Vec::new(), VecDeque::new());
        let mut held = self.busy.clone();
        while let Some(one) = self.waiting.pop_front() {
            if taken.len() < most && one.keys.is_disjoint(&held) {
                taken.push(one);
            } else {
                held.extend(one.keys.iter().cloned());
                rest.push_back(one);
            }
        }
        self.waiting = rest;
        if taken.is_empty() {
            return None;
        }
        self.busy.extend(taken.iter().flat_map(|one| one.keys.iter().cloned()));
        self.running += 1;
        Some(taken)
    }
}

impl<T: Together> Queue<T> {
    /// Writes the set, alone or with others.
    pub async fn commit(
        &self,
        writer: &Writer,
        set: ChangeSet,
        keys: BTreeSet<T::Key>,
    ) -> StoreResult<Receipt> {
        let mut answers = self.commit_each(writer, vec![(set, keys)]).await;
        answers.pop().unwrap_or_else(ended)
    }

    /// Writes the sets, which go one behind the other where they lock the same.
    pub async fn commit_each(
        &self,
        writer: &Writer,
        sets: Vec<(ChangeSet, BTreeSet<T::Key>)>,
    ) -> Vec<StoreResult<Receipt>> {
        let mut receipts = Vec::with_capacity(sets.len());
        {
            let mut queue = self.0.lock();
            for (set, keys) in sets {
                let (answer, receipt) = oneshot::channel();
                queue.waiting.push_back(Waiting { set: Arc::new(set), keys, answer });
                receipts.push(receipt);
            }
        }
        dispatch::<T>(writer);
        let mut answers = Vec::with_capacity(receipts.len());
        for receipt in receipts {
            answers.push(receipt.await.unwrap_or_else(|_| ended()));
        }
        answers
    }
}

fn ended<T>() -> StoreResult<T> {
    Err(StoreError::Unavailable("the commit's task ended".to_owned()))
}

fn dispatch<T: Together>(writer: &Writer) {
    loop {
        let Some(sets) = T::queue(writer).0.lock().next(T::MOST) else { return };
        let keys = sets.iter().flat_map(|one| one.keys.iter().cloned()).collect();
        let running = Running::<T> { writer: writer.clone(), keys };
        tokio::spawn(async move {
            write_all::<T>(&running.writer, sets).await;
        });
    }
}

/// Frees the keys of a transaction when it has ended, however it has, and starts the next.
struct Running<T: Together> {
    writer: Writer,
    keys: BTreeSet<T::Key>,
}

impl<T: Together> Drop for Running<T> {
    fn drop(&mut self) {
        {
            let mut queue = T::queue(&self.writer).0.lock();
            queue.busy.retain(|key| !self.keys.contains(key));
            queue.running -= 1;
        }
        if Handle::try_current().is_ok() {
            dispatch::<T>(&self.writer);
        }
    }
}

async fn write_all<T: Together>(writer: &Writer, sets: Vec<Waiting<T::Key>>) {
    let answers = if sets.len() < T::LEAST {
        sets.iter().map(|_| None).collect()
    } else {
        write_together::<T>(writer, &sets).await
    };
    let mut alone = Vec::new();
    for (one, answer) in sets.into_iter().zip(answers) {
        match answer {
            // Where the caller has gone, nobody wants the answer.
            Some(receipt) => drop(one.answer.send(receipt)),
            None => alone.push(one),
        }
    }
    for run in ChangeSet::in_runs(alone, |one| &one.set) {
        let answers = match run.as_slice() {
            [one] => vec![write_alone(writer, &one.set).await],
            several => {
                let sets = several.iter().map(|one| Arc::clone(&one.set)).collect();
                dated::on_pool(writer, sets).await
            }
        };
        for (one, receipt) in run.into_iter().zip(answers) {
            let _ = one.answer.send(receipt);
        }
    }
}

async fn write_together<T: Together>(writer: &Writer, sets: &[Waiting<T::Key>]) -> Answers {
    let change_sets: Vec<&ChangeSet> = sets.iter().map(|one| &*one.set).collect();
    let written = writer.db.on_connection(async |conn: &mut PgConnection| {
        match T::write(conn, &change_sets).await {
            Ok(answers) => Ok(answers),
            Err(failure) if failure.is_integrity_violation() || failure.lost_to_another() => {
                Ok(sets.iter().map(|_| None).collect())
            }
            Err(failure) => Err(failure.into()),
        }
    });
    match written.await {
        Ok(answers) => {
            let receipts = answers.iter().rev().flatten().filter_map(|one| one.as_ref().ok());
            if let Some(last) = receipts.into_iter().next() {
                writer.announce(last);
            }
            answers
        }
        Err(error) => sets.iter().map(|_| Some(Err(error.clone()))).collect(),
    }
}

pub(super) async fn write_alone(writer: &Writer, set: &Arc<ChangeSet>) -> StoreResult<Receipt> {
    let receipt = persistently(&writer.db, |conn| {
        let set = Arc::clone(set);
        Box::pin(async move { write(conn, &set).await })
    })
    .await?;
    writer.announce(&receipt);
    Ok(receipt)
}
