//! Serves until it is told to stop.

use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use erp_core::{Ctx, Engine};
use erp_http::{CookieSecurity, HttpOptions, ServeOptions, Server, router};
use erp_realtime::{Hub, HubOptions};
use tokio::net::TcpListener;

use crate::{cli::ServeArgs, demo, maintenance, page, store};

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
    let connections =
        ServeOptions { trusted_proxies: trusted_proxies.clone(), ..ServeOptions::default() };
    let options = HttpOptions { cookies, trusted_proxies, ..HttpOptions::default() };
    let api: Router = router(engine.clone(), hub.clone(), options).into();
    let app = api.merge(page::routes(demo::accounts(&engine).await?)?);
    let server = Server::new(app, hub, connections)?;
    let sweeping = tokio::spawn(maintenance::run(engine.clone()));
    // The handlers are there before anybody knows that the server is.
    let stop = told_to_stop()?;
    announce(&engine, address).await?;
    server
        .run(listener, async {
            stop.await;
            tracing::info!("stopping");
        })
        .await;
    sweeping.abort();
    // What was counted since the last sweep would be forgotten.
    engine.access().report_refusals(&Ctx::system()).await?;
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

/// Waits for the signal to stop.
fn told_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Without the signal there is nothing to wait for.
        let _ = tokio::signal::ctrl_c().await;
    })
}
