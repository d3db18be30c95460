//! What a client knows: a snapshot, brought forward by events.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use erp_core::{
    access::UserCard,
    chat::{Member, Message, Room, RoomRole, Seq},
    ids::{RoomId, UserId},
};

use super::room::RoomView;

/// A room in a snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomSnapshot {
    /// The room.
    pub room: Room,
    /// The client's own membership.
    pub member: Member,
    /// How many messages count as unread.
    pub unread: i64,
    /// Its members, if they were loaded.
    pub members: Option<Vec<(UserId, RoomRole)>>,
    /// Its messages after `loaded_after`, all of them.
    pub messages: Vec<Message>,
    /// The messages up to here were not loaded.
    pub loaded_after: Seq,
}

/// What a client loads when a stream begins: by the HTTP routes, after the hello.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// As whom it is connected.
    pub me: UserId,
    /// The rooms that he belongs to.
    pub rooms: Vec<RoomSnapshot>,
    /// The users whom he may see.
    pub users: Vec<UserCard>,
    /// Those of them who are online.
    pub online: Vec<UserId>,
}

/// What a client knows.
///
/// Events may be applied that the snapshot has already: each says what is, not what to add.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientState {
    /// As whom it is connected.
    pub me: UserId,
    /// The rooms that he belongs to.
    pub rooms: BTreeMap<RoomId, RoomView>,
    /// The users whom he may see.
    pub users: BTreeMap<UserId, UserCard>,
    /// Those who are online.
    pub online: BTreeSet<UserId>,
    /// Rights have changed: what the client may see must be loaded anew.
    pub rights_changed: bool,
}

/// Something that two states do not agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What.
    pub what: String,
    /// What the first says.
    pub one: String,
    /// What the second says.
    pub other: String,
}

impl ClientState {
    /// The state that a snapshot says.
    pub fn new(snapshot: Snapshot) -> Self {
        let rooms = snapshot.rooms.into_iter().map(|room| (room.room.id, RoomView::new(room)));
        Self {
            me: snapshot.me,
            rooms: rooms.collect(),
            users: snapshot.users.into_iter().map(|user| (user.id, user)).collect(),
            online: snapshot.online.into_iter().collect(),
            rights_changed: false,
        }
    }

    /// What this state and another do not agree on. What one of them has not loaded is left out.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut found = Differences::default();
        found.compare("rooms", &keys(&self.rooms), &keys(&other.rooms));
        for (id, one) in &self.rooms {
            if let Some(other) = other.rooms.get(id) {
                one.compare(other, &mut found);
            }
        }
        found.compare("users", &self.users, &other.users);
        found.compare("online", &self.online, &other.online);
        found.0
    }
}

fn keys<K: Copy, V>(map: &BTreeMap<K, V>) -> Vec<K> {
    map.keys().copied().collect()
}

#[derive(Default)]
pub(super) struct Differences(Vec<Difference>);

impl Differences {
    pub fn compare<T: PartialEq + Debug>(&mut self, what: impl ToString, one: &T, other: &T) {
        if one != other {
            let (one, other) = (format!("{one:?}"), format!("{other:?}"));
            self.0.push(Difference { what: what.to_string(), one, other });
        }
    }
}
