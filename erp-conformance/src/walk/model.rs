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
mod records;
mod scopes;
mod stock;
mod task_parts;
mod tasks;

pub(super) use self::{catalog::Catalog, records::Records, stock::Stock};

use erp_core::{
    Conflict,
    access::{
        BUILT_IN_ROLES, BuiltInRole, KnownDevice, Role, RoleGrant, Session, Team, TeamNesting, User,
    },
    change::{
        Allocated, AuditEntry, Change, ChangeSet, Event, Guard, Idempotency, Position, Receipt,
        Version,
    },
    chat::{Member, Message, MessageEdit, Room},
    ids::{ProjectId, TeamId, UserId},
    port::{StoreError, StoreResult},
    projects::{
        Attachment, Checklist, Comment, Dependency, Milestone, Phase, Project, ProjectCalendar,
        ProjectMember, Task, TimeEntry, Watcher,
    },
    record::Stored,
    text::key as folded,
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
    /// Those of the records.
    pub(super) milestones: Vec<Stored<Milestone>>,
    /// Those that were set.
    pub(super) calendars: Vec<ProjectCalendar>,
    pub(super) phases: Vec<Phase>,
    /// Those that were put.
    pub(super) checklists: Vec<Checklist>,
    pub(super) watchers: Vec<(ProjectId, Watcher)>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) catalog: Catalog,
    pub(super) records: Records,
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
            records: Records::default(),
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
        let touched = set.touches();
        let (mut allocated, mut stock) = (Vec::new(), Vec::new());
        for (index, change) in set.changes.into_iter().enumerate() {
            let number = match change {
                Change::Access(change) => self.change_access(change).map(|()| None)?,
                Change::Chat(change) => self.change_chat(change)?,
                Change::Inventory(change) => {
                    let came_to = self.stock.change(change, set.audit.at)?;
                    stock.extend(came_to.map(|came_to| (index, came_to)));
                    None
                }
                Change::Projects(change) => self.change_projects(change)?,
                Change::Catalog(change) => self.change_catalog(change).map(|()| None)?,
                Change::Record(change) => self.change_record(change).map(|()| None)?,
            };
            allocated.push(Allocated { number });
        }
        touched.into_iter().for_each(|scope| self.raise(scope));
        let has_events = !set.events.is_empty();
        for mut event in set.events {
            if let Some(number) = event.slot.and_then(|slot| allocated[slot].number) {
                event.body.fill(number);
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
        let scope = guard.scope();
        if self.version(scope)? == Some(guard.version()) {
            Ok(())
        } else {
            Err(StoreError::Stale { entity: scope.kind.as_str(), current: None })
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

/// What a change allocates, if anything.
type Outcome = StoreResult<Option<i64>>;

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
    folded(one) == folded(other)
}
