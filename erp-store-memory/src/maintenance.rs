//! Retention and self-checks.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use erp_core::{
    access::AuditAnchor,
    change::Position,
    chat::{Message, MessageKind, Seq},
    ids::{LotId, WarehouseId},
    inventory::{StockKey, StockLevel},
    money::Decimal,
    port::{Discrepancy, Maintenance, StoreResult},
    time::Timestamp,
};

use crate::{
    MemoryStore,
    map::Key,
    state::{Domain, ProjectState, RoomState, StockState},
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
        let old = access.devices.values().filter(|device| device.expires_at < before);
        let old: Vec<_> = old.map(|device| device.token).collect();
        for token in &old {
            access.drop_device(*token);
        }
        let ended = ended.len() + old.len();
        let failures = state.failures.len();
        state.failures.retain(|failures| failures.last_at.is_some_and(|at| at >= before));
        Ok(gone(failures, state.failures.len()) + gone(ended, 0))
    }

    async fn verify(&self) -> StoreResult<Vec<Discrepancy>> {
        let Domain { chat, inventory, projects, .. } = self.state.read().domain.clone();
        let rooms = chat.rooms.values().flat_map(verify_room);
        let projects = projects.projects.values().flat_map(verify_project);
        let stock = verify_stock(&inventory.stock).into_iter().chain(verify_lots(&inventory.stock));
        Ok(rooms.chain(projects).chain(stock).collect())
    }
}

/// Sums by pairs of ids.
#[derive(Default)]
struct Sums(BTreeMap<(u128, u128), [Decimal; 3]>);

impl Sums {
    fn of(&mut self, pair: impl Key<Raw = (u128, u128)>) -> &mut [Decimal; 3] {
        self.0.entry(pair.raw()).or_default()
    }

    fn take(&mut self, pair: impl Key<Raw = (u128, u128)>) -> [Decimal; 3] {
        self.0.remove(&pair.raw()).unwrap_or_default()
    }

    fn each<K: Key<Raw = (u128, u128)>>(self) -> impl Iterator<Item = (K, [Decimal; 3])> {
        self.0.into_iter().map(|(pair, sums)| (K::of_raw(pair), sums))
    }
}

/// Balances against the ledger and the reservations, in millionths.
fn verify_stock(stock: &StockState) -> Vec<Discrepancy> {
    let mut sums = Sums::default();
    for movement in stock.movements.values() {
        let [quantity, value, _] = sums.of((movement.item, movement.warehouse));
        *quantity += movement.quantity;
        *value += movement.value;
    }
    for reservation in stock.reservations.values() {
        let [_, _, reserved] = sums.of(reservation.key());
        *reserved += reservation.remaining();
    }
    let mut found = Vec::new();
    for (key, balance) in stock.balances.iter() {
        let [quantity, value, reserved] = sums.take(key);
        let StockLevel { on_hand, reserved: kept, value: worth, .. } = balance.level;
        let layers = &balance.layers;
        // Of what is not valued by FIFO there are none.
        let layered = |sum: Decimal, of: Decimal| if layers.is_empty() { of } else { sum };
        let layered = (
            layered(layers.iter().map(|layer| layer.quantity).sum(), on_hand),
            layered(layers.iter().map(|layer| layer.value).sum(), worth),
        );
        for (counter, stored, actual) in [
            ("stock.layers", layered.0, on_hand),
            ("stock.layers_value", layered.1, worth),
            ("stock.on_hand", on_hand, quantity),
            ("stock.value", worth, value),
            ("stock.reserved", kept, reserved),
        ] {
            if stored != actual {
                let (stored, actual) = (millionths(stored), millionths(actual));
                found.push(Discrepancy { counter, id: key.0.uuid(), stored, actual });
            }
        }
    }
    found
}

/// Lots against the ledger, and their sums against the balances, in millionths.
fn verify_lots(stock: &StockState) -> Vec<Discrepancy> {
    let mut differences = Sums::default();
    let mut sums = Sums::default();
    for (place, on_hand) in stock.lots.on_hand.iter() {
        let [stored, ..] = differences.of(place);
        *stored = on_hand;
    }
    for movement in stock.movements.values() {
        let Some(lot) = movement.lot else { continue };
        let [_, moved, _] = differences.of((lot, movement.warehouse));
        *moved += movement.quantity;
        let [sum, ..] = sums.of((movement.item, movement.warehouse));
        *sum += movement.quantity;
    }
    let lots =
        differences.each().map(|((lot, _), [stored, moved, _]): ((LotId, WarehouseId), _)| {
            ("lot.on_hand", lot.uuid(), (stored, moved))
        });
    let balances = sums.each().map(|(key, [sum, ..]): (StockKey, _)| {
        let on_hand = stock.balances.get(&key).map(|balance| balance.level.on_hand);
        ("stock.lots", key.0.uuid(), (sum, on_hand.unwrap_or_default()))
    });
    lots.chain(balances)
        .filter(|(_, _, (stored, actual))| stored != actual)
        .map(|(counter, id, (stored, actual))| {
            let (stored, actual) = (millionths(stored), millionths(actual));
            Discrepancy { counter, id, stored, actual }
        })
        .collect()
}

fn millionths(number: Decimal) -> i64 {
    number
        .checked_mul(Decimal::from(1_000_000))
        .and_then(|it| i64::try_from(it).ok())
        .unwrap_or(i64::MAX)
}

fn gone(before: usize, after: usize) -> u64 {
    u64::try_from(before - after).unwrap_or(u64::MAX)
}

fn verify_room(state: &RoomState) -> Vec<Discrepancy> {
    let kept = &state.room;
    let total = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let is = |kind| move |message: &&Arc<Message>| message.kind == kind;
    let silent = total(state.messages.iter().filter(|message| !message.kind.counts()).count());
    let deleted = state.messages.iter().filter(is(MessageKind::User));
    let deleted = total(deleted.filter(|message| message.deleted_at.is_some()).count());
    let members = state.members.values().map(|member| &member.written);
    let written = members.chain(state.left.values()).map(|seqs| seqs.count_after(Seq(0))).sum();
    let messages = total(state.messages.len());
    [
        ("room.member_count", kept.member_count, total(state.members.len())),
        ("room.last_seq", kept.last_seq.0, messages),
        ("room.silent", state.silent.count_after(Seq(0)), silent),
        ("room.deleted", total(state.deleted.len()), deleted),
        ("room.written", written, messages - silent),
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
