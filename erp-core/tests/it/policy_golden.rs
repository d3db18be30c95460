//! What each built-in role may do to what, as one table that a change of policy changes.
//!
//! A cell is the name of the rule that grants, `no` (forbidden: he may know of the thing), or `-`
//! (hidden: the thing looks as if it did not exist).

use std::fmt::Write as _;

use chrono::DateTime;
use erp_core::{
    access::{BUILT_IN_ROLES, BuiltInRole},
    change::Version,
    chat::{HistoryPolicy, Member, Room, RoomAccess, RoomKind, RoomRole, Seq},
    ids::{ProjectId, RoomId, UserId},
    policy::{self, Action, Decision, PermissionSet, Resource, Subject},
    projects::{Project, ProjectAccess, ProjectDetails, ProjectMember, ProjectRole, ProjectStatus},
};
use uuid::Uuid;

const ME: UserId = UserId::from_uuid(Uuid::from_u128(1));
const OTHER: UserId = UserId::from_uuid(Uuid::from_u128(2));

/// What an action is tried on.
enum Thing {
    Plain(Resource<'static>),
    Room(RoomAccess),
    Message(RoomAccess, UserId),
    Project(Box<ProjectAccess>),
    Task(Box<ProjectAccess>),
    Entry(Box<ProjectAccess>, UserId),
}

impl Thing {
    fn resource(&self) -> Resource<'_> {
        match self {
            Self::Plain(resource) => *resource,
            Self::Room(room) => Resource::Room(room),
            Self::Message(room, author) => Resource::Message { room, author: *author },
            Self::Project(project) => Resource::Project(project),
            Self::Task(project) => Resource::Task(project),
            Self::Entry(project, user) => Resource::Entry { project, user: *user, entity: "entry" },
        }
    }
}

fn room(kind: RoomKind, role: Option<RoomRole>) -> RoomAccess {
    let id = RoomId::from_uuid(Uuid::from_u128(3));
    let member = role.map(|role| Member {
        room: id,
        user: ME,
        role,
        joined_at: DateTime::UNIX_EPOCH,
        visible_after: Seq(0),
        read_seq: Seq(0),
        muted_until: None,
    });
    let room = Room {
        id,
        kind,
        name: None,
        topic: None,
        project: None,
        pair: None,
        history: HistoryPolicy::Full,
        last_seq: Seq(0),
        last_message_at: None,
        archived_at: None,
        member_count: 1,
        roster: Version::FIRST,
        version: Version::FIRST,
        created_by: None,
        created_at: DateTime::UNIX_EPOCH,
    };
    RoomAccess { room, member, peer_active: true }
}

fn account(user: UserId, permissions: PermissionSet) -> Thing {
    Thing::Plain(Resource::Account { user, permissions })
}

fn accounts(own: PermissionSet) -> Vec<(&'static str, Thing)> {
    vec![
        ("himself", account(ME, own)),
        ("a guest", account(OTHER, BuiltInRole::GUEST.permissions)),
        ("a member", account(OTHER, BuiltInRole::MEMBER.permissions)),
        ("an admin", account(OTHER, BuiltInRole::ADMIN.permissions)),
        ("an owner", account(OTHER, BuiltInRole::OWNER.permissions)),
    ]
}

fn rights(of: fn(PermissionSet) -> Resource<'static>) -> Vec<(&'static str, Thing)> {
    let thing = |role: BuiltInRole| Thing::Plain(of(role.permissions));
    vec![
        ("no rights", Thing::Plain(of(PermissionSet::EMPTY))),
        ("a guest's rights", thing(BuiltInRole::GUEST)),
        ("an admin's rights", thing(BuiltInRole::ADMIN)),
        ("an owner's rights", thing(BuiltInRole::OWNER)),
    ]
}

