//! What stands before a login: how many may wait at once, and what of all that goes wrong comes into
//! the audit log.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use super::{AccessOptions, AccessService, login::RequestOrigin};
use crate::{
    access::rules::reports::{Counts, Measure, Mishap, Report},
    change::{EntityRef, Recorder},
    ctx::Ctx,
    error::Result,
    policy::{self, Action, Resource},
};

/// What an engine's logins share.
#[derive(Debug)]
pub(crate) struct Gate {
    /// Places of those who are held back.
    pub(super) waiting: Semaphore,
    counts: Mutex<Counts>,
}

impl Gate {
    pub(crate) fn new(options: &AccessOptions) -> Self {
        let waiting = Semaphore::new(options.login_max_waiting);
        Self { waiting, counts: Mutex::default() }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AccessService<'_> {
    /// Counts a request that the host has refused because too many came from there. The audit log tells
    /// of it, by network and window (AUTH-17).
    pub async fn note_refusal(&self, origin: &RequestOrigin) {
        self.note(origin, Mishap::Refused).await;
    }

    /// Writes what was counted of failed logins and refusals and is not in the audit log yet. A host
    /// calls it before it stops; windows that are over are written by what comes after them.
    ///
    /// # Errors
    /// Forbidden for anyone but the host.
    pub async fn report_refusals(&self, ctx: &Ctx) -> Result<()> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::RequestRefuse, &Resource::Global)?;
        self.engine.gate().counts().tell_all();
        self.write_reports().await;
        Ok(())
    }

    pub(super) async fn note(&self, origin: &RequestOrigin, mishap: Mishap) {
        let options = &self.engine.options().access;
        let by = Measure { window: options.report_window, places: options.report_places };
        let now = self.engine.now();
        self.engine.gate().counts().add(mishap, origin.network(), now, by);
        self.write_reports().await;
    }

    /// Writes what is left of windows that are over.
    pub(crate) async fn close_windows(&self) {
        self.engine.gate().counts().close(self.engine.now());
        self.write_reports().await;
    }

    /// The answer to a login does not depend on whether its report can be written: it is tried again.
    async fn write_reports(&self) {
        loop {
            let Some(report) = self.engine.gate().counts().next_due() else { return };
            if let Err(error) = self.write(report).await {
                tracing::warn!(%error, "a report of failed logins is written later");
                self.engine.gate().counts().put_back(report);
                return;
            }
        }
    }

    async fn write(&self, report: Report) -> Result<()> {
        let Report { mishap, place, from, until, count } = report;
        let ctx = Ctx { ip: place.ip(), ..Ctx::system() };
        let entity = EntityRef::new("network", place.id());
        let mut set = self.engine.change(&ctx, mishap.action(), entity);
        set.record(
            Recorder::new().created("count", count).created("from", from).created("until", until),
        );
        self.engine.commit(set).await?;
        Ok(())
    }
}
