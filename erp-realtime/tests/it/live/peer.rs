//! A client that a test steers frame by frame.

use std::time::Duration;

use erp_core::{
    change::EventBody,
    chat::ChatEvent,
    ids::{SessionId, UserId},
    time::Timestamp,
};
use erp_realtime::{
    client::{ConnectError, Connector, FrameStream, SseConnector, Target, WebSocketConnector},
    frame::{Bye, EventFrame, Frame, Hello},
    resume::ResumePoint,
};
use futures::StreamExt;
use http::{HeaderName, HeaderValue};
use tokio::time::timeout;

use super::world::{Node, PATIENCE};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    Sse,
    WebSocket,
}

/// Who connects, and how.
#[derive(Clone)]
pub struct Who {
    pub carrier: Carrier,
    headers: Vec<(&'static str, String)>,
}

impl Who {
    pub fn user(carrier: Carrier, user: UserId) -> Self {
        Self { carrier, headers: vec![("x-user", user.to_string())] }
    }

    pub fn session(mut self, session: SessionId) -> Self {
        self.headers.push(("x-session", session.to_string()));
        self
    }

    pub fn valid_until(mut self, until: Timestamp) -> Self {
        self.headers.push(("x-valid-until", until.to_rfc3339()));
        self
    }

    pub fn connector(&self, node: &Node) -> Box<dyn Connector> {
        let path = match self.carrier {
            Carrier::Sse => "/sse",
            Carrier::WebSocket => "/ws",
        };
        let mut target = Target::new(node.addr.to_string(), path);
        for (name, value) in &self.headers {
            target = target
                .with_header(HeaderName::from_static(name), HeaderValue::try_from(value).unwrap());
        }
        match self.carrier {
            Carrier::Sse => Box::new(SseConnector::new(target)),
            Carrier::WebSocket => Box::new(WebSocketConnector::new(target)),
        }
    }

    pub async fn try_connect(
        &self,
        node: &Node,
        from: Option<&ResumePoint>,
    ) -> Result<Peer, ConnectError> {
        let frames = self.connector(node).connect(from).await?;
        let mut peer = Peer { frames, hello: None, at: None };
        match peer.frame().await {
            Frame::Hello(hello) => peer.hello = Some(hello),
            Frame::Bye(bye) => return Err(ConnectError::Lost(format!("{bye:?}"))),
            other => panic!("the first frame is {other:?}"),
        }
        Ok(peer)
    }

    pub async fn connect(&self, node: &Node) -> Peer {
        self.try_connect(node, None).await.unwrap()
    }

    pub async fn resume(&self, node: &Node, from: &ResumePoint) -> Peer {
        self.try_connect(node, Some(from)).await.unwrap()
    }
}

/// A connection.
pub struct Peer {
    frames: FrameStream,
    hello: Option<Hello>,
    at: Option<ResumePoint>,
}

impl Peer {
    pub fn hello(&self) -> &Hello {
        self.hello.as_ref().unwrap()
    }

    /// Where it would go on.
    pub fn position(&self) -> &ResumePoint {
        self.at.as_ref().unwrap()
    }

    /// The next frame, whatever it is. Positions never go back, those of events rise.
    pub async fn frame(&mut self) -> Frame {
        let next = timeout(PATIENCE, self.frames.next()).await.expect("a frame in time");
        let frame = next.expect("the stream goes on").expect("a frame");
        if let Some(position) = frame.position() {
            if let Some(at) = &self.at {
                let rises = matches!(frame, Frame::Event(_));
                assert!(
                    at.position < position.position || (!rises && at == position),
                    "{frame:?} after {at}"
                );
            }
            self.at = Some(position.clone());
        }
        frame
    }

    /// The next event.
    pub async fn event(&mut self) -> EventFrame {
        loop {
            match self.frame().await {
                Frame::Event(event) => return event,
                Frame::Heartbeat { .. } => {}
                other => panic!("not an event: {other:?}"),
            }
        }
    }

    /// The next event of this type; others are passed over.
    pub async fn event_of(&mut self, kind: &str) -> EventFrame {
        loop {
            let event = self.event().await;
            if event.kind == kind {
                return event;
            }
        }
    }

    /// The text of the next message.
    pub async fn text(&mut self) -> String {
        match self.event_of("chat.message_posted").await.body() {
            EventBody::Chat(ChatEvent::MessagePosted(message)) => message.body,
            other => panic!("not a message: {other:?}"),
        }
    }

    /// The texts of the messages up to this one.
    pub async fn texts_until(&mut self, last: &str) -> Vec<String> {
        let mut texts = Vec::new();
        loop {
            texts.push(self.text().await);
            if texts.last().is_some_and(|text| text == last) {
                return texts;
            }
        }
    }

    /// The last frame; what comes before it is passed over.
    pub async fn bye(&mut self) -> Bye {
        loop {
            if let Frame::Bye(bye) = self.frame().await {
                let end = timeout(PATIENCE, self.frames.next()).await.expect("the end in time");
                assert!(matches!(end, None | Some(Err(ConnectError::Lost(_)))), "{end:?}");
                return bye;
            }
        }
    }

    /// Whether nothing but heartbeats comes for a while. For what must not come at all, after
    /// something that would have come later.
    pub async fn is_quiet(&mut self) -> bool {
        let quiet = async { while matches!(self.frame().await, Frame::Heartbeat { .. }) {} };
        timeout(Duration::from_millis(50), quiet).await.is_err()
    }
}
