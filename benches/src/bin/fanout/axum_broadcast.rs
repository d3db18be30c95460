//! What one would write by hand in an afternoon: axum's SSE over one `tokio::sync::broadcast`.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use anyhow::Result;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::sse::{Event, Sse},
    routing::{get, post},
};
use futures::{Stream, stream};
use tokio::sync::broadcast::{self, error::RecvError};

type Messages = broadcast::Sender<Arc<str>>;

/// Serves until it is killed.
pub async fn serve(listen: SocketAddr) -> Result<()> {
    let router = Router::new()
        .route("/sse", get(subscribe))
        .route("/pub", post(publish))
        .with_state(Messages::new(1024));
    Ok(axum::serve(tokio::net::TcpListener::bind(listen).await?, router).await?)
}

async fn subscribe(
    State(messages): State<Messages>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = stream::unfold(messages.subscribe(), |mut receiver| async move {
        loop {
            match receiver.recv().await {
                Ok(message) => return Some((Ok(Event::default().data(&*message)), receiver)),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    });
    Sse::new(stream)
}

async fn publish(State(messages): State<Messages>, body: String) -> StatusCode {
    // Nobody listens: that is no error.
    let _ = messages.send(body.into());
    StatusCode::ACCEPTED
}
