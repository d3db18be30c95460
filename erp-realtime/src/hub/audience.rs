//! Who may see an event, now: by index when it happens, one by one when it is replayed.

use std::collections::{HashMap, HashSet};

use erp_core::{
    change::{Audience, Event},
    chat::Seq,
    ids::{ProjectId, RoomId, UserId},
    policy::Permission,
};

use super::registry::{Registry, UserState};

/// What reading a project takes beside being in it, and what it takes without: the row `project.read`
/// of the policy.
const READ_PROJECTS: Permission = Permission::ProjectsUse;
const READ_ALL_PROJECTS: Permission = Permission::ProjectsReadAll;

/// What reading a room takes beside being in it: the row `chat.room.read` of the policy.
const READ_ROOMS: Permission = Permission::ChatUse;

fn sees_room(user: &UserState, visible_after: Seq, seq: Option<Seq>) -> bool {
    user.subject.has(READ_ROOMS) && seq.is_none_or(|seq| seq > visible_after)
}

fn sees_project(user: &UserState, project: ProjectId) -> bool {
    let member = user.projects.contains(&project) && user.subject.has(READ_PROJECTS);
    member || user.subject.has(READ_ALL_PROJECTS)
}

/// Whether this user may see the event as he stands now. `peers` are those whom he shares a room
/// with; they matter only if he may not see all users.
pub(super) fn may_see(user: &UserState, event: &Event, peers: Option<&HashSet<UserId>>) -> bool {
    user.subject.active
        && event.audience.iter().any(|audience| match *audience {
            Audience::Everyone => true,
            Audience::User(id) => id == user.id,
            Audience::Room(room) => user
                .room(room)
                .is_some_and(|visible_after| sees_room(user, visible_after, event.body.room_seq())),
            Audience::Holders(permission) => user.subject.has(permission),
            Audience::PeersOf(id) => {
                id == user.id
                    || user.subject.has(Permission::UsersRead)
                    || peers.is_some_and(|peers| peers.contains(&id))
            }
            Audience::Project(project) => sees_project(user, project),
        })
}

/// The rooms of users who are not connected here, as far as they were looked up.
pub(super) type AbsentRooms = HashMap<UserId, Vec<RoomId>>;

impl Registry {
    /// Calls `each` with the connections of those who may see the event; with some more than once
    /// when it has several audiences.
    pub fn fan_out(&self, event: &Event, absent: &AbsentRooms, mut each: impl FnMut(usize)) {
        let mut to = |user: &UserState| user.connections.iter().copied().for_each(&mut each);
        for audience in &event.audience {
            match *audience {
                Audience::Everyone => {
                    self.active_users().for_each(&mut to);
                }
                Audience::User(id) => {
                    self.loaded(id)
                        .filter(|user| user.subject.active)
                        .into_iter()
                        .for_each(&mut to);
                }
                Audience::Room(room) => {
                    let seq = event.body.room_seq();
                    for place in self.places(room) {
                        let user = self.users.get(place.user);
                        user.filter(|user| sees_room(user, place.visible_after, seq))
                            .into_iter()
                            .for_each(&mut to);
                    }
                }
                Audience::Holders(permission) => {
                    self.active_users()
                        .filter(|user| user.subject.has(permission))
                        .for_each(&mut to);
                }
                Audience::PeersOf(id) => self.peers_of(id, absent).into_iter().for_each(&mut to),
                Audience::Project(project) => {
                    self.active_users()
                        .filter(|user| sees_project(user, project))
                        .for_each(&mut to);
                }
            }
        }
    }

    fn active_users(&self) -> impl Iterator<Item = &UserState> {
        self.users.iter().map(|(_, user)| user).filter(|user| user.subject.active)
    }

    fn peers_of(&self, id: UserId, absent: &AbsentRooms) -> Vec<&UserState> {
        let in_room = |room: RoomId| self.places(room).iter().map(|place| place.user);
        let peers: HashSet<usize> = match self.loaded(id) {
            Some(user) => user.rooms.iter().flat_map(|(room, _)| in_room(*room)).collect(),
            None => absent.get(&id).into_iter().flatten().flat_map(|room| in_room(*room)).collect(),
        };
        self.users
            .iter()
            .filter(|(key, user)| {
                user.subject.active
                    && (user.id == id
                        || user.subject.has(Permission::UsersRead)
                        || peers.contains(key))
            })
            .map(|(_, user)| user)
            .collect()
    }

    /// Whose rooms must be looked up before this event can be delivered.
    pub fn absent_subject(&self, event: &Event, absent: &AbsentRooms) -> Option<UserId> {
        let subject = event.audience.iter().find_map(|audience| match *audience {
            Audience::PeersOf(id) if self.loaded(id).is_none() && !absent.contains_key(&id) => {
                Some(id)
            }
            _ => None,
        })?;
        let matters = |user: &UserState| !user.subject.has(Permission::UsersRead);
        self.active_users().any(matters).then_some(subject)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use erp_core::{
        change::{BroadcastEvent, EventBody, Position},
        chat::ChatEvent,
        ctx::Actor,
        ids::{ConnectionId, MessageId},
        policy::{Action, MATRIX, PermissionSet, Subject},
        time::Timestamp,
    };
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{
        frame::Encoding,
        hub::{
            command::LoadedUser,
            link::{Link, QueueLink},
        },
    };

    const PEOPLE: u128 = 5;
    const ROOMS: u128 = 3;

    fn user(number: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(number))
    }

    fn room(number: u128) -> RoomId {
        RoomId::from_uuid(Uuid::from_u128(number))
    }

    fn project(number: u128) -> ProjectId {
        ProjectId::from_uuid(Uuid::from_u128(number))
    }