fn rooms() -> Vec<(&'static str, RoomAccess)> {
    use RoomKind::{Channel, Direct, Group, Project, Support};
    use RoomRole::{Member, Moderator, Owner};
    vec![
        ("direct, outside", room(Direct, None)),
        ("direct, inside", room(Direct, Some(Member))),
        ("group, outside", room(Group, None)),
        ("group, member", room(Group, Some(Member))),
        ("group, moderator", room(Group, Some(Moderator))),
        ("group, owner", room(Group, Some(Owner))),
        ("channel, outside", room(Channel, None)),
        ("channel, member", room(Channel, Some(Member))),
        ("project, outside", room(Project, None)),
        ("project, member", room(Project, Some(Member))),
        ("support, outside", room(Support, None)),
        ("support, member", room(Support, Some(Member))),
    ]
}

fn project(role: Option<ProjectRole>) -> ProjectAccess {
    let id = ProjectId::from_uuid(Uuid::from_u128(4));
    let at = DateTime::UNIX_EPOCH;
    let project = Project {
        id,
        code: "P".to_owned(),
        details: ProjectDetails::named("p"),
        status: ProjectStatus::Active,
        member_count: 1,
        last_task: 0,
        roster: Version::FIRST,
        graph: Version::FIRST,
        phases: Version::FIRST,
        version: Version::FIRST,
        created_by: None,
        created_at: at,
        updated_at: at,
        deleted_at: None,
    };
    let member = role.map(|role| ProjectMember { project: id, user: ME, role, joined_at: at });
    ProjectAccess { project, member }
}

fn projects() -> Vec<(&'static str, ProjectAccess)> {
    use ProjectRole::{Manager, Member, Owner, Viewer};
    vec![
        ("a project, outside", project(None)),
        ("a project, viewer", project(Some(Viewer))),
        ("a project, member", project(Some(Member))),
        ("a project, manager", project(Some(Manager))),
        ("a project, owner", project(Some(Owner))),
    ]
}

fn entries() -> Vec<(&'static str, Thing)> {
    use ProjectRole::{Manager, Member, Viewer};
    let entry = |role, user| Thing::Entry(Box::new(project(role)), user);
    vec![
        ("own, project left", entry(None, ME)),
        ("own, as viewer", entry(Some(Viewer), ME)),
        ("own, as member", entry(Some(Member), ME)),
        ("other's, outside", entry(None, OTHER)),
        ("other's, as member", entry(Some(Member), OTHER)),
        ("other's, as manager", entry(Some(Manager), OTHER)),
    ]
}

fn messages() -> Vec<(&'static str, Thing)> {
    use RoomKind::{Channel, Direct, Group};
    use RoomRole::{Member, Moderator};
    vec![
        ("own, in a direct room", Thing::Message(room(Direct, Some(Member)), ME)),
        ("other's, in a direct room", Thing::Message(room(Direct, Some(Member)), OTHER)),
        ("own, in a group", Thing::Message(room(Group, Some(Member)), ME)),
        ("own, in a group left", Thing::Message(room(Group, None), ME)),
        ("other's, in a group", Thing::Message(room(Group, Some(Member)), OTHER)),
        ("other's, as moderator", Thing::Message(room(Group, Some(Moderator)), OTHER)),
        ("other's, in a group outside", Thing::Message(room(Group, None), OTHER)),
        ("other's, in a channel outside", Thing::Message(room(Channel, None), OTHER)),
    ]
}

