//! The integration tests of the conformance crate.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod mocks;
#[cfg(unix)]
mod pg_cluster;
mod presence;
mod registry;
mod saboteur;
mod saboteurs;
mod walk;
