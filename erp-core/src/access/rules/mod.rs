//! The module's decisions: pure functions.

pub mod audit;
pub mod graph;
pub mod invariants;
pub mod login;
pub mod passwords;
pub mod reports;
pub mod sessions;
pub mod users;
