//! Questions about what projects are made from: templates, origins.

use erp_core::{
    ids::{ProjectCategoryId, ProjectId, ProjectTemplateId},
    port::Store,
    projects::{HourlyRate, ProjectTemplate, TemplateHead, TemplateQuery},
    record::Stored,
    text::key as folded,
};

use super::{answer::in_order, ask::text, some};
use crate::{
    random::Random,
    walk::model::{Catalog, Model},
};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum CatalogProbe {
    RatesIn(ProjectId),
    Template(ProjectTemplateId),
    Templates(TemplateQuery),
    FirstTemplate(Vec<ProjectCategoryId>),
    Origin(String),
}

use CatalogProbe as P;

/// Questions about all that the model knows, with parts of lists chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<CatalogProbe> {
    let Catalog { templates, origins, .. } = &model.catalog;
    let mut probes = vec![P::Origin("lead of nobody".to_owned())];
    probes.extend(model.projects.iter().map(|project| P::RatesIn(project.id)));
    let some_templates = some(templates, random).into_iter();
    probes.extend(some_templates.map(|template| P::Template(template.head.id)));
    for _ in 0..6 {
        probes.push(P::Templates(heads(&model.catalog, random)));
        probes.push(P::FirstTemplate(upwards(&model.catalog, random)));
    }
    probes.extend(some(origins, random).into_iter().map(|one| P::Origin(one.key.clone())));
    probes
}

fn heads(catalog: &Catalog, random: &mut Random) -> TemplateQuery {
    let category = category(catalog, random).filter(|_| random.percent(50));
    let after = !catalog.templates.is_empty() && random.percent(40);
    let after = after.then(|| name_key(&random.pick(&catalog.templates).head));
    TemplateQuery { category, archived: random.percent(40), after, limit: 1 + random.below(5) }
}

fn upwards(catalog: &Catalog, random: &mut Random) -> Vec<ProjectCategoryId> {
    (0..random.below(4)).filter_map(|_| category(catalog, random)).collect()
}

fn category(catalog: &Catalog, random: &mut Random) -> Option<ProjectCategoryId> {
    let there = &catalog.categories;
    (!there.is_empty()).then(|| random.pick(there).id)
}

fn name_key(head: &TemplateHead) -> (String, ProjectTemplateId) {
    (folded(&head.name), head.id)
}

impl CatalogProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let projects = store.projects();
        match self {
            P::RatesIn(project) => text(projects.rates_in(*project).await),
            P::Template(id) => text(projects.template(*id).await),
            P::Templates(query) => text(projects.templates(query).await),
            P::FirstTemplate(categories) => text(projects.first_template(categories).await),
            P::Origin(key) => text(projects.origin(key).await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        let catalog = &model.catalog;
        match self {
            P::RatesIn(project) => {
                let entries = model.time_in(*project);
                let counts = live_rates(catalog).filter(|rate| {
                    entries.iter().any(|entry| entry.user == rate.user)
                        && rate.project.is_none_or(|of| of == *project)
                });
                text(in_order(counts, |rate| (rate.user, rate.valid_from, rate.id)))
            }
            P::Template(id) => text(catalog.templates.iter().find(|one| one.head.id == *id)),
            P::Templates(query) => {
                let all = in_order(&catalog.templates, |one| name_key(&one.head)).into_iter();
                let matching = all.map(|one| &one.head).filter(|head| {
                    head.archived == query.archived
                        && query.category.is_none_or(|id| head.category == Some(id))
                        && query.after.as_ref().is_none_or(|after| name_key(head) > *after)
                });
                text(matching.take(query.limit).collect::<Vec<_>>())
            }
            P::FirstTemplate(categories) => {
                text(categories.iter().find_map(|category| first(catalog, *category)))
            }
            P::Origin(key) => text(catalog.origins.iter().find(|one| one.key == *key)),
        }
    }
}

fn live_rates(catalog: &Catalog) -> impl Iterator<Item = &Stored<HourlyRate>> {
    catalog.rates.iter().filter(|rate| rate.archived_at.is_none())
}

fn first(catalog: &Catalog, category: ProjectCategoryId) -> Option<&ProjectTemplate> {
    let of_it = catalog.templates.iter();
    let of_it = of_it.filter(|one| one.head.category == Some(category) && !one.head.archived);
    of_it.min_by_key(|one| name_key(&one.head))
}
