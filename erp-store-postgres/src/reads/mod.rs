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
mod milestones;
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

use erp_core::{
    chat::Posting,
    ids::{RoomId, UserId},
    policy::PermissionSet,
};

use self::remembered::Remembered;
use crate::db::Db;

/// Users whose rights are remembered at most.
const MAX_RIGHTS: usize = 100_000;
/// Posts whose facts are remembered at most; each has a few hundred bytes.
const MAX_POSTINGS: usize = 50_000;

/// All read ports over one pool.
#[derive(Clone, Debug)]
pub(crate) struct Reads {
    db: Db,
    rights: Remembered<UserId, PermissionSet>,
    postings: Remembered<(RoomId, UserId), Posting>,
}

impl Reads {
    pub fn new(db: Db) -> Self {
        Self {
            db,
            rights: Remembered::at_most(MAX_RIGHTS),
            postings: Remembered::at_most(MAX_POSTINGS),
        }
    }

    pub fn db(&self) -> &Db {
        &self.db
    }
}

/// A limit as PostgreSQL takes it.
fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
