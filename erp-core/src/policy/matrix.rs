//! The matrix of actions, permissions and conditions, as data.

use super::{Action, Permission as P, PermissionSet, Resource, Subject};
use crate::{
    chat::{RoomKind, RoomRole},
    ctx::Actor,
    projects::{ProjectAccess, ProjectRole},
};

/// A condition on the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// No condition.
    Always,
    /// The account is the subject's own.
    OwnAccount,
    /// The account, role or team carries no right that the subject lacks.
    WithinOwnRights,
    /// The subject belongs to the room.
    RoomMember,
    /// The subject is an owner or moderator of the room.
    RoomModerator,
    /// The subject is an owner of the room.
    RoomOwner,
    /// The subject belongs to the room, which is not a direct one.
    GroupMember,
    /// The subject belongs to the room, which is a channel.
    ChannelMember,
    /// The room is a channel.
    Channel,
    /// The room is a support room.
    SupportRoom,
    /// The subject wrote the message and belongs to its room.
    Author,
    /// The subject belongs to the project.
    ProjectMember,
    /// The subject belongs to the project, and not only to look on.
    ProjectContributor,
    /// What stands in the project is the subject's own.
    OwnEntry,
    /// The same, and he works in the project.
    OwnEntryHere,
    /// The subject owns or manages the project.
    ProjectManager,
    /// The subject owns the project.
    ProjectOwner,
    /// The reservation is the subject's own.
    ReservationOwner,
}

impl When {
    pub(super) fn holds(self, subject: &Subject, resource: &Resource<'_>) -> bool {
        let room = resource.room();
        let kind = room.map(|access| access.room.kind);
        let role = room.and_then(|access| access.member.as_ref()).map(|member| member.role);
        let own_entry = matches!(resource, Resource::Entry { user, .. } if subject.is(*user));
        let in_project = resource.project().and_then(ProjectAccess::role);
        match self {
            Self::Always => true,
            Self::OwnAccount => {
                matches!(resource, Resource::Account { user, .. } if subject.is(*user))
            }
            Self::WithinOwnRights => subject.permissions.covers(resource.rights()),
            Self::RoomMember => role.is_some(),
            Self::RoomModerator => matches!(role, Some(RoomRole::Owner | RoomRole::Moderator)),
            Self::RoomOwner => role == Some(RoomRole::Owner),
            Self::GroupMember => role.is_some() && kind != Some(RoomKind::Direct),
            Self::ChannelMember => role.is_some() && kind == Some(RoomKind::Channel),
            Self::Channel => kind == Some(RoomKind::Channel),
            Self::SupportRoom => kind == Some(RoomKind::Support),
            Self::Author => {
                let author = match resource {
                    Resource::Message { author, .. } => Some(Actor::User(*author)),
                    _ => None,
                };
                role.is_some() && author == Some(subject.actor)
            }
            Self::ProjectMember => in_project >= Some(ProjectRole::Viewer),
            Self::OwnEntry => own_entry,
            Self::OwnEntryHere => own_entry && in_project >= Some(ProjectRole::Member),
            Self::ProjectContributor => in_project >= Some(ProjectRole::Member),
            Self::ProjectManager => in_project >= Some(ProjectRole::Manager),
            Self::ProjectOwner => in_project >= Some(ProjectRole::Owner),
            Self::ReservationOwner => {
                matches!(resource, Resource::Reservation(owner) if subject.is(*owner))
            }
        }
    }
}

/// One way to be allowed an action.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// Its name, as [`explain`](super::explain) tells it.
    pub rule: &'static str,
    /// The permissions that the subject must have.
    pub needs: PermissionSet,
    /// The condition on the resource.
    pub when: When,
}

/// The ways to be allowed an action.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// The alternatives; the first that holds grants.
    pub grants: &'static [Grant],
}

macro_rules! matrix {
    ($($action:ident: [$($rule:literal [$($needs:ident),*] $when:ident),* $(,)?];)*) => {
        /// Every action with the ways to be allowed it.
        pub const MATRIX: &[Row] = &[$(Row {
            action: Action::$action,
            grants: &[$(Grant {
                rule: $rule,
                needs: PermissionSet::of(&[$(P::$needs),*]),
                when: When::$when,
            }),*],
        }),*];
    };
}

