//! Databases for tests.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use async_trait::async_trait;
use erp_conformance::{
    TestStore,
    pg_cluster::{PgCluster, PgClusterError},
};
use erp_core::{
    access::{AccessReads, AuditReads, SessionStore},
    change::{ChangeSet, Receipt},
    chat::ChatReads,
    inventory::InventoryReads,
    port::{EventLog, Maintenance, Store, StoreResult},
    presence::PresenceStore,
    projects::ProjectReads,
    record::RecordReads,
};
use erp_store_postgres::{PgStore, PgStoreOptions};
use sqlx::Connection;
use tokio::sync::Semaphore;

/// A database that ends with this value: the next case uses it again, or it is dropped.
#[derive(Debug)]
pub struct Database {
    pub url: String,
    /// What it is a copy of; `None` when nobody else may have it.
    template: Option<String>,
}

impl Drop for Database {
    fn drop(&mut self) {
        let Ok(cluster) = PgCluster::shared() else { return };
        // What stays goes with the cluster.
        let _ = match &self.template {
            Some(template) if !std::thread::panicking() => cluster.give_back(&self.url, template),
            _ => cluster.drop_database(&self.url),
        };
    }
}

impl Database {
    /// An empty one.
    pub fn empty() -> Self {
        Self::own(PgCluster::shared().unwrap().fresh_database().unwrap())
    }

    /// A migrated one.
    pub async fn migrated() -> Self {
        let cluster = PgCluster::shared().unwrap();
        let template = template_name();
        let url = match cluster.reused_database_from(&template).unwrap() {
            Some(url) => url,
            None => Self::copied().await,
        };
        Self { url, template: Some(template) }
    }

    /// The URL of a migrated one that nobody has used before.
    async fn copied() -> String {
        let cluster = PgCluster::shared().unwrap();
        let template = template_name();
        build_template(cluster, &template).await;
        cluster.fresh_database_from(&template).unwrap()
    }

    /// A migrated one that nobody has used before or will use again: for what depends on files and
    /// statistics of the planner's.
    pub async fn unused() -> Self {
        Self::own(Self::copied().await)
    }

    fn own(url: String) -> Self {
        Self { url, template: None }
    }

    /// A copy, as soon as the server has noticed that nobody is connected.
    pub async fn copy(&self) -> Self {
        let name = self.url.rsplit('/').next().unwrap();
        loop {
            if let Ok(url) = PgCluster::shared().unwrap().fresh_database_from(name) {
                return Self::own(url);
            }
            tokio::task::yield_now().await;
        }
    }

    pub async fn store(&self) -> PgStore {
        PgStore::connect(&self.url, options()).await.unwrap()
    }
}

/// A template of this name, migrated.
pub async fn build_template(cluster: &PgCluster, name: &str) {
    let built: Result<(), PgClusterError> = cluster
        .ensure_template(name, |url| async move {
            let store = PgStore::connect(&url, options()).await.unwrap();
            store.migrate().await.unwrap();
            store.migrate_kinds(erp_conformance::KINDS).await.unwrap();
            store.close().await;
            Ok(())
        })
        .await;
    built.unwrap();
}

/// A pool that a machine full of tests can bear.
pub fn options() -> PgStoreOptions {
    PgStoreOptions { max_connections: 8, ..PgStoreOptions::default() }
}

/// A template is as good as the migrations that it was made from.
fn template_name() -> String {
    let mut hasher = DefaultHasher::new();
    for migration in erp_migrations::MIGRATIONS.iter() {
        migration.checksum.hash(&mut hasher);
    }
    format!("erp_template_{:016x}", hasher.finish())
}

/// A fresh store over the pool.
pub async fn through_the_pool() -> TestStore {
    let database = Database::migrated().await;
    TestStore::new(database.store().await).keeping(database)
}

/// A fresh store whose commits all go through a transaction of the host's.
pub async fn through_commit_in() -> TestStore {
    let database = Database::migrated().await;
    TestStore::new(InHostTransaction::over(database.store().await)).keeping(database)
}

/// What a host does that writes through its own transactions.
struct InHostTransaction {
    store: PgStore,
    /// Half of the pool: the other half is for reads, however many transactions wait for a lock.
    places: Arc<Semaphore>,
}

impl InHostTransaction {
    fn over(store: PgStore) -> Self {
        Self { store, places: Arc::new(Semaphore::new(4)) }
    }
}

#[async_trait]
impl Store for InHostTransaction {
    async fn commit(&self, set: ChangeSet) -> StoreResult<Receipt> {
        let (store, places) = (self.store.clone(), Arc::clone(&self.places));
        let day = set.at().timestamp().div_euclid(86_400);
        let task = tokio::spawn(async move {
            let place = places.acquire_owned().await.unwrap();
            let mut conn = store.pool().acquire().await.unwrap();
            let mut transaction = conn.begin().await.unwrap();
            let receipt = store.commit_in(&mut transaction, set).await?;
            transaction.commit().await.unwrap();
            store.committed(&receipt);
            drop((conn, place));
            if receipt.position.is_some() {
                day_begun(&store, day).await;
            }
            Ok(receipt)
        });
        task.await.unwrap()
    }

    /// A host's transaction takes one change set; several go as the store knows how to.
    async fn commit_each(&self, sets: Vec<ChangeSet>) -> Vec<StoreResult<Receipt>> {
        self.store.commit_each(sets).await
    }

    fn access(&self) -> &dyn AccessReads {
        self.store.access()
    }

    fn audit(&self) -> &dyn AuditReads {
        self.store.audit()
    }

    fn sessions(&self) -> &dyn SessionStore {
        self.store.sessions()
    }

    fn chat(&self) -> &dyn ChatReads {
        self.store.chat()
    }

    fn inventory(&self) -> &dyn InventoryReads {
        self.store.inventory()
    }

    fn projects(&self) -> &dyn ProjectReads {
        self.store.projects()
    }

    fn records(&self) -> &dyn RecordReads {
        self.store.records()
    }

    fn presence(&self) -> &dyn PresenceStore {
        self.store.presence()
    }

    fn events(&self) -> &dyn EventLog {
        self.store.events()
    }

    fn maintenance(&self) -> &dyn Maintenance {
        self.store.maintenance()
    }
}

/// Waits until the log has begun this day, which happens in the background under a host's
/// transaction: cases about retention count on days that are apart. It may fail, and is tried again
/// by the next commit then.
async fn day_begun(store: &PgStore, day: i64) {
    for _ in 0..2_000 {
        let newest: i32 = sqlx::query_scalar("SELECT newest_day FROM event_log_state")
            .fetch_one(store.pool())
            .await
            .unwrap();
        if i64::from(newest) >= day {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Numbers that follow from a seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// A number below this one.
    pub fn below(&mut self, end: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }
}
