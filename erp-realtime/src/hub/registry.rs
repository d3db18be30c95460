//! Who is connected, what each may see, and who is in which room.

use std::collections::{HashMap, HashSet};

use erp_core::{
    change::Position,
    chat::Seq,
    ids::{ConnectionId, ProjectId, RoomId, SessionId, UserId},
    policy::Subject,
    time::Timestamp,
};
use slab::Slab;
use tokio::time::Instant;

use super::{command::LoadedUser, link::Link};

/// A user with at least one connection.
pub(super) struct UserState {
    pub id: UserId,
    /// His rights. Until his state is loaded he has none and is not let in.
    pub subject: Subject,
    /// His state has what membership events up to here say.
    pub as_of: Position,
    /// His rights have what access events up to here say.
    pub rights_as_of: Position,
    /// His rooms, and after which message he sees each, by room id.
    pub rooms: Vec<(RoomId, Seq)>,
    /// The projects that he belongs to.
    pub projects: HashSet<ProjectId>,
    pub connections: Vec<usize>,
    pub loaded: bool,
}

impl UserState {
    pub fn room(&self, room: RoomId) -> Option<Seq> {
        let at = self.rooms.binary_search_by_key(&room, |(id, _)| *id).ok()?;
        self.rooms.get(at).map(|(_, visible_after)| *visible_after)
    }
}

/// A connection.
pub(super) struct Conn {
    pub id: ConnectionId,
    pub user: usize,
    pub session: Option<SessionId>,
    pub link: Link,
    /// Whether it gets events as they happen.
    pub live: bool,
    /// Before it is live: every event up to here was sent, or is not for it.
    pub reached: Position,
    /// The last position that the client was told.
    pub told: Position,
    /// Its place in the present batch.
    pub node: u32,
    pub beat_at: Instant,
    pub valid_until: Option<Timestamp>,
    /// Whether the engine is being asked how long its session holds.
    pub asking: bool,
}

/// A user's place in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub user: usize,
    pub visible_after: Seq,
}

/// Who is connected, what each may see, and who is in which room.
#[derive(Default)]
pub(super) struct Registry {
    pub users: Slab<UserState>,
    pub conns: Slab<Conn>,
    rooms: HashMap<RoomId, Vec<Place>>,
    by_user: HashMap<UserId, usize>,
    by_conn: HashMap<ConnectionId, usize>,
}

impl Registry {
    /// Adds a connection that is being set up.
    pub fn open(
        &mut self,
        id: ConnectionId,
        user: UserId,
        session: Option<SessionId>,
        link: Link,
    ) -> usize {
        let user = self.user_entry(user);
        let key = self.conns.insert(Conn {
            id,
            user,
            session,
            link,
            live: false,
            reached: Position::START,
            told: Position::START,
            node: 0,
            beat_at: Instant::now(),
            valid_until: None,
            asking: false,
        });
        self.by_conn.insert(id, key);
        if let Some(user) = self.users.get_mut(user) {
            user.connections.push(key);
        }
        key
    }

    fn user_entry(&mut self, id: UserId) -> usize {
        *self.by_user.entry(id).or_insert_with(|| {
            self.users.insert(UserState {
                id,
                subject: Subject { active: false, ..Subject::user(id, Default::default()) },
                as_of: Position::START,
                rights_as_of: Position::START,
                rooms: Vec::new(),
                projects: HashSet::new(),
                connections: Vec::with_capacity(1),
                loaded: false,
            })
        })
    }

    /// Removes a connection, and its user with the last one.
    pub fn remove(&mut self, key: usize) -> Option<Conn> {
        let conn = self.conns.try_remove(key)?;
        self.by_conn.remove(&conn.id);
        let user = self.users.get_mut(conn.user)?;
        user.connections.retain(|one| *one != key);
        if user.connections.is_empty() {
            let user = self.users.remove(conn.user);
            self.by_user.remove(&user.id);
            for (room, _) in user.rooms {
                self.leave_index(room, conn.user);
            }
        }
        Some(conn)
    }

    /// Takes in what the store says of a user.
    pub fn load(&mut self, key: usize, mut loaded: LoadedUser) {
        loaded.rooms.sort_unstable_by_key(|(room, _)| *room);
        for (room, visible_after) in &loaded.rooms {
            let place = Place { user: key, visible_after: *visible_after };
            self.rooms.entry(*room).or_default().push(place);
        }
        if let Some(user) = self.users.get_mut(key) {
            user.subject = loaded.subject;
            user.as_of = loaded.as_of;
            user.rights_as_of = loaded.as_of;
            user.rooms = loaded.rooms;
            user.projects = loaded.projects;
            user.loaded = true;
        }
    }

    /// The user is in the room from now on.
    pub fn enter_room(&mut self, key: usize, room: RoomId, visible_after: Seq) {
        self.leave_room(key, room);
        let Some(user) = self.users.get_mut(key) else { return };
        if let Err(at) = user.rooms.binary_search_by_key(&room, |(id, _)| *id) {
            user.rooms.insert(at, (room, visible_after));
        }
        self.rooms.entry(room).or_default().push(Place { user: key, visible_after });
    }

    /// The user is not in the room any more.
    pub fn leave_room(&mut self, key: usize, room: RoomId) {
        let Some(user) = self.users.get_mut(key) else { return };
        if let Ok(at) = user.rooms.binary_search_by_key(&room, |(id, _)| *id) {
            user.rooms.remove(at);
            self.leave_index(room, key);
        }
    }

    fn leave_index(&mut self, room: RoomId, user: usize) {
        if let Some(places) = self.rooms.get_mut(&room) {
            places.retain(|place| place.user != user);
            if places.is_empty() {
                self.rooms.remove(&room);
            }
        }
    }

    pub fn user_key(&self, id: UserId) -> Option<usize> {
        self.by_user.get(&id).copied()
    }

    /// The user, if his state is loaded.
    pub fn loaded(&self, id: UserId) -> Option<&UserState> {
        self.users.get(self.user_key(id)?).filter(|user| user.loaded)
    }

    pub fn conn_key(&self, id: ConnectionId) -> Option<usize> {
        self.by_conn.get(&id).copied()
    }

    pub fn places(&self, room: RoomId) -> &[Place] {
        self.rooms.get(&room).map_or(&[], Vec::as_slice)
    }

    /// The connections of a user that this rule picks.
    pub fn connections_of(&self, user: UserId, pick: impl Fn(&Conn) -> bool) -> Vec<usize> {
        let Some(user) = self.user_key(user).and_then(|key| self.users.get(key)) else {
            return Vec::new();
        };
        let picked = |key: &usize| self.conns.get(*key).is_some_and(&pick);
        user.connections.iter().copied().filter(picked).collect()
    }
}
