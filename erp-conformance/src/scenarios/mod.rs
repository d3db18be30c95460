//! Scenarios: what the services promise, on any store. Each module lists its own.

pub mod access;
pub mod chat;
pub mod inventory;
pub mod projects;
pub mod realtime;
pub mod records;

/// Texts in which there is nothing to see.
const UNSEEN: [&str; 5] = ["\u{200b}\u{200b}", "\u{3164}", "\u{2800}", "\u{ad}", "\u{fe0f}"];
