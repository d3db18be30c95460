//! Changes of templates, and of what was made from them.

use erp_core::{
    change::{Change, ChangeSet, Version},
    ids::{PhaseDefinitionId, ProjectId, ProjectTemplateId},
    port::IdGenerator as _,
    projects::{
        CatalogChange as C, DependencyKind, Priority, ProjectChange, ProjectOrigin,
        ProjectTemplate, TemplateBody, TemplateDays, TemplateDependency, TemplateHead,
        TemplatePhase, TemplateTask,
    },
};

use super::{generate::Generator, model::Model};

impl Generator {
    pub(super) fn put_template(&mut self, model: &Model) -> C {
        let there = &model.catalog.templates;
        let mut id = ProjectTemplateId::generate(&self.ids);
        let mut expected = None;
        if !there.is_empty() && self.random.percent(40) {
            let old = self.random.pick(there).head.clone();
            expected = Some(self.expected(old.version));
            id = if self.rarely() { id } else { old.id };
        } else if self.rarely() && !there.is_empty() {
            id = self.random.pick(there).head.id;
        }
        let names = ["Dach", "DACH", "Öl", "öl", "Feld", "x"];
        let head = TemplateHead {
            id,
            name: (*self.random.pick(&names)).to_owned(),
            category: self.category_id(model),
            archived: self.random.percent(30),
            created_at: self.now,
            updated_at: self.now,
            version: Version::FIRST,
        };
        C::PutTemplate { template: Box::new(ProjectTemplate { head, body: self.body() }), expected }
    }

    /// A body: what stands in it no store looks at.
    fn body(&mut self) -> TemplateBody {
        let days = TemplateDays { offset_days: 2, length_days: 5 };
        let phase = TemplatePhase {
            key: "bau".to_owned(),
            definition: PhaseDefinitionId::generate(&self.ids),
            days,
            budget: self.random.percent(50).then(|| self.money()),
        };
        let task = |place: usize| TemplateTask {
            key: format!("t{place}"),
            title: format!("tüte {place}"),
            description: (place == 0).then(|| "a\n\"b\"".to_owned()),
            priority: Priority::High,
            labels: vec!["ä".to_owned(), "b".to_owned()],
            estimate_min: Some(90),
            days: (place == 1).then_some(days),
            role: Some("lead".to_owned()),
            parent: (place > 1).then(|| "t0".to_owned()),
            phase: (place > 1).then(|| "bau".to_owned()),
        };
        let tasks: Vec<TemplateTask> = (0..self.random.below(4)).map(task).collect();
        let edge = TemplateDependency {
            predecessor: "t0".to_owned(),
            successor: "t1".to_owned(),
            kind: *self.random.pick(DependencyKind::ALL),
            lag_min: -30,
        };
        let dependencies = if tasks.len() > 1 { vec![edge] } else { Vec::new() };
        TemplateBody { phases: vec![phase], tasks, dependencies }
    }

    pub(super) fn put_origin(&mut self, model: &Model) -> C {
        let nowhere = ProjectId::generate(&self.ids);
        let project = if model.projects.is_empty() { nowhere } else { self.project_id(model) };
        self.origin(model, project)
    }

    /// Now and then what a set makes was made from a template: then all of it is there, or nothing.
    pub(super) fn origin_of_new(&mut self, model: &Model, set: &ChangeSet) -> Option<C> {
        let new = set.changes.iter().find_map(|change| match change {
            Change::Projects(ProjectChange::CreateProject { project, .. }) => Some(project.id),
            _ => None,
        });
        new.filter(|_| self.random.percent(40)).map(|project| self.origin(model, project))
    }

    fn origin(&mut self, model: &Model, project: ProjectId) -> C {
        let there = &model.catalog.templates;
        let (mut template, mut version) = (ProjectTemplateId::generate(&self.ids), Version::FIRST);
        if !there.is_empty() && !self.rarely() {
            let head = &self.random.pick(there).head;
            (template, version) = (head.id, head.version);
        }
        if self.random.percent(15) {
            // The template was changed meanwhile.
            version = version.next();
        }
        C::PutOrigin(Box::new(ProjectOrigin {
            key: format!("lead {}", self.random.below(20)),
            fingerprint: self.ids.secret(),
            project,
            template,
            template_version: self.expected(version),
            created_at: self.now,
        }))
    }
}
