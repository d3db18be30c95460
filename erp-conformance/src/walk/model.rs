//! What a store is, as plainly as it can be said: lists that are searched from end to end, and a
//! copy of everything before each commit. It is slow and has no other virtue than being obvious.

mod access;
mod catalog;
mod chat;
mod lots;
mod masters;
mod phases;
mod plan;
mod projects;
mod stock;
mod task_parts;
mod tasks;

pub(super) use self::{catalog::Catalog, stock::Stock};

use erp_core::{
    Conflict,
    access::{
        BUILT_IN_ROLES, BuiltInRole, KnownDevice, Role, RoleGrant, Session, Team, TeamNesting, User,
    },
    change::{
        Allocated, AuditEntry, Change, ChangeSet, Event, Guard, Idempotency, Position, Receipt,
        Version,
    },
    chat::{Member, Message, MessageEdit, Room, Seq},
    ids::{ProjectId, RoomId, TeamId, UserId},
    port::{StoreError, StoreResult},
    projects::{
        Attachment, Checklist, Comment, Dependency, Milestone, Phase, Project, ProjectCalendar,
        ProjectMember, Task, TimeEntry, Watcher,
    },
};

/// A user with his password's hash.
#[derive(Clone, Debug)]
pub(super) struct UserRow {
    pub(super) user: User,
    pub(super) password: Option<String>,
}

/// A request that was answered.
#[derive(Clone, Debug)]
struct Answered {
    request: Idempotency,
    allocated: Vec<Allocated>,
}

#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) users: Vec<UserRow>,
    pub(super) sessions: Vec<(Session, [u8; 32])>,
    pub(super) devices: Vec<KnownDevice>,
    pub(super) roles: Vec<Role>,
    pub(super) grants: Vec<RoleGrant>,
    pub(super) teams: Vec<Team>,
    pub(super) team_members: Vec<(TeamId, UserId)>,
    pub(super) nestings: Vec<TeamNesting>,
    pub(super) graph: Version,
    pub(super) rooms: Vec<Room>,
    pub(super) members: Vec<Member>,
    pub(super) messages: Vec<Message>,
    pub(super) edits: Vec<MessageEdit>,
    pub(super) projects: Vec<Project>,
    pub(super) project_members: Vec<ProjectMember>,
    pub(super) tasks: Vec<Task>,
    pub(super) edges: Vec<(ProjectId, Dependency)>,
    pub(super) times: Vec<TimeEntry>,
    /// The versions of the timesheets that were touched.
    pub(super) sheets: Vec<(UserId, Version)>,
    pub(super) comments: Vec<Comment>,
    pub(super) milestones: Vec<Milestone>,
    /// Those that were set.
    pub(super) calendars: Vec<ProjectCalendar>,
    pub(super) phases: Vec<Phase>,
    /// Those that were put.
    pub(super) checklists: Vec<Checklist>,
    pub(super) watchers: Vec<(ProjectId, Watcher)>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) catalog: Catalog,
    pub(super) stock: Stock,
    pub(super) audit: Vec<AuditEntry>,
    pub(super) events: Vec<Event>,
    answered: Vec<Answered>,
}

impl Model {
    /// A fresh store, whose access graph and trees of item and of project categories have these
    /// versions.
    pub(super) fn new(graph: Version, items: Version, projects: Version) -> Self {
        Self {
            users: vec![],
            sessions: vec![],
            devices: vec![],
            roles: BUILT_IN_ROLES.iter().map(BuiltInRole::role).collect(),
            grants: vec![],
            teams: vec![],
            team_members: vec![],
            nestings: vec![],
            graph,
            rooms: vec![],
            members: vec![],
            messages: vec![],
            edits: vec![],
            projects: vec![],
            project_members: vec![],
            tasks: vec![],
            edges: vec![],
            times: vec![],
            sheets: vec![],
            comments: vec![],
            milestones: vec![],
            calendars: vec![],
            phases: vec![],
            checklists: vec![],
            watchers: vec![],
            attachments: vec![],
            catalog: Catalog::new(projects),
            stock: Stock::new(items),
            audit: vec![],
            events: vec![],
            answered: vec![],
        }
    }

    /// All of the set, or nothing.
    pub(super) fn commit(&mut self, set: ChangeSet) -> StoreResult<Receipt> {
        let mut after = self.clone();
        let receipt = after.apply(set)?;
        *self = after;
        Ok(receipt)
    }

