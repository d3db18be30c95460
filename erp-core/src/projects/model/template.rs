//! What projects are made from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{graph::DependencyKind, task::Priority};
use crate::{
    change::Version,
    ids::{PhaseDefinitionId, ProjectCategoryId, ProjectId, ProjectTemplateId, UserId},
    money::Money,
    time::Timestamp,
};

/// Days of a task or a phase, in working days of the project that it comes to be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateDays {
    /// How many working days after the first one of the project it begins.
    pub offset_days: i64,
    /// How many working days it has, the first one included.
    pub length_days: i64,
}

/// A phase that projects begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplatePhase {
    /// What the rest of the template calls it, unique among its phases.
    pub key: String,
    /// What kind of phase it is.
    pub definition: PhaseDefinitionId,
    /// Its days. Those of two phases do not overlap.
    pub days: TemplateDays,
    /// What it may cost, in one currency for all phases.
    #[serde(default)]
    pub budget: Option<Money>,
}

/// A task that projects begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateTask {
    /// What the rest of the template calls it, unique in it.
    pub key: String,
    /// What is to be done, 1 to 200 characters.
    pub title: String,
    /// More of it.
    #[serde(default)]
    pub description: Option<String>,
    /// How much it matters.
    #[serde(default)]
    pub priority: Priority,
    /// What it is found by, in order of their letters.
    #[serde(default)]
    pub labels: Vec<String>,
    /// How long it is thought to take, in minutes.
    #[serde(default)]
    pub estimate_min: Option<i64>,
    /// Its days; none leaves it without.
    #[serde(default)]
    pub days: Option<TemplateDays>,
    /// Who is to do it, by what he is in the project; none leaves it to nobody.
    #[serde(default)]
    pub role: Option<String>,
    /// The key of the task that it is a part of.
    #[serde(default)]
    pub parent: Option<String>,
    /// The key of the phase that it is in.
    #[serde(default)]
    pub phase: Option<String>,
}

/// One task of a template waits for another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateDependency {
    /// The key of the task that is waited for.
    pub predecessor: String,
    /// The key of the task that waits.
    pub successor: String,
    /// What it waits for.
    pub kind: DependencyKind,
    /// How long it waits after that, in minutes of work; negative to begin before.
    #[serde(default)]
    pub lag_min: i64,
}

/// What a project begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateBody {
    /// Its phases.
    #[serde(default)]
    pub phases: Vec<TemplatePhase>,
    /// Its tasks, in the order of their codes.
    #[serde(default)]
    pub tasks: Vec<TemplateTask>,
    /// What waits for what.
    #[serde(default)]
    pub dependencies: Vec<TemplateDependency>,
}

/// What a list of templates tells of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateHead {
    /// Its id.
    pub id: ProjectTemplateId,
    /// Its name, unique in its category without regard to case while it is not archived.
    pub name: String,
    /// The category that it is for; none is for no special one.
    pub category: Option<ProjectCategoryId>,
    /// Whether no more projects are made from it.
    pub archived: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Rises with every change of it.
    pub version: Version,
}

/// What projects of a kind begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectTemplate {
    /// What a list tells of it.
    #[serde(flatten)]
    pub head: TemplateHead,
    /// What a project begins with.
    pub body: TemplateBody,
}

/// From what a project was made, and for what. It stays as long as the project does, so a key makes
/// one project for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectOrigin {
    /// What the project was made for, such as a lead that was won. Unique.
    pub key: String,
    /// SHA-256 over the request.
    pub fingerprint: [u8; 32],
    /// The project.
    pub project: ProjectId,
    /// The template.
    pub template: ProjectTemplateId,
    /// The template's version at that time.
    pub template_version: Version,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Who is what in a project.
pub type TemplateRoles = BTreeMap<String, UserId>;
