//! Records, of every kind alike.

use erp_core::{
    Conflict,
    ids::ProjectCategoryId,
    inventory::Item,
    port::StoreResult,
    record::{Kind, Record, RecordChange, Row, Stored, Type, Value, entity_of},
};
use uuid::Uuid;

use super::{Model, follow, missing, raise};

/// The records of every kind.
#[derive(Clone, Debug, Default)]
pub(in crate::walk) struct Records(Vec<(&'static Kind, Vec<Row>)>);

impl Records {
    /// Those of a kind, in no order.
    pub(in crate::walk) fn of(&self, kind: &Kind) -> &[Row] {
        let found = self.0.iter().find(|(of, _)| *of == kind);
        found.map_or(&[], |(_, rows)| rows.as_slice())
    }

    pub(super) fn get(&self, kind: &Kind, id: Uuid) -> Option<&Row> {
        self.of(kind).iter().find(|row| row.id == id)
    }

    /// Those of a kind, with their type.
    fn typed<R: Record>(&self) -> Vec<Stored<R>> {
        let typed = |row: &Row| Stored::of(row).expect("it is of its kind");
        self.of(R::KIND).iter().map(typed).collect()
    }

    fn of_mut(&mut self, kind: &'static Kind) -> &mut Vec<Row> {
        let place = self.0.iter().position(|(of, _)| *of == kind).unwrap_or_else(|| {
            self.0.push((kind, vec![]));
            self.0.len() - 1
        });
        &mut self.0[place].1
    }
}

impl Model {
    pub(super) fn change_record(&mut self, change: RecordChange) -> StoreResult<()> {
        match change {
            RecordChange::Put { kind, row, expected } => {
                let old = self.records.get(kind, row.id);
                let version = follow(kind.name, old.map(|old| old.version), expected)?;
                let created_at = old.map_or(row.created_at, |old| old.created_at);
                for key in kind.keys() {
                    let of_key = |row: &Row| key.value(kind, row);
                    let taken = |other: &Row| other.id != row.id && of_key(other) == of_key(&row);
                    if of_key(&row).is_some() && self.records.of(kind).iter().any(taken) {
                        return Err(Conflict::taken(kind.name, key.name).into());
                    }
                }
                for (field, value) in kind.fields.iter().zip(row.values.iter()) {
                    if let (Type::Id { prefix }, Value::Id(id)) = (field.ty, value)
                        && !self.referred(prefix).contains(id)
                    {
                        return Err(missing(entity_of(prefix).expect("a kind that is known")));
                    }
                }
                let rows = self.records.of_mut(kind);
                rows.retain(|other| other.id != row.id);
                rows.push(Row { version, created_at, ..row });
                self.mirror();
            }
            RecordChange::Remove { kind, id, expected } => {
                let there = self.records.get(kind, id).ok_or_else(|| missing(kind.name))?;
                raise(kind.name, &mut there.version.clone(), expected)?;
                if let Some(by) = self.referrer(kind, id) {
                    let by = if kind.tree.is_some() { "content" } else { by };
                    return Err(Conflict::in_use(kind.name, by).into());
                }
                self.records.of_mut(kind).retain(|row| row.id != id);
                self.mirror();
            }
        }
        Ok(())
    }

    /// Has other parts see the records that they need.
    fn mirror(&mut self) {
        self.stock.warehouses = self.records.typed();
        self.stock.categories = self.records.typed();
        self.catalog.categories = self.records.typed();
        self.catalog.rates = self.records.typed();
        self.milestones = self.records.typed();
    }

    /// The ids of this prefix that are there.
    pub(in crate::walk) fn referred(&self, prefix: &str) -> Vec<Uuid> {
        match prefix {
            "usr" => self.users.iter().map(|row| row.user.id.uuid()).collect(),
            "prj" => self.projects.iter().map(|project| project.id.uuid()).collect(),
            _ => {
                let of_it = self.records.0.iter().filter(|(kind, _)| kind.prefix == prefix);
                of_it.flat_map(|(_, rows)| rows.iter().map(|row| row.id)).collect()
            }
        }
    }

    fn referrer(&self, kind: &Kind, id: Uuid) -> Option<&'static str> {
        let used = match kind.name {
            "phase_definition" => self.phases.iter().any(|one| one.definition.uuid() == id),
            "item_category" => {
                let of_it = |item: &Item| item.category.is_some_and(|of| of.uuid() == id);
                self.stock.items.iter().any(of_it)
            }
            "project_category" => {
                let of_it = Some(ProjectCategoryId::from_uuid(id));
                self.projects.iter().any(|one| one.details.category == of_it)
                    || self.catalog.templates.iter().any(|one| one.head.category == of_it)
            }
            _ => false,
        };
        if used {
            return Some("phase");
        }
        let refers = |row: &Row| row.values.contains(&Value::Id(id));
        let found = self.records.0.iter().find(|(_, rows)| rows.iter().any(refers));
        found.map(|(kind, _)| kind.name)
    }
}
