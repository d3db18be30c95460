//! How a connection comes to the live stream: hello, what it missed, then what happens.

use std::sync::atomic::Ordering::Relaxed;

use erp_core::{
    change::{Event, Position},
    ids::{ConnectionId, UserId},
    port::EventBatch,
    time::Timestamp,
};
use tokio::time::{Duration, Instant};

use super::{
    audience::may_see,
    command::{Fit, LoadedUser, Peers, Start, Step},
    jitter_ms,
    link::Sent,
    presence::PresenceChange,
    rights::{Scope, memberships, project_memberships},
    run::HubTask,
};
use crate::{
    frame::{self, Frame, Hello, Recovered, WireFrame},
    resume::ResumePoint,
};

impl HubTask {
    /// Takes in a user's state, brought forward to what the hub has processed.
    pub fn load(&mut self, id: UserId, mut loaded: LoadedUser) -> Fit {
        let Some(key) = self.registry.user_key(id) else { return Fit::Yes };
        if self.registry.users.get(key).is_some_and(|user| user.loaded) {
            return Fit::Yes;
        }
        if loaded.as_of < self.cursor {
            if loaded.as_of < self.recent.floor() {
                return Fit::Stale;
            }
            for recent in self.recent.since(loaded.as_of) {
                if Scope::of(&recent.event).concerns(id) {
                    return Fit::Stale;
                }
                bring_forward(&mut loaded, id, &recent.event);
            }
            loaded.as_of = self.cursor;
        }
        self.registry.load(key, loaded);
        Fit::Yes
    }

    /// Says hello, and goes live if recent events reach back to where the client is.
    pub fn join(
        &mut self,
        connection: ConnectionId,
        start: Start,
        valid_until: Option<Timestamp>,
        peers: &Peers,
    ) -> Step {
        let Some(key) = self.registry.conn_key(connection) else { return Step::Gone };
        let (recovered, position) = match start {
            Start::Fresh => (Recovered::Fresh, self.cursor),
            Start::Lost => (Recovered::No, self.cursor),
            Start::After(position) => (Recovered::Yes, position),
        };
        let Some(hello) = self.hello(key, recovered, position) else { return Step::Gone };
        if let Some(conn) = self.registry.conns.get_mut(key) {
            conn.valid_until = valid_until;
            conn.reached = position;
        }
        if self.send_now(key, &hello, position) { self.catch_up(key, peers) } else { Step::Gone }
    }

    fn hello(&self, key: usize, recovered: Recovered, position: Position) -> Option<WireFrame> {
        let conn = self.registry.conns.get(key)?;
        let user = self.registry.users.get(conn.user)?;
        Some(frame::frame(&Frame::Hello(Hello {
            connection: conn.id,
            epoch: self.epoch.to_string(),
            position: self.point(position),
            recovered,
            user: user.id,
            heartbeat_s: self.core.options().heartbeat.as_secs(),
        })))
    }

    pub fn point(&self, position: Position) -> ResumePoint {
        ResumePoint { epoch: self.epoch.clone(), position }
    }

    /// Sends a page of what the client missed, and goes live if that is possible now.
    pub fn page(&mut self, connection: ConnectionId, batch: &EventBatch, peers: &Peers) -> Step {
        let Some(key) = self.registry.conn_key(connection) else { return Step::Gone };
        for event in &batch.events {
            match self.replay(key, event, None, peers) {
                Replayed::On => {}
                Replayed::Enough(reached) => return Step::Behind(reached),
                Replayed::Gone => return Step::Gone,
            }
        }
        if let Some(conn) = self.registry.conns.get_mut(key) {
            conn.reached = conn.reached.max(batch.reached);
        }
        self.catch_up(key, peers)
    }

