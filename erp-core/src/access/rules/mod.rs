//! The module's decisions: pure functions.

pub mod audit;
pub mod graph;
pub mod invariants;
pub mod login;
pub mod sessions;
pub mod users;
