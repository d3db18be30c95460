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

use super::{Away, Input, Kind, ListQuery, RecordChange, Row, Shelf, Told};
use crate::{
    change::{ChangeSet, Guard, Idempotency, NewEvent, OtherEvent, Receipt, Recorder, Scope},
    ctx::Ctx,
    engine::Engine,
    error::{Conflict, Error, Result},
    page::{Page, PageRequest},
    policy::{self, Action, Resource, Subject},
    projects::ProjectAccess,
};

/// All records, by their kinds.
#[derive(Debug)]
pub struct RecordService<'a> {
    pub(super) engine: &'a Engine,
}

/// What is done to a record that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelving {
    /// It is archived, or deleted, as its kind has it ([`Away`]).
    PutAway,
    /// It is taken back.
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
        self.attempted(ctx, kind, &attempt).await
    }

    async fn create_by(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        input: &Input,
        rights: Rights,
    ) -> Result<Row> {
        let action = kind.actions.create;
        let place = self.may_create(ctx, &rights, kind, input).await?;
        let values = input.new_values(kind)?;
        checked(kind, None, &values)?;
        let (id, at) = (self.engine.ids().uuid(), self.engine.now());
        let mut row = Row {
            id,
            version: Version::FIRST,
            created_at: at,
            updated_at: at,
            archived_at: None,
            values,
        };
        let place = match place {
            None => self.sees_place(ctx, kind, &row).await?,
            place => place,
        };
        let mut set = self.begin(ctx, (action, kind, id), place.as_ref());
        (row.created_at, row.updated_at) = (set.at(), set.at());
        if ctx.idempotency_key.is_some() {
            let (request, answer) = (kind.json(&row.values), row.told(kind));
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
        self.attempted(ctx, kind, &attempt).await
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
        let (was, place) = self.there(ctx, &rights, kind, (action, id)).await?;
        was.version.must_be(expected, kind.name)?;
        let values = input.changed_values(kind, told, &was.values)?;
        checked(kind, Some(&was.values), &values)?;
        if values == was.values {
            return Ok(was);
        }
        let mut set = self.begin(ctx, (action, kind, id), place.as_ref());
        self.must_lie_outside(kind, &was, &values, &mut set).await?;
        let row = Row { values, version: expected.next(), updated_at: set.at(), ..was.clone() };
        self.put(set, rights, kind, (Some(was), row)).await
    }

    /// Archives or deletes a record, as its kind has it, or takes it back. Doing it twice does it once.
    ///
    /// # Errors
    /// Forbidden; not found, also of a kind that has neither; conflicts when the version is not the present
    /// one, or a deleted record's key was taken meanwhile.
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
        self.attempted(ctx, kind, &attempt).await
    }

    async fn shelve_by(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        (id, expected): (Uuid, Version),
        to: Shelving,
        rights: Rights,
    ) -> Result<Row> {
        let action = match kind.away {
            Some(Away::Deleted) => kind.actions.remove,
            _ => kind.actions.update,
        };
        let (was, place) = self.found(ctx, &rights, kind, (action, id)).await?;
        if kind.away.is_none() {
            return Err(Error::NotFound { entity: kind.name });
        }
        if was.archived_at.is_some() == (to == Shelving::PutAway) {
            return Ok(was);
        }
        was.version.must_be(expected, kind.name)?;
        let set = self.begin(ctx, (action, kind, id), place.as_ref());
        let at = set.at();
        let archived_at = (to == Shelving::PutAway).then_some(at);
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
        self.attempted(ctx, kind, &attempt).await
    }

    async fn remove_by(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        (id, expected): (Uuid, Version),
        rights: Rights,
    ) -> Result<()> {
        let action = kind.actions.remove;
        let (was, place) = self.there(ctx, &rights, kind, (action, id)).await?;
        if !kind.remove {
            return Err(Error::NotFound { entity: kind.name });
        }
        was.version.must_be(expected, kind.name)?;
        let mut set = self.begin(ctx, (action, kind, id), place.as_ref());
        set.guards.splice(0..0, rights.guard());
        set.record(differences(kind, Some(&was.values), None));
        set.change(RecordChange::Remove { kind, id, expected });
        if let Some(hooks) = kind.hooks {
            hooks.along(Some(&was), None, &mut set);
        }
        let which = Json::String(erp_kernel::ids::text(kind.prefix, id));
        let data = Map::from_iter([(kind.events.which.to_owned(), which)]);
        set.event(event(kind, &was, (kind.events.removed, data)));
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
    /// Not found, also when it is deleted or the caller may not see records of the kind.
    pub async fn get(&self, ctx: &Ctx, kind: &'static Kind, id: Uuid) -> Result<Row> {
        Ok(self.there(ctx, &Rights::Read, kind, (kind.actions.read, id)).await?.0)
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
    /// that lists are filtered by. Where they lie in projects, those that the caller does not see are left out,
    /// so a page may have fewer than asked for.
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
        let Page { items, next } = self.listed(kind, (shelf, equal), page).await?;
        Ok(Page { items: self.seen(ctx, kind, items).await?, next })
    }

    /// The records, whoever asks.
    pub(crate) async fn listed(
        &self,
        kind: &'static Kind,
        (shelf, equal): (Shelf, &[(&'static str, Value)]),
        page: &PageRequest,
    ) -> Result<Page<Row>> {
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

    /// Does it, and again while others are faster at what it is guarded by: of several that move something in a
    /// tree each looks at the tree of the one before.
    async fn attempted<'f, T: Send>(
        &self,
        ctx: &Ctx,
        kind: &'static Kind,
        attempt: &(dyn Fn(Rights) -> BoxFuture<'f, Result<T>> + Sync),
    ) -> Result<T> {
        match (kind.tree, kind.within) {
            (None, None) => self.by_what_is_remembered(ctx, attempt).await,
            _ => self.engine.retry(|| attempt(Rights::Read)).await,
        }
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
        set.guards.splice(0..0, rights.guard());
        let stored = was.as_ref().map(|was| &*was.values);
        let shelved = |row: Option<&Row>| row.and_then(|row: &Row| row.archived_at);
        let (before, after) = (shelved(was.as_ref()), now.archived_at);
        let since = kind.away.map_or("archived_at", Away::since);
        set.record(differences(kind, stored, Some(&now.values)).field(since, before, after));
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
        set.event(event(kind, &now, (name, now.told(kind))));
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
        self.answer(kind, receipt, now).await
    }

    /// The fresh answer, or the first answer when this request came before: of a kind with something sensitive,
    /// which is not stored in answers, the record as it is now.
    async fn answer(&self, kind: &'static Kind, mut receipt: Receipt, fresh: Row) -> Result<Row> {
        let Some(first) = receipt.replayed.take() else { return Ok(fresh) };
        let unreadable = || Error::Internal(format!("a stored answer is no {}", kind.name));
        let members = first.as_object().ok_or_else(unreadable)?;
        if kind.sensitive().next().is_none() {
            return Row::of_json(kind, members).ok_or_else(unreadable);
        }
        let id = members.get("id").and_then(Json::as_str);
        let id =
            id.and_then(|id| erp_kernel::ids::parse(id, kind.prefix)).ok_or_else(unreadable)?;
        let row = self.engine.store().records().record(kind, id).await?;
        row.filter(|row| !kind.deleted(row)).ok_or(Error::NotFound { entity: kind.name })
    }

    /// The record and where it lies, when it is there, not deleted, and the caller may do this to it.
    async fn there(
        &self,
        ctx: &Ctx,
        rights: &Rights,
        kind: &'static Kind,
        of: (Action, Uuid),
    ) -> Result<(Row, Option<ProjectAccess>)> {
        let found = self.found(ctx, rights, kind, of).await?;
        if kind.deleted(&found.0) { Err(Error::NotFound { entity: kind.name }) } else { Ok(found) }
    }

    pub(super) async fn allowed(
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
pub(super) enum Rights {
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
        recorder = match field.sensitive {
            true => recorder.masked(field.name, json(was) != json(now)),
            false => recorder.field(field.name, json(was), json(now)),
        };
    }
    recorder
}

fn event(kind: &Kind, row: &Row, (name, data): (&str, Map<String, Json>)) -> NewEvent {
    let body = OtherEvent { kind: name.to_owned(), data: Json::Object(data) };
    NewEvent::new(body, kind.audience_of(row))
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
