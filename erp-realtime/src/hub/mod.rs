//! Live delivery: reads the event log once per process and hands each event to every connection
//! whose user may see it.
//!
//! The hub is one task that owns all state: who is connected, what each may see, who is in which
//! room. It applies an event's effect on that state before it delivers the event, in log order, so
//! a removed member gets nothing from the commit of his removal on. Connections are set up
//! elsewhere and join through commands; the seam between replay and live is inside the task, so it
//! has no gap and no overlap.

mod attach;
mod audience;
mod batch;
mod command;
mod core;
mod deliver;
mod join;
mod link;
mod options;
mod presence;
mod recent;
mod refusal;
mod registry;
mod resolve;
mod rights;
mod run;
mod seat;
mod tail;
mod tick;
mod validity;

use std::{sync::Arc, time::Duration};

use erp_core::{
    Engine,
    ids::{NodeId, SessionId, UserId},
    time::Timestamp,
};
use tokio_util::sync::DropGuard;

pub use options::HubOptions;
pub use refusal::Refusal;
pub use seat::HubStats;

pub(crate) use attach::attach;
pub(crate) use core::{Core, jitter_ms};
pub(crate) use link::{Link, QueueLink, Sent, SocketLink, Waiting};
pub(crate) use seat::Seat;

/// Who opens a live connection. The host has authenticated him.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The user.
    pub user: UserId,
    /// His login; when it is revoked the connection closes. None when the host authenticates by
    /// other means.
    pub session: Option<SessionId>,
    /// When his login ends; the connection closes then. None when it does not end by itself. With
    /// a `session` the hub asks the engine, and this value is not used.
    pub valid_until: Option<Timestamp>,
}

impl Viewer {
    /// A user with an engine's session.
    pub fn with_session(user: UserId, session: SessionId) -> Self {
        Self { user, session: Some(session), valid_until: None }
    }

    /// A user whom the host lets in by its own means.
    pub fn trusted(user: UserId) -> Self {
        Self { user, session: None, valid_until: None }
    }
}

/// Live delivery of one engine in this process. A clone is the same hub.
///
/// When the last clone is dropped the hub ends at once; [`Hub::shutdown`] ends it in good order.
#[derive(Clone)]
pub struct Hub(Arc<Handle>);

struct Handle {
    core: Arc<Core>,
    _ends_with_the_last_clone: DropGuard,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl Hub {
    /// Starts the hub of this engine on the current tokio runtime. One hub per engine and process.
    ///
    /// # Errors
    /// A validation error when an option makes no sense.
    pub fn start(engine: Engine, options: HubOptions) -> erp_core::Result<Self> {
        options.validate()?;
        let core = run::start(engine, options);
        let guard = core.stop_token().drop_guard();
        Ok(Self(Arc::new(Handle { core, _ends_with_the_last_clone: guard })))
    }

    /// The engine whose events it delivers.
    pub fn engine(&self) -> &Engine {
        self.0.core.engine()
    }

    /// This process in the leases of its connections.
    pub fn node(&self) -> NodeId {
        self.0.core.node()
    }

    /// What it holds at this moment.
    pub fn stats(&self) -> HubStats {
        self.0.core.stats()
    }

    /// Ends all streams with a `bye` that spreads the clients' return, gives up the leases, and
    /// returns when nothing is left, or after this time. New connections are refused from now on.
    ///
    /// Call it before the HTTP server's own graceful shutdown, which would wait for the streams.
    pub async fn shutdown(&self, within: Duration) -> HubStats {
        self.0.core.shutdown(within).await;
        self.stats()
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.0.core
    }
}
