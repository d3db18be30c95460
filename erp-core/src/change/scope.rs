//! Scopes: what has one version as a whole, and the guards that compare it.

use std::{collections::BTreeSet, fmt};

use uuid::Uuid;

use super::Version;
use crate::ids::{ProjectId, RoomId, TaskId, UserId};

/// What a scope is of, by name. A store keeps the versions of the kinds that it knows; a guard of
/// another kind is refused as a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeKind(&'static str);

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $text:literal;)*) => {
        impl ScopeKind {
            $($(#[$doc])* pub const $name: Self = Self::new($text);)*

            /// Every kind of the engine.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

kinds! {
    /// Users' states, roles, grants, teams and their members: one for the whole store.
    ACCESS_GRAPH "access_graph";
    /// The tree of item categories: one for the whole store.
    ITEM_CATEGORIES "item_categories";
    /// The phases of a project, what they may cost together, and which tasks are in one.
    PHASES "phases";
    /// The tree of categories of projects: one for the whole store.
    PROJECT_CATEGORIES "project_categories";
    /// The set of members of a project, with their roles.
    PROJECT_ROSTER "project_roster";
    /// The set of members of a room, with their roles.
    ROSTER "roster";
    /// A task by itself.
    TASK "task";
    /// Which task of a project is part of or waits for which, and what is deleted.
    TASK_GRAPH "task_graph";
    /// The set of a user's time entries.
    TIMESHEET "timesheet";
}

impl ScopeKind {
    /// The kind of this name.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for ScopeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What has one version as a whole: changes within it raise the version by one for each change set,
/// and a [`Guard`] compares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// What it is of.
    pub kind: ScopeKind,
    /// Which thing; none where there is one for the whole store.
    pub id: Option<Uuid>,
    /// The thing that this thing lies in, where its id alone does not say it: a guard also holds that it
    /// lies there.
    pub within: Option<Uuid>,
}

/// Several scopes, each once, in the one order of kind and id.
pub type Scopes = BTreeSet<Scope>;

impl Scope {
    /// The one scope of this kind.
    pub const fn whole(kind: ScopeKind) -> Self {
        Self { kind, id: None, within: None }
    }

    /// The scope of this kind that the thing of this id has.
    pub const fn of(kind: ScopeKind, id: Uuid) -> Self {
        Self { kind, id: Some(id), within: None }
    }

    /// Users' states, roles, grants, teams and their members.
    pub const fn access_graph() -> Self {
        Self::whole(ScopeKind::ACCESS_GRAPH)
    }

    /// The tree of item categories.
    pub const fn item_categories() -> Self {
        Self::whole(ScopeKind::ITEM_CATEGORIES)
    }

    /// The tree of categories of projects.
    pub const fn project_categories() -> Self {
        Self::whole(ScopeKind::PROJECT_CATEGORIES)
    }

    /// The members of a room.
    pub const fn roster(room: RoomId) -> Self {
        Self::of(ScopeKind::ROSTER, room.uuid())
    }

    /// The members of a project.
    pub const fn project_roster(project: ProjectId) -> Self {
        Self::of(ScopeKind::PROJECT_ROSTER, project.uuid())
    }

    /// The order of a project's tasks.
    pub const fn task_graph(project: ProjectId) -> Self {
        Self::of(ScopeKind::TASK_GRAPH, project.uuid())
    }

    /// The phases of a project.
    pub const fn phases(project: ProjectId) -> Self {
        Self::of(ScopeKind::PHASES, project.uuid())
    }

    /// A task of this project.
    pub const fn task(project: ProjectId, task: TaskId) -> Self {
        Self { within: Some(project.uuid()), ..Self::of(ScopeKind::TASK, task.uuid()) }
    }

    /// The time entries of a user.
    pub const fn timesheet(user: UserId) -> Self {
        Self::of(ScopeKind::TIMESHEET, user.uuid())
    }
}

/// A fact that was read before the decision and must still hold when the change is written. It
/// covers write skew: two changes, each legal alone, that together break a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// The scope is at this version when the write looks at it. A change of the scope that commits
    /// meanwhile counts as later: so it is for rights, but a ring would get through.
    Seen(Scope, Version),
    /// The scope is at this version, and stays there until the change is committed.
    Held(Scope, Version),
}

impl Guard {
    /// What is compared.
    pub const fn scope(&self) -> Scope {
        match self {
            Self::Seen(scope, _) | Self::Held(scope, _) => *scope,
        }
    }

    /// The version that the scope must be at.
    pub const fn version(&self) -> Version {
        match self {
            Self::Seen(_, version) | Self::Held(_, version) => *version,
        }
    }
}
