//! Templates of projects, and what was made from them.

use erp_core::{
    ids::{ProjectCategoryId, ProjectTemplateId},
    projects::{ProjectTemplate, TemplateHead, TemplateQuery},
    text,
};

use crate::{order::by_name, state::CatalogState};

/// The templates that match, in their order.
pub(super) fn heads(state: &CatalogState, query: &TemplateQuery) -> Vec<TemplateHead> {
    let wanted = |head: &TemplateHead| {
        head.archived == query.archived
            && query.category.is_none_or(|category| head.category == Some(category))
            && query.after.as_ref().is_none_or(|after| key(head) > *after)
    };
    let heads = state.templates.values().map(|template| &template.head);
    let found = heads.filter(|head| wanted(head)).cloned().collect();
    let mut found = by_name(found, |head: &TemplateHead| (&head.name, head.id));
    found.truncate(query.limit);
    found
}

/// The first template of the first category that has any.
pub(super) fn first(
    state: &CatalogState,
    categories: &[ProjectCategoryId],
) -> Option<ProjectTemplate> {
    let of = |category: &ProjectCategoryId| {
        let query =
            TemplateQuery { category: Some(*category), limit: 1, ..TemplateQuery::default() };
        heads(state, &query).pop()
    };
    let head = categories.iter().find_map(of)?;
    state.templates.get(&head.id).cloned()
}

fn key(head: &TemplateHead) -> (String, ProjectTemplateId) {
    (text::key(&head.name), head.id)
}
