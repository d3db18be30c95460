//! What an event changes in what users may see.

use erp_core::{
    access::{AccessEvent, RoleHolder, UserStatus},
    change::{Event, EventBody},
    chat::{ChatEvent, Seq},
    ids::{ProjectId, RoomId, UserId},
    projects::ProjectEvent,
};

/// Whose rights may differ after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Nobody,
    One(UserId),
    Everybody,
}

impl Scope {
    pub fn of(event: &Event) -> Self {
        let EventBody::Access(access) = &event.body else { return Self::Nobody };
        if !access.changes_rights() {
            return Self::Nobody;
        }
        match access {
            AccessEvent::UserChanged(user) => Self::One(user.id),
            AccessEvent::RoleGranted { holder: RoleHolder::User(user), .. }
            | AccessEvent::RoleRevoked { holder: RoleHolder::User(user), .. }
            | AccessEvent::TeamMemberAdded { user, .. }
            | AccessEvent::TeamMemberRemoved { user, .. } => Self::One(*user),
            _ => Self::Everybody,
        }
    }

    pub fn concerns(self, user: UserId) -> bool {
        match self {
            Self::Nobody => false,
            Self::One(one) => one == user,
            Self::Everybody => true,
        }
    }
}

/// The memberships that an event begins (with the message after which the room is visible) or ends.
pub(super) fn memberships(event: &Event) -> Vec<(UserId, RoomId, Option<Seq>)> {
    let EventBody::Chat(chat) = &event.body else { return Vec::new() };
    match chat {
        ChatEvent::RoomCreated { room, members } => {
            let visible_after = room.history.visible_after(Seq::default());
            members.iter().map(|(user, _)| (*user, room.id, Some(visible_after))).collect()
        }
        ChatEvent::MemberAdded { .. } => chat
            .joined()
            .map(|member| (member.user, member.room, Some(member.visible_after)))
            .into_iter()
            .collect(),
        ChatEvent::MemberRemoved { room, user } => vec![(*user, *room, None)],
        _ => Vec::new(),
    }
}

/// The memberships in projects that an event begins (true) or ends.
pub(super) fn project_memberships(event: &Event) -> Vec<(UserId, ProjectId, bool)> {
    let EventBody::Projects(event) = &event.body else { return Vec::new() };
    match event {
        ProjectEvent::ProjectCreated { project, members } => {
            members.iter().map(|(user, _)| (*user, project.id, true)).collect()
        }
        ProjectEvent::MemberPut { project, user, .. } => vec![(*user, project.id, true)],
        ProjectEvent::MemberRemoved { project, user } => vec![(*user, *project, false)],
        _ => Vec::new(),
    }
}

/// The user whom an event shuts out.
pub(super) fn shut_out(event: &Event) -> Option<UserId> {
    match &event.body {
        EventBody::Access(AccessEvent::UserChanged(user)) if user.status != UserStatus::Active => {
            Some(user.id)
        }
        _ => None,
    }
}
