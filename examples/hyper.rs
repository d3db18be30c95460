//! The engine's routes under plain hyper, with an accept loop of the host's own.
//!
//! ```sh
//! cargo run -p erp-examples --example hyper
//! curl http://127.0.0.1:8081/api/health
//! ```

use std::{sync::Arc, time::Duration};

use erp_core::Engine;
use erp_http::{HttpOptions, ServeOptions, Server, router};
use erp_realtime::{Hub, HubOptions};
use erp_store_memory::MemoryStore;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let engine = Engine::builder(Arc::new(MemoryStore::new())).build()?;
    let hub = Hub::start(engine.clone(), HubOptions::default())?;
    let routes = router(engine, hub.clone(), HttpOptions::default());
    // It speaks HTTP by hyper, and has a deadline for everything that a client may hold up.
    let server = Server::new(routes, hub, ServeOptions::default())?;
    let listener = TcpListener::bind("127.0.0.1:8081").await?;
    println!("Listening on http://{}", listener.local_addr()?);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => server.admit(stream, Some(peer)),
                Err(error) => {
                    eprintln!("no connection: {error}");
                    // Most errors are still there a moment later.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            },
            stop = tokio::signal::ctrl_c() => {
                stop?;
                server.shutdown().await;
                return Ok(());
            }
        }
    }
}
