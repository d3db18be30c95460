//! What the time that was spent on a project costs. Hourly rates themselves are records.

use super::ProjectService;
use crate::{
    ctx::Ctx,
    error::Result,
    policy::{self, Action, Resource},
    projects::{ProjectAccess, ProjectCost, TaskTime, rules},
};

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// What the time that was spent on a project costs, if the caller may see rates.
    pub(super) async fn cost(
        &self,
        ctx: &Ctx,
        access: &ProjectAccess,
        (zone, time): (&crate::time::tz::Zone, TaskTime),
    ) -> Result<Option<ProjectCost>> {
        let subject = self.engine.subject(ctx).await?;
        if policy::authorize(&subject, Action::RateRead, &Resource::Global).is_err() {
            return Ok(None);
        }
        let (project, projects) = (access.project.id, self.engine.store().projects());
        let rates = projects.rates_in(project).await?;
        let spans = rules::rated_spans(&rates, zone)?;
        let wanted: Vec<_> = spans.iter().map(|(span, _)| *span).collect();
        let spent = projects.rated_time(project, &wanted).await?;
        let priced: Vec<_> = spans.iter().map(|(_, rate)| *rate).zip(spent).collect();
        rules::cost(&priced, time.spent_us, access.project.details.budget).map(Some)
    }
}
