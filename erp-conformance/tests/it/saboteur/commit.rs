//! Faults of the write.

use erp_core::{
    access::{AccessChange, RevokedSessions, UserQuery, UserStatus},
    change::{Audience, Change, ChangeSet, Receipt, Scope, ScopeKind, Version},
    chat::{ChatChange, MessageKind, PointerMove, Seq},
    ctx::Actor,
    error::Conflict,
    ids::{AuditId, MessageId, ProjectId, RoomId, TaskId, UserId},
    inventory::ItemCategory,
    policy::Action,
    port::{StoreError, StoreResult},
    projects::ProjectCategory,
    record::Record as _,
    time::Timestamp,
};
use uuid::Uuid;

use super::{Fault, Saboteur};

impl Saboteur {
    pub(super) async fn sabotaged_commit(&self, mut set: ChangeSet) -> StoreResult<Receipt> {
        match self.fault {
            Fault::AuditEntryLost if set.audit.action == Action::ChatPost => {
                self.notes().hidden_audit.insert(set.audit.id);
            }
            Fault::LastEventLost if set.events.len() > 1 => drop(set.events.pop()),
            Fault::EventTwice => set.events.extend(set.events.last().cloned()),
            Fault::SlotNotFilled => set.events.iter_mut().for_each(|event| event.slot = None),
            Fault::AudienceWidened => {
                set.events.iter_mut().for_each(|event| event.audience = vec![Audience::Everyone]);
            }
            Fault::GuardsIgnored => set.guards.clear(),
            Fault::GuardsCheckedBeforeTheLock => {
                self.check_guards(&set).await?;
                tokio::task::yield_now().await;
                set.guards.clear();
            }
            Fault::GuardsBeforeIdempotency => self.check_guards(&set).await?,
            Fault::RosterNotRaised => {
                set.guards.retain(|guard| guard.scope().kind != ScopeKind::ROSTER);
            }
            Fault::IdempotencyIgnored => set.idempotency = None,
            Fault::OtherBodyReplayed => {
                set.idempotency.iter_mut().for_each(|record| record.fingerprint = [0; 32]);
            }
            Fault::KeySharedByActors => {
                set.idempotency.iter_mut().for_each(|record| record.actor = Actor::System);
            }
            Fault::KeyOfFailedSetKept => return self.keeping_failed_keys(set).await,
            Fault::SetHalfApplied => return self.applying_half(set).await,
            Fault::DroppedCommitHalfDone => return self.in_two_steps(set).await,
            Fault::SequenceGap => return self.leaving_gaps(set).await,
            Fault::SequenceGuessed => self.guess_sequences(&mut set).await?,
            Fault::ReservationKept => return self.keeping_reservations(set).await,
            _ => {}
        }
        // Each does what it knows of the fault, so that none is left out here.
        self.change_changes(&mut set).await?;
        self.sabotage_projects(&mut set).await?;
        self.sabotage_stock(&mut set);
        self.sabotage_records(&mut set);
        self.inner.commit(set).await
    }

