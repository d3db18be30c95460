//! Hourly rates. They are nobody's but theirs who may see rates: not even of the user himself.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ProjectService;
use crate::{
    change::{Audience, ChangeSet, EntityRef, Idempotency, NewEvent, Recorder, Version},
    ctx::Ctx,
    error::{Error, Result},
    ids::{ProjectId, RateId, UserId},
    money::Money,
    page::{Page, PageRequest},
    policy::{self, Action, Permission, Resource},
    projects::{
        CatalogChange, HourlyRate, ProjectAccess, ProjectCost, ProjectEvent, TaskTime, rules,
    },
};

/// A rate to write down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRate {
    /// Whose work.
    pub user: UserId,
    /// In which project; none in all.
    #[serde(default)]
    pub project: Option<ProjectId>,
    /// From which day on.
    pub valid_from: NaiveDate,
    /// What an hour costs.
    pub rate: Money,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Writes down what an hour of a user's work costs from a day on. With an idempotency key the same
    /// request gives the same rate again.
    ///
    /// # Errors
    /// Forbidden, validation errors on `rate` and `valid_from`, on `user` when there is no such one, and
    /// on `project` when there is none that the caller sees; a conflict when the user has a rate from
    /// this day on.
    pub async fn create_rate(&self, ctx: &Ctx, new: NewRate) -> Result<HourlyRate> {
        let action = Action::RateCreate;
        self.rates_allowed(ctx, action).await?;
        rules::check_rate(new.rate, new.valid_from)?;
        if let Some(project) = new.project {
            let seen = self.project_for(ctx, Action::ProjectRead, project).await;
            seen.map_err(|_| Error::invalid("project", "no such project"))?;
        }
        let id = RateId::generate(self.engine.ids());
        let mut set = self.engine.change(ctx, action, entity(id));
        let NewRate { user, project, valid_from, rate } = new;
        let created_at = set.at();
        let version = Version::FIRST;
        let rate = HourlyRate {
            id,
            user,
            project,
            valid_from,
            rate,
            created_at,
            deleted_at: None,
            version,
        };
        set.idempotency = Idempotency::of(ctx, action, &new, &rate)?;
        set.record(
            Recorder::new()
                .created("user", user)
                .created("project", project)
                .created("valid_from", valid_from)
                .created("rate", rate.rate),
        );
        match self.put_rate(set, rate, None).await {
            Err(Error::NotFound { entity: "user" }) => Err(Error::invalid("user", "no such user")),
            done => done,
        }
    }

    /// Changes what an hour costs, or from which day on; to what it is already writes nothing.
    ///
    /// # Errors
    /// Not found, forbidden, validation errors on the fields, conflicts when the version is not the
    /// present one or the user has another rate from this day on.
    pub async fn update_rate(
        &self,
        ctx: &Ctx,
        id: RateId,
        expected: Version,
        (valid_from, rate): (NaiveDate, Money),
    ) -> Result<HourlyRate> {
        let action = Action::RateUpdate;
        self.rates_allowed(ctx, action).await?;
        let old = self.rate(ctx, id).await?;
        if old.deleted_at.is_some() {
            return Err(Error::NotFound { entity: "rate" });
        }
        old.version.must_be(expected, "rate")?;
        rules::check_rate(rate, valid_from)?;
        let changed = Recorder::new()
            .field("valid_from", old.valid_from, valid_from)
            .field("rate", old.rate, rate);
        if changed.is_empty() {
            return Ok(old);
        }
        let mut set = self.engine.change(ctx, action, entity(id));
        set.record(changed);
        self.put_rate(
            set,
            HourlyRate { valid_from, rate, version: expected.next(), ..old },
            Some(expected),
        )
        .await
    }

    /// Deletes a rate: time costs what it would have without it. Deleting twice deletes once.
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one.
    pub async fn delete_rate(&self, ctx: &Ctx, id: RateId, expected: Version) -> Result<()> {
        let action = Action::RateDelete;
        self.rates_allowed(ctx, action).await?;
        let old = self.rate(ctx, id).await?;
        if old.deleted_at.is_some() {
            return Ok(());
        }
        old.version.must_be(expected, "rate")?;
        let mut set = self.engine.change(ctx, action, entity(id));
        let deleted_at = Some(set.at());
        set.record(Recorder::new().created("deleted_at", deleted_at));
        self.put_rate(
            set,
            HourlyRate { deleted_at, version: expected.next(), ..old },
            Some(expected),
        )
        .await
        .map(drop)
    }

    /// The rates of a user, by their first day; those of projects that the caller does not see are left
    /// out, so a page may have fewer than asked for.
    ///
    /// # Errors
    /// Forbidden; a validation error on `cursor`.
    pub async fn rates(
        &self,
        ctx: &Ctx,
        user: UserId,
        page: &PageRequest,
    ) -> Result<Page<HourlyRate>> {
        self.rates_allowed(ctx, Action::RateRead).await?;
        let filter = ("rates", user);
        let after = page.after(&filter)?;
        let rows = self.engine.store().projects().rates(user, after, page.limit.get() + 1).await?;
        let page = Page::from_rows(rows, page.limit, &filter, |rate| (rate.valid_from, rate.id))?;
        let mut items = Vec::with_capacity(page.items.len());
        for rate in page.items {
            if self.sees_rate(ctx, &rate).await? {
                items.push(rate);
            }
        }
        Ok(Page { items, next: page.next })
    }

    /// What the time that was spent on a project costs, if the caller may see rates.
    pub(super) async fn cost(
        &self,
        ctx: &Ctx,
        access: &ProjectAccess,
        (zone, time): (&crate::time::tz::Zone, TaskTime),
    ) -> Result<Option<ProjectCost>> {
        if self.rates_allowed(ctx, Action::RateRead).await.is_err() {
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

    async fn rates_allowed(&self, ctx: &Ctx, action: Action) -> Result<()> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, action, &Resource::Global)
    }

    /// The rate, deleted or not, unless it is of a project that the caller does not see.
    async fn rate(&self, ctx: &Ctx, id: RateId) -> Result<HourlyRate> {
        let not_found = Error::NotFound { entity: "rate" };
        let rate = self.engine.store().projects().rate(id).await?;
        let Some(rate) = rate else {
            // As of a rate in a project that the caller does not see.
            self.project_of(ctx, Action::ProjectRead, None, "rate").await?;
            return Err(not_found);
        };
        if self.sees_rate(ctx, &rate).await? { Ok(rate) } else { Err(not_found) }
    }

    async fn sees_rate(&self, ctx: &Ctx, rate: &HourlyRate) -> Result<bool> {
        let Some(project) = rate.project else { return Ok(true) };
        match self.project_for(ctx, Action::ProjectRead, project).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. } | Error::Forbidden { .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }

    async fn put_rate(
        &self,
        mut set: ChangeSet,
        new: HourlyRate,
        expected: Option<Version>,
    ) -> Result<HourlyRate> {
        set.change(CatalogChange::PutRate { rate: new.clone(), expected });
        // Who sees rates may not see the project: then nobody is told (PROJ-14).
        let audience = match new.project {
            None => vec![Audience::Holders(Permission::RatesRead)],
            Some(_) => Vec::new(),
        };
        set.event(NewEvent::new(ProjectEvent::RatePut(Box::new(new.clone())), audience));
        self.engine.commit(set).await?.answer(new)
    }
}

fn entity(id: RateId) -> EntityRef {
    EntityRef::new("rate", id.uuid())
}
