//! The core of an ERP engine that other applications embed: domain types, rules, services and the
//! ports to everything outside.
//!
//! An [`Engine`] over a [`Store`](port::Store) is the whole of it. Services authorize, read, decide
//! by a pure function in a module's `rules`, and commit a [`ChangeSet`](change::ChangeSet), which a
//! store writes whole or not at all.
//!
//! This crate has no database, no network and no tasks. What touches the outside (the wall clock,
//! the operating system's randomness, threads for password hashing) stands in [`system`] and can be
//! replaced.

// Macros of `erp-derive` name this crate as its users do.
extern crate self as erp_core;

pub mod access;
pub mod change;
pub mod chat;
pub mod ctx;
mod engine;
pub mod error;
mod files;
pub mod forms;
pub mod ids;
pub mod inventory;
pub mod page;
pub mod policy;
pub mod port;
pub mod presence;
pub mod projects;
pub mod realtime;
pub mod record;
pub mod retention;
pub mod system;

pub use ctx::Ctx;
pub use engine::{Engine, EngineBuilder, EngineOptions};
pub use erp_kernel::{fields, money, text, time, tree};
pub use error::{Conflict, Error, Result};
/// The port to where the bytes of files are, and its implementations.
pub use object_store;