    fn apply(&mut self, set: ChangeSet) -> StoreResult<Receipt> {
        if let Some(request) = &set.idempotency {
            let same_key = |one: &&Answered| {
                one.request.actor == request.actor && one.request.key == request.key
            };
            if let Some(first) = self.answered.iter().find(same_key) {
                return first.again(request);
            }
        }
        for guard in &set.guards {
            self.check(*guard)?;
        }
        let touches_graph = set.changes.iter().any(touches_graph);
        let rosters = touched_rosters(&set.changes);
        let changes = set.changes.clone();
        let (mut allocated, mut stock) = (Vec::new(), Vec::new());
        for (index, change) in set.changes.into_iter().enumerate() {
            let seq = match change {
                Change::Access(change) => self.change_access(change).map(|()| None)?,
                Change::Chat(change) => self.change_chat(change)?,
                Change::Inventory(change) => {
                    let came_to = self.stock.change(change, set.audit.at)?;
                    stock.extend(came_to.map(|came_to| (index, came_to)));
                    None
                }
                Change::Projects(change) => self.change_projects(change)?,
                Change::Catalog(change) => self.change_catalog(change).map(|()| None)?,
            };
            allocated.push(Allocated { seq });
        }
        if touches_graph {
            self.graph = self.graph.next();
        }
        if changes.iter().any(touches_item_categories) {
            self.stock.tree = self.stock.tree.next();
        }
        if changes.iter().any(touches_project_categories) {
            self.catalog.tree = self.catalog.tree.next();
        }
        for room in self.rooms.iter_mut().filter(|room| rosters.contains(&room.id)) {
            room.roster = room.roster.next();
        }
        self.raise_projects(&changes);
        let has_events = !set.events.is_empty();
        for mut event in set.events {
            if let Some(seq) = event.slot.and_then(|slot| allocated[slot].seq) {
                event.body.fill(seq);
            }
            let moved = stock.iter().find(|(index, _)| Some(*index) == event.slot);
            if let Some((_, came_to)) = moved {
                event.body.fill_stock(came_to);
            }
            self.events.push(Event {
                position: Position::START,
                at: set.audit.at,
                actor: set.audit.actor,
                body: event.body,
                audience: event.audience,
                exclude: event.exclude,
            });
        }
        self.audit.push(set.audit);
        if let Some(request) = set.idempotency {
            self.answered.push(Answered { request, allocated: allocated.clone() });
        }
        let position = has_events.then_some(Position::START);
        Ok(Receipt { position, allocated, replayed: None, stock })
    }

    fn check(&self, guard: Guard) -> StoreResult<()> {
        let (entity, present, wanted) = match guard {
            Guard::AccessGraph(version) => ("access_graph", Some(self.graph), version),
            Guard::Roster { room, version } => ("roster", Some(self.room(room)?.roster), version),
            Guard::ItemCategories(version) => ("item_categories", Some(self.stock.tree), version),
            Guard::ProjectCategories(version) => {
                ("project_categories", Some(self.catalog.tree), version)
            }
            Guard::ProjectRoster { .. }
            | Guard::TaskGraph { .. }
            | Guard::Phases { .. }
            | Guard::Task { .. }
            | Guard::Timesheet { .. } => self.project_guard(guard)?,
        };
        if present == Some(wanted) {
            Ok(())
        } else {
            Err(StoreError::Stale { entity, current: None })
        }
    }
}

impl Answered {
    fn again(&self, request: &Idempotency) -> StoreResult<Receipt> {
        if self.request.fingerprint != request.fingerprint {
            return Err(Conflict::IdempotencyKeyReused.into());
        }
        Ok(Receipt {
            position: None,
            allocated: self.allocated.clone(),
            replayed: Some(self.request.answer.clone()),
            stock: Vec::new(),
        })
    }
}

fn touches_graph(change: &Change) -> bool {
    matches!(change, Change::Access(change) if change.touches_graph())
}

fn touches_item_categories(change: &Change) -> bool {
    matches!(change, Change::Inventory(change) if change.touches_categories())
}

fn touches_project_categories(change: &Change) -> bool {
    matches!(change, Change::Catalog(change) if change.touches_categories())
}

fn touched_rosters(changes: &[Change]) -> Vec<RoomId> {
    let touched = changes.iter().filter_map(|change| match change {
        Change::Chat(change) => change.roster(),
        _ => None,
    });
    touched.collect()
}

/// What a change allocates, if anything.
type Outcome = StoreResult<Option<Seq>>;

fn missing(entity: &'static str) -> StoreError {
    StoreError::NotFound { entity }
}

fn exists(entity: &'static str) -> StoreError {
    Conflict::Exists { entity: entity.into() }.into()
}

/// The version that is expected must be the present one, and rises.
fn raise(entity: &'static str, version: &mut Version, expected: Version) -> StoreResult<()> {
    if *version != expected {
        return Err(StoreError::Stale { entity, current: Some(*version) });
    }
    *version = version.next();
    Ok(())
}

/// The version that follows: of a new thing none is expected, of another the present one.
fn follow(
    entity: &'static str,
    present: Option<Version>,
    expected: Option<Version>,
) -> StoreResult<Version> {
    match (present, expected) {
        (Some(_), None) => Err(exists(entity)),
        (None, Some(_)) => Err(missing(entity)),
        (None, None) => Ok(Version::FIRST),
        (Some(mut present), Some(expected)) => {
            raise(entity, &mut present, expected)?;
            Ok(present)
        }
    }
}

fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
