//! The PostgreSQL store keeps every store's promises, and some of its own. Every test has a database
//! of its own in a throw-away cluster: a copy of a migrated template, fresh or as good as that.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod conformance;
mod folds;
mod foreign_keys;
mod host;
mod keys;
mod log;
mod migration;
mod numbering;
mod outage;
mod partitions;
mod plans;
mod posts;
mod records;
mod remembered;
mod reuse;
mod same_path;
mod stock;
mod support;
mod transcript;
