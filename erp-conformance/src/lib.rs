//! The public conformance suite of the ERP engine: what every store, broadcaster and presence
//! store must do, as tests that their authors run.
//!
//! ```
//! # use erp_store_memory::MemoryStore as MyStore;
//! async fn fresh() -> erp_conformance::TestStore {
//!     erp_conformance::TestStore::new(MyStore::new())
//! }
//!
//! erp_conformance::store_conformance!(fresh);
//! # fn main() {}
//! ```
//!
//! The macro makes one named `#[test]` of each case, on a fresh store. A case holds one point of
//! the contract that the ports of `erp_core` document, or one rule of a module through its services;
//! none of them knows which store it runs on. [`broadcaster_conformance!`] and
//! [`presence_conformance!`] do the same for these parts alone.
//!
//! Beside the suite stand what a store's author and a host need for tests of their own: the
//! [`Harness`] that cases work with, the random [`walk`] beside a naive model, the [`stock_storm`],
//! [`mocks`] of the small ports, and `pg_cluster`, a throw-away PostgreSQL.
//!
//! That the suite sees what it claims to see is shown by this crate's own tests: about sixty stores
//! that each break one promise, and are each caught.
//!
//! A dev-dependency: it is never linked into production.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a suite asserts: a case fails by panicking"
)]

pub mod broadcaster;
mod cases;
pub mod harness;
pub mod mocks;
pub mod numbering;
#[cfg(unix)]
pub mod pg_cluster;
pub mod presence;
mod random;
pub mod registry;
mod scenarios;
mod specimen;
pub mod stock_storm;
pub mod walk;

pub use broadcaster::TestBroadcaster;
pub use harness::{Deleted, Harness, TestStore};
pub use presence::TestPresence;
pub use specimen::{
    KINDS, Keepsake, KeepsakeId, Likeness, Loan, LoanId, Size, Specimen, SpecimenId,
};
