//! Chooses the next change set: mostly one that makes sense, sometimes one that must be refused.

use chrono::TimeDelta;
use erp_core::{
    Ctx,
    change::{
        Audience, BroadcastEvent, Change, ChangeSet, EntityRef, Guard, Idempotency, NewEvent,
        Scope, Version,
    },
    chat::{ChatChange, ChatEvent, Message, Seq},
    ctx::IdempotencyKey,
    ids::AuditId,
    policy::Action,
    port::{IdGenerator as _, SeededIds},
    time::Timestamp,
};
use serde_json::json;

use super::model::Model;
use crate::{Harness, random::Random};

/// How many keys requests share.
const KEYS: usize = 30;

pub(super) struct Generator {
    pub(super) random: Random,
    pub(super) ids: SeededIds,
    pub(super) now: Timestamp,
    /// Requests that a client may send again.
    keyed: Vec<ChangeSet>,
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        let ids = SeededIds::new(seed);
        Self { random: Random::new(seed), ids, now: Harness::start(), keyed: vec![] }
    }

    /// The next change set to try, for a store that is as the model is.
    pub(super) fn next(&mut self, model: &Model) -> ChangeSet {
        let pause = i64::try_from(self.random.below(100_000_000)).expect("it is small");
        self.now += TimeDelta::microseconds(pause);
        if !self.keyed.is_empty() && self.random.percent(6) {
            return self.again();
        }
        let mut set = self.empty(model);
        for _ in 0..self.size() {
            let change = self.change(model);
            let index = set.change(change);
            self.add_along(model, &mut set);
            if self.random.percent(70) {
                let event = self.event(model, &set.changes[index], index, set.audit.at);
                set.event(event);
            }
        }
        if let Some(origin) = self.origin_of_new(model, &set) {
            set.change(origin);
        }
        self.add_guards(model, &mut set);
        if self.random.percent(20) {
            self.add_key(&mut set);
        }
        set
    }

    /// Yes, in so many of a hundred cases: what is rare here is mostly refused.
    pub(super) fn rarely(&mut self) -> bool {
        self.random.percent(4)
    }

    /// The present version, or now and then another.
    pub(super) fn expected(&mut self, present: Version) -> Version {
        let other = Version(present.0 + 1 - 2 * (present.0 % 2));
        if self.random.percent(14) { other } else { present }
    }

    fn size(&mut self) -> usize {
        if self.random.percent(75) { 1 } else { 1 + self.random.below(4) }
    }

    fn empty(&mut self, model: &Model) -> ChangeSet {
        let mut ctx = Ctx::system();
        if !model.users.is_empty() && self.random.percent(70) {
            ctx = Ctx::user(self.random.pick(&model.users).user.id);
        }
        let action = *self.random.pick(Action::ALL);
        let kind = *self.random.pick(&["user", "room", "message", "team", "task"]);
        let id = self.ids.uuid();
        let entity = if kind == "task" && !model.projects.is_empty() {
            EntityRef::in_project(kind, id, self.random.pick(&model.projects).id)
        } else {
            EntityRef::new(kind, id)
        };
        ChangeSet::new(&ctx, action, entity, self.now, AuditId::generate(&self.ids))
    }

    fn change(&mut self, model: &Model) -> Change {
        let few_users = model.users.len() < 4;
        if few_users || self.random.percent(20) {
            return self.access_change(model).into();
        }
        if self.random.percent(20) {
            return self.stock_change(model);
        }
        if self.random.percent(45) {
            return self.project_change(model).into();
        }
        if self.random.percent(25) {
            return self.catalog_change(model).into();
        }
        if self.random.percent(30) {
            return self.record_change(model).into();
        }
        self.chat_change(model).into()
    }

    /// An event of this change: of a post with its number to be filled in, else a broadcast.
    fn event(&mut self, model: &Model, change: &Change, index: usize, at: Timestamp) -> NewEvent {
        if let Some(event) = self.project_event(change, index) {
            return event;
        }
        if let Some(event) = self.stock_event(change, index) {
            return event;
        }
        let audience = match change {
            Change::Chat(ChatChange::MovePointer { room, user, .. }) => {
                let moved = ChatEvent::ReadMoved { room: *room, user: *user, seq: Seq(0) };
                return NewEvent::new(moved, [Audience::User(*user)]).filled_by(index);
            }
            Change::Chat(ChatChange::AppendMessage {
                id,
                room,
                author,
                kind,
                format,
                body,
                ..
            }) => {
                let posted = ChatEvent::MessagePosted(Message {
                    id: *id,
                    room: *room,
                    seq: Seq(0),
                    author: *author,
                    kind: *kind,
                    format: *format,
                    body: body.clone(),
                    created_at: at,
                    edited_at: None,
                    deleted_at: None,
                    version: Version::FIRST,
                });
                return NewEvent::new(posted, [Audience::Room(*room)]).filled_by(index);
            }
            _ if model.users.is_empty() || self.random.percent(50) => Audience::Everyone,
            _ => Audience::User(self.random.pick(&model.users).user.id),
        };
        let payload = json!({ "number": self.random.below(1_000), "text": "ä\n\"" });
        let name = "walk".to_owned();
        NewEvent::new(BroadcastEvent::Sent { name, payload }, [audience])
    }

    fn add_guards(&mut self, model: &Model, set: &mut ChangeSet) {
        if self.random.percent(12) {
            let version = self.expected(model.graph);
            // Both kinds in turn: they differ in what is locked, not in what is told.
            let guard = if version.0 % 2 == 0 { Guard::Seen } else { Guard::Held };
            set.guard(guard(Scope::access_graph(), version));
        }
        if !model.rooms.is_empty() && self.random.percent(12) {
            let room = self.random.pick(&model.rooms).clone();
            let version = self.expected(room.roster);
            set.guard(Guard::Held(Scope::roster(room.id), version));
        }
        let guards =
            [self.project_guard(model), self.catalog_guard(model), self.stock_guard(model)];
        set.guards.extend(guards.into_iter().flatten());
    }

    /// Binds the set to a key, which may have been used for another request.
    fn add_key(&mut self, set: &mut ChangeSet) {
        let key = format!("key-{}", self.random.below(KEYS));
        let ctx = Ctx { actor: set.audit.actor, ..Ctx::system() };
        let ctx = ctx.with_idempotency_key(IdempotencyKey::new(key).expect("a key"));
        let request = self.random.below(1_000_000);
        let answer = json!({ "answer": request });
        set.idempotency =
            Idempotency::of(&ctx, set.audit.action, &request, &answer).expect("it is JSON");
        self.keyed.push(set.clone());
    }

    /// A request that came before, sent again: the same but for the audit entry's id and time.
    fn again(&mut self) -> ChangeSet {
        let mut set = self.random.pick(&self.keyed).clone();
        set.audit.id = AuditId::generate(&self.ids);
        set.audit.at = self.now;
        set
    }
}