/// What the action is tried on. Without a wildcard: a new action must be placed.
fn things(action: Action, own: PermissionSet) -> Vec<(&'static str, Thing)> {
    use Action as A;
    let global = || ("the organisation", Thing::Plain(Resource::Global));
    match action {
        A::OrganisationSetUp
        | A::UserCreate
        | A::TeamCreate
        | A::AuditRead
        | A::SessionFail
        | A::SessionSlow
        | A::RequestRefuse
        | A::RetentionRun
        | A::AttachmentSweep
        | A::ChatRoomCreate
        | A::ChatDirectOpen
        | A::ChatChannelCreate
        | A::ChatImport
        | A::RealtimeBroadcast => vec![global()],
        A::UserRead | A::PresenceRead => {
            let mut all = accounts(own);
            all.push(global());
            all
        }
        A::UserUpdate
        | A::UserSetPassword
        | A::UserDeactivate
        | A::UserReactivate
        | A::UserDelete
        | A::UserRestore
        | A::SessionCreate
        | A::SessionList
        | A::SessionRevoke
        | A::RealtimeConnect => accounts(own),
        A::RoleRead | A::RoleCreate | A::RoleUpdate | A::RoleDelete => rights(Resource::Role),
        A::RoleGrant | A::RoleRevoke => rights(Resource::Role),
        A::TeamRead
        | A::TeamUpdate
        | A::TeamDelete
        | A::TeamAddMember
        | A::TeamRemoveMember
        | A::TeamNest
        | A::TeamUnnest => rights(Resource::Team),
        A::ChatRoomRead
        | A::ChatRoomUpdate
        | A::ChatRoomArchive
        | A::ChatRoomTakeOver
        | A::ChatRoomJoin
        | A::ChatRoomLeave
        | A::ChatMemberAdd
        | A::ChatMemberRemove
        | A::ChatMemberSetRole
        | A::ChatRoomMute
        | A::ChatPost
        | A::ChatMarkRead
        | A::ChatMarkUnread => {
            rooms().into_iter().map(|(name, room)| (name, Thing::Room(room))).collect()
        }
        A::ChatEdit | A::ChatDelete | A::ChatRestore => messages(),
        A::WarehouseCreate | A::ItemCategoryCreate | A::ItemCreate => vec![global()],
        A::StockExpire | A::StockRevalue | A::StockClose => vec![global()],
        A::StockRelease => vec![
            ("his own reservation", Thing::Plain(Resource::Reservation(ME))),
            ("another's reservation", Thing::Plain(Resource::Reservation(OTHER))),
        ],
        A::StockRead
        | A::StockPost
        | A::StockReverse
        | A::StockReserve
        | A::StockAcknowledge
        | A::LotCorrect
        | A::WarehouseUpdate
        | A::ItemCategoryUpdate
        | A::ItemCategoryDelete
        | A::ItemUpdate
        | A::ItemDelete => {
            vec![global(), ("a thing of stock", Thing::Plain(Resource::Stock("item")))]
        }
        A::ProjectCreate
        | A::ProjectCategoryCreate
        | A::PhaseDefinitionCreate
        | A::ProjectTemplateCreate => vec![global()],
        A::RateRead | A::RateCreate | A::RateUpdate | A::RateDelete => vec![global()],
        A::ProjectCatalogRead
        | A::ProjectCategoryUpdate
        | A::ProjectCategoryDelete
        | A::PhaseDefinitionUpdate
        | A::PhaseDefinitionDelete
        | A::ProjectTemplateUpdate => {
            vec![
                global(),
                ("a thing of the catalogue", Thing::Plain(Resource::Catalog("category"))),
            ]
        }
        A::TimeStop
        | A::TimeEdit
        | A::CommentEdit
        | A::CommentDelete
        | A::AttachmentLink
        | A::AttachmentDelete => entries(),
        A::TimeLog
        | A::CommentWrite
        | A::TaskSetChecklist
        | A::TaskWatch
        | A::TaskPutWatcher
        | A::TaskCreate
        | A::TaskUpdate
        | A::TaskSetStatus
        | A::TaskMove
        | A::TaskDelete
        | A::TaskRestore
        | A::TaskLink
        | A::TaskUnlink
        | A::TaskReschedule => projects()
            .into_iter()
            .map(|(name, project)| (name, Thing::Task(Box::new(project))))
            .collect(),
        A::ProjectRead
        | A::ProjectUpdate
        | A::ProjectSetCalendar
        | A::AttachmentUpload
        | A::MilestoneCreate
        | A::MilestoneUpdate
        | A::MilestoneDelete
        | A::PhaseCreate
        | A::PhaseUpdate
        | A::PhaseCancel
        | A::PhasePassGate
        | A::ProjectDelete
        | A::ProjectRestore
        | A::ProjectPutMember
        | A::ProjectRemoveMember
        | A::ProjectLeave => projects()
            .into_iter()
            .map(|(name, project)| (name, Thing::Project(Box::new(project))))
            .collect(),
        A::Other(_) => Vec::new(),
    }
}

