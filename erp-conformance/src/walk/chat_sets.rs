//! Changes of rooms, members and messages.

use chrono::TimeDelta;
use erp_core::{
    change::Version,
    chat::{
        BodyFormat, ChatChange as C, DirectPair, HistoryPolicy, MessageKind, PointerMove, Room,
        RoomKind, RoomRole, Seq,
    },
    ids::{MessageId, RoomId, UserId},
};

use super::{generate::Generator, model::Model};

const ROLES: [RoomRole; 3] = [RoomRole::Owner, RoomRole::Moderator, RoomRole::Member];

impl Generator {
    pub(super) fn chat_change(&mut self, model: &Model) -> C {
        match self.random.below(30) {
            _ if model.rooms.len() < 2 => self.create_room(model),
            0..2 => self.create_room(model),
            2 if self.random.percent(40) => self.archive_room(model),
            2 => self.update_room(model),
            3..6 => self.add_member(model),
            6 => self.remove_member(model),
            7 => {
                let (room, user) = self.place(model);
                C::SetMemberRole { room, user, role: *self.random.pick(&ROLES) }
            }
            8 => {
                let (room, user) = self.place(model);
                let hours = i64::try_from(self.random.below(9)).expect("it is small");
                let until = self.random.percent(60).then(|| self.now + TimeDelta::hours(hours));
                C::SetMute { room, user, until }
            }
            9..14 => self.move_pointer(model),
            14..20 if !model.messages.is_empty() => self.change_message(model),
            _ => self.append(model),
        }
    }

    fn room_id(&mut self, model: &Model) -> RoomId {
        if self.rarely() { RoomId::generate(&self.ids) } else { self.random.pick(&model.rooms).id }
    }

    /// A room and one of its members; rarely someone else.
    fn place(&mut self, model: &Model) -> (RoomId, UserId) {
        if model.members.is_empty() || self.rarely() {
            return (self.room_id(model), self.user_id(model));
        }
        let member = self.random.pick(&model.members);
        (member.room, member.user)
    }

    /// A room that people come into and leave; direct rooms are not.
    fn open_room(&mut self, model: &Model) -> RoomId {
        let open: Vec<_> =
            model.rooms.iter().filter(|room| room.kind != RoomKind::Direct).collect();
        if open.is_empty() { RoomId::generate(&self.ids) } else { self.random.pick(&open).id }
    }

    fn room_name(&mut self) -> String {
        (*self.random.pick(&["Übersicht", "übersicht", "news", "NEWS", "a", "b", "c"])).to_owned()
    }

    fn create_room(&mut self, model: &Model) -> C {
        let kind = *self.random.pick(RoomKind::ALL);
        let (one, other) = (self.user_id(model), self.user_id(model));
        let mut members: Vec<UserId> = vec![one];
        if kind == RoomKind::Direct {
            members.push(other);
        } else {
            for _ in 0..self.random.below(5) {
                members.push(self.user_id(model));
            }
        }
        members.sort_unstable();
        members.dedup();
        let direct = kind == RoomKind::Direct;
        let mut id = RoomId::generate(&self.ids);
        if self.rarely() && !model.rooms.is_empty() {
            id = self.random.pick(&model.rooms).id;
        }
        let room = Room {
            id,
            kind,
            name: (!direct).then(|| self.room_name()),
            topic: None,
            project: None,
            pair: direct.then(|| DirectPair::new(one, other)),
            history: *self.random.pick(&[HistoryPolicy::Full, HistoryPolicy::FromJoin]),
            last_seq: Seq(0),
            last_message_at: None,
            archived_at: None,
            member_count: 0,
            roster: Version::FIRST,
            version: Version::FIRST,
            created_by: None,
            created_at: self.now,
        };
        let members = members.into_iter().map(|user| (user, *self.random.pick(&ROLES)));
        C::CreateRoom { room, members: members.collect() }
    }

    fn update_room(&mut self, model: &Model) -> C {
        let id = self.open_room(model);
        let expected = self.expected(model.room(id).map_or(Version::FIRST, |room| room.version));
        let name = Some(self.room_name());
        let topic = self.random.percent(50).then(|| "a topic".to_owned());
        C::UpdateRoom { id, expected, name, topic }
    }

    fn archive_room(&mut self, model: &Model) -> C {
        let id = self.open_room(model);
        let expected = self.expected(model.room(id).map_or(Version::FIRST, |room| room.version));
        let archived_at = self.random.percent(60).then_some(self.now);
        C::SetRoomArchived { id, expected, archived_at }
    }

    fn add_member(&mut self, model: &Model) -> C {
        let room = self.open_room(model);
        let (user, role) = (self.user_id(model), *self.random.pick(&ROLES));
        C::AddMember { room, user, role, at: self.now }
    }

    fn remove_member(&mut self, model: &Model) -> C {
        let open: Vec<_> = model
            .members
            .iter()
            .filter(|one| model.room(one.room).is_ok_and(|room| room.kind != RoomKind::Direct))
            .collect();
        if open.is_empty() {
            return self.add_member(model);
        }
        let member = self.random.pick(&open);
        let (room, mut user) = (member.room, member.user);
        if self.rarely() {
            user = self.user_id(model);
        }
        C::RemoveMember { room, user }
    }

    fn move_pointer(&mut self, model: &Model) -> C {
        let (room, user) = self.place(model);
        let last = model.room(room).map_or(0, |room| room.last_seq.0);
        let bound = usize::try_from(last + 3).expect("it is small");
        let seq = Seq(i64::try_from(self.random.below(bound)).expect("it is small"));
        let forward = self.random.percent(70);
        let to = if forward { PointerMove::ForwardTo(seq) } else { PointerMove::BackBefore(seq) };
        C::MovePointer { room, user, to }
    }

    fn append(&mut self, model: &Model) -> C {
        let (room, author) = self.place(model);
        let mut id = MessageId::generate(&self.ids);
        if self.rarely() && !model.messages.is_empty() {
            id = self.random.pick(&model.messages).id;
        }
        let kinds = [MessageKind::System, MessageKind::Imported];
        let kind =
            if self.random.percent(85) { MessageKind::User } else { *self.random.pick(&kinds) };
        // What is taken over is of the past.
        let at = if kind == MessageKind::Imported {
            self.now - TimeDelta::days(i64::try_from(self.random.below(9)).expect("it is small"))
        } else {
            self.now
        };
        let format = *self.random.pick(&[BodyFormat::Text, BodyFormat::Markdown, BodyFormat::Html]);
        let body = format!("<b>number</b> {} ä\u{1f600}", self.random.below(1_000));
        C::AppendMessage { id, room, author, kind, format, body, at }
    }

    fn change_message(&mut self, model: &Model) -> C {
        let message = self.random.pick(&model.messages).clone();
        let rare = self.rarely();
        let id = if rare { MessageId::generate(&self.ids) } else { message.id };
        let expected = self.expected(message.version);
        if message.deleted_at.is_none() && self.random.percent(50) {
            let body = format!("edit {}", self.random.below(1_000));
            return C::EditMessage { id, expected, body, by: message.author, at: self.now };
        }
        let deleted_at = self.random.percent(60).then_some(self.now);
        C::SetMessageDeleted { id, expected, deleted_at }
    }
}
