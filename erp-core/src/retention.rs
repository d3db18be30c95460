//! Retention: what is old goes, in whole periods, and the audit log says so (rule X-16).

use chrono::TimeDelta;
use serde::Serialize;

use crate::{
    access::AuditAnchor,
    change::{EntityRef, Position, Recorder},
    ctx::Ctx,
    engine::Engine,
    error::{Error, Result},
    ids::AuditId,
    policy::{self, Action, Resource},
};

/// How long what is kept. None keeps it for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Events: whoever was away for longer has to reload.
    pub events: Option<TimeDelta>,
    /// The audit log, of which an anchor stays for each month that goes.
    pub audit: Option<TimeDelta>,
    /// Answers to requests with an idempotency key: a request that is sent again later than this is
    /// a new one.
    pub idempotency: TimeDelta,
    /// Sessions and known devices after their end, and failed logins.
    pub sessions: TimeDelta,
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        Self {
            events: Some(TimeDelta::days(14)),
            audit: None,
            idempotency: TimeDelta::hours(24),
            sessions: TimeDelta::hours(24),
        }
    }
}

/// What a run dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RetentionReport {
    /// Events up to here are gone, when the run moved it.
    pub events_horizon: Option<Position>,
    /// The anchors of the months of the audit log that went.
    pub audit: Vec<AuditAnchor>,
    /// How many answers were forgotten.
    pub idempotency: u64,
    /// How many ended sessions, devices and failed logins were forgotten.
    pub sessions: u64,
}

/// Drops what is old.
pub struct RetentionService<'a> {
    engine: &'a Engine,
}

#[erp_derive::boxed]
impl<'a> RetentionService<'a> {
    pub(crate) fn new(engine: &'a Engine) -> Self {
        Self { engine }
    }

    /// Drops what this policy does not keep. A host runs it now and then; several nodes may. A run
    /// that dropped something leaves an entry in the audit log. Failed logins are kept for as long
    /// as they slow down further ones, whatever the policy says.
    ///
    /// # Errors
    /// Forbidden for anyone but the host; a validation error on a negative duration; store errors,
    /// after which another run goes on.
    pub async fn run(&self, ctx: &Ctx, policy: &RetentionPolicy) -> Result<RetentionReport> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::RetentionRun, &Resource::Global)?;
        policy.validate()?;
        self.engine.access().close_windows().await;
        let report = self.drop_old(policy).await?;
        if report != RetentionReport::default() {
            self.leave_fact(ctx, &report).await?;
        }
        Ok(report)
    }

    async fn drop_old(&self, policy: &RetentionPolicy) -> Result<RetentionReport> {
        let maintenance = self.engine.store().maintenance();
        let now = self.engine.now();
        let mut report = RetentionReport::default();
        if let Some(keep) = policy.events {
            let before = self.engine.store().events().horizon().await?;
            let horizon = maintenance.drop_events_before(now - keep).await?;
            report.events_horizon = (horizon > before).then_some(horizon);
        }
        if let Some(keep) = policy.audit {
            report.audit = maintenance.drop_audit_before(now - keep).await?;
        }
        report.idempotency = maintenance.purge_idempotency(now - policy.idempotency).await?;
        let keep = policy.sessions.max(self.engine.options().access.login_forget_after);
        report.sessions = maintenance.purge_sessions(now - keep).await?;
        Ok(report)
    }

    async fn leave_fact(&self, ctx: &Ctx, report: &RetentionReport) -> Result<()> {
        let run = AuditId::generate(self.engine.ids());
        let entity = EntityRef::new("retention", run.uuid());
        let mut set = self.engine.change(ctx, Action::RetentionRun, entity);
        set.record(
            Recorder::new()
                .created("events_horizon", report.events_horizon)
                .created("audit", (!report.audit.is_empty()).then_some(&report.audit))
                .created("idempotency", report.idempotency)
                .created("sessions", report.sessions),
        );
        self.engine.commit(set).await?;
        Ok(())
    }
}

impl RetentionPolicy {
    fn validate(&self) -> Result<()> {
        for (field, keep) in [
            ("events", self.events),
            ("audit", self.audit),
            ("idempotency", Some(self.idempotency)),
            ("sessions", Some(self.sessions)),
        ] {
            if keep.is_some_and(|keep| keep < TimeDelta::zero()) {
                return Err(Error::invalid(field, "must not be negative"));
            }
        }
        Ok(())
    }
}
