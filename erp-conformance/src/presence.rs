//! The suite for presence stores: alone with [`presence_conformance!`](crate::presence_conformance),
//! or as a part of a whole store's.

mod cases;

use std::{any::Any, fmt, future::Future, sync::Arc};

use async_trait::async_trait;
use chrono::TimeDelta;
use erp_core::{
    change::{Epoch, Event, EventBody, Position},
    ids::{ConnectionId, NodeId, UserId},
    port::{EventBatch, EventLog, SeededIds, Store, StoreResult},
    presence::{Lease, OnlineUser, PresenceEvent, PresenceStore},
    time::Timestamp,
};

use crate::{
    Harness,
    registry::{self, Case},
};

/// A presence store to test, with the log that its events go to.
pub struct TestPresence {
    /// The presence store. Nobody is online.
    pub presence: Arc<dyn PresenceStore>,
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// At least four users who exist, where that matters to the presence store.
    pub users: Vec<UserId>,
    /// The source of the ids of connections and nodes.
    pub ids: SeededIds,
    keep: Vec<Box<dyn Any + Send + Sync>>,
}

impl fmt::Debug for TestPresence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestPresence").field("users", &self.users).finish_non_exhaustive()
    }
}

impl TestPresence {
    /// This presence store, whose events go to this log.
    pub fn new(
        presence: Arc<dyn PresenceStore>,
        log: Arc<dyn EventLog>,
        users: Vec<UserId>,
    ) -> Self {
        Self { presence, log, users, ids: SeededIds::new(2), keep: Vec::new() }
    }

    /// Keeps this until the case is over.
    #[must_use]
    pub fn keeping(mut self, guard: impl Any + Send + Sync) -> Self {
        self.keep.push(Box::new(guard));
        self
    }

    /// That of a whole store, with users of its own.
    pub(crate) async fn of(h: Harness) -> Self {
        let mut users = Vec::new();
        for name in ["ann", "bob", "cid", "dan"] {
            users.push(h.user(name).await.id);
        }
        let through = Arc::new(ThroughStore(h.store.clone()));
        Self::new(through.clone(), through, users).keeping(h)
    }

    /// When every case begins.
    fn start(&self) -> Timestamp {
        Harness::start()
    }

    /// The instant so many seconds after the start.
    fn at(&self, seconds: i64) -> Timestamp {
        self.start() + TimeDelta::seconds(seconds)
    }

    /// A lease that a new connection of this user takes then, for 45 seconds.
    fn lease(&self, user: UserId, seconds: i64) -> Lease {
        Lease {
            connection: ConnectionId::generate(&self.ids),
            user,
            node: NodeId::generate(&self.ids),
            opened_at: self.at(seconds),
            expires_at: self.at(seconds + 45),
        }
    }

    /// Opens a new connection of this user then.
    async fn open(&self, user: UserId, seconds: i64) -> ConnectionId {
        let lease = self.lease(user, seconds);
        self.presence.open(lease).await.expect("it opens");
        lease.connection
    }

    /// Closes a connection; its lease runs on until then.
    async fn close(&self, connection: ConnectionId, until_seconds: i64) {
        self.presence.close(connection, self.at(until_seconds)).await.expect("it closes");
    }

    /// Renews a connection; whether its lease was still open.
    async fn renew(&self, connection: ConnectionId, until_seconds: i64) -> bool {
        let until = self.at(until_seconds);
        self.presence.renew(&[connection], until).await.expect("it renews").is_empty()
    }

    /// Sweeps then, and returns whose presence ended.
    async fn sweep(&self, seconds: i64) -> Vec<UserId> {
        self.presence.sweep(self.at(seconds), 100).await.expect("it sweeps")
    }

    /// Who is online then.
    async fn online(&self, seconds: i64) -> Vec<OnlineUser> {
        self.presence.online(None, self.at(seconds)).await.expect("a read")
    }

    /// The presence events of the log.
    async fn events(&self) -> Vec<Arc<Event>> {
        let mut events = Vec::new();
        let mut after = Position::START;
        loop {
            let batch = self.log.read(after, 100).await.expect("a read");
            let full = batch.events.len() == 100;
            let of_presence = |event: &Arc<Event>| matches!(event.body, EventBody::Presence(_));
            events.extend(batch.events.into_iter().filter(of_presence));
            after = batch.reached;
            if !full {
                return events;
            }
        }
    }

