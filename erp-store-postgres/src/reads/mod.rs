//! Reads, by module. Each is one statement, and so one snapshot.

mod access;
mod audit;
mod chat;
mod comments;
mod graph;
mod inventory;
mod messages;
mod postings;
mod projects;
mod rights;
mod sessions;
mod stock;
mod tasks;
mod time;
mod unread;

use self::{postings::Postings, rights::Rights};
use crate::db::Db;

/// All read ports over one pool.
#[derive(Clone, Debug)]
pub(crate) struct Reads {
    db: Db,
    rights: Rights,
    postings: Postings,
}

impl Reads {
    pub fn new(db: Db) -> Self {
        Self { db, rights: Rights::default(), postings: Postings::default() }
    }

    pub fn db(&self) -> &Db {
        &self.db
    }
}

/// A limit as PostgreSQL takes it.
fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
