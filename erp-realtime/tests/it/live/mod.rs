//! Live delivery, over real sockets: every case runs on SSE and on WebSocket.

mod audience;
mod broadcast;
mod client;
mod codec;
mod embedding;
mod fold;
mod limits;
mod nodes;
mod outage;
mod peer;
mod postgres;
mod presence;
mod resume;
mod revoke;
mod slow;
mod sse_format;
mod stream;
mod world;

/// Runs each function as a test over both carriers.
macro_rules! on_both {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        mod sse {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::live::peer::Carrier::Sse).await;
            })*
        }
        mod web_socket {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::live::peer::Carrier::WebSocket).await;
            })*
        }
    };
}
pub(crate) use on_both;
