//! What the projects of a case are made from.

use chrono::{Days, NaiveDate};
use erp_core::{
    change::Version,
    ids::{PhaseDefinitionId, PhaseId, ProjectCategoryId, ProjectId, ProjectTemplateId},
    money::{Currency, Money},
    projects::{
        DependencyKind, Phase, PhaseDefinition, PhaseDetails, Priority, ProjectCategory,
        ProjectChange, ProjectTemplate, TemplateBody, TemplateDays, TemplateDependency,
        TemplateHead, TemplatePhase, TemplateTask,
    },
    record::{Name, Stored},
};

use super::{Harness, put};

impl Harness {
    /// Writes a category of projects.
    ///
    /// # Panics
    /// As [`Harness::commit`]; when it is no name.
    pub async fn project_category(
        &self,
        name: &str,
        parent: Option<ProjectCategoryId>,
    ) -> Stored<ProjectCategory> {
        let category = ProjectCategory::new(name, parent).expect("a name");
        let category = self.new_record(category);
        self.commit(put(&category, None)).await;
        category
    }

    /// The value of a new kind of phase. Nothing is written.
    ///
    /// # Panics
    /// When it is no name.
    pub fn new_phase_definition(&self, name: &str) -> Stored<PhaseDefinition> {
        self.new_record(PhaseDefinition { name: Name::new(name).expect("a name") })
    }

    /// Writes a kind of phase.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn phase_definition(&self, name: &str) -> Stored<PhaseDefinition> {
        let definition = self.new_phase_definition(name);
        self.commit(put(&definition, None)).await;
        definition
    }

    /// The value of a new phase of a week that begins so many days after the first of March 2024.
    /// Nothing is written.
    ///
    /// # Panics
    /// Never: the days exist.
    pub fn new_phase(&self, project: ProjectId, kind: PhaseDefinitionId, days: u64) -> Phase {
        let first = NaiveDate::from_ymd_opt(2024, 3, 1).expect("a day") + Days::new(days);
        Phase {
            id: PhaseId::generate(&*self.ids),
            project,
            definition: kind,
            details: PhaseDetails { starts_on: first, ends_on: first + Days::new(6), budget: None },
            gate: None,
            created_at: self.now(),
            updated_at: self.now(),
            cancelled_at: None,
            version: Version::FIRST,
        }
    }

    /// Writes a phase of a week; see [`Harness::new_phase`].
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn phase(&self, project: ProjectId, kind: PhaseDefinitionId, days: u64) -> Phase {
        let phase = self.new_phase(project, kind, days);
        let new = Box::new(phase.clone());
        self.commit(ProjectChange::PutPhase { phase: new, expected: None }).await;
        phase
    }

    /// The value of a new template of projects, with two tasks. Nothing is written.
    pub fn new_template(&self, name: &str, category: Option<ProjectCategoryId>) -> ProjectTemplate {
        let at = self.now();
        let head = TemplateHead {
            id: ProjectTemplateId::generate(&*self.ids),
            name: name.to_owned(),
            category,
            archived: false,
            created_at: at,
            updated_at: at,
            version: Version::FIRST,
        };
        ProjectTemplate { head, body: self.template_body() }
    }

    /// One task that says all, and one that is a part of it, with a ring and a kind of phase that is not there:
    /// a store does not mind.
    fn template_body(&self) -> TemplateBody {
        let rails = TemplateTask {
            key: "rails".to_owned(),
            title: "Mount the rails".to_owned(),
            description: Some("On the \"south\" side\nfirst, \u{20ac}".to_owned()),
            priority: Priority::High,
            labels: vec!["roof".to_owned()],
            estimate_min: Some(960),
            days: Some(TemplateDays { offset_days: 2, length_days: 3 }),
            role: Some("fitter".to_owned()),
            parent: None,
            phase: Some("build".to_owned()),
        };
        let modules = TemplateTask {
            key: "modules".to_owned(),
            title: "Lay the modules".to_owned(),
            parent: Some("rails".to_owned()),
            description: None,
            days: None,
            role: None,
            phase: None,
            ..rails.clone()
        };
        let euro = Currency::new("EUR").expect("a currency");
        let build = TemplatePhase {
            key: "build".to_owned(),
            definition: PhaseDefinitionId::generate(&*self.ids),
            days: TemplateDays { offset_days: 0, length_days: 10 },
            budget: Money::new("1200.50".parse().expect("a number"), euro).ok(),
        };
        let dependency = TemplateDependency {
            predecessor: rails.key.clone(),
            successor: modules.key.clone(),
            kind: DependencyKind::StartStart,
            lag_min: -60,
        };
        TemplateBody {
            phases: vec![build],
            tasks: vec![rails, modules],
            dependencies: vec![dependency],
        }
    }
}
