//! The one write: all of a change set, or nothing of it.

use erp_core::{
    access::AccessChange,
    change::{Allocated, Change, ChangeSet, Guard, Receipt, Version},
    chat::ChatChange,
    ids::{ProjectId, RoomId, UserId},
    inventory::StockOutcome,
    port::{StoreError, StoreResult},
    projects::Project,
    time::Timestamp,
};

use crate::{
    apply::Applied,
    order::distinct,
    state::{Answer, Domain, ProjectState, State, TimesheetState},
};

impl State {
    /// Writes the set. Errors are told in this order: a used idempotency key, the guards in their
    /// order, the changes in theirs.
    pub fn commit(&mut self, mut set: ChangeSet) -> StoreResult<Receipt> {
        if let Some(first) = self.first_answer(&set) {
            return first;
        }
        self.domain.check(&set.guards)?;
        check_slots(&set)?;
        let changes = std::mem::take(&mut set.changes);
        let (allocated, stock) = self.domain.write(changes, set.audit.at)?;
        Ok(self.record(set, allocated, stock))
    }

    /// Writes sets that go together.
    pub fn commit_run(&mut self, sets: Vec<ChangeSet>) -> Vec<StoreResult<Receipt>> {
        let dated = sets.iter().all(|set| set.dated_posting().is_some());
        if sets.len() < 2 || !dated {
            return sets.into_iter().map(|set| self.commit(set)).collect();
        }
        let early =
            |set: &ChangeSet| self.first_answer(set).or_else(|| check_slots(set).err().map(Err));
        let mut answers: Vec<_> = sets.iter().map(early).collect();
        let open = sets.iter().zip(&answers).filter(|(_, answer)| answer.is_none());
        let open: Vec<_> =
            open.filter_map(|(set, _)| Some((set.dated_posting()?, set.at()))).collect();
        let mut came_to = self.domain.inventory.post_each(&open).into_iter();
        let lacking = || Err(StoreError::Internal("a set has no answer".to_owned()));
        let written = sets.into_iter().zip(&mut answers).map(|(set, answer)| {
            answer.take().unwrap_or_else(|| {
                let outcome = came_to.next().unwrap_or_else(lacking)?;
                Ok(self.record(set, vec![Allocated::default()], vec![(0, outcome)]))
            })
        });
        written.collect()
    }

    /// The answer that the set's idempotency key had before.
    fn first_answer(&self, set: &ChangeSet) -> Option<StoreResult<Receipt>> {
        let record = set.idempotency.as_ref()?;
        let first = self.answers.get(&(record.actor, record.key.clone()))?;
        Some(first.replay(record.fingerprint))
    }

    /// Writes what goes with the changes. Nothing fails here.
    fn record(
        &mut self,
        set: ChangeSet,
        allocated: Vec<Allocated>,
        stock: Vec<(usize, StockOutcome)>,
    ) -> Receipt {
        let ChangeSet { audit, along, events, idempotency, .. } = set;
        let (at, actor) = (audit.at, audit.actor);
        self.audit.insert(audit);
        along.into_iter().for_each(|entry| self.audit.insert(entry));
        let position = (!events.is_empty()).then(|| {
            for event in events {
                self.log.append(at, actor, event, &allocated, &stock);
            }
            self.log.settled()
        });
        if let Some(record) = idempotency {
            let (fingerprint, answer) = (record.fingerprint, record.answer);
            let first = Answer { fingerprint, answer, allocated: allocated.clone(), at };
            self.answers.insert((record.actor, record.key), first);
        }
        Receipt { position, allocated, replayed: None, stock }
    }
}

fn check_slots(set: &ChangeSet) -> StoreResult<()> {
    for slot in set.events.iter().filter_map(|event| event.slot) {
        if !set.changes.get(slot).is_some_and(allocates) {
            let fault = "an event's slot names a change that fills none";
            return Err(StoreError::Internal(fault.to_owned()));
        }
    }
    Ok(())
}

/// What the store has to tell of the changes: what was allocated for each, and what those of stock
/// came to.
type Written = (Vec<Allocated>, Vec<(usize, StockOutcome)>);

impl Answer {
    fn replay(&self, fingerprint: [u8; 32]) -> StoreResult<Receipt> {
        if self.fingerprint != fingerprint {
            return Err(erp_core::Conflict::IdempotencyKeyReused.into());
        }
        Ok(Receipt {
            position: None,
            allocated: self.allocated.clone(),
            replayed: Some(self.answer.clone()),
            stock: Vec::new(),
        })
    }
}

