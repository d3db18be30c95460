//! The PostgreSQL store of the ERP engine.
//!
//! A commit is one statement (the hot shapes) or one transaction, in a task of its own. The event
//! log is a table whose readers never miss an event, although transactions commit out of order. One
//! PostgreSQL schema holds one organisation.
//!
//! Every statement is a runtime query: the crate needs no database to compile, and reads nothing from
//! the environment.

mod apply;
mod broadcast;
mod commit;
mod constraint;
mod db;
mod event_log;
mod maintenance;
mod migrate;
mod months;
mod options;
mod presence;
mod reads;
mod rows;
mod store;
mod tasks;
mod verify;
mod wake;

pub use broadcast::PgBroadcaster;
pub use options::{EventLogOptions, PgStoreOptions};
pub use store::{PgStore, PgStoreBuilder};
