//! Delivers events in log order: first what an event does to the hub's state, then the event.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use erp_core::{
    access::{AccessEvent, RevokedSessions},
    change::{Event, EventBody},
};
use tokio::time::Instant;

use super::{
    link::{Link, Sent, Waiting},
    presence::PresenceChange,
    recent::Recent,
    resolve::{Need, Resolved, resolve},
    rights::{Scope, memberships, project_memberships, shut_out},
    run::HubTask,
};
use crate::{
    frame::{self, Bye, ByeCode, Encoding, Frame},
    hub::jitter_ms,
    websocket,
};

/// A round is written when its frames are this large together.
const MAX_ROUND_BYTES: usize = 128 * 1024;

impl HubTask {
    /// Delivers the backlog, or as much of it as can be without reading from the store.
    pub fn deliver_backlog(&mut self) {
        while let Some(event) = self.backlog.pop_front() {
            if let Some(need) = self.need(&event) {
                self.backlog.push_front(event);
                self.flush();
                self.resolving = Some(resolve(self.core.engine().clone(), need));
                return;
            }
            self.take(event);
            if self.batch.bytes() >= MAX_ROUND_BYTES {
                self.flush();
            }
        }
        self.flush();
        self.cursor = self.backlog_end;
    }

    /// What must be read before this event can be delivered.
    fn need(&self, event: &Event) -> Option<Need> {
        let scope = Scope::of(event);
        if scope != Scope::Nobody {
            let users = self.registry.users.iter().map(|(_, user)| user);
            let stale: Vec<_> = users
                .filter(|user| user.loaded && user.rights_as_of < event.position)
                .filter(|user| scope.concerns(user.id))
                .map(|user| user.id)
                .collect();
            if !stale.is_empty() {
                return Some(Need::Rights(stale));
            }
        }
        self.registry.absent_subject(event, &self.absent).map(Need::RoomsOf)
    }

    pub fn resolved(&mut self, resolved: Resolved) {
        match resolved {
            Resolved::RoomsOf(user, rooms) => {
                self.absent.insert(user, rooms);
            }
            Resolved::Rights(subjects) => {
                for (id, subject) in subjects {
                    let Some(key) = self.registry.user_key(id) else { continue };
                    let Some(user) = self.registry.users.get_mut(key) else { continue };
                    match subject {
                        Some(subject) => user.subject = subject,
                        None => user.subject.active = false,
                    }
                    // What was committed before the reading is in it, and so is all of the backlog.
                    user.rights_as_of = self.backlog_end.max(user.rights_as_of);
                    if !user.subject.active {
                        let connections = user.connections.clone();
                        self.close_all(&connections, ByeCode::Revoked);
                    }
                }
            }
        }
    }

    fn take(&mut self, event: Arc<Event>) {
        self.apply(&event);
        self.cursor = event.position;
        let recent = Arc::new(Recent::of(&self.epoch, event));
        if recent.frame.is_some() {
            self.fan_out(&recent);
        }
        self.absent.clear();
        self.recent.push(recent);
    }

    /// What the event does to memberships and connections.
    fn apply(&mut self, event: &Event) {
        for (id, room, visible_after) in memberships(event) {
            let Some(key) = self.registry.user_key(id) else { continue };
            let known =
                |user: &super::registry::UserState| user.loaded && user.as_of < event.position;
            if !self.registry.users.get(key).is_some_and(known) {
                continue;
            }
            match visible_after {
                Some(visible_after) => self.registry.enter_room(key, room, visible_after),
                None => self.registry.leave_room(key, room),
            }
        }
        for (id, project, belongs) in project_memberships(event) {
            let Some(key) = self.registry.user_key(id) else { continue };
            let Some(user) = self.registry.users.get_mut(key) else { continue };
            if !user.loaded || user.as_of >= event.position {
                continue;
            }
            match belongs {
                true => user.projects.insert(project),
                false => user.projects.remove(&project),
            };
        }
        if let Some(user) = shut_out(event) {
            let connections = self.registry.connections_of(user, |_| true);
            self.close_all(&connections, ByeCode::Revoked);
        }
        if let EventBody::Access(AccessEvent::SessionsRevoked { user, which }) = &event.body {
            let connections = self.registry.connections_of(*user, |conn| match which {
                RevokedSessions::All => true,
                RevokedSessions::AllBut(session) => conn.session.is_some_and(|own| own != *session),
                RevokedSessions::Only(session) => conn.session == Some(*session),
            });
            self.close_all(&connections, ByeCode::Revoked);
        }
    }

