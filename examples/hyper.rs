//! The engine's routes under plain hyper, without axum's server.
//!
//! ```sh
//! cargo run -p erp-examples --example hyper
//! curl http://127.0.0.1:8081/api/health
//! ```

use std::sync::Arc;

use erp_core::Engine;
use erp_http::{ErpRouter, HttpOptions, PeerAddr, router};
use erp_realtime::{Hub, HubOptions};
use erp_store_memory::MemoryStore;
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tower::Service;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let engine = Engine::builder(Arc::new(MemoryStore::new())).build()?;
    let hub = Hub::start(engine.clone(), HubOptions::default())?;
    let routes = router(engine, hub, HttpOptions::default());
    let listener = TcpListener::bind("127.0.0.1:8081").await?;
    println!("Listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(connection(routes.clone(), stream, PeerAddr(peer.ip())));
    }
}

/// Serves one connection until it is closed.
async fn connection(routes: ErpRouter, stream: TcpStream, peer: PeerAddr) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        // Rate limits and the audit log want to know who calls.
        request.extensions_mut().insert(peer);
        let mut routes = routes.clone();
        async move { routes.call(request).await }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        // Without it there would be no WebSocket.
        .with_upgrades();
    if let Err(error) = served.await {
        eprintln!("connection from {}: {error}", peer.0);
    }
}
