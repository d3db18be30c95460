//! Retention and self-checks.

use std::sync::Arc;

use async_trait::async_trait;
use erp_core::{
    access::AuditAnchor,
    change::Position,
    chat::{Message, MessageKind, Seq},
    port::{Discrepancy, Maintenance, StoreResult},
    time::Timestamp,
};

use crate::{
    MemoryStore,
    state::{ProjectState, RoomState},
};

#[async_trait]
impl Maintenance for MemoryStore {
    async fn drop_events_before(&self, before: Timestamp) -> StoreResult<Position> {
        let mut state = self.state.write();
        let dropped = state.log.drop_before(before);
        let horizon = state.log.horizon();
        drop(state);
        // Freed outside the lock: it may be much.
        drop(dropped);
        Ok(horizon)
    }

    async fn drop_audit_before(&self, before: Timestamp) -> StoreResult<Vec<AuditAnchor>> {
        let mut anchors = Vec::new();
        // Month by month, so that others get the lock in between.
        while let Some(anchor) = self.state.write().audit.drop_month(before) {
            anchors.push(anchor);
        }
        Ok(anchors)
    }

    async fn purge_idempotency(&self, before: Timestamp) -> StoreResult<u64> {
        let mut state = self.state.write();
        let all = state.answers.len();
        state.answers.retain(|_, answer| answer.at >= before);
        Ok(gone(all, state.answers.len()))
    }

    async fn purge_sessions(&self, before: Timestamp) -> StoreResult<u64> {
        let mut state = self.state.write();
        let access = &mut state.domain.access;
        let ended = access.sessions.values().filter(|row| row.session.expires_at < before);
        let ended: Vec<_> = ended.map(|row| row.session.id).collect();
        for id in &ended {
            access.drop_session(*id);
        }
        let failures = state.failures.len();
        state.failures.retain(|_, failures| failures.last_at.is_some_and(|at| at >= before));
        Ok(gone(failures, state.failures.len()) + gone(ended.len(), 0))
    }

    async fn verify(&self) -> StoreResult<Vec<Discrepancy>> {
        let domain = self.state.read().domain.clone();
        let rooms = domain.chat.rooms.values().flat_map(|room| verify_room(room));
        let projects = domain.projects.projects.values();
        Ok(rooms.chain(projects.flat_map(|project| verify_project(project))).collect())
    }
}

fn gone(before: usize, after: usize) -> u64 {
    u64::try_from(before - after).unwrap_or(u64::MAX)
}

fn verify_room(state: &RoomState) -> Vec<Discrepancy> {
    let kept = &state.room;
    let total = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let is = |kind| move |message: &&Arc<Message>| message.kind == kind;
    let system = total(state.messages.iter().filter(is(MessageKind::System)).count());
    let deleted = state.messages.iter().filter(is(MessageKind::User));
    let deleted = total(deleted.filter(|message| message.deleted_at.is_some()).count());
    let members = state.members.values().map(|member| &member.written);
    let written = members.chain(state.left.values()).map(|seqs| seqs.count_after(Seq(0))).sum();
    let messages = total(state.messages.len());
    [
        ("room.member_count", kept.member_count, total(state.members.len())),
        ("room.last_seq", kept.last_seq.0, messages),
        ("room.system", state.system.count_after(Seq(0)), system),
        ("room.deleted", total(state.deleted.len()), deleted),
        ("room.written", written, messages - system),
    ]
    .into_iter()
    .filter(|(_, stored, actual)| stored != actual)
    .map(|(counter, stored, actual)| Discrepancy { counter, id: kept.id.uuid(), stored, actual })
    .collect()
}

fn verify_project(state: &ProjectState) -> Vec<Discrepancy> {
    let kept = &state.project;
    let total = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let tasks = total(state.tasks.len());
    [
        ("project.member_count", kept.member_count, total(state.members.len())),
        ("project.last_task", kept.last_task, tasks),
        ("project.numbers", total(state.by_number.len()), tasks),
        ("project.dependencies", total(state.before.len()), total(state.after.len())),
    ]
    .into_iter()
    .filter(|(_, stored, actual)| stored != actual)
    .map(|(counter, stored, actual)| Discrepancy { counter, id: kept.id.uuid(), stored, actual })
    .collect()
}
