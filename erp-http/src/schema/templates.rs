//! Templates of projects.

use chrono::{DateTime, Utc};
use utoipa::ToSchema;

use super::{
    DependencyKind, Money, PhaseDefinitionId, Priority, ProjectCategoryId, ProjectTemplateId,
};

/// Days of a task or a phase, in working days of the project that it comes to be in.
#[derive(ToSchema)]
pub(crate) struct TemplateDays {
    /// How many working days after the first one of the project it begins: 0 to 3,660.
    offset_days: i64,
    /// How many working days it has, the first one included: 1 to 3,660.
    length_days: i64,
}

/// A phase that projects begin with.
#[derive(ToSchema)]
pub(crate) struct TemplatePhase {
    /// What the rest of the template calls it, unique among its phases: as the key of a task.
    key: String,
    /// What kind of phase it is.
    definition: PhaseDefinitionId,
    /// Its days. Those of two phases do not overlap.
    days: TemplateDays,
    /// What it may cost, in one currency for all phases.
    #[schema(required = false)]
    budget: Option<Money>,
}

/// A task that projects begin with.
#[derive(ToSchema)]
pub(crate) struct TemplateTask {
    /// What the rest of the template calls it, unique in it: 1 to 50 letters, digits, hyphens, points
    /// and underscores.
    key: String,
    /// What is to be done, 1 to 200 characters.
    title: String,
    /// More of it.
    #[schema(required = false)]
    description: Option<String>,
    /// How much it matters; `normal` when it is left out.
    #[schema(required = false)]
    priority: Priority,
    /// What it is found by.
    #[schema(required = false)]
    labels: Vec<String>,
    /// How long it is thought to take, in minutes.
    #[schema(required = false)]
    estimate_min: Option<i64>,
    /// Its days; none leaves it without.
    #[schema(required = false)]
    days: Option<TemplateDays>,
    /// Who is to do it, by what he is in the project; none leaves it to nobody.
    #[schema(required = false)]
    role: Option<String>,
    /// The key of the task that it is a part of.
    #[schema(required = false)]
    parent: Option<String>,
    /// The key of the phase that it is in.
    #[schema(required = false)]
    phase: Option<String>,
}

/// One task of a template waits for another.
#[derive(ToSchema)]
pub(crate) struct TemplateDependency {
    /// The key of the task that is waited for.
    predecessor: String,
    /// The key of the task that waits.
    successor: String,
    /// What it waits for.
    kind: DependencyKind,
    /// How long it waits after that, in minutes of work; negative to begin before.
    #[schema(required = false)]
    lag_min: i64,
}

/// What a project begins with: at most 192 KiB of JSON.
#[derive(ToSchema)]
pub(crate) struct TemplateBody {
    /// Its phases: at most 50.
    #[schema(required = false)]
    phases: Vec<TemplatePhase>,
    /// Its tasks, in the order of their codes: at most 300.
    #[schema(required = false)]
    tasks: Vec<TemplateTask>,
    /// What waits for what: at most 600.
    #[schema(required = false)]
    dependencies: Vec<TemplateDependency>,
}

/// What a list of templates tells of one.
#[derive(ToSchema)]
pub(crate) struct TemplateHead {
    /// Its id.
    id: ProjectTemplateId,
    /// Its name, unique in its category without regard to case while it is not archived.
    name: String,
    /// The category that it is for; none is for no special one.
    category: Option<ProjectCategoryId>,
    /// Whether no more projects are made from it.
    archived: bool,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
    /// Rises with every change of it.
    version: i64,
}

/// What projects of a kind begin with.
#[derive(ToSchema)]
pub(crate) struct ProjectTemplate {
    /// What a list tells of it.
    #[serde(flatten)]
    head: TemplateHead,
    /// What a project begins with.
    body: TemplateBody,
}
