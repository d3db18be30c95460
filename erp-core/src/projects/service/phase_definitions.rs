//! Kinds of phase: the catalogue that the phases of all projects have their names from.

use super::{ProjectService, categories::CATALOG_READERS};
use crate::{
    change::{ChangeSet, EntityRef, Idempotency, NewEvent, Recorder, Version},
    ctx::Ctx,
    error::{Error, Result},
    ids::PhaseDefinitionId,
    page::{Page, PageRequest},
    policy::Action,
    projects::{CatalogChange, PhaseDefinition, ProjectEvent, rules},
    time::Timestamp,
};

const ENTITY: &str = "phase_definition";

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Every kind of phase, archived or not, by name without regard to case.
    ///
    /// # Errors
    /// Forbidden; a validation error on `cursor`.
    pub async fn phase_definitions(
        &self,
        ctx: &Ctx,
        page: &PageRequest,
    ) -> Result<Page<PhaseDefinition>> {
        self.allowed(ctx, Action::ProjectCatalogRead).await?;
        let after: Option<String> = page.after(&ENTITY)?;
        let projects = self.engine.store().projects();
        let rows = projects.phase_definitions(after.as_deref(), page.limit.get() + 1).await?;
        Page::from_rows(rows, page.limit, &ENTITY, |one| one.name.to_lowercase())
    }

    /// Creates a kind of phase. Repeated with the same idempotency key it gives the first answer.
    ///
    /// # Errors
    /// Forbidden; a validation error on `name`; a conflict when the name is taken.
    pub async fn create_phase_definition(&self, ctx: &Ctx, name: &str) -> Result<PhaseDefinition> {
        let action = Action::PhaseDefinitionCreate;
        self.allowed(ctx, action).await?;
        let id = PhaseDefinitionId::generate(self.engine.ids());
        let mut set = self.engine.change(ctx, action, entity(id));
        let definition = PhaseDefinition {
            id,
            name: rules::catalog_name(name)?,
            archived_at: None,
            version: Version::FIRST,
            created_at: set.at(),
        };
        set.idempotency = Idempotency::of(ctx, action, &name, &definition)?;
        set.record(Recorder::new().created("name", &definition.name));
        self.put_definition(set, definition, None).await
    }

    /// Renames a kind of phase: so are all phases that are of it, in every project (PHASE-2). When
    /// nothing changes, nothing is written.
    ///
    /// # Errors
    /// As [`Self::create_phase_definition`]; not found; a conflict when the version is not the present
    /// one.
    pub async fn rename_phase_definition(
        &self,
        ctx: &Ctx,
        id: PhaseDefinitionId,
        expected: Version,
        name: &str,
    ) -> Result<PhaseDefinition> {
        let old = self.definition_for(ctx, Action::PhaseDefinitionUpdate, id, expected).await?;
        let name = rules::catalog_name(name)?;
        self.replace_definition(ctx, &old, PhaseDefinition { name, ..old.clone() }).await
    }

    /// Archives a kind of phase: no new phase is of it, and those that are stay. Archiving twice
    /// archives once.
    ///
    /// # Errors
    /// Forbidden; not found; a conflict when the version is not the present one.
    pub async fn archive_phase_definition(
        &self,
        ctx: &Ctx,
        id: PhaseDefinitionId,
        expected: Version,
    ) -> Result<PhaseDefinition> {
        self.put_into_archive(ctx, (id, expected), Some(self.engine.now())).await
    }

    /// Takes a kind of phase out of the archive.
    ///
    /// # Errors
    /// As [`Self::archive_phase_definition`].
    pub async fn restore_phase_definition(
        &self,
        ctx: &Ctx,
        id: PhaseDefinitionId,
        expected: Version,
    ) -> Result<PhaseDefinition> {
        self.put_into_archive(ctx, (id, expected), None).await
    }

    /// Deletes a kind of phase for good, if no phase was ever made of it (PHASE-2). Its name is free
    /// again.
    ///
    /// # Errors
    /// Forbidden; not found; conflicts when the version is not the present one, or there is a phase of
    /// it, cancelled or not: such a kind is archived.
    pub async fn delete_phase_definition(
        &self,
        ctx: &Ctx,
        id: PhaseDefinitionId,
        expected: Version,
    ) -> Result<()> {
        let action = Action::PhaseDefinitionDelete;
        let old = self.definition_for(ctx, action, id, expected).await?;
        let mut set = self.engine.change(ctx, action, entity(id));
        set.record(Recorder::new().field("name", &old.name, serde_json::Value::Null));
        set.change(CatalogChange::DeletePhaseDefinition { id, expected });
        let event = ProjectEvent::PhaseDefinitionDeleted { definition: id };
        set.event(NewEvent::new(event, CATALOG_READERS));
        self.engine.commit(set).await?;
        Ok(())
    }

    async fn put_into_archive(
        &self,
        ctx: &Ctx,
        (id, expected): (PhaseDefinitionId, Version),
        archived_at: Option<Timestamp>,
    ) -> Result<PhaseDefinition> {
        let action = Action::PhaseDefinitionUpdate;
        self.allowed_on(ctx, action, ENTITY).await?;
        let old = self.definition(id).await?;
        if old.archived_at.is_some() == archived_at.is_some() {
            return Ok(old);
        }
        old.version.must_be(expected, ENTITY)?;
        self.replace_definition(ctx, &old, PhaseDefinition { archived_at, ..old.clone() }).await
    }

    async fn replace_definition(
        &self,
        ctx: &Ctx,
        old: &PhaseDefinition,
        new: PhaseDefinition,
    ) -> Result<PhaseDefinition> {
        let changed = Recorder::new().field("name", &old.name, &new.name).field(
            "archived_at",
            old.archived_at,
            new.archived_at,
        );
        if changed.is_empty() {
            return Ok(new);
        }
        let mut set = self.engine.change(ctx, Action::PhaseDefinitionUpdate, entity(old.id));
        set.record(changed);
        self.put_definition(set, new, Some(old.version)).await
    }

    async fn put_definition(
        &self,
        mut set: ChangeSet,
        new: PhaseDefinition,
        expected: Option<Version>,
    ) -> Result<PhaseDefinition> {
        let version = expected.map_or(Version::FIRST, Version::next);
        let new = PhaseDefinition { version, ..new };
        set.change(CatalogChange::PutPhaseDefinition { definition: new.clone(), expected });
        let event = ProjectEvent::PhaseDefinitionPut(Box::new(new.clone()));
        set.event(NewEvent::new(event, CATALOG_READERS));
        self.engine.commit(set).await?.answer(new)
    }

    /// The kind of phase at the version that the caller has seen, when he may do this to it.
    async fn definition_for(
        &self,
        ctx: &Ctx,
        action: Action,
        id: PhaseDefinitionId,
        expected: Version,
    ) -> Result<PhaseDefinition> {
        self.allowed_on(ctx, action, ENTITY).await?;
        let old = self.definition(id).await?;
        old.version.must_be(expected, ENTITY)?;
        Ok(old)
    }

    pub(super) async fn definition(&self, id: PhaseDefinitionId) -> Result<PhaseDefinition> {
        let found = self.engine.store().projects().phase_definition(id).await?;
        found.ok_or(Error::NotFound { entity: ENTITY })
    }
}

fn entity(id: PhaseDefinitionId) -> EntityRef {
    EntityRef::new(ENTITY, id.uuid())
}