matrix! {
    OrganisationSetUp: [];
    UserCreate: ["manager" [UsersManage] Always];
    UserRead: ["self" [] OwnAccount, "directory" [UsersRead] Always];
    UserUpdate: ["self" [] OwnAccount, "manager" [UsersManage] WithinOwnRights];
    UserSetPassword: ["self" [] OwnAccount, "manager" [UsersManage] WithinOwnRights];
    UserDeactivate: ["manager" [UsersManage] WithinOwnRights];
    UserReactivate: ["manager" [UsersManage] WithinOwnRights];
    UserDelete: ["manager" [UsersManage] WithinOwnRights];
    UserRestore: ["manager" [UsersManage] WithinOwnRights];
    SessionCreate: ["self" [] OwnAccount];
    SessionFail: [];
    SessionSlow: [];
    SessionList: ["self" [] OwnAccount, "manager" [SessionsManage] WithinOwnRights];
    SessionRevoke: ["self" [] OwnAccount, "manager" [SessionsManage] WithinOwnRights];
    RoleRead: ["reader" [RolesRead] Always];
    RoleCreate: ["ceiling" [RolesManage] WithinOwnRights];
    RoleUpdate: ["ceiling" [RolesManage] WithinOwnRights];
    RoleDelete: ["ceiling" [RolesManage] WithinOwnRights];
    RoleGrant: ["ceiling" [RolesManage] WithinOwnRights];
    RoleRevoke: ["ceiling" [RolesManage] WithinOwnRights];
    TeamRead: ["reader" [TeamsRead] Always];
    TeamCreate: ["manager" [TeamsManage] Always];
    TeamUpdate: ["manager" [TeamsManage] Always];
    TeamDelete: ["ceiling" [TeamsManage] WithinOwnRights];
    TeamAddMember: ["ceiling" [TeamsManage] WithinOwnRights];
    TeamRemoveMember: ["ceiling" [TeamsManage] WithinOwnRights];
    TeamNest: ["ceiling" [TeamsManage] WithinOwnRights];
    TeamUnnest: ["ceiling" [TeamsManage] WithinOwnRights];
    AuditRead: ["auditor" [AuditRead] Always];
    RequestRefuse: [];
    RetentionRun: [];
    ChatRoomRead: [
        "member" [ChatUse] RoomMember,
        "open_channel" [ChatUse, ChatChannels] Channel,
        "support_agent" [ChatUse, ChatSupport] SupportRoom,
    ];
    ChatRoomCreate: ["creator" [ChatUse, ChatCreateRooms] Always];
    ChatDirectOpen: ["creator" [ChatUse, ChatCreateRooms] Always];
    ChatChannelCreate: ["creator" [ChatUse, ChatChannels] Always];
    ChatRoomUpdate: [
        "room_moderator" [ChatUse] RoomModerator,
        "moderator" [ChatUse, ChatModerate] GroupMember,
    ];
    ChatRoomArchive: [
        "room_owner" [ChatUse] RoomOwner,
        "moderator" [ChatUse, ChatModerate] GroupMember,
    ];
    ChatRoomTakeOver: [
        "room_moderator" [ChatUse] RoomModerator,
        "moderator" [ChatUse, ChatModerate] GroupMember,
    ];
    ChatRoomJoin: [
        "open_channel" [ChatUse, ChatChannels] Channel,
        "support_agent" [ChatUse, ChatSupport] SupportRoom,
    ];
    ChatRoomLeave: ["member" [ChatUse] GroupMember];
    ChatMemberAdd: [
        "room_moderator" [ChatUse] RoomModerator,
        "channel_member" [ChatUse, ChatChannels] ChannelMember,
    ];
    ChatMemberRemove: [
        "room_moderator" [ChatUse] RoomModerator,
        "moderator" [ChatUse, ChatModerate] GroupMember,
    ];
    ChatMemberSetRole: [
        "room_moderator" [ChatUse] RoomModerator,
        "moderator" [ChatUse, ChatModerate] GroupMember,
    ];
    ChatRoomMute: ["member" [ChatUse] RoomMember];
    ChatPost: ["member" [ChatUse] RoomMember];
    ChatEdit: ["author" [ChatUse] Author, "room_moderator" [ChatUse] RoomModerator];
    ChatDelete: [
        "author" [ChatUse] Author,
        "room_moderator" [ChatUse] RoomModerator,
        "moderator" [ChatUse, ChatModerate] GroupMember,
    ];
    ChatRestore: [
        "author" [ChatUse] Author,
        "room_moderator" [ChatUse] RoomModerator,
        "moderator" [ChatUse, ChatModerate] GroupMember,
    ];
    ChatMarkRead: ["member" [ChatUse] RoomMember];
    ChatMarkUnread: ["member" [ChatUse] RoomMember];
    ChatImport: [];
    RealtimeConnect: ["self" [] OwnAccount];
    RealtimeBroadcast: ["broadcaster" [RealtimeBroadcast] Always];
    PresenceRead: ["directory" [UsersRead] Always, "self" [] OwnAccount];
    StockRead: ["reader" [InventoryRead] Always];
    WarehouseCreate: ["manager" [InventoryManage] Always];
    WarehouseUpdate: ["manager" [InventoryManage] Always];
    ItemCategoryCreate: ["manager" [InventoryManage] Always];
    ItemCategoryUpdate: ["manager" [InventoryManage] Always];
    ItemCategoryDelete: ["manager" [InventoryManage] Always];
    ItemCreate: ["manager" [InventoryManage] Always];
    ItemUpdate: ["manager" [InventoryManage] Always];
    ItemDelete: ["manager" [InventoryManage] Always];
    StockPost: ["poster" [InventoryRead, InventoryPost] Always];
    StockReverse: ["poster" [InventoryRead, InventoryPost] Always];
    StockReserve: ["poster" [InventoryRead, InventoryPost] Always];
    StockRelease: [
        "owner" [InventoryRead, InventoryPost] ReservationOwner,
        "manager" [InventoryManage] Always,
    ];
    StockExpire: [];
    StockRevalue: ["manager" [InventoryRead, InventoryManage] Always];
    LotCorrect: ["manager" [InventoryRead, InventoryManage] Always];
    StockClose: ["manager" [InventoryManage] Always];
    StockAcknowledge: ["poster" [InventoryRead, InventoryPost] Always];
    ProjectRead: ["member" [ProjectsUse] ProjectMember, "overseer" [ProjectsReadAll] Always];
    ProjectCreate: ["creator" [ProjectsUse, ProjectsCreate] Always];
    ProjectUpdate: [
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    ProjectSetCalendar: [
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    ProjectDelete: [
        "project_owner" [ProjectsUse] ProjectOwner,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    ProjectRestore: [
        "project_owner" [ProjectsUse] ProjectOwner,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    ProjectPutMember: [
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    ProjectRemoveMember: [
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    ProjectLeave: ["member" [ProjectsUse] ProjectMember];
    TaskCreate: [
        "contributor" [ProjectsUse] ProjectContributor,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    TaskUpdate: [
        "contributor" [ProjectsUse] ProjectContributor,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    TaskSetStatus: [
        "contributor" [ProjectsUse] ProjectContributor,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    TaskMove: [
        "contributor" [ProjectsUse] ProjectContributor,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    TaskDelete: [
        "contributor" [ProjectsUse] ProjectContributor,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    TaskRestore: [
        "contributor" [ProjectsUse] ProjectContributor,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    TaskLink: [
        "contributor" [ProjectsUse] ProjectContributor,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    TaskUnlink: [
        "contributor" [ProjectsUse] ProjectContributor,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    TaskReschedule: [
        "contributor" [ProjectsUse] ProjectContributor,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    AttachmentUpload: ["contributor" [ProjectsUse] ProjectContributor];
    AttachmentLink: ["own" [ProjectsUse] OwnEntryHere];
    AttachmentDelete: [
        "own" [ProjectsUse] OwnEntryHere,
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    AttachmentSweep: [];
    TaskSetChecklist: [
        "contributor" [ProjectsUse] ProjectContributor,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    TaskWatch: ["member" [ProjectsUse] ProjectMember];
    TaskPutWatcher: [
        "contributor" [ProjectsUse] ProjectContributor,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    MilestoneCreate: [
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    MilestoneUpdate: [
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    MilestoneDelete: [
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    PhaseCreate: [
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    PhaseUpdate: [
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    PhaseCancel: [
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    PhasePassGate: [
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    RateRead: ["reader" [RatesRead] Always];
    RateCreate: ["manager" [RatesRead, RatesManage] Always];
    RateUpdate: ["manager" [RatesRead, RatesManage] Always];
    RateDelete: ["manager" [RatesRead, RatesManage] Always];
    TimeLog: ["contributor" [ProjectsUse] ProjectContributor];
    CommentWrite: ["contributor" [ProjectsUse] ProjectContributor];
    CommentEdit: ["own" [ProjectsUse] OwnEntryHere];
    CommentDelete: [
        "own" [ProjectsUse] OwnEntryHere,
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
    ProjectCatalogRead: [
        "creator" [ProjectsCreate] Always,
        "overseer" [ProjectsReadAll] Always,
        "keeper" [ProjectsCatalog] Always,
    ];
    ProjectCategoryCreate: ["keeper" [ProjectsCatalog] Always];
    ProjectCategoryUpdate: ["keeper" [ProjectsCatalog] Always];
    ProjectCategoryDelete: ["keeper" [ProjectsCatalog] Always];
    PhaseDefinitionCreate: ["keeper" [ProjectsCatalog] Always];
    PhaseDefinitionUpdate: ["keeper" [ProjectsCatalog] Always];
    PhaseDefinitionDelete: ["keeper" [ProjectsCatalog] Always];
    ProjectTemplateCreate: ["keeper" [ProjectsCatalog] Always];
    ProjectTemplateUpdate: ["keeper" [ProjectsCatalog] Always];
    TimeStop: ["own" [] OwnEntry];
    TimeEdit: [
        "own" [ProjectsUse] OwnEntryHere,
        "project_manager" [ProjectsUse] ProjectManager,
        "administrator" [ProjectsReadAll, ProjectsManage] Always,
    ];
}
