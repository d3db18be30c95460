//! The engine over the store that the command line names.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use erp_core::{
    Engine,
    object_store::{ObjectStore, local::LocalFileSystem, memory::InMemory},
    port::Store,
};
use erp_store_memory::MemoryStore;
use erp_store_postgres::{PgStore, PgStoreOptions};

use crate::cli::StoreArgs;

/// Opens the store, brings its tables up to date and builds the engine.
pub async fn open(args: &StoreArgs) -> anyhow::Result<Engine> {
    let store: Arc<dyn Store> = match &args.database_url {
        Some(url) => Arc::new(open_postgres(url).await?),
        None => Arc::new(MemoryStore::new()),
    };
    let files: Arc<dyn ObjectStore> = match &args.files {
        Some(directory) => Arc::new(open_directory(directory)?),
        None => Arc::new(InMemory::new()),
    };
    Ok(Engine::builder(store).files(files).build()?)
}

fn open_directory(directory: &Path) -> anyhow::Result<LocalFileSystem> {
    let context = || format!("cannot keep files in {}", directory.display());
    std::fs::create_dir_all(directory).with_context(context)?;
    LocalFileSystem::new_with_prefix(directory).with_context(context)
}

async fn open_postgres(url: &str) -> anyhow::Result<PgStore> {
    let store = PgStore::connect(url, PgStoreOptions::default())
        .await
        .context("cannot open the database")?;
    store.migrate().await.context("cannot bring the tables up to date")?;
    Ok(store)
}