fn cell(role: &BuiltInRole, action: Action, resource: &Resource<'_>) -> &'static str {
    match policy::explain(&Subject::user(ME, role.permissions), action, resource) {
        Decision::Granted { rule } => rule,
        Decision::Refused { hidden: true, .. } => "-",
        Decision::Refused { hidden: false, .. } => "no",
    }
}

#[test]
fn x_7_role_by_action_is_as_written_down() {
    let mut table = String::new();
    let mut line = |cells: [&str; 6]| {
        let [action, thing, owner, admin, member, guest] = cells;
        let row = format!("{action:26}{thing:32}{owner:16}{admin:16}{member:16}{guest}");
        writeln!(table, "{}", row.trim_end()).unwrap();
    };
    line(["action", "on", "owner", "admin", "member", "guest"]);
    for action in Action::ALL {
        let count = things(*action, PermissionSet::EMPTY).len();
        for index in 0..count {
            let mut name = "";
            let cells: Vec<_> = BUILT_IN_ROLES
                .iter()
                .map(|role| {
                    let (thing, on) = things(*action, role.permissions).swap_remove(index);
                    name = thing;
                    cell(role, *action, &on.resource())
                })
                .collect();
            line([action.as_str(), name, cells[0], cells[1], cells[2], cells[3]]);
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn x_17_what_is_hidden_from_reading_is_hidden_from_all_else() {
    for role in BUILT_IN_ROLES {
        let subject = Subject::user(ME, role.permissions);
        for (name, room) in rooms() {
            let resource = Resource::Room(&room);
            if policy::authorize(&subject, Action::ChatRoomRead, &resource).is_ok() {
                continue;
            }
            for action in Action::ALL.iter().filter(|action| action.as_str().starts_with("chat.")) {
                let refused = policy::authorize(&subject, *action, &resource);
                let not_found = erp_core::Error::NotFound { entity: "room" };
                // What is done to no room in particular is not asked of one.
                let about_rooms = !matches!(
                    action,
                    Action::ChatRoomCreate | Action::ChatDirectOpen | Action::ChatChannelCreate
                );
                if about_rooms {
                    assert_eq!(refused, Err(not_found), "{} {action} {name}", role.name);
                }
            }
        }
    }
}

#[test]
fn proj_14_a_project_that_is_hidden_from_reading_is_hidden_from_all_else() {
    for role in BUILT_IN_ROLES {
        let subject = Subject::user(ME, role.permissions);
        let outside = project(None);
        let resource = Resource::Project(&outside);
        if policy::authorize(&subject, Action::ProjectRead, &resource).is_ok() {
            continue;
        }
        for action in Action::ALL {
            let refused = policy::authorize(&subject, *action, &resource);
            let about_one =
                action.as_str().starts_with("project.") && *action != Action::ProjectCreate;
            if about_one {
                let not_found = erp_core::Error::NotFound { entity: "project" };
                assert_eq!(refused, Err(not_found), "{} {action}", role.name);
            }
        }
    }
}

#[test]
fn auth_9_no_role_reaches_an_account_with_more_rights() {
    let above = [
        (BuiltInRole::GUEST, BuiltInRole::MEMBER),
        (BuiltInRole::MEMBER, BuiltInRole::ADMIN),
        (BuiltInRole::ADMIN, BuiltInRole::OWNER),
    ];
    for (role, more) in above {
        let subject = Subject::user(ME, role.permissions);
        let resource = Resource::Account { user: OTHER, permissions: more.permissions };
        for action in [
            Action::UserUpdate,
            Action::UserSetPassword,
            Action::UserDeactivate,
            Action::UserReactivate,
            Action::UserDelete,
            Action::UserRestore,
            Action::SessionList,
            Action::SessionRevoke,
        ] {
            assert!(policy::authorize(&subject, action, &resource).is_err(), "{action}");
        }
    }
}
