//! What a client sends, and what it leads to.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use serde::Deserialize;
use tokio::time::Instant;

use super::codec::{Decoder, Incoming, Violation, write_close, write_pong};
use crate::{
    frame::{Bye, ByeCode, Encoding, Frame, frame},
    hub::{HubOptions, Link, Sent, Waiting},
    resume::Resume,
};

/// The window over which a client's messages are counted.
const WINDOW: Duration = Duration::from_secs(10);

/// The last frames of a WebSocket: the reason in words, then as a close code.
pub(crate) fn farewell(bye: Bye, close_code: u16) -> Bytes {
    let mut out = BytesMut::new();
    frame(&Frame::Bye(bye)).write(Encoding::WebSocket, &mut out);
    write_close(Some(close_code), bye.code.as_str(), &mut out);
    out.freeze()
}

/// Whether the connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// It does.
    On,
    /// The client was told that it is over, and has not answered.
    Ending,
    /// The client has said so: nothing more comes from it.
    Over,
}

/// The client's side of a connection.
pub(super) struct Inbound {
    decoder: Decoder,
    window_start: Instant,
    in_window: u32,
    max_in_window: u32,
    first: First,
}

enum First {
    Wanted,
    Here(Resume),
    Done,
}

#[derive(Deserialize)]
struct FirstMessage {
    resume: Option<String>,
}

impl Inbound {
    pub fn new(options: &HubOptions) -> Self {
        Self {
            decoder: Decoder::new(options.client_message_bytes),
            window_start: Instant::now(),
            in_window: 0,
            max_in_window: options.client_messages,
            first: First::Wanted,
        }
    }

    /// Takes in what was read, and answers on the link.
    pub fn take(&mut self, piece: &[u8], link: &Link) -> Flow {
        let mut messages = Vec::new();
        let fed = self.decoder.feed(piece, &mut messages);
        for message in messages {
            match self.message(message, link) {
                Flow::On => {}
                other => return other,
            }
        }
        match fed {
            Ok(()) => Flow::On,
            Err(violation) => refuse(violation, link),
        }
    }

    /// What the client's first message asks for, once it has come.
    pub fn first_wish(&mut self) -> Option<Resume> {
        match std::mem::replace(&mut self.first, First::Done) {
            First::Here(wish) => Some(wish),
            other => {
                self.first = other;
                None
            }
        }
    }

    /// The first message is not waited for any more.
    pub fn without_wish(&mut self) {
        self.first = First::Done;
    }

    fn message(&mut self, message: Incoming, link: &Link) -> Flow {
        if let Incoming::Close(code) = message {
            let mut out = BytesMut::new();
            write_close(code, "", &mut out);
            link.close(out.freeze(), Waiting::Drop);
            return Flow::Over;
        }
        if self.count() > self.max_in_window {
            return end(Bye::retry(ByeCode::Limit, 10_000), link);
        }
        match message {
            Incoming::Ping(payload) => {
                let mut out = BytesMut::new();
                write_pong(&payload, &mut out);
                if link.send(out.freeze()) == Sent::Full {
                    return end(Bye::retry(ByeCode::Slow, 0), link);
                }
            }
            Incoming::Text(text) if matches!(self.first, First::Wanted) => {
                self.first = First::Here(match serde_json::from_str::<FirstMessage>(&text) {
                    Ok(first) => Resume::from_text(first.resume.as_deref()),
                    Err(_) => Resume::Unreadable,
                });
            }
            Incoming::Binary(_) => return refuse(Violation::Binary, link),
            // Later messages belong to later versions of the protocol.
            Incoming::Text(_) | Incoming::Pong | Incoming::Close(_) => {}
        }
        Flow::On
    }

    fn count(&mut self) -> u32 {
        let now = Instant::now();
        if now.duration_since(self.window_start) >= WINDOW {
            self.window_start = now;
            self.in_window = 0;
        }
        self.in_window += 1;
        self.in_window
    }
}

fn end(bye: Bye, link: &Link) -> Flow {
    link.close(farewell(bye, bye.code.close_code()), Waiting::Drop);
    Flow::Ending
}

fn refuse(violation: Violation, link: &Link) -> Flow {
    tracing::debug!(?violation, "a client breaks the WebSocket protocol");
    let bye = Bye::terminal(ByeCode::Protocol);
    link.close(farewell(bye, violation.close_code()), Waiting::Drop);
    Flow::Ending
}
