//! The servers.

pub mod axum_broadcast;
pub mod bare_loop;
pub mod engine;
