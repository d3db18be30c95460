//! How long a session lets its connection stay (AUTH-3).

use erp_core::{Engine, Result, ids::SessionId, time::Timestamp};

/// What the engine says of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It holds until then.
    Until(Timestamp),
    /// It is over.
    Over,
    /// The store does not answer.
    Unknown,
}

pub(super) async fn ask(engine: &Engine, session: SessionId) -> Result<Asked> {
    let until = engine.access().session_valid_until(session).await?;
    Ok(until.map_or(Asked::Over, Asked::Until))
}
