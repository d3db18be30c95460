//! What a host does from time to time: forget what is no longer needed.

use std::time::Duration;

use chrono::TimeDelta;
use erp_core::{Ctx, Engine, Result, projects::SweepPolicy};

const EVERY: Duration = Duration::from_secs(3_600);

/// Sweeps now and then, until the task is dropped.
pub async fn run(engine: Engine) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = sweep(&engine).await {
            tracing::warn!(%error, "clean-up failed; it is tried again in an hour");
        }
    }
}

async fn sweep(engine: &Engine) -> Result<()> {
    let now = engine.now();
    let maintenance = engine.store().maintenance();
    maintenance.purge_idempotency(now - TimeDelta::hours(24)).await?;
    maintenance.purge_sessions(now - TimeDelta::days(1)).await?;
    maintenance.drop_events_before(now - TimeDelta::days(7)).await?;
    engine.access().report_refusals(&Ctx::system()).await?;
    engine.projects().sweep_attachments(&Ctx::system(), SweepPolicy::default()).await?;
    Ok(())
}
