//! Sets up a connection: reads what the hub must know of its user, decides where the stream
//! begins, and replays what the client missed until it is live.

use std::{collections::HashSet, sync::Arc};

use erp_core::{
    Error,
    change::Position,
    chat::Seq,
    ids::{ConnectionId, RoomId, UserId},
    policy::{self, Action, Permission, Resource, Subject},
    time::Timestamp,
};
use tokio::time::timeout;

use super::{
    Core, Refusal, Viewer,
    command::{Command, Fit, LoadedUser, Opened, Peers, Start, Step},
    link::Link,
    refusal::Attempt,
    tail::{BATCH, Backoff},
    validity::{self, Asked},
};
use crate::{
    frame::{Bye, ByeCode},
    resume::Resume,
};

/// How often a user's state is read again because it was outrun.
const LOADS: usize = 8;

/// Sets up a connection. When it returns, `hello` is on its way; what the client missed follows.
pub(crate) async fn attach(
    core: &Arc<Core>,
    connection: ConnectionId,
    viewer: &Viewer,
    wish: Resume,
    link: Link,
) -> Attempt {
    let attempt = Box::pin(attempt(core, connection, viewer, wish, link));
    timeout(core.options().attach_timeout, attempt)
        .await
        .unwrap_or_else(|_| Err(Refusal::Unavailable("the store does not answer in time".into())))
}

async fn attempt(
    core: &Arc<Core>,
    connection: ConnectionId,
    viewer: &Viewer,
    wish: Resume,
    link: Link,
) -> Attempt {
    let (user, session, way) = (viewer.user, viewer.session, link.clone());
    let opened =
        core.ask(|reply| Command::Open { connection, user, session, link: way, reply }).await?;
    // From here on a revocation closes the connection; one before is seen by this.
    let (subject, valid_until) =
        tokio::try_join!(subject(core, user, &opened), valid_until(core, viewer))?;
    let own = Resource::Account { user, permissions: subject.permissions };
    policy::authorize(&subject, Action::RealtimeConnect, &own)?;
    let start = start(core, &opened, wish).await?;
    let peers = match start {
        Start::After(_) => peers(core, &subject, user).await?,
        Start::Fresh | Start::Lost => None,
    };
    let present = peers.clone();
    let step = core
        .ask(|reply| Command::Join { connection, start, valid_until, peers: present, reply })
        .await?;
    if let Step::Behind(after) = step {
        core.spawn(replay(core.clone(), connection, link, after, peers));
    }
    Ok(())
}

/// The user's rights; if the hub does not have his state, it is read and handed over.
async fn subject(core: &Core, user: UserId, opened: &Opened) -> Attempt<Subject> {
    if let Some((subject, rooms)) = opened.known {
        return bounded(core, rooms).map(|()| subject);
    }
    for _ in 0..LOADS {
        let (subject, loaded) = load(core, user).await?;
        if let Fit::Yes = core.ask(|reply| Command::Load { user, loaded, reply }).await? {
            return Ok(subject);
        }
    }
    Err(Refusal::Unavailable("the user's rights change too fast".into()))
}

async fn load(core: &Core, user: UserId) -> Attempt<(Subject, LoadedUser)> {
    let store = core.engine().store();
    // The mark first: what is read after it has everything up to it.
    let as_of = store.events().settled().await.map_err(Error::from)?;
    let (subject, members, projects) = tokio::try_join!(
        store.access().subject(user),
        store.chat().memberships(user),
        store.projects().memberships(user),
    )
    .map_err(Error::from)?;
    let subject = subject.filter(|subject| subject.active).ok_or(Refusal::Unauthenticated)?;
    bounded(core, members.len())?;
    let rooms: Vec<(RoomId, Seq)> =
        members.into_iter().map(|member| (member.room, member.visible_after)).collect();
    let projects = projects.into_iter().map(|member| member.project).collect();
    Ok((subject, LoadedUser { as_of, subject, rooms, projects }))
}

fn bounded(core: &Core, rooms: usize) -> Attempt {
    if rooms > core.options().rooms_per_stream { Err(Refusal::TooManyRooms) } else { Ok(()) }
}

async fn valid_until(core: &Core, viewer: &Viewer) -> Attempt<Option<Timestamp>> {
    let Some(session) = viewer.session else { return Ok(viewer.valid_until) };
    match validity::ask(core.engine(), session).await? {
        Asked::Until(until) => Ok(Some(until)),
        Asked::Over | Asked::Unknown => Err(Refusal::Unauthenticated),
    }
}

/// Where the stream begins.
async fn start(core: &Core, opened: &Opened, wish: Resume) -> Attempt<Start> {
    let point = match wish {
        Resume::Fresh => return Ok(Start::Fresh),
        Resume::Unreadable => return Ok(Start::Lost),
        Resume::After(point) => point,
    };
    if opened.epoch != point.epoch {
        return Ok(Start::Lost);
    }
    let log = core.engine().store().events();
    let (head, horizon) = tokio::try_join!(log.settled(), log.horizon()).map_err(Error::from)?;
    let head = head.max(opened.position);
    let behind = head.0 - point.position.0;
    let known =
        point.position >= horizon && (0..=core.options().max_replay_events).contains(&behind);
    Ok(if known { Start::After(point.position) } else { Start::Lost })
}

/// Whom the user shares a room with, when his view depends on that.
async fn peers(core: &Core, subject: &Subject, user: UserId) -> Attempt<Peers> {
    if subject.has(Permission::UsersRead) {
        return Ok(None);
    }
    let peers = core.engine().store().chat().peers(user).await.map_err(Error::from)?;
    Ok(Some(Arc::new(peers.into_iter().collect::<HashSet<_>>())))
}

/// Hands pages of the log to the hub, which filters and sends them, as fast as the client reads,
/// until the connection is live or gone.
async fn replay(
    core: Arc<Core>,
    connection: ConnectionId,
    link: Link,
    mut after: Position,
    peers: Peers,
) {
    let mut backoff = Backoff::default();
    loop {
        if timeout(core.options().replay_stall, link.drained()).await.is_err() {
            return core.tell(Command::Cut { connection, bye: Bye::retry(ByeCode::Slow, 1_000) });
        }
        let batch = match core.engine().store().events().read(after, BATCH).await {
            Ok(batch) => batch,
            Err(error) => {
                backoff.wait("what a client missed cannot be read", &error).await;
                if link.is_abandoned() {
                    return;
                }
                continue;
            }
        };
        let peers = peers.clone();
        match core.ask(|reply| Command::Page { connection, batch, peers, reply }).await {
            Ok(Step::Behind(reached)) => after = reached,
            Ok(Step::Live | Step::Gone) | Err(_) => return,
        }
    }
}