    /// The presence events of the log: who, and whether he came or went.
    async fn told(&self) -> Vec<(UserId, Told)> {
        let events = self.events().await;
        let told = events.iter().map(|event| match &event.body {
            EventBody::Presence(PresenceEvent::Online { user, .. }) => (*user, Told::Online),
            EventBody::Presence(PresenceEvent::Offline { user, .. }) => (*user, Told::Offline),
            other => panic!("no presence event: {other:?}"),
        });
        told.collect()
    }
}

/// What the log tells of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Online,
    Offline,
}

/// A whole store as its presence store and its log.
struct ThroughStore(Arc<dyn Store>);

#[async_trait]
impl PresenceStore for ThroughStore {
    async fn open(&self, lease: Lease) -> StoreResult<bool> {
        self.0.presence().open(lease).await
    }

    async fn renew(
        &self,
        connections: &[ConnectionId],
        expires_at: Timestamp,
    ) -> StoreResult<Vec<ConnectionId>> {
        self.0.presence().renew(connections, expires_at).await
    }

    async fn close(&self, connection: ConnectionId, expires_at: Timestamp) -> StoreResult<()> {
        self.0.presence().close(connection, expires_at).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> StoreResult<Vec<UserId>> {
        self.0.presence().sweep(now, limit).await
    }

    async fn online(
        &self,
        users: Option<&[UserId]>,
        now: Timestamp,
    ) -> StoreResult<Vec<OnlineUser>> {
        self.0.presence().online(users, now).await
    }
}

#[async_trait]
impl EventLog for ThroughStore {
    async fn epoch(&self) -> StoreResult<Epoch> {
        self.0.events().epoch().await
    }

    async fn settled(&self) -> StoreResult<Position> {
        self.0.events().settled().await
    }

    async fn horizon(&self) -> StoreResult<Position> {
        self.0.events().horizon().await
    }

    async fn read(&self, after: Position, limit: usize) -> StoreResult<EventBatch> {
        self.0.events().read(after, limit).await
    }

    async fn wait(&self, after: Position) -> StoreResult<Position> {
        self.0.events().wait(after).await
    }
}

/// Runs the case of this name on the presence store that the factory makes.
///
/// # Panics
/// When it breaks the contract.
pub fn run<F, Fut>(name: &str, factory: F)
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = TestPresence>,
{
    let case = CASES.iter().find(|(known, _)| *known == name);
    let (_, case) = case.expect("the tests and the registry come from one list");
    registry::runtime().block_on(async {
        registry::within_patience(name, case(factory().await)).await;
    });
}

type Run = fn(TestPresence) -> futures::future::BoxFuture<'static, ()>;

const CASES: &[(&str, Run)] = crate::__presence_cases!(__alone_registry);

/// The same cases, on the presence store of a whole store.
pub(crate) const THROUGH_A_STORE: &[Case] = crate::__presence_cases!(__through_a_store);

/// Makes one `#[test]` of every case for presence stores. The factory is an async function or
/// closure without arguments that returns a [`TestPresence`], a fresh one each time.
/// [`store_conformance!`](crate::store_conformance) runs these cases too.
#[macro_export]
macro_rules! presence_conformance {
    ($factory:expr $(,)?) => {
        $crate::__presence_cases!(__alone_tests, $factory);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __presence_cases {
    ($callback:ident $(, $factory:expr)?) => {
        $crate::$callback! { [$($factory)?] presence (presence) {
            cases {
                pres_1_a_user_is_online_while_a_lease_is_in_force
                pres_3_of_two_devices_the_last_to_close_counts
                pres_3_a_reconnect_within_the_grace_is_no_event
                pres_4_leases_that_are_not_renewed_lapse
                pres_10_a_closed_or_swept_lease_is_not_revived
                pres_10_a_closed_connection_is_not_opened_again
                a_lease_never_gets_shorter_by_a_renewal
                opening_a_lease_again_renews_it
                a_sweep_ends_what_ended_at_or_before_its_instant
                a_sweep_ends_so_many_users_at_most
                online_users_are_listed_by_id_all_or_these
                the_events_say_who_when_and_for_whom
                who_comes_back_is_online_anew
                pres_3_of_first_leases_at_once_one_causes_the_event
                pres_4_of_sweeps_at_once_one_ends_each_presence
                pres_1_online_and_offline_take_turns_whatever_comes_at_once
            }
        } }
    };
}
