//! A body that is read as it comes.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use axum::body::{BodyDataStream, Bytes};
use erp_core::error::Error;
use futures::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::call::{Argument, Call};
use crate::{patience::Patience, problem::Failure, stall::Stall};

/// A body that is read as it comes. The time of the whole request is not counted while it does: as
/// long as it makes progress it may take as long as it needs (RTS-13).
pub(crate) struct Streamed {
    body: BodyDataStream,
    patience: Patience,
    stall: Stall,
    timer: Option<Pin<Box<Sleep>>>,
    slow: TooSlow,
}

/// Whether a body was given up, because its client had sent too little.
#[derive(Clone, Debug, Default)]
pub(crate) struct TooSlow(Arc<AtomicBool>);

impl TooSlow {
    /// What the client is told: that, if the body was given up, else what went wrong.
    pub(crate) fn or(&self, error: Error) -> Failure {
        if self.0.load(Relaxed) { Failure::too_slow() } else { error.into() }
    }
}

/// Why a body ends too early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrokenOff {
    /// The connection broke, or the client sent nonsense.
    #[error("the body broke off")]
    Broken,
    /// The client sent too little in time.
    #[error("the body came too slowly")]
    TooSlow,
}

impl Streamed {
    /// Tells afterwards whether it was given up.
    pub(crate) fn too_slow(&self) -> TooSlow {
        self.slow.clone()
    }

    /// Ready when the client has been waited for long enough.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.stall.blocked(Instant::now());
        let Some(end) = self.stall.over_at(self.patience.limit()) else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        timer.as_mut().reset(end);
        timer.as_mut().poll(cx)
    }
}

impl Argument for Streamed {
    fn take(call: &mut Call) -> Result<Self, Failure> {
        let patience = call.parts.extensions.get::<Patience>().cloned();
        let patience = patience.unwrap_or_else(|| Patience::new(call.app.options.request_timeout));
        patience.pause();
        Ok(Self {
            body: call.take_body().into_data_stream(),
            patience,
            stall: Stall::default(),
            timer: None,
            slow: TooSlow::default(),
        })
    }
}

impl Stream for Streamed {
    type Item = Result<Bytes, BrokenOff>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match Pin::new(&mut self.body).poll_next(cx) {
            Poll::Ready(Some(Ok(bytes))) => {
                self.stall.moved(bytes.len(), Instant::now());
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Ready(ended) => {
                self.patience.resume();
                Poll::Ready(ended.map(|_| Err(BrokenOff::Broken)))
            }
            Poll::Pending if self.poll_stalled(cx).is_ready() => {
                self.slow.0.store(true, Relaxed);
                Poll::Ready(Some(Err(BrokenOff::TooSlow)))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        self.patience.resume();
    }
}
