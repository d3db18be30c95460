//! How a client reaches a server.

use std::{pin::Pin, time::Duration};

use async_trait::async_trait;
use futures::Stream;
use http::{HeaderMap, HeaderName, HeaderValue, Request, request};

use crate::{frame::Frame, resume::ResumePoint};

/// Why there is no connection, or not any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The server answered, but not with a stream.
    #[error("the server answered with status {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// How long to wait before asking again.
        retry_after: Option<Duration>,
    },
    /// The network failed, or the stream ended without a word.
    #[error("connection lost: {0}")]
    Lost(String),
    /// The server says what cannot be read.
    #[error("protocol broken: {0}")]
    Protocol(String),
}

impl ConnectError {
    /// Whether asking again in the same way is of no use.
    pub fn is_terminal(&self) -> bool {
        // 408 and 429 ask for another try, as all of 5xx do.
        matches!(self, Self::Refused { status: 400..=499, .. })
            && !matches!(self, Self::Refused { status: 408 | 429, .. })
    }

    pub(super) fn lost(error: impl ToString) -> Self {
        Self::Lost(error.to_string())
    }
}

/// The frames of one connection. After an error, or its end, it is over.
pub type FrameStream = Pin<Box<dyn Stream<Item = Result<Frame, ConnectError>> + Send>>;

/// Opens connections.
#[async_trait]
pub trait Connector: Send + Sync + 'static {
    /// Opens a connection that goes on after this point, or begins now.
    async fn connect(&self, from: Option<&ResumePoint>) -> Result<FrameStream, ConnectError>;
}

/// Where a server is, and what every request to it carries.
#[derive(Clone, Debug)]
pub struct Target {
    /// Host and port.
    pub authority: String,
    /// The path of the stream.
    pub path: String,
    /// More headers, such as `Authorization`.
    pub headers: HeaderMap,
}

impl Target {
    /// The path on this host and port.
    pub fn new(authority: impl Into<String>, path: impl Into<String>) -> Self {
        Self { authority: authority.into(), path: path.into(), headers: HeaderMap::new() }
    }

    /// The same, with a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub(super) fn request(&self, uri: String) -> request::Builder {
        let mut request = Request::get(uri).header("host", &self.authority);
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers.clone());
        }
        request
    }
}

pub(super) fn read_frame(text: &str) -> Result<Frame, ConnectError> {
    serde_json::from_str(text).map_err(|error| ConnectError::Protocol(error.to_string()))
}

pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
