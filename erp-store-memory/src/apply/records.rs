//! Changes of records: one way for all kinds.

use erp_core::{
    Conflict,
    change::Version,
    port::StoreResult,
    record::{Kind, RecordChange, Row, Type, Value, entity_of},
};
use uuid::Uuid;

use super::{free, fresh, missing, next_version, require};
use crate::state::Domain;

impl Domain {
    pub(super) fn apply_record(&mut self, change: RecordChange) -> StoreResult<()> {
        match change {
            RecordChange::Put { kind, row, expected } => self.put_record(kind, row, expected),
            RecordChange::Remove { kind, id, expected } => self.remove_record(kind, id, expected),
        }
    }

    fn put_record(
        &mut self,
        kind: &'static Kind,
        row: Row,
        expected: Option<Version>,
    ) -> StoreResult<()> {
        let old = self.records.get(kind, row.id);
        let version = next_version(kind.name, old.map(|old| old.version), expected)?;
        let created_at = old.map_or(row.created_at, |old| old.created_at);
        if let Some(table) = self.records.table(kind.prefix) {
            for (at, key) in kind.keys().enumerate() {
                let holder = key.value(kind, &row).and_then(|value| table.holder(at, value));
                free(holder, &row.id, Conflict::taken(kind.name, key.name))?;
            }
        }
        for (field, value) in kind.fields.iter().zip(row.values.iter()) {
            if let (Type::Id { prefix }, Value::Id(id)) = (field.ty, value) {
                require(self.has(prefix, *id), entity_of(prefix).unwrap_or("record"))?;
            }
        }
        self.records.put(kind, Row { version, created_at, ..row });
        Ok(())
    }

    fn remove_record(
        &mut self,
        kind: &'static Kind,
        id: Uuid,
        expected: Version,
    ) -> StoreResult<()> {
        let old = self.records.get(kind, id).ok_or_else(|| missing(kind.name))?;
        fresh(kind.name, expected, old.version)?;
        let others = REFERRERS.iter().filter(|(name, ..)| *name == kind.name);
        let other = others.filter(|(.., refers)| refers(self, id)).map(|(_, by, _)| *by).next();
        if let Some(by) = other.or_else(|| self.records.referrer(id)) {
            let by = if kind.tree.is_some() { "content" } else { by };
            return Err(Conflict::in_use(kind.name, by).into());
        }
        self.records.remove(kind, id);
        Ok(())
    }

    /// Whether there is a thing with this id.
    fn has(&self, prefix: &str, id: Uuid) -> bool {
        match OTHERS.iter().find(|(of, _)| *of == prefix) {
            Some((_, has)) => has(self, id),
            None => self.records.table(prefix).is_some_and(|table| table.has(id)),
        }
    }
}

/// Whether something is so of a thing of this id.
type Seen = fn(&Domain, Uuid) -> bool;

/// Whether something that is no record refers to a record: the record's kind, what refers to it, and how
/// that is seen.
const REFERRERS: &[(&str, &str, Seen)] = &[
    ("phase_definition", "phase", |domain, id| {
        domain.projects.phases.values().any(|phase| phase.definition.uuid() == id)
    }),
    ("item_category", "item", |domain, id| {
        let items = &domain.inventory.items_in;
        items.of(erp_core::ids::ItemCategoryId::from_uuid(id), None).next().is_some()
    }),
    ("project_category", "project", |domain, id| {
        let of_it = Some(erp_core::ids::ProjectCategoryId::from_uuid(id));
        domain.projects.projects.values().any(|one| one.project.details.category == of_it)
            || domain.catalog.templates.values().any(|one| one.head.category == of_it)
    }),
];

/// Whether a thing is there that is no record, by the prefix of its id.
const OTHERS: &[(&str, Seen)] = &[
    ("usr", |domain, id| domain.access.users.contains_key(&erp_core::ids::UserId::from_uuid(id))),
    ("prj", |domain, id| {
        domain.projects.projects.contains_key(&erp_core::ids::ProjectId::from_uuid(id))
    }),
];
