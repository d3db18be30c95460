//! Events, applied to what a client knows.

use erp_core::{
    access::{AccessEvent, RoleHolder, UserCard, UserStatus},
    change::EventBody,
    chat::{ChatEvent, Member, Room, RoomRole, Seq},
    ids::UserId,
    presence::PresenceEvent,
};

use super::{
    room::RoomView,
    state::{ClientState, RoomSnapshot},
};

impl ClientState {
    /// Applies an event. Events come in the order of the stream, each once; the first few may be
    /// in the snapshot already.
    pub fn apply(&mut self, body: &EventBody) {
        match body {
            EventBody::Access(event) => self.apply_access(event),
            EventBody::Chat(event) => self.apply_chat(event),
            EventBody::Presence(PresenceEvent::Online { user, .. }) => {
                self.online.insert(*user);
            }
            EventBody::Presence(PresenceEvent::Offline { user, .. }) => {
                self.online.remove(user);
            }
            EventBody::Inventory(_)
            | EventBody::Projects(_)
            | EventBody::Broadcast(_)
            | EventBody::Other(_) => {}
        }
    }

    fn apply_access(&mut self, event: &AccessEvent) {
        match event {
            AccessEvent::UserCreated(user) => self.user(user),
            AccessEvent::UserChanged(user) => {
                self.user(user);
                self.rights_changed |= user.id == self.me && user.status != UserStatus::Active;
            }
            AccessEvent::RoleGranted { holder: RoleHolder::User(user), .. }
            | AccessEvent::RoleRevoked { holder: RoleHolder::User(user), .. }
            | AccessEvent::TeamMemberAdded { user, .. }
            | AccessEvent::TeamMemberRemoved { user, .. } => {
                self.rights_changed |= *user == self.me;
            }
            other => self.rights_changed |= other.changes_rights(),
        }
    }

    fn user(&mut self, user: &UserCard) {
        if user.status == UserStatus::Deleted {
            self.users.remove(&user.id);
        } else if self.users.get(&user.id).is_none_or(|known| known.version <= user.version) {
            self.users.insert(user.id, user.clone());
        }
    }

    fn apply_chat(&mut self, event: &ChatEvent) {
        match event {
            ChatEvent::RoomCreated { room, members } => self.room_created(room, members),
            ChatEvent::MemberAdded { room, user, role, .. } => {
                if *user == self.me {
                    self.joined(room, event);
                }
                if let Some(members) = self.members_of(room.id) {
                    members.insert(*user, *role);
                }
            }
            ChatEvent::MemberRemoved { room, user } => {
                if *user == self.me {
                    self.rooms.remove(room);
                } else if let Some(members) = self.members_of(*room) {
                    members.remove(user);
                }
            }
            ChatEvent::MemberRoleChanged { room, user, role } => {
                if let Some(members) = self.members_of(*room) {
                    members.insert(*user, *role);
                }
                if *user == self.me
                    && let Some(view) = self.rooms.get_mut(room)
                {
                    view.member.role = *role;
                }
            }
            other => self.in_room(other),
        }
    }

    /// What happens inside a room that the client belongs to.
    fn in_room(&mut self, event: &ChatEvent) {
        let room = match event {
            ChatEvent::RoomUpdated { room, .. }
            | ChatEvent::RoomArchived { room, .. }
            | ChatEvent::RoomRestored { room, .. }
            | ChatEvent::RoomMuted { room, .. }
            | ChatEvent::MessageDeleted { room, .. }
            | ChatEvent::ReadMoved { room, .. } => *room,
            ChatEvent::MessagePosted(message)
            | ChatEvent::MessageEdited(message)
            | ChatEvent::MessageRestored(message) => message.room,
            _ => return,
        };
        let Some(view) = self.rooms.get_mut(&room) else { return };
        match event {
            ChatEvent::RoomUpdated { version, name, topic, .. } if *version > view.room.version => {
                view.room.version = *version;
                view.room.name.clone_from(name);
                view.room.topic.clone_from(topic);
            }
            ChatEvent::RoomArchived { version, archived_at, .. }
                if *version > view.room.version =>
            {
                (view.room.version, view.room.archived_at) = (*version, Some(*archived_at));
            }
            ChatEvent::RoomRestored { version, .. } if *version > view.room.version => {
                (view.room.version, view.room.archived_at) = (*version, None);
            }
            ChatEvent::RoomMuted { until, .. } => view.member.muted_until = *until,
            ChatEvent::MessagePosted(message) => view.posted(message.clone()),
            ChatEvent::MessageEdited(message) => view.replace(message.clone()),
            ChatEvent::MessageRestored(message) => {
                view.changed_unloaded(message.seq);
                view.replace(message.clone());
            }
            ChatEvent::MessageDeleted { seq, version, deleted_at, .. } => {
                view.deleted(*seq, *version, *deleted_at);
            }
            ChatEvent::ReadMoved { seq, .. } => view.read_to(*seq),
            _ => {}
        }
    }

    fn members_of(
        &mut self,
        room: erp_core::ids::RoomId,
    ) -> Option<&mut std::collections::BTreeMap<UserId, RoomRole>> {
        self.rooms.get_mut(&room)?.members.as_mut()
    }

    fn room_created(&mut self, room: &Room, members: &[(UserId, RoomRole)]) {
        let own = members.iter().find(|(user, _)| *user == self.me);
        let Some((user, role)) = own.filter(|_| !self.rooms.contains_key(&room.id)) else { return };
        let member = Member {
            room: room.id,
            user: *user,
            role: *role,
            joined_at: room.created_at,
            visible_after: room.history.visible_after(Seq::default()),
            read_seq: Seq::default(),
            muted_until: None,
        };
        let view = RoomView::new(RoomSnapshot {
            room: room.clone(),
            member,
            unread: 0,
            members: Some(members.to_vec()),
            messages: Vec::new(),
            loaded_after: Seq::default(),
        });
        self.rooms.insert(room.id, view);
    }

    /// The client's own joining. The room's past and its members are not in the event.
    fn joined(&mut self, room: &Room, event: &ChatEvent) {
        let Some(member) = event.joined() else { return };
        let known = self.rooms.get(&room.id);
        if known.is_some_and(|view| view.member.joined_at >= member.joined_at) {
            return;
        }
        let last_seq = member.read_seq;
        let view = RoomView::new(RoomSnapshot {
            room: Room { last_seq, ..room.clone() },
            member,
            unread: 0,
            members: None,
            messages: Vec::new(),
            loaded_after: last_seq,
        });
        self.rooms.insert(room.id, view);
    }
}
