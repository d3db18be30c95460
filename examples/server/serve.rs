//! Serves until it is told to stop.

use std::{future::IntoFuture, net::SocketAddr, time::Duration};

use anyhow::Context;
use axum::{Router, serve::ListenerExt};
use erp_core::Engine;
use erp_http::{CookieSecurity, HttpOptions, router};
use erp_realtime::{Hub, HubOptions};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{cli::ServeArgs, demo, maintenance, page, store};

/// After being told to stop, requests that are under way get so long to end.
const DRAIN: Duration = Duration::from_secs(10);

/// Opens the store, fills an empty one with demo data, and serves.
pub async fn command(args: ServeArgs) -> anyhow::Result<()> {
    let engine = store::open(&args.store).await?;
    demo::seed(&engine).await?;
    serve(engine, &args).await
}

/// Serves the page and the HTTP interface of this engine.
pub async fn serve(engine: Engine, args: &ServeArgs) -> anyhow::Result<()> {
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    let address = listener.local_addr()?;
    let hub = Hub::start(engine.clone(), HubOptions::default())?;
    let cookies =
        if args.behind_tls { CookieSecurity::Host } else { CookieSecurity::InsecureForDevelopment };
    let trusted_proxies = args.trusted_proxy.clone();
    let options = HttpOptions { cookies, trusted_proxies, ..HttpOptions::default() };
    let api: Router = router(engine.clone(), hub.clone(), options).into();
    let app = api.merge(page::routes(demo::accounts(&engine).await?));
    let sweeping = tokio::spawn(maintenance::run(engine.clone()));
    announce(&engine, address).await?;

    let (stop, stopped) = oneshot::channel::<()>();
    let listener = listener.tap_io(|connection| {
        // Small messages leave at once.
        let _ = connection.set_nodelay(true);
    });
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service)
        .with_graceful_shutdown(async { stopped.await.unwrap_or(()) });
    let serving = tokio::spawn(server.into_future());

    told_to_stop().await?;
    tracing::info!("stopping");
    let _ = stop.send(());
    // Streams never end by themselves: the hub tells their clients to come back, then ends them.
    hub.shutdown(DRAIN).await;
    sweeping.abort();
    match tokio::time::timeout(DRAIN, serving).await {
        Ok(ended) => ended??,
        Err(_) => tracing::warn!("requests were still under way when the time was up"),
    }
    Ok(())
}

/// Tells where to look and how to log in.
async fn announce(engine: &Engine, address: SocketAddr) -> anyhow::Result<()> {
    println!("\n  Open http://{address}\n");
    let accounts = demo::accounts(engine).await?;
    if !accounts.is_empty() {
        println!("  Log in as");
    }
    for account in accounts {
        println!("    {:<28} {}   {}", account.email, account.password, account.about);
    }
    println!("\n  The interface is described at http://{address}/api/openapi.json\n");
    Ok(())
}

async fn told_to_stop() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => {}
            done = tokio::signal::ctrl_c() => done?,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
