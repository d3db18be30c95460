//! What posts were decided on, remembered: the next post of the same author into the same room needs
//! no read. The commit compares the versions, so nothing here has to be taken back when something
//! changes elsewhere; the read that follows a refusal puts the newer facts in the place of the old.

use std::{collections::HashMap, sync::Arc};

use erp_core::{
    change::Version,
    chat::Posting,
    ids::{RoomId, UserId},
};
use parking_lot::RwLock;

/// How many are remembered at most; each has a few hundred bytes.
const MAX_POSTINGS: usize = 50_000;

/// The facts of earlier posts, at the newest version of the access graph that was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Postings(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    graph: Version,
    of: HashMap<(RoomId, UserId), Posting>,
}

impl Postings {
    /// What was noted for this author in this room.
    pub fn of(&self, room: RoomId, user: UserId) -> Option<Posting> {
        self.0.read().of.get(&(room, user)).cloned()
    }

    /// Notes what was read; what an older version of the graph says is forgotten.
    pub fn note(&self, user: UserId, posting: &Posting) {
        let mut known = self.0.write();
        if posting.graph > known.graph || known.of.len() >= MAX_POSTINGS {
            *known = Known { graph: posting.graph, of: HashMap::new() };
        }
        if posting.graph == known.graph {
            known.of.insert((posting.access.room.id, user), posting.clone());
        }
    }
}
