//! What the projects of a case are made from.

use chrono::{Days, NaiveDate};
use erp_core::{
    change::Version,
    ids::{PhaseDefinitionId, PhaseId, ProjectCategoryId, ProjectId},
    projects::{
        CatalogChange, Phase, PhaseDefinition, PhaseDetails, ProjectCategory, ProjectChange,
    },
};

use super::Harness;

impl Harness {
    /// The value of a new category of projects. Nothing is written.
    pub fn new_project_category(
        &self,
        name: &str,
        parent: Option<ProjectCategoryId>,
    ) -> ProjectCategory {
        ProjectCategory {
            id: ProjectCategoryId::generate(&*self.ids),
            name: name.to_owned(),
            parent,
            version: Version::FIRST,
            created_at: self.now(),
        }
    }

    /// Writes a category of projects.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn project_category(
        &self,
        name: &str,
        parent: Option<ProjectCategoryId>,
    ) -> ProjectCategory {
        let category = self.new_project_category(name, parent);
        let new = category.clone();
        self.commit(CatalogChange::PutCategory { category: new, expected: None }).await;
        category
    }

    /// The value of a new kind of phase. Nothing is written.
    pub fn new_phase_definition(&self, name: &str) -> PhaseDefinition {
        PhaseDefinition {
            id: PhaseDefinitionId::generate(&*self.ids),
            name: name.to_owned(),
            archived_at: None,
            version: Version::FIRST,
            created_at: self.now(),
        }
    }

    /// Writes a kind of phase.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn phase_definition(&self, name: &str) -> PhaseDefinition {
        let definition = self.new_phase_definition(name);
        let new = definition.clone();
        self.commit(CatalogChange::PutPhaseDefinition { definition: new, expected: None }).await;
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
}
