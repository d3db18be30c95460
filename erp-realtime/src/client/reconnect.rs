//! The loop that comes back after cuts.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use tokio::time::{Instant, sleep, timeout};

use super::{Backoff, ConnectError, Connector, FrameStream};
use crate::{
    frame::{Bye, EventFrame, Frame, Hello, Recovered},
    resume::ResumePoint,
};

/// What an application may set.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Waits between attempts.
    pub backoff: Backoff,
    /// A connection that lasted this long starts the waits anew.
    pub stable_after: Duration,
    /// How long an attempt may take.
    pub connect_timeout: Duration,
    /// The connection counts as dead after this many heartbeats without a frame.
    pub missed_heartbeats: u32,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            backoff: Backoff::new(Duration::from_millis(250), Duration::from_secs(30)),
            stable_after: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            missed_heartbeats: 2,
        }
    }
}

/// Why a client does not come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The application said so.
    Disconnected,
    /// The server said so.
    Bye(Bye),
    /// The server does not let the client in.
    Refused(ConnectError),
}

/// What an application is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// A stream began anew: load a snapshot, which has everything up to the hello's position at
    /// least; the events that follow are applied to it.
    Load(Hello),
    /// The stream goes on where it left off.
    Resumed(Hello),
    /// Something happened.
    Event(EventFrame),
    /// The connection was lost; another attempt follows after this time. After what could not be read
    /// ([`ConnectError::Protocol`]) the next one does not resume: [`Signal::Load`].
    Lost {
        /// Why.
        error: ConnectError,
        /// When it is tried again.
        again_in: Duration,
    },
    /// It is over.
    Closed(Closed),
}

/// What a client is doing (RTC-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not started.
    Idle,
    /// Connected.
    Open,
    /// Waiting for the next attempt, or in it.
    Backoff,
    /// Over.
    Closed(Closed),
}

/// A client that comes back after cuts.
///
/// It works only while [`Client::next`] is awaited: an application that is slow slows the stream
/// down, and the order stays (RTC-7).
pub struct Client {
    connector: Arc<dyn Connector>,
    options: ClientOptions,
    /// Where the next connection goes on.
    at: Option<ResumePoint>,
    status: Status,
    open: Option<Open>,
    /// When the next attempt is due.
    due: Option<Instant>,
}

struct Open {
    frames: FrameStream,
    since: Instant,
    /// Silence that counts as death.
    silence: Duration,
}

impl Client {
    /// A client that begins after this point, or now.
    pub fn new(
        connector: Arc<dyn Connector>,
        options: ClientOptions,
        from: Option<ResumePoint>,
    ) -> Self {
        Self { connector, options, at: from, status: Status::Idle, open: None, due: None }
    }

    /// What it is doing.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Where it would go on after a cut.
    pub fn position(&self) -> Option<&ResumePoint> {
        self.at.as_ref()
    }

    /// Ends it: no attempt and no event follows.
    pub fn disconnect(&mut self) {
        if !matches!(self.status, Status::Closed(_)) {
            self.end(Closed::Disconnected);
        }
    }

    /// Drops the connection as a broken network would; the next call comes back.
    pub fn cut(&mut self) {
        self.open = None;
    }

    /// The next thing that the application must know; none after [`Signal::Closed`].
    pub async fn next(&mut self) -> Option<Signal> {
        loop {
            match &self.status {
                Status::Closed(_) => return None,
                _ if self.open.is_some() => {
                    if let Some(signal) = self.read().await {
                        return Some(signal);
                    }
                }
                _ => {
                    if let Err(error) = self.connect().await {
                        return Some(self.lost(error, None));
                    }
                }
            }
        }
    }

    async fn connect(&mut self) -> Result<(), ConnectError> {
        if let Some(due) = self.due {
            // Kept until it has passed: whoever drops this future must not shorten the wait.
            sleep(due.saturating_duration_since(Instant::now())).await;
            self.due = None;
        }
        let connect = self.connector.connect(self.at.as_ref());
        let frames = timeout(self.options.connect_timeout, connect)
            .await
            .unwrap_or_else(|_| Err(ConnectError::Lost("no answer in time".to_owned())))?;
        let silence = self.options.connect_timeout;
        self.open = Some(Open { frames, since: Instant::now(), silence });
        Ok(())
    }

    async fn read(&mut self) -> Option<Signal> {
        let open = self.open.as_mut()?;
        let frame = match timeout(open.silence, open.frames.next()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => return Some(self.lost(error, None)),
            Ok(None) => return Some(self.lost(ConnectError::lost("the stream ended"), None)),
            Err(_) => return Some(self.lost(ConnectError::lost("no heartbeat"), None)),
        };
        match frame {
            Frame::Hello(hello) => {
                open.silence = Duration::from_secs(hello.heartbeat_s.max(1))
                    * self.options.missed_heartbeats.max(1);
                self.status = Status::Open;
                let resumed = hello.recovered == Recovered::Yes;
                self.at = Some(hello.position.clone());
                Some(if resumed { Signal::Resumed(hello) } else { Signal::Load(hello) })
            }
            Frame::Heartbeat { position } => {
                self.move_to(&position);
                None
            }
            // Passed over, what cannot be read would be a hole that nobody knows of.
            Frame::Event(event) => match event.read() {
                Err(error) => {
                    let unreadable = format!("`{}`: {error}", event.kind);
                    Some(self.lost(ConnectError::Protocol(unreadable), None))
                }
                // A duplicate is ignored (RTC-5).
                Ok(_) => self.move_to(&event.position).then_some(Signal::Event(event)),
            },
            Frame::Bye(bye) if bye.terminal => Some(self.end(Closed::Bye(bye))),
            Frame::Bye(bye) => {
                let asked = bye.retry_after_ms.map(Duration::from_millis);
                Some(self.lost(ConnectError::Lost(format!("bye: {}", bye.code.as_str())), asked))
            }
        }
    }

    /// Whether the position is beyond what is known.
    fn move_to(&mut self, position: &ResumePoint) -> bool {
        let beyond = self.at.as_ref().is_none_or(|at| at.position < position.position);
        if beyond {
            self.at = Some(position.clone());
        }
        beyond
    }

    fn lost(&mut self, error: ConnectError, asked: Option<Duration>) -> Signal {
        if error.is_terminal() {
            return self.end(Closed::Refused(error));
        }
        if matches!(error, ConnectError::Protocol(_)) {
            // Going on from where it was would bring the same again (RTS-14): a snapshot has what it
            // told.
            self.at = None;
        }
        let open = self.open.take();
        if open.is_some_and(|open| open.since.elapsed() >= self.options.stable_after) {
            self.options.backoff.reset();
        }
        let asked = asked.or(match &error {
            ConnectError::Refused { retry_after, .. } => *retry_after,
            _ => None,
        });
        let again_in = self.options.backoff.next_wait(asked);
        self.due = Some(Instant::now() + again_in);
        self.status = Status::Backoff;
        Signal::Lost { error, again_in }
    }

    fn end(&mut self, why: Closed) -> Signal {
        self.open = None;
        self.status = Status::Closed(why.clone());
        Signal::Closed(why)
    }
}