    #[derive(Clone, Debug)]
    struct Person {
        active: bool,
        permissions: Vec<Permission>,
        rooms: Vec<(u128, i64)>,
        projects: Vec<u128>,
        connected: bool,
    }

    fn person() -> impl Strategy<Value = Person> {
        let some = [
            Permission::ChatUse,
            Permission::UsersRead,
            Permission::RolesRead,
            Permission::ProjectsUse,
            Permission::ProjectsReadAll,
        ];
        let rooms = proptest::collection::btree_map(0..ROOMS, 0..4_i64, 0..3);
        let permissions = proptest::sample::subsequence(some.to_vec(), 0..=5);
        let projects = proptest::sample::subsequence((0..ROOMS).collect::<Vec<_>>(), 0..=2);
        (prop::bool::weighted(0.9), permissions, rooms, projects, prop::bool::weighted(0.8))
            .prop_map(|(active, permissions, rooms, projects, connected)| Person {
                active,
                permissions,
                rooms: rooms.into_iter().collect(),
                projects,
                connected,
            })
    }

    fn audience() -> impl Strategy<Value = Audience> {
        prop_oneof![
            Just(Audience::Everyone),
            (0..PEOPLE).prop_map(|number| Audience::User(user(number))),
            (0..ROOMS).prop_map(|number| Audience::Room(room(number))),
            Just(Audience::Holders(Permission::RolesRead)),
            (0..PEOPLE).prop_map(|number| Audience::PeersOf(user(number))),
            (0..ROOMS).prop_map(|number| Audience::Project(project(number))),
        ]
    }

    fn event(audience: Vec<Audience>, seq: Option<i64>) -> Event {
        let body: EventBody = match seq {
            None => BroadcastEvent::Sent { name: "x".to_owned(), payload: serde_json::Value::Null }
                .into(),
            Some(seq) => ChatEvent::MessageDeleted {
                room: room(0),
                message: MessageId::from_uuid(Uuid::nil()),
                seq: Seq(seq),
                author: user(0),
                version: erp_core::change::Version(2),
                deleted_at: Timestamp::default(),
            }
            .into(),
        };
        let (position, at, actor) = (Position(9), Timestamp::default(), Actor::System);
        Event { position, at, actor, body, audience, exclude: None }
    }

    fn registry(people: &[Person]) -> Registry {
        let mut registry = Registry::default();
        for (number, person) in (0..).zip(people).filter(|(_, person)| person.connected) {
            let id = user(number);
            let link = Link::Queue(QueueLink::new(Encoding::Sse, 1));
            link.send(Bytes::new());
            registry.open(ConnectionId::from_uuid(id.uuid()), id, None, link);
            let permissions = person.permissions.iter().copied().collect();
            let subject = Subject { active: person.active, ..Subject::user(id, permissions) };
            let rooms = person.rooms.iter().map(|(id, after)| (room(*id), Seq(*after))).collect();
            let key = registry.user_key(id).unwrap();
            let projects = person.projects.iter().map(|id| project(*id)).collect();
            registry.load(key, LoadedUser { as_of: Position::START, subject, rooms, projects });
        }
        registry
    }

    fn share_a_room(one: &Person, other: &Person) -> bool {
        let has = |id: u128| other.rooms.iter().any(|(room, _)| *room == id);
        one.rooms.iter().any(|(room, _)| has(*room))
    }

    proptest! {
        #[test]
        fn rts_2_what_is_delivered_and_what_is_replayed_are_decided_alike(
            people in proptest::collection::vec(person(), PEOPLE as usize),
            audience in proptest::collection::vec(audience(), 0..3),
            seq in proptest::option::of(1..4_i64),
        ) {
            let (registry, event) = (registry(&people), event(audience, seq));
            // The rooms of those who are not connected here, as the hub would look them up.
            let absent: AbsentRooms = (0..)
                .zip(&people)
                .filter(|(_, person)| !person.connected)
                .map(|(number, person)| {
                    (user(number), person.rooms.iter().map(|(id, _)| room(*id)).collect())
                })
                .collect();
            let mut delivered = HashSet::new();
            registry.fan_out(&event, &absent, |key| {
                delivered.insert(registry.users[registry.conns[key].user].id);
            });
            let mut replayed = HashSet::new();
            for (_, viewer) in &registry.users {
                let own = &people[viewer.id.uuid().as_u128() as usize];
                let peers: HashSet<UserId> = (0..)
                    .zip(&people)
                    .filter(|(_, other)| share_a_room(own, other))
                    .map(|(number, _)| user(number))
                    .collect();
                if may_see(viewer, &event, Some(&peers)) {
                    replayed.insert(viewer.id);
                }
            }
            prop_assert_eq!(delivered, replayed);
        }
    }

    #[test]
    fn x_7_delivery_to_a_room_asks_for_what_the_policy_asks_of_its_readers() {
        let row = MATRIX.iter().find(|row| row.action == Action::ChatRoomRead).unwrap();
        let member = row.grants.iter().find(|grant| grant.rule == "member").unwrap();
        assert_eq!(member.needs, PermissionSet::of(&[READ_ROOMS]));
    }

    #[test]
    fn proj_14_delivery_to_a_project_asks_for_what_the_policy_asks_of_its_readers() {
        let row = MATRIX.iter().find(|row| row.action == Action::ProjectRead).unwrap();
        let needs: Vec<_> = row.grants.iter().map(|grant| grant.needs).collect();
        let [member, overseer] =
            [READ_PROJECTS, READ_ALL_PROJECTS].map(|one| PermissionSet::of(&[one]));
        assert_eq!(needs, [member, overseer]);
    }
}
