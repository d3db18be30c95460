//! Leases of live connections.
//!
//! Of a user who comes or goes, the row in `presence_users` is locked before his leases are touched:
//! so exactly one connection, or one sweep, tells the world.

use async_trait::async_trait;
use erp_core::{
    change::{Audience, NewEvent, Position, Receipt},
    ids::{ConnectionId, UserId},
    port::StoreResult,
    presence::{Lease, OnlineUser, PresenceEvent, PresenceStore},
    time::Timestamp,
};
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use crate::{
    commit::{self, Failure},
    sql,
    store::Writer,
};

/// The presence port over one store.
#[derive(Clone)]
pub(crate) struct Presence {
    pub writer: Writer,
}

#[async_trait]
impl PresenceStore for Presence {
    async fn open(&self, lease: Lease) -> StoreResult<bool> {
        let opened = self.in_task(move |conn| Box::pin(open(conn, lease))).await?;
        Ok(self.announced(opened).is_some())
    }

    async fn renew(
        &self,
        connections: &[ConnectionId],
        expires_at: Timestamp,
    ) -> StoreResult<Vec<ConnectionId>> {
        let wanted: Vec<Uuid> = connections.iter().map(|connection| connection.uuid()).collect();
        let query = sql::query_scalar(
            "WITH renewed AS (UPDATE presence_leases SET expires_at = greatest(expires_at, $2) \
             WHERE connection_id = ANY($1) AND NOT closed RETURNING connection_id) \
             SELECT wanted.id FROM unnest($1) WITH ORDINALITY AS wanted (id, place) \
             WHERE wanted.id NOT IN (SELECT connection_id FROM renewed) ORDER BY wanted.place",
        );
        let db = &self.writer.db;
        let lost: Vec<Uuid> =
            db.run(query.bind(wanted).bind(expires_at).fetch_all(&db.pool)).await?;
        Ok(lost.into_iter().map(ConnectionId::from_uuid).collect())
    }

    async fn close(&self, connection: ConnectionId, expires_at: Timestamp) -> StoreResult<()> {
        let query = sql::query(
            "UPDATE presence_leases SET closed = true, expires_at = $2 \
             WHERE connection_id = $1 AND NOT closed",
        );
        let db = &self.writer.db;
        db.run(query.bind(connection.uuid()).bind(expires_at).execute(&db.pool)).await?;
        Ok(())
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> StoreResult<Vec<UserId>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (gone, position) = self.in_task(move |conn| Box::pin(sweep(conn, now, limit))).await?;
        self.announced(position);
        Ok(gone)
    }

    async fn online(
        &self,
        users: Option<&[UserId]>,
        now: Timestamp,
    ) -> StoreResult<Vec<OnlineUser>> {
        let users: Option<Vec<Uuid>> =
            users.map(|users| users.iter().map(|user| user.uuid()).collect());
        let statement = match users {
            None => {
                "SELECT present.user_id, present.since, count(*) FILTER (WHERE NOT lease.closed) \
                 FROM presence_users AS present \
                 JOIN presence_leases AS lease ON lease.user_id = present.user_id \
                 WHERE lease.expires_at > $1 GROUP BY present.user_id ORDER BY present.user_id"
            }
            Some(_) => {
                "SELECT present.user_id, present.since, count(*) FILTER (WHERE NOT lease.closed) \
                 FROM presence_users AS present \
                 JOIN presence_leases AS lease ON lease.user_id = present.user_id \
                 WHERE lease.expires_at > $1 AND present.user_id = ANY($2) \
                 GROUP BY present.user_id ORDER BY present.user_id"
            }
        };
        let mut query = sql::query(statement).bind(now);
        if let Some(users) = users {
            query = query.bind(users);
        }
        let query = query.try_map(|row: PgRow| {
            let user = UserId::from_uuid(row.try_get(0)?);
            Ok(OnlineUser { user, since: row.try_get(1)?, connections: row.try_get(2)? })
        });
        self.writer.db.run(query.fetch_all(&self.writer.db.pool)).await
    }
}

type Work<'c, T> = std::pin::Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'c>>;

impl Presence {
    /// Runs a transaction in a task of its own, for the same reason as a commit; again when it lost
    /// to another.
    async fn in_task<T: Send + 'static>(
        &self,
        work: impl for<'c> Fn(&'c mut PgConnection) -> Work<'c, T> + Send + Sync + 'static,
    ) -> StoreResult<T> {
        commit::in_task(self.writer.db.clone(), work).await
    }

    fn announced(&self, position: Option<Position>) -> Option<Position> {
        self.writer.announce(&Receipt { position, ..Receipt::default() });
        position
    }
}

