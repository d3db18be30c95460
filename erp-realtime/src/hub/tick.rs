//! What happens by time: heartbeats, ends of sessions, and the end of those who linger.

use std::sync::Arc;

use erp_core::{ids::ConnectionId, time::Timestamp};
use tokio::time::{Duration, Instant};

use super::{
    command::Command,
    jitter_ms,
    registry::Conn,
    run::HubTask,
    validity::{self, Asked},
};
use crate::frame::{self, Bye, ByeCode, Frame};

/// A quiet client is told where the log is when it is this far behind by hidden events, so that
/// it need not read them all again after a cut.
const HIDDEN_EVENTS: i64 = 1_000;

impl HubTask {
    pub fn tick(&mut self) {
        self.beat();
        self.expire();
        self.cut_stalled();
        self.lingering.retain(|(until, link)| {
            let over = Instant::now() >= *until;
            if over {
                link.abort();
            }
            !over && !link.is_abandoned()
        });
    }

    /// Tells clients that they are connected, and where the log is.
    fn beat(&mut self) {
        let (now, cursor) = (Instant::now(), self.cursor);
        let due = |conn: &Conn| {
            conn.live && (conn.beat_at <= now || cursor.0 - conn.told.0 > HIDDEN_EVENTS)
        };
        let due: Vec<usize> =
            self.registry.conns.iter().filter(|(_, conn)| due(conn)).map(|(key, _)| key).collect();
        if due.is_empty() {
            return;
        }
        let beat = frame::frame(&Frame::Heartbeat { position: self.point(cursor) });
        let heartbeat = self.core.options().heartbeat;
        for key in due {
            let Some(conn) = self.registry.conns.get_mut(key) else { continue };
            // Never later than promised: a little earlier each time keeps them spread.
            let next = jitter_ms(heartbeat * 4 / 5..heartbeat);
            conn.beat_at = now + Duration::from_millis(next);
            if conn.told <= cursor {
                self.send_now(key, &beat, cursor);
            }
        }
    }

    /// Cuts off clients that take nothing of what waits for them (RTS-13): with little to tell, it may
    /// be long before that is more than may wait.
    fn cut_stalled(&mut self) {
        let (now, stall) = (Instant::now(), self.core.options().stall);
        let over = |conn: &Conn| {
            conn.link.stalled_since().is_some_and(|since| now.duration_since(since) >= stall)
        };
        let stalled: Vec<usize> =
            self.registry.conns.iter().filter(|(_, conn)| over(conn)).map(|(key, _)| key).collect();
        for key in stalled {
            self.close_slow(key);
        }
    }

    /// Asks anew for sessions whose time is up; closes what no session keeps open.
    fn expire(&mut self) {
        let now = self.core.engine().now();
        let is_due = |conn: &Conn| !conn.asking && conn.valid_until.is_some_and(|end| end <= now);
        let due: Vec<usize> = self
            .registry
            .conns
            .iter()
            .filter(|(_, conn)| is_due(conn))
            .map(|(key, _)| key)
            .collect();
        for key in due {
            let Some(conn) = self.registry.conns.get_mut(key) else { continue };
            let Some(session) = conn.session else {
                self.close(key, Bye::terminal(ByeCode::Expired));
                continue;
            };
            conn.asking = true;
            let (core, connection) = (Arc::clone(&self.core), conn.id);
            self.core.spawn(async move {
                let asked = validity::ask(core.engine(), session).await.unwrap_or(Asked::Unknown);
                core.tell(Command::Validity { connection, asked });
            });
        }
    }

    /// The engine's answer for a session whose time was up.
    pub fn validity(&mut self, connection: ConnectionId, asked: Asked) {
        let Some(key) = self.registry.conn_key(connection) else { return };
        match asked {
            Asked::Until(until) => self.prolong(key, until),
            Asked::Over => self.close(key, Bye::terminal(ByeCode::Expired)),
            // A session that cannot be checked lets nobody stay; it may let him come back.
            Asked::Unknown => self.close(key, Bye::retry(ByeCode::Expired, 1_000)),
        }
    }

    fn prolong(&mut self, key: usize, until: Timestamp) {
        if let Some(conn) = self.registry.conns.get_mut(key) {
            conn.asking = false;
            conn.valid_until = Some(until);
        }
    }
}
