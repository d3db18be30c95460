//! Searching tasks and comments.

use super::ProjectService;
use crate::{
    ctx::Ctx,
    error::Result,
    ids::ProjectId,
    page::{Page, PageRequest},
    policy::Action,
    projects::{Hit, SearchQuery, rules},
};

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// The tasks and comments that have all words of the query, the newest first: of one project, or of
    /// all that the caller may see. What counts as a word stands with
    /// [`rules::query_words`]. Membership is asked of now, so who has left a project finds nothing of it
    /// any more (PROJ-14).
    ///
    /// # Errors
    /// Not found when the caller does not see the project, forbidden, validation errors on `q` and
    /// `cursor`.
    pub async fn search(
        &self,
        ctx: &Ctx,
        text: &str,
        project: Option<ProjectId>,
        page: &PageRequest,
    ) -> Result<Page<Hit>> {
        let member = match project {
            Some(project) => {
                self.project_for(ctx, Action::ProjectRead, project).await?;
                None
            }
            None => self.sight(&self.engine.subject(ctx).await?)?,
        };
        let words = rules::query_words(text)?;
        let limit = page.limit.get() + 1;
        let mut query = SearchQuery { words, member, project, after: None, limit };
        query.after = page.after(&query)?;
        let rows = self.engine.store().projects().search(&query).await?;
        Page::from_rows(rows, page.limit, &query, Hit::key)
    }
}
