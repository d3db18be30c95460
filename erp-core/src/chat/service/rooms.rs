//! Opening, changing and listing rooms.

use serde::{Deserialize, Serialize};

use super::{ChatService, active_users, room_audience, room_entity};
use crate::{
    change::{Idempotency, NewEvent, Recorder, Version},
    chat::{
        ChatChange, ChatEvent, DirectPair, HistoryPolicy, Room, RoomAccess, RoomKind, RoomQuery,
        RoomRole, RoomSummary, Seq, rules,
    },
    ctx::Ctx,
    error::{Conflict, Error, Result},
    forms,
    ids::{ProjectId, RoomId, UserId},
    page::{Page, PageRequest},
    policy::{self, Action, Resource},
    time::Timestamp,
};

/// A room to open. Direct rooms are opened by [`ChatService::open_direct`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRoom {
    /// Group, channel, project or support.
    pub kind: RoomKind,
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// What it is about just now, at most 500 characters.
    pub topic: Option<String>,
    /// The project of a project room; others have none.
    pub project: Option<ProjectId>,
    /// From where on new members see messages; by kind when none: from their joining in groups,
    /// from the first message elsewhere.
    pub history: Option<HistoryPolicy>,
    /// Its first members, besides the caller, who becomes its owner.
    pub members: Vec<UserId>,
}

/// New values of a room's fields; none leaves the field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomPatch {
    /// The name.
    pub name: Option<String>,
    /// The topic; an empty one takes it away.
    pub topic: Option<String>,
}

