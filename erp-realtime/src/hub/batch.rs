//! What one round sends: each connection gets one write, and connections that get the same events
//! get the same bytes.
//!
//! The events that a connection gets in this round are a path in a trie: a delivery moves the
//! connection from its node to the child for the event. The bytes of a node are made once, when
//! the first of its connections is written to.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use erp_core::change::Position;

use super::recent::Recent;
use crate::frame::Encoding;

const ROOT: u32 = 0;
const NO_EVENT: u32 = u32::MAX;

struct Node {
    parent: u32,
    /// The last event on the path.
    event: u32,
    /// The event that the last child was made for, and the child.
    child_event: u32,
    child: u32,
    sse: Option<Bytes>,
    web_socket: Option<Bytes>,
}

impl Node {
    fn new(parent: u32, event: u32) -> Self {
        Self { parent, event, child_event: NO_EVENT, child: ROOT, sse: None, web_socket: None }
    }
}

/// What one round sends.
pub(super) struct Batch {
    events: Vec<Arc<Recent>>,
    nodes: Vec<Node>,
    /// The connections that get something.
    touched: Vec<usize>,
    bytes: usize,
}

impl Batch {
    pub fn new() -> Self {
        Self {
            events: Vec::new(),
            nodes: vec![Node::new(ROOT, NO_EVENT)],
            touched: Vec::new(),
            bytes: 0,
        }
    }

    /// How large the frames are together.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds an event; deliveries that follow are of it.
    pub fn push(&mut self, recent: Arc<Recent>) {
        self.bytes += recent.frame.as_ref().map_or(0, |frame| frame.wrapped_len());
        self.events.push(recent);
    }

    /// Delivers the latest event to the connection at this node; returns whether it had not yet
    /// got it.
    pub fn deliver(&mut self, connection: usize, at: &mut u32) -> bool {
        let event = self.events.len() as u32 - 1;
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[*at as usize];
        if node.event == event {
            return false;
        }
        if *at == ROOT {
            self.touched.push(connection);
        }
        if node.child_event == event {
            *at = node.child;
        } else {
            (node.child_event, node.child) = (event, next);
            self.nodes.push(Node::new(*at, event));
            *at = next;
        }
        true
    }

    /// The connections that get something; the list is taken.
    pub fn take_touched(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.touched)
    }

    /// What the connections at this node get.
    pub fn bytes_at(&mut self, at: u32, encoding: Encoding) -> Bytes {
        let made = match encoding {
            Encoding::Sse => &self.nodes[at as usize].sse,
            Encoding::WebSocket => &self.nodes[at as usize].web_socket,
        };
        if let Some(made) = made {
            return made.clone();
        }
        let bytes = self.make(at, encoding);
        let node = &mut self.nodes[at as usize];
        match encoding {
            Encoding::Sse => node.sse = Some(bytes.clone()),
            Encoding::WebSocket => node.web_socket = Some(bytes.clone()),
        }
        bytes
    }

    fn make(&self, at: u32, encoding: Encoding) -> Bytes {
        let mut path = Vec::new();
        let mut node = &self.nodes[at as usize];
        while node.event != NO_EVENT {
            path.push(&self.events[node.event as usize]);
            node = &self.nodes[node.parent as usize];
        }
        let frames = || path.iter().rev().filter_map(|recent| recent.frame.as_ref());
        let len = frames().map(|frame| frame.wrapped_len()).sum();
        let mut out = BytesMut::with_capacity(len);
        for frame in frames() {
            frame.write(encoding, &mut out);
        }
        out.freeze()
    }

    /// The position of the last event on the path.
    pub fn position_at(&self, at: u32) -> Option<Position> {
        let node = &self.nodes[at as usize];
        self.events.get(node.event as usize).map(|recent| recent.event.position)
    }

    /// Begins the next round. The list of connections is given back for its memory.
    pub fn reset(&mut self, mut touched: Vec<usize>) {
        touched.clear();
        self.touched = touched;
        self.events.clear();
        self.nodes.truncate(1);
        self.nodes[ROOT as usize].child_event = NO_EVENT;
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use erp_core::{
        change::{Audience, BroadcastEvent, Epoch, Event},
        ctx::Actor,
        time::Timestamp,
    };

    use super::*;

    fn recent(position: i64) -> Arc<Recent> {
        let body = BroadcastEvent::Sent { name: position.to_string(), payload: ().into() };
        Arc::new(Recent::of(
            &Epoch("e".into()),
            Arc::new(Event {
                position: Position(position),
                at: Timestamp::default(),
                actor: Actor::System,
                body: body.into(),
                audience: vec![Audience::Everyone],
                exclude: None,
            }),
        ))
    }

    #[test]
    fn bc_1_and_bc_3_paths_keep_the_order_and_share_the_bytes() {
        let mut batch = Batch::new();
        let mut at = [ROOT; 3];
        for (position, to) in [(1, vec![0, 1, 2]), (2, vec![0, 2]), (3, vec![0, 1, 2, 1])] {
            batch.push(recent(position));
            let fresh = to.into_iter().filter(|one| batch.deliver(*one, &mut at[*one])).count();
            assert!(fresh <= 3, "a second delivery of one event is none");
        }
        assert_eq!(batch.take_touched(), [0, 1, 2]);
        let text = |batch: &mut Batch, at| {
            String::from_utf8(batch.bytes_at(at, Encoding::Sse).to_vec()).unwrap()
        };
        let ids = |text: &str| -> Vec<String> {
            text.lines().filter_map(|line| line.strip_prefix("id: e-").map(str::to_owned)).collect()
        };
        assert_eq!(ids(&text(&mut batch, at[0])), ["1", "2", "3"]);
        assert_eq!(ids(&text(&mut batch, at[1])), ["1", "3"]);
        let (first, third) =
            (batch.bytes_at(at[0], Encoding::Sse), batch.bytes_at(at[2], Encoding::Sse));
        assert_eq!(first.as_ptr(), third.as_ptr(), "equal paths share their bytes");
        assert_eq!(batch.position_at(at[1]), Some(Position(3)));
    }
}