    async fn change_changes(&self, set: &mut ChangeSet) -> StoreResult<()> {
        for change in &mut set.changes {
            match (self.fault, change) {
                (Fault::VersionIgnored, Change::Chat(change)) => self.overlook(change).await?,
                (
                    Fault::PointerMovesBack,
                    Change::Chat(ChatChange::MovePointer { room, user, to }),
                ) => {
                    let access = self.inner.chat().access(*room, *user).await?;
                    let read = access.and_then(|access| access.member).map(|one| one.read_seq);
                    if let (PointerMove::ForwardTo(seq), Some(read)) = (*to, read)
                        && seq < read
                    {
                        *to = PointerMove::BackBefore(Seq(seq.0 + 1));
                    }
                }
                (
                    Fault::DeletedAddressStaysTaken,
                    Change::Access(AccessChange::CreateUser { user, .. }),
                ) => {
                    let status = Some(UserStatus::Deleted);
                    let query = UserQuery { status, limit: 1_000, ..UserQuery::default() };
                    let deleted = self.inner.access().users(&query).await?;
                    if deleted.iter().any(|one| one.email.key() == user.email.key()) {
                        return Err(Conflict::taken("user", "email").into());
                    }
                }
                (
                    Fault::RevokingAllButOneRevokesAll,
                    Change::Access(AccessChange::RevokeSessions { which, .. }),
                ) => {
                    if matches!(which, RevokedSessions::AllBut(_)) {
                        *which = RevokedSessions::All;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn overlook(&self, change: &mut ChatChange) -> StoreResult<()> {
        if let ChatChange::EditMessage { id, expected, .. } = change
            && let Some(message) = self.inner.chat().message(*id).await?
        {
            *expected = message.version;
        }
        Ok(())
    }

    async fn check_guards(&self, set: &ChangeSet) -> StoreResult<()> {
        for guard in &set.guards {
            let present = self.version(guard.scope(), set.at()).await?;
            if present != guard.version() {
                return Err(StoreError::Stale { entity: "access_graph", current: None });
            }
        }
        Ok(())
    }

    async fn version(&self, scope: Scope, at: Timestamp) -> StoreResult<Version> {
        let (projects, id) = (self.inner.projects(), scope.id.unwrap_or_default());
        Ok(match scope.kind {
            ScopeKind::ACCESS_GRAPH => self.inner.access().graph_version().await?,
            ScopeKind::ROSTER => {
                let room = self.inner.chat().room(RoomId::from_uuid(id)).await?;
                room.map_or(Version(0), |room| room.roster)
            }
            ScopeKind::ITEM_CATEGORIES => self.tree_version(ItemCategory::KIND).await?,
            ScopeKind::PROJECT_CATEGORIES => self.tree_version(ProjectCategory::KIND).await?,
            ScopeKind::TASK => {
                let task = projects.task(TaskId::from_uuid(id)).await?;
                task.map_or(Version(0), |task| task.version)
            }
            ScopeKind::TIMESHEET => {
                projects.timesheet(UserId::from_uuid(id), at, None).await?.version
            }
            kind => {
                let project = projects.project(ProjectId::from_uuid(id)).await?;
                project.map_or(Version(0), |project| match kind {
                    ScopeKind::PROJECT_ROSTER => project.roster,
                    ScopeKind::TASK_GRAPH => project.graph,
                    _ => project.phases,
                })
            }
        })
    }

    async fn keeping_failed_keys(&self, set: ChangeSet) -> StoreResult<Receipt> {
        let record = set.idempotency.clone().map(|one| (one.actor, one.key, one.answer));
        if let Some((actor, key, _)) = &record {
            let notes = self.notes();
            let failed = notes.failed_keys.iter().find(|one| one.0 == *actor && one.1 == *key);
            if let Some((.., answer)) = failed {
                return Ok(Receipt { replayed: Some(answer.clone()), ..Receipt::default() });
            }
        }
        let result = self.inner.commit(set).await;
        if result.is_err() {
            self.notes().failed_keys.extend(record);
        }
        result
    }

    async fn applying_half(&self, set: ChangeSet) -> StoreResult<Receipt> {
        let result = self.inner.commit(set.clone()).await;
        if result.is_err() && set.changes.len() > 1 {
            let mut half = set;
            half.changes.truncate(1);
            half.events.clear();
            half.guards.clear();
            half.idempotency = None;
            // It may fail as well: then there is no half of it.
            drop(self.inner.commit(half).await);
        }
        result
    }

    async fn in_two_steps(&self, mut set: ChangeSet) -> StoreResult<Receipt> {
        let mut events = set.clone();
        set.events.clear();
        let receipt = self.inner.commit(set).await?;
        if receipt.replayed.is_some() || events.events.is_empty() {
            return Ok(receipt);
        }
        tokio::task::yield_now().await;
        for event in &mut events.events {
            if let Some(number) = event.slot.take().and_then(|slot| receipt.number(slot).ok()) {
                event.body.fill(number);
            }
        }
        events.changes.clear();
        events.guards.clear();
        events.idempotency = None;
        events.audit.id = AuditId::from_uuid(flipped(events.audit.id.uuid()));
        self.notes().hidden_audit.insert(events.audit.id);
        let position = self.inner.commit(events).await?.position;
        Ok(Receipt { position, ..receipt })
    }

    /// Every third message is followed by one that nobody sees.
    async fn leaving_gaps(&self, set: ChangeSet) -> StoreResult<Receipt> {
        let receipt = self.inner.commit(set.clone()).await?;
        let Some(Change::Chat(ChatChange::AppendMessage { room, author, at, format, .. })) =
            set.changes.first().cloned()
        else {
            return Ok(receipt);
        };
        self.notes().appended += 1;
        if !self.notes().appended.is_multiple_of(3) {
            return Ok(receipt);
        }
        let mut hidden = set;
        hidden.audit.id = AuditId::from_uuid(flipped(hidden.audit.id.uuid()));
        let id = MessageId::from_uuid(flipped(hidden.audit.id.uuid()));
        let (kind, body) = (MessageKind::System, String::new());
        hidden.changes =
            vec![ChatChange::AppendMessage { id, room, author, kind, format, body, at }.into()];
        hidden.events.clear();
        hidden.idempotency = None;
        self.notes().hidden_audit.insert(hidden.audit.id);
        self.notes().hidden_messages.insert(id);
        self.inner.commit(hidden).await?;
        Ok(receipt)
    }

    /// Reads the room's last number first, and writes the next one into the event by itself.
    async fn guess_sequences(&self, set: &mut ChangeSet) -> StoreResult<()> {
        for event in &mut set.events {
            let change = event.slot.and_then(|slot| set.changes.get(slot));
            let Some(Change::Chat(ChatChange::AppendMessage { room, .. })) = change else {
                continue;
            };
            if let Some(room) = self.inner.chat().room(*room).await? {
                event.slot = None;
                event.body.fill(room.last_seq.0 + 1);
            }
        }
        tokio::task::yield_now().await;
        Ok(())
    }
}

/// Another id that follows from this one.
fn flipped(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128() ^ 0xffff)
}
