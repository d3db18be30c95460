//! A live connection as an HTTP answer.

use bytes::BytesMut;
use http::{HeaderValue, Response, header};

use super::{SseBody, write_retry};
use crate::{
    frame::Encoding,
    hub::{Hub, Link, QueueLink, Refusal, Viewer, attach, jitter_ms},
    resume::Resume,
};

/// Opens a live connection for this viewer: `hello`, what he missed, then what happens.
///
/// It works with every server that takes an `http` response: axum, plain hyper, tower services.
///
/// # Errors
/// A [`Refusal`], before any frame.
pub async fn open(hub: &Hub, viewer: Viewer, resume: Resume) -> Result<Response<SseBody>, Refusal> {
    let core = hub.core();
    let seat = core.seat(viewer.user)?;
    let options = core.options();
    let link = QueueLink::new(Encoding::Sse, options.queue_bytes);
    let mut hint = BytesMut::new();
    write_retry(jitter_ms(options.retry_hint.clone()), &mut hint);
    link.send(hint.freeze());
    attach(core, seat.connection(), &viewer, resume, Link::Queue(link.clone())).await?;
    let mut response = Response::new(SseBody::new(link, seat));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // nginx and those who copied it would hold the frames back.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