    fn fan_out(&mut self, recent: &Arc<Recent>) {
        let event = &recent.event;
        let mut targets = std::mem::take(&mut self.targets);
        self.registry.fan_out(event, &self.absent, |key| targets.push(key));
        let mut deliveries = 0;
        if !targets.is_empty() {
            self.batch.push(recent.clone());
        }
        for key in targets.drain(..) {
            let Some(conn) = self.registry.conns.get_mut(key) else { continue };
            if conn.live && conn.told < event.position && event.exclude != Some(conn.id) {
                deliveries += u64::from(self.batch.deliver(key, &mut conn.node));
            }
        }
        self.targets = targets;
        self.core.seats.deliveries.fetch_add(deliveries, Relaxed);
    }

    /// Writes what the round has for each connection.
    pub fn flush(&mut self) {
        let touched = self.batch.take_touched();
        for key in &touched {
            let Some(conn) = self.registry.conns.get_mut(*key) else { continue };
            let node = std::mem::take(&mut conn.node);
            conn.told = self.batch.position_at(node).unwrap_or(conn.told);
            let bytes = self.batch.bytes_at(node, conn.link.encoding());
            match conn.link.send(bytes) {
                Sent::Done => {}
                Sent::Full => self.close_slow(*key),
                Sent::Gone => drop(self.forget(*key)),
            }
        }
        self.batch.reset(touched);
    }

    /// Cuts off a connection that does not read fast enough. What waits is dropped: the client
    /// reads it from the log when it comes back.
    pub fn close_slow(&mut self, key: usize) {
        self.core.seats.slow.fetch_add(1, Relaxed);
        let again = jitter_ms(Duration::from_millis(100)..Duration::from_secs(1));
        self.end(key, Bye::retry(ByeCode::Slow, again), Waiting::Drop);
    }

    /// Ends a connection, after what it was sent.
    pub fn close(&mut self, key: usize, bye: Bye) {
        self.end(key, bye, Waiting::Send);
    }

    fn close_all(&mut self, keys: &[usize], code: ByeCode) {
        if !keys.is_empty() {
            // What came before in the log comes before the end.
            self.flush();
        }
        for key in keys {
            self.close(*key, Bye::terminal(code));
        }
    }

    /// Tells every client to connect again, spread over time.
    pub fn bye_all(&mut self) {
        self.flush();
        let keys: Vec<usize> = self.registry.conns.iter().map(|(key, _)| key).collect();
        let spread = self.core.options().shutdown_spread;
        for key in keys {
            let again = jitter_ms(Duration::ZERO..spread);
            self.close(key, Bye::retry(ByeCode::Shutdown, again));
        }
    }

    fn end(&mut self, key: usize, bye: Bye, waiting: Waiting) {
        let Some(link) = self.forget(key) else { return };
        let last = match link.encoding() {
            Encoding::Sse => frame::frame(&Frame::Bye(bye)).bytes(Encoding::Sse),
            Encoding::WebSocket => websocket::farewell(bye, bye.code.close_code()),
        };
        link.close(last, waiting);
        self.linger(link);
    }

    /// A closed way whose client is dropped if it does not go by itself.
    pub fn linger(&mut self, link: Link) {
        self.lingering.push((Instant::now() + self.core.options().close_linger, link));
    }

    /// The connection is over: nothing more is delivered to it, and its lease begins to end.
    pub fn forget(&mut self, key: usize) -> Option<Link> {
        let conn = self.registry.remove(key)?;
        if conn.live {
            self.core.seats.live.fetch_sub(1, Relaxed);
            // The presence task lives as long as this one.
            let _ = self.presence.send(PresenceChange::Closed(conn.id));
        }
        Some(conn.link)
    }

    /// Drops every client at once.
    pub fn abort_all(&mut self) {
        let keys: Vec<usize> = self.registry.conns.iter().map(|(key, _)| key).collect();
        for key in keys {
            if let Some(link) = self.forget(key) {
                link.abort();
            }
        }
        for (_, link) in self.lingering.drain(..) {
            link.abort();
        }
    }
}
