//! WebSocket over plain TCP.

use async_trait::async_trait;
use futures::{SinkExt, StreamExt, stream};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Error, Message, handshake::client::generate_key, protocol::WebSocketConfig},
};

use super::{
    ConnectError, Connector, FrameStream, Target,
    connector::{read_frame, retry_after},
};
use crate::{frame::Frame, resume::ResumePoint};

/// The default buffers hold 128 KiB for each connection.
const BUFFER_BYTES: usize = 4 * 1024;

/// Connects by WebSocket, without TLS.
#[derive(Clone, Debug)]
pub struct WebSocketConnector {
    target: Target,
}

impl WebSocketConnector {
    /// A connector to this stream.
    pub fn new(target: Target) -> Self {
        Self { target }
    }
}

#[async_trait]
impl Connector for WebSocketConnector {
    async fn connect(&self, from: Option<&ResumePoint>) -> Result<FrameStream, ConnectError> {
        let Target { authority, path, .. } = &self.target;
        let request = self
            .target
            .request(format!("ws://{authority}{path}"))
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", generate_key())
            .body(())
            .map_err(ConnectError::lost)?;
        let socket = TcpStream::connect(authority).await.map_err(ConnectError::lost)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(BUFFER_BYTES * 16);
        let (mut socket, _) =
            client_async_with_config(request, socket, Some(config)).await.map_err(refused)?;
        let first = json!({ "resume": from }).to_string();
        socket.send(Message::text(first)).await.map_err(ConnectError::lost)?;
        Ok(stream::unfold(Some(socket), |socket| async move {
            let mut socket = socket?;
            match next(&mut socket).await {
                Ok(frame) => Some((Ok(frame), Some(socket))),
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed())
    }
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Result<Frame, ConnectError> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return read_frame(&text),
            Some(Ok(Message::Close(_))) | None => {
                return Err(ConnectError::Lost("the stream ended".to_owned()));
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(broken(error)),
        }
    }
}

/// What cannot be read would come again; a cut would not.
fn broken(error: Error) -> ConnectError {
    match error {
        Error::Capacity(_) | Error::Utf8(_) => ConnectError::Protocol(error.to_string()),
        other => ConnectError::lost(other),
    }
}

fn refused(error: Error) -> ConnectError {
    match error {
        Error::Http(response) => ConnectError::Refused {
            status: response.status().as_u16(),
            retry_after: retry_after(response.headers()),
        },
        other => ConnectError::lost(other),
    }
}
