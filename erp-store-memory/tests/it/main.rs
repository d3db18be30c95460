//! The memory store and the local broadcaster keep the promises of their ports.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod conformance;
mod numbering;