    /// The seam: what is left to the present comes from memory, and from here on the connection
    /// gets events as they happen. Nothing can come between, as this task delivers.
    fn catch_up(&mut self, key: usize, peers: &Peers) -> Step {
        let Some(reached) = self.registry.conns.get(key).map(|conn| conn.reached) else {
            return Step::Gone;
        };
        if reached < self.recent.floor() {
            return Step::Behind(reached);
        }
        let missed: Vec<_> = self.recent.since(reached).cloned().collect();
        for recent in missed {
            match self.replay(key, &recent.event, recent.frame.as_ref(), peers) {
                Replayed::On => {}
                Replayed::Enough(reached) => return Step::Behind(reached),
                Replayed::Gone => return Step::Gone,
            }
        }
        self.go_live(key)
    }

    fn go_live(&mut self, key: usize) -> Step {
        let cursor = self.cursor;
        let Some(conn) = self.registry.conns.get(key) else { return Step::Gone };
        if conn.told < cursor {
            // What was hidden counts as read.
            let beat = frame::frame(&Frame::Heartbeat { position: self.point(cursor) });
            if !self.send_now(key, &beat, cursor) {
                return Step::Gone;
            }
        }
        let beat = self.core.options().heartbeat;
        let Some(conn) = self.registry.conns.get_mut(key) else { return Step::Gone };
        conn.live = true;
        // A first beat anywhere in the interval spreads those of clients that came together.
        conn.beat_at = Instant::now() + Duration::from_millis(jitter_ms(Duration::ZERO..beat));
        self.core.seats.live.fetch_add(1, Relaxed);
        if let Some(user) = self.registry.users.get(conn.user) {
            let _ = self.presence.send(PresenceChange::Opened(conn.id, user.id));
        }
        Step::Live
    }

    /// Sends a missed event, if the viewer may see it as he stands now.
    fn replay(
        &mut self,
        key: usize,
        event: &Event,
        frame: Option<&WireFrame>,
        peers: &Peers,
    ) -> Replayed {
        let Some(conn) = self.registry.conns.get(key) else { return Replayed::Gone };
        let Some(user) = self.registry.users.get(conn.user) else { return Replayed::Gone };
        if event.position <= conn.reached {
            return Replayed::On;
        }
        if conn.link.waiting() > self.core.options().queue_bytes / 2 {
            return Replayed::Enough(conn.reached);
        }
        let position = event.position;
        if event.exclude != Some(conn.id) && may_see(user, event, peers.as_deref()) {
            let sent = match frame {
                Some(frame) => self.send_now(key, frame, position),
                None => match frame::event(&self.epoch, event) {
                    Ok(frame) => self.send_now(key, &frame, position),
                    Err(_) => true,
                },
            };
            if !sent {
                return Replayed::Gone;
            }
            self.core.seats.deliveries.fetch_add(1, Relaxed);
        }
        if let Some(conn) = self.registry.conns.get_mut(key) {
            conn.reached = position;
        }
        Replayed::On
    }

    /// Sends one frame to one connection; returns whether that is still there.
    pub fn send_now(&mut self, key: usize, frame: &WireFrame, position: Position) -> bool {
        let Some(conn) = self.registry.conns.get_mut(key) else { return false };
        conn.told = position;
        match conn.link.send(frame.bytes(conn.link.encoding())) {
            Sent::Done => return true,
            Sent::Full => self.close_slow(key),
            Sent::Gone => drop(self.forget(key)),
        }
        false
    }
}

enum Replayed {
    On,
    /// The client must read first; it has everything up to here.
    Enough(Position),
    Gone,
}

fn bring_forward(loaded: &mut LoadedUser, id: UserId, event: &Event) {
    for (user, room, visible_after) in memberships(event) {
        if user != id {
            continue;
        }
        loaded.rooms.retain(|(one, _)| *one != room);
        loaded.rooms.extend(visible_after.map(|visible_after| (room, visible_after)));
    }
    for (user, project, belongs) in project_memberships(event) {
        match (user == id, belongs) {
            (true, true) => loaded.projects.insert(project),
            (true, false) => loaded.projects.remove(&project),
            (false, _) => false,
        };
    }
}
