//! The bare socket of a WebSocket, out of the HTTP server that has upgraded it.

use std::{any::Any, fmt};

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::{rt::TokioIo, server::conn::auto};
use tokio::net::TcpStream;

/// How the bare socket is taken out of an upgraded connection. A server that wraps its sockets, as
/// to watch them, puts its own way into the extensions of every request; without it only a plain
/// [`TcpStream`] is found, and on anything else a task carries the frames.
#[derive(Clone, Copy)]
pub struct TakeSocket(pub fn(Upgraded) -> Result<TakenSocket, Upgraded>);

impl TakeSocket {
    /// The socket of a server that does not wrap it.
    pub(super) const BARE: Self = Self(bare);
}

impl fmt::Debug for TakeSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TakeSocket").finish_non_exhaustive()
    }
}

/// A bare socket.
pub struct TakenSocket {
    /// The socket.
    pub stream: TcpStream,
    /// What the HTTP server has read beyond the request.
    pub early: Bytes,
    /// What the server wants to know the end of: it is dropped with the connection.
    pub held: Option<Box<dyn Any + Send>>,
}

impl fmt::Debug for TakenSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TakenSocket").field("stream", &self.stream).finish_non_exhaustive()
    }
}

fn bare(upgraded: Upgraded) -> Result<TakenSocket, Upgraded> {
    let (stream, early) = match auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
        Ok(parts) => (parts.io.into_inner(), parts.read_buf),
        Err(upgraded) => {
            let parts = upgraded.downcast::<TokioIo<TcpStream>>()?;
            (parts.io.into_inner(), parts.read_buf)
        }
    };
    Ok(TakenSocket { stream, early, held: None })
}
