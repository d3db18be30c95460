//! The latest events, decoded once for all readers of this node.

use std::{collections::VecDeque, sync::Arc};

use erp_core::change::Event;

use crate::options::EventLogOptions;

/// All events from `start` (exclusive) to the settled mark, bounded by number and bytes.
#[derive(Debug)]
pub(super) struct Ring {
    start: i64,
    events: VecDeque<(Arc<Event>, usize)>,
    bytes: usize,
    limits: EventLogOptions,
}

impl Ring {
    /// An empty ring that is complete after this position.
    pub fn after(start: i64, limits: EventLogOptions) -> Self {
        Self { start, events: VecDeque::new(), bytes: 0, limits }
    }

    /// Adds the next event, and drops the oldest beyond the limits.
    pub fn push(&mut self, event: Arc<Event>, bytes: usize) {
        self.bytes += bytes;
        self.events.push_back((event, bytes));
        while self.events.len() > self.limits.ring_events || self.bytes > self.limits.ring_bytes {
            let Some((oldest, bytes)) = self.events.pop_front() else { break };
            self.start = oldest.position.0;
            self.bytes -= bytes;
        }
    }

    /// The events after this position, at most `limit`; none when they begin before the ring.
    pub fn read(&self, after: i64, limit: usize) -> Option<Vec<Arc<Event>>> {
        if after < self.start {
            return None;
        }
        let first = self.events.partition_point(|(event, _)| event.position.0 <= after);
        Some(self.events.range(first..).take(limit).map(|(event, _)| Arc::clone(event)).collect())
    }
}

#[cfg(test)]
mod tests {
    use erp_core::{
        change::{BroadcastEvent, Position},
        ctx::Actor,
    };

    use super::*;

    fn event(position: i64) -> Arc<Event> {
        let body = BroadcastEvent::Sent { name: String::new(), payload: serde_json::Value::Null };
        Arc::new(Event {
            position: Position(position),
            at: Default::default(),
            actor: Actor::System,
            body: body.into(),
            audience: Vec::new(),
            exclude: None,
        })
    }

    fn positions(ring: &Ring, after: i64, limit: usize) -> Option<Vec<i64>> {
        let events = ring.read(after, limit)?;
        Some(events.iter().map(|event| event.position.0).collect())
    }

    #[test]
    fn a_ring_knows_what_it_has_dropped() {
        let limits = EventLogOptions { ring_events: 3, ring_bytes: 100, ..Default::default() };
        let mut ring = Ring::after(10, limits);
        assert_eq!(positions(&ring, 9, 5), None);
        assert_eq!(positions(&ring, 10, 5), Some(vec![]));
        for position in [12, 13, 17, 18] {
            ring.push(event(position), 10);
        }
        assert_eq!(positions(&ring, 11, 5), None);
        assert_eq!(positions(&ring, 12, 5), Some(vec![13, 17, 18]));
        assert_eq!(positions(&ring, 15, 1), Some(vec![17]));
        ring.push(event(19), 95);
        assert_eq!(positions(&ring, 17, 5), None);
        assert_eq!(positions(&ring, 18, 5), Some(vec![19]));
    }
}
