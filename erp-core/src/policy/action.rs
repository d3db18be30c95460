//! Actions: what a person can ask the engine to do. The engine's own are a closed set with a row each in
//! the matrix; a host and the kinds of its records have others, by name.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::names::Names;

/// The most names of others' actions that a process keeps.
const MAX_OTHERS: usize = 4_096;

/// The names of others' actions that were written or read in this process.
static OTHERS: Names = Names::new(MAX_OTHERS);

macro_rules! actions {
    ($($name:ident $text:literal $doc:literal;)*) => {
        /// What a service does on someone's behalf; the audit log names it so.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = $doc] $name,)*
            /// An action of a host, of a kind of records, or of a newer engine.
            Other(OtherAction),
        }

        impl Action {
            /// Every action of the engine, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The dotted name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Other(other) => other.0,
                }
            }
        }
    };
}

actions! {
    OrganisationSetUp "organisation.set_up" "Create the first owner and the built-in roles.";
    UserCreate "user.create" "Create a user.";
    UserRead "user.read" "See a user, list and search users.";
    UserUpdate "user.update" "Change a user's name or address.";
    UserSetPassword "user.set_password" "Set a password.";
    UserDeactivate "user.deactivate" "Shut a user out; history keeps the name.";
    UserReactivate "user.reactivate" "Let a deactivated user in again.";
    UserDelete "user.delete" "Delete a user (softly).";
    UserRestore "user.restore" "Restore a deleted user.";
    SessionCreate "session.create" "Log in.";
    SessionFail "session.fail" "Fail to log in, or to tell one's password.";
    SessionSlow "session.slow" "Be made to wait before a login is judged.";
    SessionList "session.list" "List a user's sessions.";
    SessionRevoke "session.revoke" "End sessions.";
    RoleRead "role.read" "See roles.";
    RoleCreate "role.create" "Create a role.";
    RoleUpdate "role.update" "Change a role's name or permissions.";
    RoleDelete "role.delete" "Delete a role.";
    RoleGrant "role.grant" "Give a role to a user or a team.";
    RoleRevoke "role.revoke" "Take a role from a user or a team.";
    TeamRead "team.read" "See teams and their members.";
    TeamCreate "team.create" "Create a team.";
    TeamUpdate "team.update" "Rename a team.";
    TeamDelete "team.delete" "Delete a team.";
    TeamAddMember "team.add_member" "Put a user into a team.";
    TeamRemoveMember "team.remove_member" "Take a user out of a team.";
    TeamNest "team.nest" "Put a team into a team.";
    TeamUnnest "team.unnest" "Take a team out of a team.";
    AuditRead "audit.read" "Read the audit log.";
    RequestRefuse "request.refuse" "Be refused for asking too often.";
    RetentionRun "retention.run" "Drop whole periods of the logs by age.";
    ChatRoomRead "chat.room.read" "See a room, its members and messages.";
    ChatRoomCreate "chat.room.create" "Open a group, project or support room.";
    ChatDirectOpen "chat.direct.open" "Open a direct room with someone.";
    ChatChannelCreate "chat.channel.create" "Open a channel.";
    ChatRoomUpdate "chat.room.update" "Rename a room or change its topic.";
    ChatRoomArchive "chat.room.archive" "Archive a room, or restore it.";
    ChatRoomTakeOver "chat.room.take_over" "Become the owner of a room whose owners are shut out.";
    ChatRoomJoin "chat.room.join" "Join an open room.";
    ChatRoomLeave "chat.room.leave" "Leave a room.";
    ChatMemberAdd "chat.member.add" "Put someone into a room.";
    ChatMemberRemove "chat.member.remove" "Take someone out of a room.";
    ChatMemberSetRole "chat.member.set_role" "Change someone's role in a room.";
    ChatRoomMute "chat.room.mute" "Mute a room for oneself.";
    ChatPost "chat.post" "Send a message.";
    ChatEdit "chat.edit" "Edit a message.";
    ChatDelete "chat.delete" "Delete a message.";
    ChatRestore "chat.restore" "Restore a deleted message.";
    ChatMarkRead "chat.mark_read" "Mark a room read up to a message.";
    ChatMarkUnread "chat.mark_unread" "Mark a room unread from a message.";
    ChatImport "chat.import" "Write messages of the past.";
    RealtimeConnect "realtime.connect" "Open a live connection.";
    RealtimeBroadcast "realtime.broadcast" "Send a broadcast.";
    PresenceRead "presence.read" "See who is online.";
    StockRead "stock.read" "See items, warehouses and stock.";
    WarehouseCreate "warehouse.create" "Create a warehouse.";
    WarehouseUpdate "warehouse.update" "Change a warehouse.";
    ItemCategoryCreate "item_category.create" "Create a category of items.";
    ItemCategoryUpdate "item_category.update" "Rename a category of items, or move it.";
    ItemCategoryDelete "item_category.delete" "Delete a category of items that nothing is in.";
    ItemCreate "item.create" "Create an item.";
    ItemUpdate "item.update" "Change an item.";
    ItemDelete "item.delete" "Delete an item that never had stock.";
    StockPost "stock.post" "Move stock.";
    StockReverse "stock.reverse" "Take a posting back.";
    StockReserve "stock.reserve" "Set stock aside.";
    StockRelease "stock.release" "Give back what is set aside.";
    StockExpire "stock.expire" "Give back what was set aside for too long.";
    StockRevalue "stock.revalue" "Set what stock is worth.";
    LotCorrect "lot.correct" "Put the last good day of a lot right.";
    StockClose "stock.close" "Close the books of a period.";
    StockAcknowledge "stock.acknowledge" "See to a notice of low stock.";
    ProjectRead "project.read" "See a project and all that is in it.";
    ProjectCreate "project.create" "Make a project.";
    ProjectUpdate "project.update" "Change a project's details or status.";
    ProjectSetCalendar "project.set_calendar" "Say when a project is worked on.";
    ProjectDelete "project.delete" "Delete a project (softly).";
    ProjectRestore "project.restore" "Restore a deleted project.";
    ProjectPutMember "project.put_member" "Put someone into a project, or change his role.";
    ProjectRemoveMember "project.remove_member" "Take someone out of a project.";
    ProjectLeave "project.leave" "Leave a project.";
    TaskCreate "task.create" "Make a task.";
    TaskUpdate "task.update" "Change a task's details.";
    TaskSetStatus "task.set_status" "Move a task to another status.";
    TaskMove "task.move" "Put a task under another.";
    TaskDelete "task.delete" "Delete a task and its parts (softly).";
    TaskRestore "task.restore" "Restore a deleted task.";
    TaskLink "task.link" "Make a task wait for another.";
    TaskUnlink "task.unlink" "Make a task wait for another no more.";
    TaskReschedule "task.reschedule" "Put tasks after what they wait for.";
    AttachmentUpload "attachment.upload" "Upload a file for a project.";
    AttachmentLink "attachment.link" "Put a file that one has uploaded onto a task.";
    AttachmentDelete "attachment.delete" "Delete or restore a file.";
    AttachmentSweep "attachment.sweep" "Drop files that are on no task.";
    TaskSetChecklist "task.set_checklist" "Change what is on a task's checklist, or tick it off.";
    TaskWatch "task.watch" "Watch a task oneself, or no more.";
    TaskPutWatcher "task.put_watcher" "Have someone else watch a task, or no more.";
    MilestoneCreate "milestone.create" "Make a milestone.";
    MilestoneUpdate "milestone.update" "Change a milestone.";
    MilestoneDelete "milestone.delete" "Delete or restore a milestone.";
    PhaseCreate "phase.create" "Make a phase of a project.";
    PhaseUpdate "phase.update" "Move a phase, or change its budget.";
    PhaseCancel "phase.cancel" "Cancel or restore a phase.";
    PhasePassGate "phase.pass_gate" "Pass a phase's gate, or take that back.";
    RateRead "rate.read" "See hourly rates, and what projects cost.";
    RateCreate "rate.create" "Write down an hourly rate.";
    RateUpdate "rate.update" "Change an hourly rate.";
    RateDelete "rate.delete" "Delete an hourly rate.";
    TimeLog "time.log" "Start a timer or write down time of one's own.";
    TimeStop "time.stop" "Stop one's timer.";
    TimeEdit "time.edit" "Change, delete or restore time that was written down.";
    CommentWrite "comment.write" "Write a comment on a task.";
    CommentEdit "comment.edit" "Edit a comment of one's own.";
    CommentDelete "comment.delete" "Delete or restore a comment.";
    ProjectCatalogRead "project_catalog.read" "See categories of projects and what belongs to them.";
    ProjectCategoryCreate "project_category.create" "Create a category of projects.";
    ProjectCategoryUpdate "project_category.update" "Rename a category of projects, or move it.";
    ProjectCategoryDelete "project_category.delete" "Delete a category of projects that nothing is in.";
    PhaseDefinitionCreate "phase_definition.create" "Create a kind of phase.";
    PhaseDefinitionUpdate "phase_definition.update" "Rename or archive a kind of phase.";
    PhaseDefinitionDelete "phase_definition.delete" "Delete a kind of phase that no phase is of.";
    ProjectTemplateCreate "project_template.create" "Create a template of projects.";
    ProjectTemplateUpdate "project_template.update" "Change, archive or take up a template of projects.";
}

