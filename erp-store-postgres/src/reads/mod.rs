//! Reads, by module. Each is one statement, and so one snapshot.

mod access;
mod audit;
mod board;
mod calendar;
mod catalog;
mod chat;
mod comments;
mod graph;
mod inventory;
mod lots;
mod messages;
mod phases;
mod projects;
mod rates;
mod remembered;
mod reports;
mod search;
mod sessions;
mod stock;
mod task_graph;
mod task_parts;
mod tasks;
mod templates;
mod time;
mod unread;

pub(crate) use self::remembered::Memory;
use crate::db::Db;

/// All read ports over one pool.
#[derive(Clone, Debug)]
pub(crate) struct Reads {
    db: Db,
    memory: Memory,
}

impl Reads {
    pub fn new(db: Db, memory: Memory) -> Self {
        Self { db, memory }
    }

    pub fn db(&self) -> &Db {
        &self.db
    }
}

/// A limit as PostgreSQL takes it.
pub(crate) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
