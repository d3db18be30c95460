//! Dropping files that are on no task.

use chrono::TimeDelta;

use super::{
    ProjectService,
    attachments::{entity, path},
};
use crate::{
    change::Recorder,
    ctx::Ctx,
    error::{Error, Result},
    files::Files,
    policy::{self, Action, Resource},
    projects::{Attachment, AttachmentState, ProjectChange, SweepQuery},
};

/// How often one run asks for files to sweep.
const SWEEP_ROUNDS: usize = 10;
/// For how many it asks.
const SWEEP_ROWS: usize = 100;

/// How long files are kept that are on no task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepPolicy {
    /// Those that never were on one.
    pub pending: TimeDelta,
    /// Those that were deleted.
    pub deleted: TimeDelta,
}

impl Default for SweepPolicy {
    fn default() -> Self {
        Self { pending: TimeDelta::hours(24), deleted: TimeDelta::days(30) }
    }
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Drops files that are on no task for longer than this, at most a thousand; returns how many. A
    /// host runs it now and then; several nodes may.
    ///
    /// # Errors
    /// Forbidden for anyone but the host; a validation error on a negative duration; a precondition
    /// error when the engine has no object store; unavailable when that fails, after which another run
    /// goes on.
    pub async fn sweep_attachments(&self, ctx: &Ctx, keep: SweepPolicy) -> Result<usize> {
        let files = self.engine.files()?;
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::AttachmentSweep, &Resource::Global)?;
        for (field, time) in [("pending", keep.pending), ("deleted", keep.deleted)] {
            if time < TimeDelta::zero() {
                return Err(Error::invalid(field, "must not be negative"));
            }
        }
        let now = self.engine.now();
        let query = SweepQuery {
            pending_before: now - keep.pending,
            deleted_before: now - keep.deleted,
            limit: SWEEP_ROWS,
        };
        let mut swept = 0;
        for _ in 0..SWEEP_ROUNDS {
            let due = self.engine.store().projects().attachments_to_sweep(&query).await?;
            if due.is_empty() {
                break;
            }
            for one in due {
                swept +=
                    usize::from(self.drop_file(ctx, Action::AttachmentSweep, &files, one).await?);
            }
        }
        Ok(swept)
    }

    /// Nobody links or restores what is doomed, so its bytes may go. Returns whether it was dropped, not
    /// by another or linked at the last moment.
    pub(super) async fn drop_file(
        &self,
        ctx: &Ctx,
        action: Action,
        files: &Files,
        due: Attachment,
    ) -> Result<bool> {
        let (id, project) = (due.id, due.project);
        let mut version = due.version;
        if due.state != AttachmentState::Doomed {
            let mut set = self.engine.change(ctx, action, entity(id, project));
            set.record(Recorder::new().field("state", due.state, AttachmentState::Doomed));
            let (state, since) = (AttachmentState::Doomed, set.at());
            let doomed = Attachment { state, since, ..due };
            match self.put_attachment(set, doomed, Some(version)).await {
                Ok(doomed) => version = doomed.version,
                Err(Error::Conflict(_) | Error::NotFound { .. }) => return Ok(false),
                Err(other) => return Err(other),
            }
        }
        files.delete(&path(id)).await?;
        let mut set = self.engine.change(ctx, action, entity(id, project));
        set.change(ProjectChange::RemoveAttachment { project, id, expected: version });
        match self.engine.commit(set).await {
            Ok(_) => Ok(true),
            Err(Error::Conflict(_) | Error::NotFound { .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }
}
