//! Scenarios: what the services promise, on any store. Each module lists its own.

pub mod access;
pub mod chat;
pub mod inventory;
pub mod projects;
pub mod realtime;
