//! Who belongs to a room.

use super::{ChatService, active_users, room_entity};
use crate::{
    access::UserStatus,
    change::{Audience, ChangeSet, Guard, NewEvent, Recorder, Scope},
    chat::{ChatChange, ChatEvent, Member, RoomAccess, RoomKind, RoomRole, Seq, rules},
    ctx::Ctx,
    error::{Error, Result},
    ids::{RoomId, UserId},
    page::{Page, PageRequest},
    policy::Action,
    time::Timestamp,
};

#[erp_derive::boxed]
impl ChatService<'_> {
    /// The members of a room, by user id.
    ///
    /// # Errors
    /// Not found; a validation error on `cursor`.
    pub async fn members(
        &self,
        ctx: &Ctx,
        room: RoomId,
        page: &PageRequest,
    ) -> Result<Page<Member>> {
        let subject = self.engine.subject(ctx).await?;
        self.room_for(ctx, &subject, Action::ChatRoomRead, room).await?;
        let filter = ("members", room);
        let after = page.after(&filter)?;
        let chat = self.engine.store().chat();
        let rows = chat.members(room, after, page.limit.get() + 1).await?;
        Page::from_rows(rows, page.limit, &filter, |member| member.user)
    }

    /// The caller joins an open room; joining again changes nothing.
    ///
    /// # Errors
    /// Not found, forbidden; a precondition error when the room is archived.
    pub async fn join(&self, ctx: &Ctx, room: RoomId) -> Result<()> {
        let user = ctx.user_id()?;
        self.engine
            .retry(|| async {
                let subject = self.engine.subject(ctx).await?;
                let access = self.room_for(ctx, &subject, Action::ChatRoomJoin, room).await?;
                if access.member.is_some() {
                    return Ok(());
                }
                rules::open(&access.room)?;
                self.put_in(ctx, Action::ChatRoomJoin, &access, user, RoomRole::Member).await
            })
            .await
    }

    /// The caller leaves a room; its messages and counts are gone for him from this commit on.
    ///
    /// # Errors
    /// Not found; forbidden in a direct room; a precondition error for the last owner (CHAT-40).
    pub async fn leave(&self, ctx: &Ctx, room: RoomId) -> Result<()> {
        let user = ctx.user_id()?;
        self.engine
            .retry(|| async {
                let subject = self.engine.subject(ctx).await?;
                let access = self.room_for(ctx, &subject, Action::ChatRoomLeave, room).await?;
                if let Some(member) = &access.member {
                    self.check_owners(member).await?;
                }
                self.take_out(ctx, Action::ChatRoomLeave, &access, user).await
            })
            .await
    }

    /// Puts a user into a room; one who is in it already stays as he is.
    ///
    /// # Errors
    /// Not found, forbidden; a precondition error when the room is archived; a validation error on
    /// `user[0]` when there is no such active user.
    pub async fn add_member(
        &self,
        ctx: &Ctx,
        room: RoomId,
        user: UserId,
        role: RoomRole,
    ) -> Result<()> {
        self.engine
            .retry(|| async {
                let subject = self.engine.subject(ctx).await?;
                let access = self.room_for(ctx, &subject, Action::ChatMemberAdd, room).await?;
                if access.room.kind == RoomKind::Direct {
                    return Err(Error::Forbidden { action: Action::ChatMemberAdd.as_str() });
                }
                if role != RoomRole::Member {
                    let own = own_role(ctx, &access);
                    rules::outranks(own, role, Action::ChatMemberAdd.as_str())?;
                }
                active_users(self.engine, "user", &[user]).await?;
                if self.member(room, user).await?.is_some() {
                    return Ok(());
                }
                rules::open(&access.room)?;
                self.put_in(ctx, Action::ChatMemberAdd, &access, user, role).await
            })
            .await
    }

    /// Takes a user out of a room; one who is not in it stays out.
    ///
    /// # Errors
    /// Not found, forbidden; a precondition error for the last owner (CHAT-40).
    pub async fn remove_member(&self, ctx: &Ctx, room: RoomId, user: UserId) -> Result<()> {
        self.engine
            .retry(|| async {
                let subject = self.engine.subject(ctx).await?;
                let action = Action::ChatMemberRemove;
                let access = self.room_for(ctx, &subject, action, room).await?;
                let Some(member) = self.member(room, user).await? else {
                    return Ok(());
                };
                rules::outranks(own_role(ctx, &access), member.role, action.as_str())?;
                self.check_owners(&member).await?;
                self.take_out(ctx, action, &access, user).await
            })
            .await
    }

    /// Changes what a member may do in a room.
    ///
    /// # Errors
    /// Not found (also when the user is no member), forbidden; a precondition error for the last owner
    /// (CHAT-40).
    pub async fn set_role(
        &self,
        ctx: &Ctx,
        room: RoomId,
        user: UserId,
        role: RoomRole,
    ) -> Result<()> {
        self.engine
            .retry(|| async {
                let subject = self.engine.subject(ctx).await?;
                let action = Action::ChatMemberSetRole;
                let access = self.room_for(ctx, &subject, action, room).await?;
                let not_found = Error::NotFound { entity: "member" };
                let member = self.member(room, user).await?.ok_or(not_found)?;
                let own = own_role(ctx, &access);
                rules::outranks(own, member.role, action.as_str())?;
                rules::outranks(own, role, action.as_str())?;
                if member.role == role {
                    return Ok(());
                }
                self.check_owners(&member).await?;
                self.put_role(ctx, action, &access, (&member, role)).await
            })
            .await
    }

    /// The caller becomes the owner of a room none of whose owners is let in any more (CHAT-40); they
    /// stay what they are until he or another owner changes that.
    ///
    /// # Errors
    /// Not found, forbidden; a precondition error while an owner of the room is let in.
    pub async fn take_over(&self, ctx: &Ctx, room: RoomId) -> Result<()> {
        ctx.user_id()?;
        self.engine
            .retry(|| async {
                let subject = self.engine.subject(ctx).await?;
                let action = Action::ChatRoomTakeOver;
                let access = self.room_for(ctx, &subject, action, room).await?;
                let not_found = Error::NotFound { entity: "member" };
                let member = access.member.clone().ok_or(not_found)?;
                rules::has_no_owner(&self.active_owners(room).await?)?;
                self.put_role(ctx, action, &access, (&member, RoomRole::Owner)).await
            })
            .await
    }

    async fn put_role(
        &self,
        ctx: &Ctx,
        action: Action,
        access: &RoomAccess,
        (member, role): (&Member, RoomRole),
    ) -> Result<()> {
        let (room, user) = (member.room, member.user);
        let mut set = self.roster_change(ctx, action, access);
        set.record(Recorder::new().created("user", user).field("role", member.role, role));
        set.change(ChatChange::SetMemberRole { room, user, role });
        let event = ChatEvent::MemberRoleChanged { room, user, role };
        set.event(NewEvent::new(event, [Audience::Room(room)]));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// Refuses when this member is an owner and no other one is let in.
    async fn check_owners(&self, member: &Member) -> Result<()> {
        if member.role != RoomRole::Owner {
            return Ok(());
        }
        rules::keeps_an_owner(&self.active_owners(member.room).await?, member.user)
    }

    async fn active_owners(&self, room: RoomId) -> Result<Vec<UserId>> {
        let owners = self.engine.store().chat().owners(room).await?;
        let users = self.engine.store().access().users_by_id(&owners).await?;
        let active = users.iter().filter(|user| user.status == UserStatus::Active);
        Ok(active.map(|user| user.id).collect())
    }

    /// Mutes a room for the caller until this instant, or ends that.
    ///
    /// # Errors
    /// Not found; a validation error on `until`.
    pub async fn mute(&self, ctx: &Ctx, room: RoomId, until: Option<Timestamp>) -> Result<()> {
        let user = ctx.user_id()?;
        let subject = self.engine.subject(ctx).await?;
        let access = self.room_for(ctx, &subject, Action::ChatRoomMute, room).await?;
        let until = until.map(|at| crate::time::checked("until", at)).transpose()?;
        let old = access.member.and_then(|member| member.muted_until);
        if old == until {
            return Ok(());
        }
        let mut set = self.engine.change(ctx, Action::ChatRoomMute, room_entity(room));
        set.record(Recorder::new().field("muted_until", old, until));
        set.change(ChatChange::SetMute { room, user, until });
        let event = ChatEvent::RoomMuted { room, user, until };
        set.event(NewEvent::new(event, [Audience::User(user)]));
        self.engine.commit(set).await?;
        Ok(())
    }

    async fn member(&self, room: RoomId, user: UserId) -> Result<Option<Member>> {
        let access = self.engine.store().chat().access(room, user).await?;
        Ok(access.and_then(|access| access.member))
    }

    /// A change that was decided on this roster, and holds only for it.
    fn roster_change(&self, ctx: &Ctx, action: Action, access: &RoomAccess) -> ChangeSet {
        let room = access.room.id;
        let mut set = self.engine.change(ctx, action, room_entity(room));
        set.guard(Guard::Held(Scope::roster(room), access.room.roster));
        set
    }

    async fn put_in(
        &self,
        ctx: &Ctx,
        action: Action,
        access: &RoomAccess,
        user: UserId,
        role: RoomRole,
    ) -> Result<()> {
        let mut set = self.roster_change(ctx, action, access);
        let (room, at) = (access.room.id, set.at());
        set.record(Recorder::new().created("user", user).created("role", role));
        let change = set.change(ChatChange::AddMember { room, user, role, at });
        let event = ChatEvent::MemberAdded {
            room: Box::new(access.room.clone()),
            user,
            role,
            joined_at: at,
            seq: Seq(0),
        };
        set.event(NewEvent::new(event, [Audience::Room(room)]).filled_by(change));
        self.engine.commit(set).await?;
        Ok(())
    }

    async fn take_out(
        &self,
        ctx: &Ctx,
        action: Action,
        access: &RoomAccess,
        user: UserId,
    ) -> Result<()> {
        let mut set = self.roster_change(ctx, action, access);
        let room = access.room.id;
        set.record(Recorder::new().field("user", user, serde_json::Value::Null));
        set.change(ChatChange::RemoveMember { room, user });
        let event = ChatEvent::MemberRemoved { room, user };
        set.event(NewEvent::new(event, [Audience::Room(room), Audience::User(user)]));
        self.engine.commit(set).await?;
        Ok(())
    }
}

/// The caller's role in the room; none when the host acts, or a moderator of the organisation.
fn own_role(ctx: &Ctx, access: &RoomAccess) -> Option<RoomRole> {
    ctx.actor.user()?;
    access.member.as_ref().map(|member| member.role)
}
