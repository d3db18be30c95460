//! What an action is done to, with the facts that decide.

use super::{Action, PermissionSet};
use crate::{chat::RoomAccess, ids::UserId, projects::ProjectAccess, record::Kind};

/// What an action is done to.
#[derive(Clone, Copy, Debug)]
pub enum Resource<'a> {
    /// The organisation as a whole.
    Global,
    /// A user's account, with the rights that he has.
    Account {
        /// Whose.
        user: UserId,
        /// His effective permissions: nobody changes the account of one who may do more.
        permissions: PermissionSet,
    },
    /// A role, by what it permits.
    Role(PermissionSet),
    /// A team, by the rights that its roles carry: its members get them.
    Team(PermissionSet),
    /// A room as the acting user stands to it.
    Room(&'a RoomAccess),
    /// A message in a room.
    Message {
        /// The room as the acting user stands to it.
        room: &'a RoomAccess,
        /// Who wrote it.
        author: UserId,
    },
    /// A thing of the inventory, by its kind, such as `item`: whoever may not read stock does not
    /// learn that it is there.
    Stock(&'static str),
    /// A thing of the catalogue of projects, by its kind: whoever may not read the catalogue does
    /// not learn that it is there.
    Catalog(&'static str),
    /// A record, by its kind: who may not read records of the kind does not learn that it is there.
    Record(&'static Kind),
    /// A project as the acting user stands to it.
    Project(&'a ProjectAccess),
    /// A reservation of stock, by its owner.
    Reservation(UserId),
    /// A task of a project, as the acting user stands to that.
    Task(&'a ProjectAccess),
    /// What a person wrote in a project: time, a comment.
    Entry {
        /// The project as the acting user stands to it.
        project: &'a ProjectAccess,
        /// Whose it is.
        user: UserId,
        /// What it is, as error texts name it.
        entity: &'static str,
    },
}

impl Resource<'_> {
    /// The kind of thing, as error texts name it.
    pub fn entity(&self) -> &'static str {
        match self {
            Self::Global => "resource",
            Self::Account { .. } => "user",
            Self::Role(_) => "role",
            Self::Team(_) => "team",
            Self::Room(_) => "room",
            Self::Message { .. } => "message",
            Self::Stock(kind) | Self::Catalog(kind) => kind,
            Self::Record(kind) => kind.name,
            Self::Project(_) => "project",
            Self::Reservation(_) => "reservation",
            Self::Task(_) => "task",
            Self::Entry { entity, .. } => entity,
        }
    }

    /// The action whose refusal means that the thing must look as if it did not exist. What is only
    /// about to be made has nothing to hide.
    pub(super) fn read_action(&self, action: Action) -> Option<Action> {
        match self {
            Self::Global => None,
            Self::Role(_) if action == Action::RoleCreate => None,
            Self::Account { .. } => Some(Action::UserRead),
            Self::Role(_) => Some(Action::RoleRead),
            Self::Team(_) => Some(Action::TeamRead),
            Self::Room(_) | Self::Message { .. } => Some(Action::ChatRoomRead),
            Self::Stock(_) | Self::Reservation(_) => Some(Action::StockRead),
            Self::Catalog(_) => Some(Action::ProjectCatalogRead),
            Self::Record(kind) => Some(kind.actions.read),
            Self::Project(_) | Self::Task(_) | Self::Entry { .. } => Some(Action::ProjectRead),
        }
    }

    pub(super) fn room(&self) -> Option<&RoomAccess> {
        match self {
            Self::Room(room) | Self::Message { room, .. } => Some(room),
            _ => None,
        }
    }

    pub(super) fn project(&self) -> Option<&ProjectAccess> {
        match self {
            Self::Project(project) | Self::Task(project) | Self::Entry { project, .. } => {
                Some(project)
            }
            _ => None,
        }
    }

    pub(super) fn rights(&self) -> PermissionSet {
        match self {
            Self::Account { permissions, .. }
            | Self::Role(permissions)
            | Self::Team(permissions) => *permissions,
            _ => PermissionSet::EMPTY,
        }
    }
}
