//! Compares what came with what stands in the log and in the tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use erp_core::{
    change::{Audience, EventBody, Position},
    chat::ChatEvent,
    ids::RoomId,
    port::Store as _,
};
use erp_store_postgres::{PgStore, PgStoreOptions};
use sqlx::Row as _;

use super::{client::Received, nodes::Nodes, setup::Organisation, writers::Acknowledged};

/// How long connections and leases may take to be gone.
const LEFT_OVER: Duration = Duration::from_secs(60);

/// The log in the end.
pub struct Log {
    /// Its last position.
    pub head: Position,
    /// Where each posted message stands: position, room, id.
    posted: Vec<(i64, RoomId, String)>,
}

impl Log {
    /// Reads all of it, as a node of its own.
    pub async fn read(url: &str) -> Result<Self> {
        let store = PgStore::connect(url, PgStoreOptions::default()).await?;
        let head = store.events().settled().await?;
        let (mut posted, mut after) = (Vec::new(), Position::START);
        while after < head {
            let batch = store.events().read(after, 5_000).await?;
            for event in &batch.events {
                let EventBody::Chat(ChatEvent::MessagePosted(message)) = &event.body else {
                    continue;
                };
                ensure!(event.audience == [Audience::Room(message.room)], "an odd audience");
                posted.push((event.position.0, message.room, message.id.to_string()));
            }
            after = batch.reached;
        }
        Ok(Self { head, posted })
    }
}

/// Every client got exactly the messages of its user's rooms, in order.
pub fn clients(log: &Log, org: &Organisation, received: &[Received]) -> Result<()> {
    for (number, client) in received.iter().enumerate() {
        let rooms = &org.users[client.user].rooms;
        let wanted: Vec<i64> = log
            .posted
            .iter()
            .filter(|(at, room, _)| *at > client.from.0 && rooms.contains(room))
            .map(|(at, ..)| *at)
            .collect();
        if client.positions != wanted {
            let (got, all): (BTreeSet<_>, BTreeSet<_>) =
                (client.positions.iter().collect(), wanted.iter().collect());
            bail!(
                "client {number} got {} of {}: {} lost, {} that are not in the log",
                client.positions.len(),
                wanted.len(),
                all.difference(&got).count(),
                got.difference(&all).count(),
            );
        }
    }
    Ok(())
}

/// What was acknowledged stands in the table once, with the number that was told; the log tells of
/// each message in the table once; no room's numbers have a gap.
pub async fn messages(url: &str, log: &Log, acked: &Acknowledged) -> Result<()> {
    let pool = sqlx::PgPool::connect(url).await?;
    let rows = sqlx::query("select id, room_id, seq from chat_messages order by room_id, seq")
        .fetch_all(&pool)
        .await?;
    let mut seqs: BTreeMap<uuid::Uuid, i64> = BTreeMap::new();
    let mut stored = BTreeMap::new();
    for row in rows {
        let (room, seq): (uuid::Uuid, i64) = (row.try_get("room_id")?, row.try_get("seq")?);
        let last = seqs.entry(room).or_default();
        ensure!(seq == *last + 1, "room {room} goes from {last} to {seq}");
        *last = seq;
        let id = erp_core::ids::MessageId::from_uuid(row.try_get("id")?);
        stored.insert(id.to_string(), seq);
    }
    for (id, message) in acked {
        ensure!(stored.get(id) == Some(&message.seq.0), "acknowledged, but not stored so: {id}");
    }
    ensure!(stored.len() == acked.len(), "{} stored, {} sent", stored.len(), acked.len());
    let told: BTreeSet<&String> = log.posted.iter().map(|(.., id)| id).collect();
    ensure!(told.len() == log.posted.len(), "the log tells of a message twice");
    ensure!(told.len() == stored.len(), "the log tells of {} messages", told.len());
    pool.close().await;
    Ok(())
}

/// In the end the servers hold no connection and no task but their own (`idle_tasks`, what a hub
/// without connections has), and no lease is in force.
pub async fn left_over(url: &str, nodes: &Nodes, idle_tasks: i64) -> Result<()> {
    let pool = sqlx::PgPool::connect(url).await?;
    let started = Instant::now();
    loop {
        let (mut open, mut tasks) = (0, 0);
        for addr in nodes.addrs() {
            let stats = stats(addr).await?;
            open += stats["connections"].as_i64().unwrap_or(i64::MAX / 4);
            open += stats["leases"].as_i64().unwrap_or(i64::MAX / 4);
            tasks = tasks.max(stats["tasks"].as_i64().unwrap_or(i64::MAX));
        }
        let row = sqlx::query(
            "select (select count(*) from presence_leases) as leases,
                    (select count(*) from pg_stat_activity
                     where datname = current_database() and state like 'idle in transaction%') as idle",
        )
        .fetch_one(&pool)
        .await?;
        let (leases, idle): (i64, i64) = (row.try_get("leases")?, row.try_get("idle")?);
        if open == 0 && leases == 0 && idle == 0 && tasks <= idle_tasks {
            pool.close().await;
            return Ok(());
        }
        ensure!(
            started.elapsed() < LEFT_OVER,
            "left over: {open} connections, {tasks} tasks, {leases} leases, {idle} open transactions"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What a server says it holds.
pub async fn stats(addr: SocketAddr) -> Result<serde_json::Value> {
    Ok(reqwest::get(format!("http://{addr}/stats")).await?.error_for_status()?.json().await?)
}