/// The name of an action that is none of the engine's own; see [`Action::named`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherAction(&'static str);

impl Action {
    /// The action of this name: the engine's own of it, else one of a host or of a kind of records. The
    /// policy has no row for those: only the engine's own are authorized by it. A name has at most 100
    /// bytes.
    ///
    /// ```
    /// use erp_core::policy::Action;
    ///
    /// const DANCE: Action = Action::named("robot.dance");
    /// assert_eq!(DANCE.as_str(), "robot.dance");
    /// assert_eq!(Action::named("chat.post"), Action::ChatPost);
    /// ```
    pub const fn named(name: &'static str) -> Self {
        let mut index = 0;
        while index < Self::ALL.len() {
            if is_same(Self::ALL[index].as_str(), name) {
                return Self::ALL[index];
            }
            index += 1;
        }
        Self::Other(OtherAction(name))
    }

    /// The action that a log has under this name, which may be unknown here. A process keeps a bounded
    /// number of unknown names, of bounded length; what comes beyond is named `other`.
    pub fn read(name: &str) -> Self {
        match Self::own(name) {
            Some(own) => own,
            None => Self::Other(OtherAction(OTHERS.intern(name).unwrap_or("other"))),
        }
    }

    /// Notes that there is this action, so that it can be asked for by its name.
    pub(crate) fn note(self) -> Self {
        if let Self::Other(other) = self {
            OTHERS.keep(other.0);
        }
        self
    }

