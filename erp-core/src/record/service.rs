//! The service of all records. It knows no type: it is compiled once.
//!
//! The order of faults is the same for every kind: rights, whether it is there, its version, its fields
//! (all at once, by path), its keys, its references.

use erp_kernel::{
    Type, Value, Version,
    tree::{self, Misplaced},
};
use futures::future::BoxFuture;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{Input, Kind, ListQuery, RecordChange, Row, Shelf, Told};
use crate::{
    change::{
        ChangeSet, EntityRef, Guard, Idempotency, NewEvent, OtherEvent, Receipt, Recorder, Scope,
    },
    ctx::Ctx,
    engine::Engine,
    error::{Conflict, Error, Result},
    page::{Page, PageRequest},
    policy::{self, Action, Resource, Subject},
};

/// All records, by their kinds.
#[derive(Debug)]
pub struct RecordService<'a> {
    pub(super) engine: &'a Engine,
}

/// What is done to a record that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelving {
    /// It goes into the archive: it stays, and its keys stay taken.
    Archive,
    /// It is taken out of the archive.
    Restore,
}

#[erp_derive::boxed]
impl<'a> RecordService<'a> {
    pub(crate) fn new(engine: &'a Engine) -> Self {
        Self { engine }
    }

    /// Creates a record. Repeated with the same idempotency key it gives the first answer.
    ///
    /// # Errors
    /// Forbidden; validation errors, all of them, also for what it refers to and is not there; a conflict
    /// when a key is taken.
    pub async fn create(&self, ctx: &Ctx, kind: &'static Kind, input: &Input) -> Result<Row> {
        let attempt = |rights| -> BoxFuture<'_, Result<Row>> {
            Box::pin(self.create_by(ctx, kind, input, rights))
        };
        self.by_what_is_remembered(ctx, &attempt).await
    }

    async fn create_by(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        input: &Input,
        rights: Rights,
    ) -> Result<Row> {
        let action = kind.actions.create;
        self.allowed(ctx, &rights, action, &Resource::Global).await?;
        let values = input.new_values(kind)?;
        checked(kind, None, &values)?;
        let id = self.engine.ids().uuid();
        let mut set = self.engine.change(ctx, action, EntityRef::new(kind.name, id));
        let at = set.at();
        let row = Row {
            id,
            version: Version::FIRST,
            created_at: at,
            updated_at: at,
            archived_at: None,
            values,
        };
        if ctx.idempotency_key.is_some() {
            let (request, answer) = (kind.json(&row.values), row.json(kind));
            set.idempotency = Idempotency::of(ctx, action, &request, &answer)?;
        }
        self.put(set, rights, kind, (None, row)).await
    }

    /// Changes a record. When nothing changes, nothing is written.
    ///
    /// # Errors
    /// As [`Self::create`]; not found; a conflict when the version is not the present
    /// one, or the record would lie in itself.
    pub async fn update(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        (id, expected): (Uuid, Version),
        (told, input): (Told, &Input),
    ) -> Result<Row> {
        let attempt = |rights| -> BoxFuture<'_, Result<Row>> {
            Box::pin(self.update_by(ctx, kind, (id, expected), (told, input), rights))
        };
        match kind.tree {
            None => self.by_what_is_remembered(ctx, &attempt).await,
            // Of several that move something at once each looks at the tree of the one before.
            Some(_) => self.engine.retry(|| self.by_what_is_remembered(ctx, &attempt)).await,
        }
    }

    async fn update_by(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        (id, expected): (Uuid, Version),
        (told, input): (Told, &Input),
        rights: Rights,
    ) -> Result<Row> {
        let action = kind.actions.update;
        let was = self.there(ctx, &rights, kind, (action, id)).await?;
        was.version.must_be(expected, kind.name)?;
        let values = input.changed_values(kind, told, &was.values)?;
        checked(kind, Some(&was.values), &values)?;
        if values == was.values {
            return Ok(was);
        }
        let mut set = self.engine.change(ctx, action, EntityRef::new(kind.name, id));
        self.must_lie_outside(kind, &was, &values, &mut set).await?;
        let row = Row { values, version: expected.next(), updated_at: set.at(), ..was.clone() };
        self.put(set, rights, kind, (Some(was), row)).await
    }

    /// Archives a record, or takes it out of the archive. Doing it twice does it once.
    ///
    /// # Errors
    /// Forbidden; not found, also of a kind that is not archived; a conflict when the version is not the
    /// present one.
    pub async fn shelve(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        (id, expected): (Uuid, Version),
        to: Shelving,
    ) -> Result<Row> {
        let attempt = |rights| -> BoxFuture<'_, Result<Row>> {
            Box::pin(self.shelve_by(ctx, kind, (id, expected), to, rights))
        };
        self.by_what_is_remembered(ctx, &attempt).await
    }

    async fn shelve_by(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        (id, expected): (Uuid, Version),
        to: Shelving,
        rights: Rights,
    ) -> Result<Row> {
        let action = kind.actions.update;
        let was = self.there(ctx, &rights, kind, (action, id)).await?;
        if !kind.archive {
            return Err(Error::NotFound { entity: kind.name });
        }
        if was.archived_at.is_some() == (to == Shelving::Archive) {
            return Ok(was);
        }
        was.version.must_be(expected, kind.name)?;
        let set = self.engine.change(ctx, action, EntityRef::new(kind.name, id));
        let at = set.at();
        let archived_at = (to == Shelving::Archive).then_some(at);
        let row = Row { archived_at, version: expected.next(), updated_at: at, ..was.clone() };
        self.put(set, rights, kind, (Some(was), row)).await
    }

    /// Removes a record for good. Its keys are free again.
    ///
    /// # Errors
    /// Forbidden; not found, also of a kind that is not removed; conflicts when the version is not the
    /// present one, or something refers to it.
    pub async fn remove(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        (id, expected): (Uuid, Version),
    ) -> Result<()> {
        let attempt = |rights| -> BoxFuture<'_, Result<()>> {
            Box::pin(self.remove_by(ctx, kind, (id, expected), rights))
        };
        self.by_what_is_remembered(ctx, &attempt).await
    }

    async fn remove_by(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        (id, expected): (Uuid, Version),
        rights: Rights,
    ) -> Result<()> {
        let action = kind.actions.remove;
        let was = self.there(ctx, &rights, kind, (action, id)).await?;
        if !kind.remove {
            return Err(Error::NotFound { entity: kind.name });
        }
        was.version.must_be(expected, kind.name)?;
        let mut set = self.engine.change(ctx, action, EntityRef::new(kind.name, id));
        set.guards.extend(rights.guard());
        set.record(differences(kind, Some(&was.values), None));
        set.change(RecordChange::Remove { kind, id, expected });
        if let Some(hooks) = kind.hooks {
            hooks.along(Some(&was), None, &mut set);
        }
        let which = Json::String(erp_kernel::ids::text(kind.prefix, id));
        let data = Map::from_iter([(kind.events.which.to_owned(), which)]);
        set.event(event(kind, kind.events.removed, data));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// That a record that moves in its tree comes to lie in one that is there, and not in itself. The change holds only while the
    /// tree stays as it is.
    async fn must_lie_outside(
        &self,
        kind: &'static Kind,
        was: &Row,
        now: &[Value],
        set: &mut ChangeSet,
    ) -> Result<()> {
        let (Some(scope), Some(place)) = (kind.tree, kind.parent()) else { return Ok(()) };
        let parent = now.get(place).and_then(Value::as_id);
        let Some(parent) = parent.filter(|_| was.values.get(place) != now.get(place)) else {
            return Ok(());
        };
        let tree = self.engine.store().records().record_tree(kind).await?;
        set.guard(Guard::Held(Scope::whole(scope), tree.version));
        match tree::check_place(&tree.nodes(kind), was.id, Some(parent)) {
            Ok(()) => Ok(()),
            Err(Misplaced::NoParent) => Err(no_such(kind, kind.name)),
            Err(Misplaced::Ring(path)) => {
                let path = path.iter().map(|id| erp_kernel::ids::text(kind.prefix, *id));
                Err(Conflict::ring(kind.name, &path.collect::<Vec<_>>()).into())
            }
        }
    }

    /// All records of a kind that is a tree, by the field that lists are sorted by.
    ///
    /// # Errors
    /// Forbidden; not found of a kind that is none.
    pub async fn tree(&self, ctx: &Ctx, kind: &'static Kind) -> Result<Vec<Row>> {
        self.allowed(ctx, &Rights::Read, kind.actions.read, &Resource::Global).await?;
        if kind.tree.is_none() {
            return Err(Error::NotFound { entity: kind.name });
        }
        Ok(self.engine.store().records().record_tree(kind).await?.rows)
    }

    /// The record, archived or not.
    ///
    /// # Errors
    /// Not found, also when the caller may not see records of the kind.
    pub async fn get(&self, ctx: &Ctx, kind: &'static Kind, id: Uuid) -> Result<Row> {
        self.there(ctx, &Rights::Read, kind, (kind.actions.read, id)).await
    }

    /// The record with this value in a unique field.
    ///
    /// # Errors
    /// As [`Self::get`]; a validation error on the field when no record can have the value.
    pub async fn get_by(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        (field, value): (&str, Value),
    ) -> Result<Row> {
        self.allowed(ctx, &Rights::Read, kind.actions.read, &Resource::Record(kind)).await?;
        let unique = kind.field(field).filter(|(_, field)| field.unique);
        let (place, field) =
            unique.ok_or_else(|| Error::invalid(field, "records are not found by it"))?;
        let value = field.ty.check(field.name, value)?;
        let found = self.engine.store().records().record_by_key(kind, place, &value).await?;
        found.ok_or(Error::NotFound { entity: kind.name })
    }

    /// The records, by the field that they are sorted by; only those with these values, which are of fields
    /// that lists are filtered by.
    ///
    /// # Errors
    /// Forbidden; validation errors on `cursor` and on what is filtered by.
    pub async fn list(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        (shelf, equal): (Shelf, &[(&'static str, Value)]),
        page: &PageRequest,
    ) -> Result<Page<Row>> {
        self.allowed(ctx, &Rights::Read, kind.actions.read, &Resource::Global).await?;
        let mut wanted = Vec::with_capacity(equal.len());
        for (name, value) in equal {
            let (place, field) = kind
                .field(name)
                .filter(|(_, field)| field.filter)
                .ok_or_else(|| Error::invalid(*name, "lists are not filtered by it"))?;
            wanted.push((place, field.ty.check(field.name, value.clone())?));
        }
        let (sort, by) = kind.order().unwrap_or((0, &kind.fields[0]));
        let shown: Vec<_> =
            wanted.iter().map(|(at, value)| (*at, kind.fields[*at].ty.write(value))).collect();
        let filter = (kind.name, by.name, format!("{shelf:?}"), shown);
        let after = page.after::<super::Place>(&filter)?;
        let after = after.map(|place| place.read(by)).transpose()?;
        let limit = page.limit.get() + 1;
        let query = ListQuery { sort, equal: wanted, shelf, after, limit };
        let rows = self.engine.store().records().list_records(kind, &query).await?;
        Page::from_rows(rows, page.limit, &filter, |row| super::Place::of(by, sort, row))
    }

    /// Does it by the rights that are remembered, which saves reading them, and where that does not go by those
    /// that are read: what is refused or has been answered before is decided by rights that hold now.
    async fn by_what_is_remembered<'f, T: Send>(
        &self,
        ctx: &Ctx,
        attempt: &(dyn Fn(Rights) -> BoxFuture<'f, Result<T>> + Sync),
    ) -> Result<T> {
        if let Some((subject, guard)) = self.engine.remembered_subject(ctx) {
            let done = attempt(Rights::Remembered(subject, guard)).await;
            if let Ok(_) | Err(Error::Unavailable(_) | Error::Internal(_)) = done {
                return done;
            }
        }
        attempt(Rights::Read).await
    }

    /// Writes the record as it is to be, with its audit entry and its event.
    async fn put(
        &self,
        mut set: ChangeSet,
        rights: Rights,
        kind: &'static Kind,
        (was, now): (Option<Row>, Row),
    ) -> Result<Row> {
        set.guards.extend(rights.guard());
        let stored = was.as_ref().map(|was| &*was.values);
        let shelved = |row: Option<&Row>| row.and_then(|row: &Row| row.archived_at);
        let (before, after) = (shelved(was.as_ref()), now.archived_at);
        set.record(differences(kind, stored, Some(&now.values)).field(
            "archived_at",
            before,
            after,
        ));
        let expected = was.as_ref().map(|was| was.version);
        set.change(RecordChange::Put { kind, row: now.clone(), expected });
        if let Some(hooks) = kind.hooks {
            hooks.along(was.as_ref(), Some(&now), &mut set);
        }
        let events = &kind.events;
        let name = match (&was, before, after) {
            (None, ..) => events.created,
            (Some(_), None, Some(_)) => events.archived,
            (Some(_), Some(_), None) => events.restored,
            (Some(_), ..) => events.changed,
        };
        set.event(event(kind, name, now.json(kind)));
        let receipt = match self.engine.commit(set).await {
            // A new record that is not there lies in one that is not there.
            Err(Error::NotFound { entity }) if entity != kind.name || was.is_none() => {
                return Err(no_such(kind, entity));
            }
            receipt => receipt?,
        };
        if receipt.replayed.is_some() && rights.guard().is_some() {
            return Err(Conflict::Contention.into());
        }
        answer(kind, receipt, now)
    }

    /// The record, when it is there and the caller may do this to it.
    async fn there(
        &self,
        ctx: &Ctx,
        rights: &Rights,
        kind: &'static Kind,
        (action, id): (Action, Uuid),
    ) -> Result<Row> {
        self.allowed(ctx, rights, action, &Resource::Record(kind)).await?;
        let row = self.engine.store().records().record(kind, id).await?;
        row.ok_or(Error::NotFound { entity: kind.name })
    }

    async fn allowed(
        &self,
        ctx: &Ctx,
        rights: &Rights,
        action: Action,
        resource: &Resource<'_>,
    ) -> Result<()> {
        let subject = match rights {
            Rights::Remembered(subject, _) => *subject,
            Rights::Read => self.engine.subject(ctx).await?,
        };
        policy::authorize(&subject, action, resource)
    }
}

/// What a caller may do is decided on.
enum Rights {
    /// Rights that may be outdated: the commit compares their version.
    Remembered(Subject, Guard),
    /// Those that are read.
    Read,
}

impl Rights {
    fn guard(&self) -> Option<Guard> {
        match self {
            Self::Remembered(_, guard) => Some(*guard),
            Self::Read => None,
        }
    }
}

/// What is wrong across fields.
fn checked(kind: &Kind, was: Option<&[Value]>, now: &[Value]) -> Result<()> {
    let wrong = kind.hooks.map(|hooks| hooks.check(was, now)).unwrap_or_default();
    if wrong.is_empty() { Ok(()) } else { Err(Error::Validation(wrong)) }
}

/// The fields that differ, for the audit log.
fn differences(kind: &Kind, was: Option<&[Value]>, now: Option<&[Value]>) -> Recorder {
    let mut recorder = Recorder::new();
    for (place, field) in kind.fields.iter().enumerate() {
        let json = |values: Option<&[Value]>| {
            let value = values.and_then(|values| values.get(place));
            value.map_or(Json::Null, |value| field.ty.write(value))
        };
        recorder = recorder.field(field.name, json(was), json(now));
    }
    recorder
}

fn event(kind: &Kind, name: &str, data: Map<String, Json>) -> NewEvent {
    let body = OtherEvent { kind: name.to_owned(), data: Json::Object(data) };
    NewEvent::new(body, kind.audience.iter().copied())
}

/// What a field refers to is not there.
fn no_such(kind: &Kind, entity: &'static str) -> Error {
    let refers = |field: &&super::Field| match field.ty {
        Type::Id { prefix } => super::entity_of(prefix) == Some(entity),
        _ => false,
    };
    match kind.fields.iter().find(refers) {
        Some(field) => Error::invalid(field.name, format!("no such {}", entity.replace('_', " "))),
        None => Error::NotFound { entity },
    }
}

/// The fresh answer, or the first answer when this request came before.
fn answer(kind: &Kind, mut receipt: Receipt, fresh: Row) -> Result<Row> {
    let Some(first) = receipt.replayed.take() else { return Ok(fresh) };
    let unreadable = || Error::Internal(format!("a stored answer is no {}", kind.name));
    first.as_object().and_then(|members| Row::of_json(kind, members)).ok_or_else(unreadable)
}
