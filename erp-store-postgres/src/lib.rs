//! The PostgreSQL store of the ERP engine.
//!
//! A commit is one statement (the hot shapes) or one transaction, in a task of its own. The event
//! log is a table whose readers never miss an event, although transactions commit out of order. One
//! PostgreSQL schema holds one organisation.
//!
//! Statements are planned once, for any values, and for tables that grow meanwhile
//! (`docs/adr/0011-a-plan-is-made-for-the-time-to-come.md`). Over TLS, sqlx 0.9.0 holds back the end of a
//! statement of more than 16 KB for 40 ms (its issue 4335): until its next release a Unix socket, or a
//! connection without TLS inside a trusted network, is faster under load.
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
mod numeric;
mod options;
mod presence;
mod reads;
mod records;
mod rows;
mod sql;
mod store;
mod tasks;
mod verify;
mod wake;

pub use broadcast::PgBroadcaster;
pub use migrate::{KeyCollision, MigrateError};
pub use options::{EventLogOptions, PgStoreOptions};
pub use store::{PgStore, PgStoreBuilder};