async fn open(conn: &mut PgConnection, lease: Lease) -> Result<Option<Position>, Failure> {
    let mut transaction = conn.begin().await?;
    // Locks the user's row, whether it is new or not.
    let came: bool = sql::query_scalar(
        "INSERT INTO presence_users AS present (user_id, since) VALUES ($1, $2) \
         ON CONFLICT (user_id) DO UPDATE SET since = present.since RETURNING xmax = 0",
    )
    .bind(lease.user.uuid())
    .bind(lease.opened_at)
    .fetch_one(&mut *transaction)
    .await?;
    let opened = write_lease(&mut transaction, lease).await?;
    if !opened && came {
        // The connection is someone else's: nothing began.
        transaction.rollback().await?;
        return Ok(None);
    }
    let position = if came {
        let (user, since) = (lease.user, lease.opened_at);
        tell(&mut transaction, since, vec![(user, PresenceEvent::Online { user, since })]).await?
    } else {
        None
    };
    transaction.commit().await?;
    Ok(position)
}

/// Returns whether the lease is new. One that is open already is renewed; one that is closed stays.
async fn write_lease(conn: &mut PgConnection, lease: Lease) -> Result<bool, Failure> {
    let new: Option<bool> = sql::query_scalar(
        "INSERT INTO presence_leases AS known \
         (connection_id, user_id, node_id, opened_at, expires_at, closed) \
         VALUES ($1, $2, $3, $4, $5, false) ON CONFLICT (connection_id) DO UPDATE \
         SET expires_at = greatest(known.expires_at, excluded.expires_at) WHERE NOT known.closed \
         RETURNING xmax = 0",
    )
    .bind(lease.connection.uuid())
    .bind(lease.user.uuid())
    .bind(lease.node.uuid())
    .bind(lease.opened_at)
    .bind(lease.expires_at)
    .fetch_optional(conn)
    .await?;
    Ok(new.unwrap_or(false))
}

async fn sweep(
    conn: &mut PgConnection,
    now: Timestamp,
    limit: i64,
) -> Result<(Vec<UserId>, Option<Position>), Failure> {
    let mut transaction = conn.begin().await?;
    let locked = lock_leavers(&mut transaction, now, limit).await?;
    let gone = end_presence(&mut transaction, &locked, now).await?;
    let gone_ids: Vec<Uuid> = gone.iter().map(|(user, _)| user.uuid()).collect();
    // The leases of whoever stays, or goes with a later sweep: the latter keep theirs, since they
    // tell when he was last connected.
    sql::query(
        "DELETE FROM presence_leases AS ended WHERE ended.expires_at <= $1 \
         AND (ended.user_id = ANY($2) OR EXISTS (SELECT FROM presence_leases AS live \
         WHERE live.user_id = ended.user_id AND live.expires_at > $1))",
    )
    .bind(now)
    .bind(gone_ids)
    .execute(&mut *transaction)
    .await?;
    let events = gone
        .iter()
        .map(|&(user, last_connected)| (user, PresenceEvent::Offline { user, last_connected }));
    let position = tell(&mut transaction, now, events.collect()).await?;
    transaction.commit().await?;
    Ok((gone.into_iter().map(|(user, _)| user).collect(), position))
}

/// Locks the users whose leases have all ended, by user id. Those whom another sweep has at hand are
/// left to it.
async fn lock_leavers(
    conn: &mut PgConnection,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Uuid>, Failure> {
    Ok(sql::query_scalar(
        "SELECT present.user_id FROM presence_users AS present \
         WHERE present.user_id IN (SELECT user_id FROM presence_leases WHERE expires_at <= $1) \
         AND NOT EXISTS (SELECT FROM presence_leases AS live \
         WHERE live.user_id = present.user_id AND live.expires_at > $1) \
         ORDER BY present.user_id LIMIT $2 FOR UPDATE SKIP LOCKED",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(conn)
    .await?)
}

/// Ends the presence of those who still have no lease in force, now that their rows are locked;
/// returns when they were last connected.
async fn end_presence(
    conn: &mut PgConnection,
    locked: &[Uuid],
    now: Timestamp,
) -> Result<Vec<(UserId, Timestamp)>, Failure> {
    let mut gone: Vec<(Uuid, Timestamp)> = sql::query_as(
        "WITH gone AS (SELECT user_id, max(expires_at) AS last_connected FROM presence_leases \
         WHERE user_id = ANY($1) GROUP BY user_id HAVING max(expires_at) <= $2) \
         DELETE FROM presence_users AS present USING gone WHERE present.user_id = gone.user_id \
         RETURNING gone.user_id, gone.last_connected",
    )
    .bind(locked)
    .bind(now)
    .fetch_all(conn)
    .await?;
    gone.sort_unstable();
    Ok(gone.into_iter().map(|(user, at)| (UserId::from_uuid(user), at)).collect())
}

/// Writes the events, each by its user and for his peers.
async fn tell(
    conn: &mut PgConnection,
    at: Timestamp,
    events: Vec<(UserId, PresenceEvent)>,
) -> Result<Option<Position>, Failure> {
    let mut last = None;
    for (user, event) in events {
        let event = NewEvent::new(event, [Audience::PeersOf(user)]);
        last = Some(commit::write_event(conn, at, user, &event).await?);
    }
    Ok(last)
}