#[erp_derive::boxed]
impl ChatService<'_> {
    /// Opens a group, channel, project or support room.
    ///
    /// # Errors
    /// Validation errors on `kind`, `name`, `topic`, `project` (also when there is none that the caller
    /// sees) and `members`; a conflict when a channel of this name exists; forbidden. Not found when the
    /// room of this idempotency key is one that the caller does not see any more.
    pub async fn create_room(&self, ctx: &Ctx, new: NewRoom) -> Result<Room> {
        let subject = self.engine.subject(ctx).await?;
        let action = match new.kind {
            RoomKind::Channel => Action::ChatChannelCreate,
            RoomKind::Direct => Action::ChatDirectOpen,
            RoomKind::Group | RoomKind::Project | RoomKind::Support => Action::ChatRoomCreate,
        };
        policy::authorize(&subject, action, &Resource::Global)?;
        if new.kind == RoomKind::Direct {
            return Err(Error::invalid("kind", "a direct room is opened with a person"));
        }
        if (new.kind == RoomKind::Project) != new.project.is_some() {
            return Err(Error::invalid("project", "a project room has one, other rooms have none"));
        }
        if let Some(project) = new.project {
            self.check_project(ctx, project).await?;
        }
        let members = self.first_members(ctx, &new.members).await?;
        let mut room = self.blank(ctx, new.kind, new.history);
        room.name = Some(forms::SHORT_NAME.check("name", &new.name)?);
        room.topic = forms::TOPIC.check_optional("topic", new.topic.as_deref())?;
        room.project = new.project;
        self.open(ctx, action, room, members, &new).await
    }

    /// The direct room with this user, opened when there is none yet (CHAT-10).
    ///
    /// # Errors
    /// A validation error on `user` when there is no such active user; forbidden.
    pub async fn open_direct(&self, ctx: &Ctx, with: UserId) -> Result<Room> {
        let user = ctx.user_id()?;
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::ChatDirectOpen, &Resource::Global)?;
        let pair = DirectPair::new(user, with);
        let chat = self.engine.store().chat();
        if let Some(room) = chat.direct(pair).await? {
            return Ok(room);
        }
        match self.engine.store().access().user(with).await? {
            Some(other) if other.status == crate::access::UserStatus::Active => {}
            _ => return Err(Error::invalid("user", "no such active user")),
        }
        let mut room = self.blank(ctx, RoomKind::Direct, None);
        room.pair = Some(pair);
        let mut members = vec![(user, RoomRole::Member), (with, RoomRole::Member)];
        members.dedup();
        match self.open(ctx, Action::ChatDirectOpen, room, members, &with).await {
            Err(Error::Conflict(Conflict::DirectRoomExists)) => {
                chat.direct(pair).await?.ok_or(Error::Conflict(Conflict::Contention))
            }
            opened => opened,
        }
    }

    /// Changes a room's name or topic; a change to what it is already writes nothing.
    ///
    /// # Errors
    /// Not found, forbidden, validation errors on `name` and `topic`, a conflict when the version
    /// is not the present one or the channel's name is taken; a precondition error in a direct room, and
    /// in an archived one.
    pub async fn update_room(
        &self,
        ctx: &Ctx,
        room: RoomId,
        expected: Version,
        patch: RoomPatch,
    ) -> Result<Room> {
        let subject = self.engine.subject(ctx).await?;
        let access = self.room_for(ctx, &subject, Action::ChatRoomUpdate, room).await?;
        let old = access.room;
        old.version.must_be(expected, "room")?;
        rules::open(&old)?;
        let name = match &patch.name {
            Some(_) if old.kind == RoomKind::Direct => {
                return Err(Error::Precondition("a direct room has no name".into()));
            }
            Some(name) => Some(forms::SHORT_NAME.check("name", name)?),
            None => old.name.clone(),
        };
        let topic = match &patch.topic {
            Some(topic) => forms::TOPIC.check_optional("topic", Some(topic))?,
            None => old.topic.clone(),
        };
        let changed =
            Recorder::new().field("name", &old.name, &name).field("topic", &old.topic, &topic);
        if changed.is_empty() {
            return Ok(old);
        }
        let new = Room { name, topic, version: expected.next(), ..old };
        let mut set = self.engine.change(ctx, Action::ChatRoomUpdate, room_entity(room));
        set.record(changed);
        set.change(ChatChange::UpdateRoom {
            id: room,
            expected,
            name: new.name.clone(),
            topic: new.topic.clone(),
        });
        let event = ChatEvent::RoomUpdated {
            room,
            version: new.version,
            name: new.name.clone(),
            topic: new.topic.clone(),
        };
        set.event(NewEvent::new(event, room_audience(&new)));
        self.engine.commit(set).await?;
        Ok(new)
    }

    /// Archives a room: it is read, and nothing is written into it, nobody comes in, and its name stays.
    /// Archiving twice archives once.
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one; a precondition error
    /// for a direct room.
    pub async fn archive_room(&self, ctx: &Ctx, room: RoomId, expected: Version) -> Result<Room> {
        self.set_archived(ctx, (room, expected), Some(self.engine.now())).await
    }

    /// Restores an archived room. Restoring twice restores once.
    ///
    /// # Errors
    /// As [`Self::archive_room`].
    pub async fn restore_room(&self, ctx: &Ctx, room: RoomId, expected: Version) -> Result<Room> {
        self.set_archived(ctx, (room, expected), None).await
    }

    async fn set_archived(
        &self,
        ctx: &Ctx,
        (room, expected): (RoomId, Version),
        archived_at: Option<Timestamp>,
    ) -> Result<Room> {
        let subject = self.engine.subject(ctx).await?;
        let action = Action::ChatRoomArchive;
        let old = self.room_for(ctx, &subject, action, room).await?.room;
        if old.kind == RoomKind::Direct {
            return Err(Error::Precondition("a direct room is not archived".into()));
        }
        if old.archived_at.is_some() == archived_at.is_some() {
            return Ok(old);
        }
        old.version.must_be(expected, "room")?;
        let mut set = self.engine.change(ctx, action, room_entity(room));
        set.record(Recorder::new().field("archived_at", old.archived_at, archived_at));
        set.change(ChatChange::SetRoomArchived { id: room, expected, archived_at });
        let (version, roster) = (expected.next(), old.roster.next());
        let event = match archived_at {
            Some(archived_at) => ChatEvent::RoomArchived { room, version, archived_at },
            None => ChatEvent::RoomRestored { room, version },
        };
        let new = Room { archived_at, version, roster, ..old };
        set.event(NewEvent::new(event, room_audience(&new)));
        self.engine.commit(set).await?;
        Ok(new)
    }

    /// The room as the caller stands to it.
    ///
    /// # Errors
    /// Not found, also when the caller may not read it.
    pub async fn room(&self, ctx: &Ctx, room: RoomId) -> Result<RoomAccess> {
        let subject = self.engine.subject(ctx).await?;
        self.room_for(ctx, &subject, Action::ChatRoomRead, room).await
    }

    /// The rooms that the caller belongs to, with his unread counts, by room id.
    ///
    /// # Errors
    /// A validation error on `cursor`.
    pub async fn rooms(&self, ctx: &Ctx, page: &PageRequest) -> Result<Page<RoomSummary>> {
        let user = ctx.user_id()?;
        self.engine.subject(ctx).await?;
        let filter = ("rooms", user);
        let query = RoomQuery { after: page.after(&filter)?, limit: page.limit.get() + 1 };
        let rows = self.engine.store().chat().rooms_of(user, query).await?;
        Page::from_rows(rows, page.limit, &filter, |row| row.room.id)
    }

    /// The channels that the caller may join or has joined, by room id.
    ///
    /// # Errors
    /// Forbidden; a validation error on `cursor`.
    pub async fn channels(&self, ctx: &Ctx, page: &PageRequest) -> Result<Page<Room>> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::ChatChannelCreate, &Resource::Global)?;
        let filter = "channels";
        let query = RoomQuery { after: page.after(&filter)?, limit: page.limit.get() + 1 };
        let rows = self.engine.store().chat().channels(query).await?;
        Page::from_rows(rows, page.limit, &filter, |room| room.id)
    }

    async fn open(
        &self,
        ctx: &Ctx,
        action: Action,
        room: Room,
        members: Vec<(UserId, RoomRole)>,
        request: &impl Serialize,
    ) -> Result<Room> {
        let mut room = room;
        room.member_count = i64::try_from(members.len()).unwrap_or(i64::MAX);
        let mut set = self.engine.change(ctx, action, room_entity(room.id));
        set.idempotency = Idempotency::of(ctx, action, request, &room)?;
        set.record(
            Recorder::new()
                .created("kind", room.kind)
                .created("name", &room.name)
                .created("members", members.iter().map(|(user, _)| user).collect::<Vec<_>>()),
        );
        let event = ChatEvent::RoomCreated { room: room.clone(), members: members.clone() };
        set.event(NewEvent::new(event, room_audience(&room)));
        set.change(ChatChange::CreateRoom { room: room.clone(), members });
        let mut receipt = self.engine.commit(set).await?;
        let again = receipt.replayed.is_some();
        let opened = receipt.answer(room)?;
        if again {
            // Who has been taken out of it meanwhile is not told of it again.
            self.room(ctx, opened.id).await?;
        }
        Ok(opened)
    }

    /// The project of a room is one that its maker sees; of another he does not learn whether it is
    /// there (CHAT-42).
    async fn check_project(&self, ctx: &Ctx, project: ProjectId) -> Result<()> {
        match self.engine.projects().project(ctx, project).await {
            Ok(_) => Ok(()),
            Err(Error::NotFound { .. } | Error::Forbidden { .. }) => {
                Err(Error::invalid("project", "no such project"))
            }
            Err(other) => Err(other),
        }
    }

    async fn first_members(&self, ctx: &Ctx, wanted: &[UserId]) -> Result<Vec<(UserId, RoomRole)>> {
        if wanted.len() > self.engine.options().chat.max_first_members {
            return Err(Error::invalid("members", "too many"));
        }
        active_users(self.engine, "members", wanted).await?;
        let creator = ctx.actor.user();
        let mut members: Vec<_> = creator.map(|user| (user, RoomRole::Owner)).into_iter().collect();
        for user in wanted {
            if !members.iter().any(|(known, _)| known == user) {
                members.push((*user, RoomRole::Member));
            }
        }
        Ok(members)
    }

    fn blank(&self, ctx: &Ctx, kind: RoomKind, history: Option<HistoryPolicy>) -> Room {
        Room {
            id: RoomId::generate(self.engine.ids()),
            kind,
            name: None,
            topic: None,
            project: None,
            pair: None,
            history: history.unwrap_or_else(|| rules::default_history(kind)),
            last_seq: Seq(0),
            last_message_at: None,
            member_count: 0,
            roster: Version::FIRST,
            version: Version::FIRST,
            created_by: ctx.actor.user(),
            created_at: self.engine.now(),
            archived_at: None,
        }
    }
}
