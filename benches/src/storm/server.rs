//! A server of the storm: the engine on PostgreSQL, as an embedding host would run it.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Result;
use axum::{Json, Router, routing::get};
use chrono::TimeDelta;
use clap::Args;
use erp_core::{Engine, EngineOptions, presence::PresenceTiming};
use erp_http::{HttpOptions, RateLimits, router};
use erp_realtime::{Hub, HubOptions};
use erp_store_postgres::{PgStore, PgStoreOptions};

/// Where it finds its database, and where it listens.
#[derive(Clone, Debug, Args)]
pub struct ServerArgs {
    /// The database.
    #[arg(long)]
    database_url: String,
    /// The address.
    #[arg(long)]
    listen: SocketAddr,
}

/// Serves until it is killed. Besides the engine's routes there is `/stats`.
pub async fn serve(args: ServerArgs) -> Result<()> {
    let options = PgStoreOptions { max_connections: 12, ..Default::default() };
    let store = PgStore::connect(&args.database_url, options).await?;
    // Short, so that the end of the storm need not be waited for.
    let presence = PresenceTiming {
        heartbeat: TimeDelta::seconds(1),
        ttl: TimeDelta::seconds(5),
        grace: TimeDelta::seconds(2),
    };
    let engine = Engine::builder(Arc::new(store))
        .options(EngineOptions { presence, ..Default::default() })
        .build()?;
    let options = HubOptions {
        connections_per_user: 1_000,
        max_replay_events: 1_000_000,
        ..Default::default()
    };
    let hub = Hub::start(engine.clone(), options)?;
    let options = HttpOptions { rate_limits: RateLimits::NONE, ..Default::default() };
    let app: Router = router(engine, hub.clone(), options).into();
    let stats = get(move || {
        let stats = hub.stats();
        let stats = serde_json::json!({
            "connections": stats.connections, "leases": stats.leases, "tasks": stats.tasks,
        });
        async move { Json(stats) }
    });
    let listener = tokio::net::TcpListener::bind(args.listen).await?;
    axum::serve(listener, app.route("/stats", stats)).await?;
    Ok(())
}
