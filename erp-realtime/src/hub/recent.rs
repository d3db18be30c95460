//! The latest events, with the bytes that went out for them.

use std::{collections::VecDeque, sync::Arc};

use erp_core::change::{Epoch, Event, Position};

use crate::frame::{self, WireFrame};

/// What an event without a frame counts as.
const EVENT_BYTES: usize = 128;

/// An event with its frame.
pub(super) struct Recent {
    pub event: Arc<Event>,
    /// None when it is for nobody.
    pub frame: Option<WireFrame>,
}

impl Recent {
    /// Serialises the event, unless nobody may see it.
    pub fn of(epoch: &Epoch, event: Arc<Event>) -> Self {
        if event.audience.is_empty() {
            return Self { event, frame: None };
        }
        let frame = frame::event(epoch, &event)
            .inspect_err(|error| tracing::error!(%error, position = %event.position, "an event cannot be written as JSON"))
            .ok();
        Self { event, frame }
    }

    fn size(&self) -> usize {
        EVENT_BYTES + self.frame.as_ref().map_or(0, WireFrame::wrapped_len)
    }
}

/// The latest events, bounded in bytes.
pub(super) struct RecentEvents {
    events: VecDeque<Arc<Recent>>,
    bytes: usize,
    max_bytes: usize,
    floor: Position,
}

impl RecentEvents {
    /// Nothing yet; it will hold what comes after this position.
    pub fn after(floor: Position, max_bytes: usize) -> Self {
        Self { events: VecDeque::new(), bytes: 0, max_bytes, floor }
    }

    /// Every event after this position that was processed is here.
    pub fn floor(&self) -> Position {
        self.floor
    }

    pub fn push(&mut self, recent: Arc<Recent>) {
        self.bytes += recent.size();
        self.events.push_back(recent);
        while self.bytes > self.max_bytes {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.size();
            self.floor = oldest.event.position;
        }
    }

    /// The events after this position, which is not below the floor.
    pub fn since(&self, position: Position) -> impl Iterator<Item = &Arc<Recent>> {
        let from = self.events.partition_point(|recent| recent.event.position <= position);
        self.events.range(from..)
    }
}
