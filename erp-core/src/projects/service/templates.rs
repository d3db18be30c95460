//! Templates of projects.

use serde::{Deserialize, Serialize};

use super::{super::CATALOG_READERS, ProjectService, write::no_category};
use crate::{
    change::{ChangeSet, EntityRef, Idempotency, NewEvent, Recorder, Version},
    ctx::Ctx,
    error::{Error, Result},
    forms,
    ids::{ProjectCategoryId, ProjectTemplateId},
    page::{Page, PageRequest},
    policy::Action,
    projects::{
        CatalogChange, ProjectEvent, ProjectTemplate, TemplateBody, TemplateHead, TemplateQuery,
        rules,
    },
    text,
};

/// A template of projects to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewProjectTemplate {
    /// Its name, 1 to 200 characters, unique in its category without regard to case.
    pub name: String,
    /// The category that it is for.
    #[serde(default)]
    pub category: Option<ProjectCategoryId>,
    /// What a project begins with.
    pub body: TemplateBody,
}

/// What a template of projects is from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectTemplateUpdate {
    /// The version that the caller has seen.
    pub expected: Version,
    /// What it is, all of it.
    #[serde(flatten)]
    pub template: NewProjectTemplate,
    /// Whether no more projects are made from it.
    pub archived: bool,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// The templates that match, by name.
    ///
    /// # Errors
    /// Forbidden; a validation error on `cursor`.
    pub async fn templates(
        &self,
        ctx: &Ctx,
        query: TemplateQuery,
        page: &PageRequest,
    ) -> Result<Page<TemplateHead>> {
        self.allowed(ctx, Action::ProjectCatalogRead).await?;
        let mut query = query;
        query.after = page.after(&query)?;
        query.limit = page.limit.get() + 1;
        let rows = self.engine.store().projects().templates(&query).await?;
        Page::from_rows(rows, page.limit, &query, |head| (text::key(&head.name), head.id))
    }

    /// A template, archived or not.
    ///
    /// # Errors
    /// Not found, also when the caller may not read the catalogue.
    pub async fn template(&self, ctx: &Ctx, id: ProjectTemplateId) -> Result<ProjectTemplate> {
        self.template_for(ctx, Action::ProjectCatalogRead, id).await
    }

    /// Creates a template. With an idempotency key the same request gives the same template again.
    ///
    /// # Errors
    /// Forbidden; validation errors on `name`, `category` and `body.…`; conflicts when the name is
    /// taken or tasks would form a ring (PHASE-4).
    pub async fn create_template(
        &self,
        ctx: &Ctx,
        new: NewProjectTemplate,
    ) -> Result<ProjectTemplate> {
        let action = Action::ProjectTemplateCreate;
        self.allowed(ctx, action).await?;
        let (name, body) = checked(&new)?;
        self.check_kinds(&body).await.map_err(within_body)?;
        let id = ProjectTemplateId::generate(self.engine.ids());
        let mut set = self.engine.change(ctx, action, entity(id));
        let at = set.at();
        let head = TemplateHead {
            id,
            name,
            category: new.category,
            archived: false,
            created_at: at,
            updated_at: at,
            version: Version::FIRST,
        };
        let template = ProjectTemplate { head, body };
        set.idempotency = Idempotency::of(ctx, action, &new, &template)?;
        set.record(
            Recorder::new()
                .created("name", &template.head.name)
                .created("category", template.head.category)
                .created("body", &template.body),
        );
        self.put_template(set, template, None).await
    }

    /// Replaces what a template is, archives it or takes it up again; projects that were made from it
    /// stay as they are. By what it is already writes nothing.
    ///
    /// # Errors
    /// As [`Self::create_template`]; not found; a conflict when the version is not the present one.
    pub async fn update_template(
        &self,
        ctx: &Ctx,
        id: ProjectTemplateId,
        update: ProjectTemplateUpdate,
    ) -> Result<ProjectTemplate> {
        let action = Action::ProjectTemplateUpdate;
        let old = self.template_for(ctx, action, id).await?;
        let ProjectTemplateUpdate { expected, template: new, archived } = update;
        old.head.version.must_be(expected, "project_template")?;
        let (name, body) = checked(&new)?;
        let changed = Recorder::new()
            .field("name", &old.head.name, &name)
            .field("category", old.head.category, new.category)
            .field("archived", old.head.archived, archived)
            .field("body", &old.body, &body);
        if changed.is_empty() {
            return Ok(old);
        }
        if body != old.body {
            self.check_kinds(&body).await.map_err(within_body)?;
        }
        let mut set = self.engine.change(ctx, action, entity(id));
        set.record(changed);
        let (category, updated_at, version) = (new.category, set.at(), expected.next());
        let head = TemplateHead { name, category, archived, updated_at, version, ..old.head };
        self.put_template(set, ProjectTemplate { head, body }, Some(expected)).await
    }

    async fn put_template(
        &self,
        mut set: ChangeSet,
        template: ProjectTemplate,
        expected: Option<Version>,
    ) -> Result<ProjectTemplate> {
        let event = ProjectEvent::TemplatePut(Box::new(template.head.clone()));
        set.event(NewEvent::new(event, CATALOG_READERS));
        set.change(CatalogChange::PutTemplate { template: Box::new(template.clone()), expected });
        self.engine.commit(set).await.map_err(no_category)?.answer(template)
    }

    /// Every kind of phase that the template names must be there and not archived.
    pub(super) async fn check_kinds(&self, body: &TemplateBody) -> Result<()> {
        for (index, phase) in body.phases.iter().enumerate() {
            let at = format!("phases[{index}]");
            self.check_kind(phase.definition).await.map_err(|error| error.within(&at))?;
        }
        Ok(())
    }

    /// The template, when the caller may do this to it.
    async fn template_for(
        &self,
        ctx: &Ctx,
        action: Action,
        id: ProjectTemplateId,
    ) -> Result<ProjectTemplate> {
        self.allowed_on(ctx, action, "project_template").await?;
        self.any_template(id).await
    }

    pub(super) async fn any_template(&self, id: ProjectTemplateId) -> Result<ProjectTemplate> {
        let template = self.engine.store().projects().template(id).await?;
        template.ok_or(Error::NotFound { entity: "project_template" })
    }
}

fn checked(new: &NewProjectTemplate) -> Result<(String, TemplateBody)> {
    let name = forms::NAME.check("name", &new.name)?;
    let body = rules::check_template(new.body.clone()).map_err(within_body)?;
    Ok((name, body))
}

fn within_body(error: Error) -> Error {
    error.within("body")
}

fn entity(id: ProjectTemplateId) -> EntityRef {
    EntityRef::new("project_template", id.uuid())
}
