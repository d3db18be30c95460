//! The storage port: one audited write, reads by module.

use async_trait::async_trait;

use super::{EventLog, Maintenance};
use crate::{
    access::{AccessReads, AuditReads, SessionStore},
    change::{ChangeSet, Receipt, Version},
    chat::ChatReads,
    error::Conflict,
    inventory::InventoryReads,
    presence::PresenceStore,
    projects::ProjectReads,
    record::RecordReads,
};

/// The result of a store call.
pub type StoreResult<T> = std::result::Result<T, StoreError>;

/// What a store can answer instead of a result. After any of them but `Unavailable` nothing was
/// written; after `Unavailable` on a commit it may have been, and the idempotency key tells.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StoreError {
    /// A guard or an expected version did not hold.
    #[error("{entity} has another version")]
    Stale {
        /// What is not as expected: `access_graph`, `roster`, `user`, `room`, `message`,
        /// `item_categories`, `warehouse`, `item`, …
        entity: &'static str,
        /// The present version; none for a guard, where only reading anew helps.
        current: Option<Version>,
    },
    /// A thing that the change refers to is not there.
    #[error("no such {entity}")]
    NotFound {
        /// The kind of thing.
        entity: &'static str,
    },
    /// A unique constraint refused the change.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The store does not answer.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// A fault in the store, or data in it that it cannot read.
    #[error("store fault: {0}")]
    Internal(String),
}

impl StoreError {
    /// Whether the service should read and decide again.
    pub fn is_guard(&self) -> bool {
        matches!(self, Self::Stale { current: None, .. })
    }
}

/// Where everything is kept.
///
/// An author of a store implements this trait and those it hands out, and proves it with
/// `erp_conformance::store_conformance!`. `docs/store-authors.md` walks through it.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Writes a change set: its changes, its audit entry, its events and its idempotency record.
    ///
    /// **Effect** All of it, or nothing (`commit::every_kind_of_refusal_leaves_nothing`).
    ///
    /// **Contract** (with the cases of the conformance suite that hold it)
    /// - The changes are applied in order, each seeing those before it
    ///   (`commit::a_change_sees_those_before_it`).
    /// - Guards are checked under the same lock or snapshot as the changes: no concurrent commit
    ///   can make one false between the check and the write
    ///   (`guards::auth_7_of_commits_under_one_graph_exactly_one_happens`).
    /// - A set raises the version of each scope that it touches, by [`ChangeSet::touches`], by exactly one
    ///   (`guards::what_touches_a_roster_raises_its_version_by_one`).
    /// - Events get rising positions in their order; an event with a slot has the number that
    ///   was allocated for that change filled in (`sequence`).
    /// - With an idempotency record whose key the actor has used: the same fingerprint gives the
    ///   stored answer and allocations, and writes nothing; another fingerprint is
    ///   `Conflict::IdempotencyKeyReused`. A set that fails leaves no record (`idempotency`).
    /// - Once a caller's future has been polled, dropping it does not leave half of anything: the
    ///   commit either happens whole or not
    ///   (`dropped::a_dropped_commit_leaves_all_of_it_or_nothing`).
    ///
    /// **Errors** as [`StoreError`] says, the first of these (`refusals`): a used idempotency key, the
    /// guards in their order (of an unknown room `NotFound`), the changes in theirs. Of one change:
    /// the thing that it changes is not there, its version is stale, a unique value is taken (the id
    /// before others), a thing that it refers to is not there (in the order of its fields). A change
    /// of a member names a missing room before a missing member.
    async fn commit(&self, set: ChangeSet) -> StoreResult<Receipt>;

    /// Writes several change sets, each on its own: exactly what committing one after the other does,
    /// which is what this does unless a store knows how to do it with fewer round trips. One that is
    /// refused does not keep those after it from being written. Returns as many answers as sets.
    ///
    /// Postings of stock that say when they had effect and follow each other may be judged together, in
    /// the order in which they had effect, so that what moved later is worked out again once
    /// ([`ChangeSet::in_runs`], `StockBook::apply_each`).
    async fn commit_each(&self, sets: Vec<ChangeSet>) -> Vec<StoreResult<Receipt>> {
        let mut answers = Vec::with_capacity(sets.len());
        for set in sets {
            answers.push(self.commit(set).await);
        }
        answers
    }

    /// Reads of users, roles and teams.
    fn access(&self) -> &dyn AccessReads;

    /// Reads of the audit log.
    fn audit(&self) -> &dyn AuditReads;

    /// Sessions.
    fn sessions(&self) -> &dyn SessionStore;

    /// Reads of rooms, members and messages.
    fn chat(&self) -> &dyn ChatReads;

    /// Reads of warehouses, items and stock.
    fn inventory(&self) -> &dyn InventoryReads;
    /// Reads of projects, their members and their tasks.
    fn projects(&self) -> &dyn ProjectReads;

    /// Reads of records.
    fn records(&self) -> &dyn RecordReads;

    /// Leases of live connections.
    fn presence(&self) -> &dyn PresenceStore;

    /// The event log.
    fn events(&self) -> &dyn EventLog;

    /// Retention and self-checks.
    fn maintenance(&self) -> &dyn Maintenance;
}