impl Domain {
    fn check(&self, guards: &[Guard]) -> StoreResult<()> {
        for guard in guards {
            let (entity, holds) = match guard {
                Guard::AccessGraph(version) => ("access_graph", *version == self.access.version),
                Guard::Roster { room, version } => {
                    let room = self.chat.rooms.get(room);
                    let room = room.ok_or(StoreError::NotFound { entity: "room" })?;
                    ("roster", room.room.roster == *version)
                }
                Guard::ItemCategories(version) => {
                    ("item_categories", *version == self.inventory.tree)
                }
                Guard::ProjectCategories(version) => {
                    ("project_categories", *version == self.catalog.tree)
                }
                Guard::ProjectRoster { project, version } => {
                    ("project_roster", self.project(*project)?.project.roster == *version)
                }
                Guard::TaskGraph { project, version } => {
                    ("task_graph", self.project(*project)?.project.graph == *version)
                }
                Guard::Phases { project, version } => {
                    ("phases", self.project(*project)?.project.phases == *version)
                }
                Guard::Task { project, task, version } => {
                    let task = self.project(*project)?.tasks.get(task);
                    ("task", task.is_some_and(|task| task.version == *version))
                }
                Guard::Timesheet { user, version } => {
                    let sheet = self.projects.timesheets.get(user);
                    let present = sheet.map_or(Version::FIRST, |sheet| sheet.version);
                    ("timesheet", present == *version)
                }
            };
            if !holds {
                return Err(StoreError::Stale { entity, current: None });
            }
        }
        Ok(())
    }

    fn raise(&mut self, projects: Vec<ProjectId>, which: fn(&mut Project) -> &mut Version) {
        for id in distinct(projects) {
            if let Some(project) = self.projects.projects.get_mut(&id) {
                let version = which(&mut project.project);
                *version = version.next();
            }
        }
    }

    fn project(&self, id: ProjectId) -> StoreResult<&ProjectState> {
        let project = self.projects.projects.get(&id);
        project.ok_or(StoreError::NotFound { entity: "project" })
    }

    fn write(&mut self, changes: Vec<Change>, at: Timestamp) -> StoreResult<Written> {
        let raised = Raised::by(&changes);
        // Each change checks everything before it writes, so one alone needs no way back. The way
        // back for more is the root as it was; writing beside it copies the paths it touches.
        let before = (changes.len() > 1).then(|| self.clone());
        let written: StoreResult<Vec<Applied>> =
            changes.into_iter().map(|change| self.apply(change, at)).collect();
        match (&written, before) {
            (Ok(_), _) => raised.apply(self),
            (Err(_), Some(before)) => *self = before,
            (Err(_), None) => {}
        }
        let (mut allocated, mut stock) = (Vec::new(), Vec::new());
        for (index, applied) in written?.into_iter().enumerate() {
            allocated.push(applied.allocated);
            stock.extend(applied.stock.map(|outcome| (index, outcome)));
        }
        Ok((allocated, stock))
    }
}

/// The versions that a whole set raises by one.
#[derive(Default)]
struct Raised {
    graph: bool,
    rosters: Vec<RoomId>,
    categories: bool,
    project_categories: bool,
    project_rosters: Vec<ProjectId>,
    task_graphs: Vec<ProjectId>,
    phases: Vec<ProjectId>,
    timesheets: Vec<UserId>,
}

impl Raised {
    fn by(changes: &[Change]) -> Self {
        let mut raised = Self::default();
        for change in changes {
            match change {
                Change::Access(change) => raised.graph |= AccessChange::touches_graph(change),
                Change::Chat(change) => raised.rosters.extend(change.roster()),
                Change::Inventory(change) => raised.categories |= change.touches_categories(),
                Change::Catalog(change) => {
                    raised.project_categories |= change.touches_categories();
                }
                Change::Projects(change) => {
                    if change.touches_roster() {
                        raised.project_rosters.push(change.project());
                    }
                    if change.touches_graph() {
                        raised.task_graphs.push(change.project());
                    }
                    if change.touches_phases() {
                        raised.phases.push(change.project());
                    }
                    raised.timesheets.extend(change.timesheet());
                }
            }
        }
        raised
    }

    fn apply(self, domain: &mut Domain) {
        if self.graph {
            domain.access.version = domain.access.version.next();
        }
        for room in distinct(self.rosters) {
            if let Some(room) = domain.chat.rooms.get_mut(&room) {
                let room = &mut room.room;
                room.roster = room.roster.next();
            }
        }
        if self.categories {
            domain.inventory.tree = domain.inventory.tree.next();
        }
        if self.project_categories {
            domain.catalog.tree = domain.catalog.tree.next();
        }
        domain.raise(self.project_rosters, |project| &mut project.roster);
        domain.raise(self.task_graphs, |project| &mut project.graph);
        domain.raise(self.phases, |project| &mut project.phases);
        for user in distinct(self.timesheets) {
            let raise = |sheet: &mut TimesheetState| sheet.version = sheet.version.next();
            domain.projects.timesheets.upsert(user, raise);
        }
    }
}

/// Whether the receipt has something for this change.
fn allocates(change: &Change) -> bool {
    match change {
        Change::Chat(change) => matches!(
            change,
            ChatChange::AppendMessage { .. }
                | ChatChange::MovePointer { .. }
                | ChatChange::AddMember { .. }
        ),
        Change::Inventory(change) => change.moves_stock(),
        Change::Projects(change) => change.allocates(),
        Change::Access(_) | Change::Catalog(_) => false,
    }
}
