//! Server-sent events over plain HTTP/1.1.

use std::collections::VecDeque;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{StatusCode, header};
use http_body_util::{BodyDataStream, BodyExt, Empty};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinHandle};

use super::{
    ConnectError, Connector, FrameStream, Target,
    connector::{read_frame, retry_after},
};
use crate::{
    frame::Frame,
    resume::ResumePoint,
    sse::{SseDecoder, SseEvent},
};

/// The largest event that is read.
const MAX_EVENT_BYTES: usize = 4 * 1024 * 1024;

/// Connects by server-sent events, without TLS.
#[derive(Clone, Debug)]
pub struct SseConnector {
    target: Target,
}

impl SseConnector {
    /// A connector to this stream.
    pub fn new(target: Target) -> Self {
        Self { target }
    }
}

#[async_trait]
impl Connector for SseConnector {
    async fn connect(&self, from: Option<&ResumePoint>) -> Result<FrameStream, ConnectError> {
        let socket =
            TcpStream::connect(&self.target.authority).await.map_err(ConnectError::lost)?;
        let (mut send, connection) =
            http1::handshake(TokioIo::new(socket)).await.map_err(ConnectError::lost)?;
        let driver = Driver(tokio::spawn(async move {
            // The stream of frames tells how it ends.
            let _ = connection.await;
        }));
        let mut request = self.target.request(self.target.path.clone());
        request = request.header(header::ACCEPT, "text/event-stream");
        if let Some(from) = from {
            request = request.header("last-event-id", from.to_string());
        }
        let request = request.body(Empty::<Bytes>::new()).map_err(ConnectError::lost)?;
        let response = send.send_request(request).await.map_err(ConnectError::lost)?;
        if response.status() != StatusCode::OK {
            let status = response.status().as_u16();
            return Err(ConnectError::Refused {
                status,
                retry_after: retry_after(response.headers()),
            });
        }
        let reading = Reading {
            body: response.into_body().into_data_stream(),
            decoder: SseDecoder::new(MAX_EVENT_BYTES),
            ready: VecDeque::new(),
            _driver: driver,
        };
        Ok(stream::unfold(Some(reading), |reading| async move {
            let mut reading = reading?;
            match reading.next().await {
                Ok(frame) => Some((Ok(frame), Some(reading))),
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed())
    }
}

/// The task that drives the connection; it ends with the stream.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Reading {
    body: BodyDataStream<Incoming>,
    decoder: SseDecoder,
    ready: VecDeque<SseEvent>,
    _driver: Driver,
}

impl Reading {
    async fn next(&mut self) -> Result<Frame, ConnectError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return read_frame(&event.data);
            }
            let piece = match self.body.next().await {
                Some(piece) => piece.map_err(ConnectError::lost)?,
                None => return Err(ConnectError::Lost("the stream ended".to_owned())),
            };
            let mut events = Vec::new();
            self.decoder
                .feed(&piece, &mut events)
                .map_err(|error| ConnectError::Protocol(error.to_string()))?;
            self.ready.extend(events);
        }
    }
}