    fn own(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == name)
    }

    /// Reads an action as [`Action::read`] does.
    pub(crate) fn read_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::read(&Cow::<'de, str>::deserialize(deserializer)?))
    }
}

/// Whether two texts are the same, where `==` cannot be asked yet.
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

/// A text that names no action that is known in this process.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown action `{0}`")]
pub struct UnknownAction(pub String);

impl FromStr for Action {
    type Err = UnknownAction;
    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Self::own(text)
            .or_else(|| OTHERS.find(text).map(|name| Self::Other(OtherAction(name))))
            .ok_or_else(|| UnknownAction(text.to_owned()))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_read_back_by_its_name() {
        for action in Action::ALL {
            assert_eq!(Action::read(action.as_str()), *action);
            assert_eq!(action.as_str().parse(), Ok(*action));
            assert_eq!(Action::named(action.as_str()), *action, "and is none of others");
        }
    }

    #[test]
    fn an_unknown_action_is_read_and_is_known_from_then_on() {
        let name = "robot.sing";
        assert!(name.parse::<Action>().is_err());
        assert!(serde_json::from_value::<Action>(name.into()).is_err(), "nobody asks for it");
        let read = Action::read(name);
        assert_eq!((read, read.as_str()), (Action::named(name), name));
        assert_eq!(name.parse(), Ok(read));
        assert!(!Action::ALL.contains(&read));
    }

    #[test]
    fn an_action_that_is_noted_can_be_asked_for() {
        const PAINT: Action = Action::named("robot.paint");
        assert!("robot.paint".parse::<Action>().is_err());
        PAINT.note();
        assert_eq!("robot.paint".parse(), Ok(PAINT));
    }

    #[test]
    fn a_name_that_is_too_long_is_not_kept() {
        assert_eq!(Action::read(&"x".repeat(10_000)).as_str(), "other");
    }

    #[test]
    fn names_are_the_same_only_as_a_whole() {
        assert!(is_same("a.b", "a.b") && is_same("", ""));
        for (one, other) in [("a.b", "a.bc"), ("a.bc", "a.b"), ("a.b", "a.c"), ("", "a")] {
            assert!(!is_same(one, other), "{one} {other}");
        }
    }
}
