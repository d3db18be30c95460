//! What the hub's task is told and asked.

use std::{collections::HashSet, sync::Arc};

use erp_core::{
    change::{Epoch, Position},
    chat::Seq,
    ids::{ConnectionId, ProjectId, RoomId, SessionId, UserId},
    policy::Subject,
    port::EventBatch,
    time::Timestamp,
};
use tokio::sync::oneshot;

use super::{link::Link, validity::Asked};
use crate::frame::Bye;

/// What the store says of a user, all of it read after `as_of` was settled.
pub(super) struct LoadedUser {
    pub as_of: Position,
    pub subject: Subject,
    pub rooms: Vec<(RoomId, Seq)>,
    pub projects: HashSet<ProjectId>,
}

/// What the hub knows when a connection is announced.
pub(super) struct Opened {
    pub epoch: Epoch,
    /// Everything up to here is processed.
    pub position: Position,
    /// His rights and how many rooms he is in, if his state is kept already.
    pub known: Option<(Subject, usize)>,
}

/// Whether a loaded state fits to what the hub has processed.
pub(super) enum Fit {
    Yes,
    /// Something was processed in the meantime that the state may lack: load it again.
    Stale,
}

/// Where a connection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Fresh,
    /// The client's position is of no use any more.
    Lost,
    After(Position),
}

/// How a step towards the live stream went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The connection is live.
    Live,
    /// It has everything up to here; read on from the log.
    Behind(Position),
    /// It is gone.
    Gone,
}

/// Those whom a viewer without the right to see all users shares a room with.
pub(super) type Peers = Option<Arc<HashSet<UserId>>>;

/// What the hub's task is told and asked.
pub(super) enum Command {
    /// A connection is being set up: from now on it is closed when its session is revoked.
    Open {
        connection: ConnectionId,
        user: UserId,
        session: Option<SessionId>,
        link: Link,
        reply: oneshot::Sender<Opened>,
    },
    /// The user's state, if it was not known.
    Load { user: UserId, loaded: LoadedUser, reply: oneshot::Sender<Fit> },
    /// Says hello and goes live, from recent events if they reach back far enough.
    Join {
        connection: ConnectionId,
        start: Start,
        valid_until: Option<Timestamp>,
        peers: Peers,
        reply: oneshot::Sender<Step>,
    },
    /// A page of what the client missed.
    Page { connection: ConnectionId, batch: EventBatch, peers: Peers, reply: oneshot::Sender<Step> },
    /// Ends a connection.
    Cut { connection: ConnectionId, bye: Bye },
    /// The client is gone.
    Gone { connection: ConnectionId },
    /// A closed way whose client may not go by itself.
    Linger { link: Link },
    /// What became of a session whose time was up.
    Validity { connection: ConnectionId, asked: Asked },
    /// Ends all connections; the reply comes when they are gone.
    Shutdown { reply: oneshot::Sender<()> },
}

impl Command {
    /// Nobody will act on the command: its client is dropped.
    pub fn abandon(self) {
        if let Self::Open { link, .. } | Self::Linger { link } = self {
            link.abort();
        }
    }
}
