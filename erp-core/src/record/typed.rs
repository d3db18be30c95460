//! The typed face of records: thin, so that nothing below it is compiled for each kind.

use std::marker::PhantomData;

use erp_kernel::{FieldType, Unreadable, Version, ids::Id};

use super::{Input, Record, RecordService, Row, Shelf, Shelving, Stored, Told};
use crate::{
    ctx::Ctx,
    engine::Engine,
    error::{Error, Result},
    page::{Page, PageRequest},
};

/// The records of one kind.
#[derive(Debug)]
pub struct Records<'a, R: Record> {
    records: RecordService<'a>,
    of: PhantomData<fn() -> R>,
}

/// The name of a field of a kind, with its type.
#[derive(Debug)]
pub struct FieldName<R, T>(usize, PhantomData<fn() -> (R, T)>);

impl<R: Record, T: FieldType> FieldName<R, T> {
    /// The field at this place of the kind.
    pub const fn at(place: usize) -> Self {
        Self(place, PhantomData)
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        R::KIND.fields[self.0].name
    }

    /// The condition that the field has this value, for [`Records::list`].
    pub fn is(&self, value: &T) -> (&'static str, erp_kernel::Value) {
        (self.name(), value.to_value())
    }
}

impl<'a, R: Record> Records<'a, R> {
    pub(crate) fn new(engine: &'a Engine) -> Self {
        Self { records: RecordService::new(engine), of: PhantomData }
    }

    /// Creates a record. Repeated with the same idempotency key it gives the first answer.
    ///
    /// # Errors
    /// As [`RecordService::create`].
    pub async fn create(&self, ctx: &Ctx, fields: R) -> Result<Stored<R>> {
        let input = Input::Values(fields.values());
        typed(&self.records.create(ctx, R::KIND, &input).await?)
    }

    /// Changes a record. When nothing changes, nothing is written.
    ///
    /// # Errors
    /// As [`RecordService::update`].
    pub async fn update(
        &self,
        ctx: &Ctx,
        id: R::Id,
        expected: Version,
        fields: R,
    ) -> Result<Stored<R>> {
        let input = Input::Values(fields.values());
        let seen = (id.uuid(), expected);
        typed(&self.records.update(ctx, R::KIND, seen, (Told::Whole, &input)).await?)
    }

    /// Archives a record. Archiving twice archives once.
    ///
    /// # Errors
    /// As [`RecordService::shelve`].
    pub async fn archive(&self, ctx: &Ctx, id: R::Id, expected: Version) -> Result<Stored<R>> {
        self.shelve(ctx, (id, expected), Shelving::PutAway).await
    }

    /// Deletes a record, until it is restored. Deleting twice deletes once.
    ///
    /// # Errors
    /// As [`RecordService::shelve`].
    pub async fn delete(&self, ctx: &Ctx, id: R::Id, expected: Version) -> Result<Stored<R>> {
        self.shelve(ctx, (id, expected), Shelving::PutAway).await
    }

    /// Takes a record back that was archived or deleted.
    ///
    /// # Errors
    /// As [`RecordService::shelve`].
    pub async fn restore(&self, ctx: &Ctx, id: R::Id, expected: Version) -> Result<Stored<R>> {
        self.shelve(ctx, (id, expected), Shelving::Restore).await
    }

    /// Removes a record for good.
    ///
    /// # Errors
    /// As [`RecordService::remove`].
    pub async fn remove(&self, ctx: &Ctx, id: R::Id, expected: Version) -> Result<()> {
        self.records.remove(ctx, R::KIND, (id.uuid(), expected)).await
    }

    /// The record, archived or not.
    ///
    /// # Errors
    /// As [`RecordService::get`].
    pub async fn get(&self, ctx: &Ctx, id: R::Id) -> Result<Stored<R>> {
        typed(&self.records.get(ctx, R::KIND, id.uuid()).await?)
    }

    /// The record with this value in a unique field, archived or not.
    ///
    /// # Errors
    /// As [`RecordService::get_by`].
    pub async fn get_by(
        &self,
        ctx: &Ctx,
        key: (&'static str, erp_kernel::Value),
    ) -> Result<Stored<R>> {
        typed(&self.records.get_by(ctx, R::KIND, key).await?)
    }

    /// The records, by the field that they are sorted by; only those for which all conditions hold.
    ///
    /// # Errors
    /// As [`RecordService::list`].
    pub async fn list(
        &self,
        ctx: &Ctx,
        (shelf, equal): (Shelf, &[(&'static str, erp_kernel::Value)]),
        page: &PageRequest,
    ) -> Result<Page<Stored<R>>> {
        let page = self.records.list(ctx, R::KIND, (shelf, equal), page).await?;
        let items = page.items.iter().map(typed).collect::<Result<_>>()?;
        Ok(Page { items, next: page.next })
    }

    /// All records of a kind that is a tree, by the field that lists are sorted by.
    ///
    /// # Errors
    /// As [`RecordService::tree`].
    pub async fn tree(&self, ctx: &Ctx) -> Result<Vec<Stored<R>>> {
        self.records.tree(ctx, R::KIND).await?.iter().map(typed).collect()
    }

    async fn shelve(
        &self,
        ctx: &Ctx,
        (id, expected): (R::Id, Version),
        to: Shelving,
    ) -> Result<Stored<R>> {
        typed(&self.records.shelve(ctx, R::KIND, (id.uuid(), expected), to).await?)
    }
}

/// The record of a row that a store has given.
///
/// # Errors
/// An internal error when it is of another kind.
pub(crate) fn typed<R: Record>(row: &Row) -> Result<Stored<R>> {
    Stored::of(row)
        .map_err(|Unreadable| Error::Internal(format!("a row of {} cannot be read", R::KIND.table)))
}
