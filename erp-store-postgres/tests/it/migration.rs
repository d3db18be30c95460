//! Migrations, run by several at once, in schemas of their own, and again.

use erp_core::{
    access::BUILT_IN_ROLES,
    port::{Store, StoreError},
};
use erp_store_postgres::PgStore;
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use crate::support::{Database, options};

#[tokio::test(flavor = "multi_thread")]
async fn eight_processes_migrate_at_once() {
    let database = Database::empty();
    let mut processes = JoinSet::new();
    for _ in 0..8 {
        let url = database.url.clone();
        processes.spawn(async move {
            let store = PgStore::connect(&url, options().with_schema("org_1")).await.unwrap();
            store.migrate().await.unwrap();
            store.access().roles().await.unwrap().len()
        });
    }
    while let Some(roles) = processes.join_next().await {
        assert_eq!(roles.unwrap(), BUILT_IN_ROLES.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn x_14_two_organisations_in_one_database_do_not_see_each_other() {
    let database = Database::empty();
    let mut stores = Vec::new();
    for schema in ["org_1", "org_2"] {
        let options = options().with_schema(schema);
        let store = PgStore::connect(&database.url, options).await.unwrap();
        store.migrate().await.unwrap();
        stores.push(store);
    }
    let first = stores[0].events().epoch().await.unwrap();
    assert_ne!(first, stores[1].events().epoch().await.unwrap());
    let mut conn = PgConnection::connect(&database.url).await.unwrap();
    let keys: Vec<i64> = sqlx::query_scalar(
        "SELECT lock_key FROM org_1.event_log_state UNION SELECT lock_key FROM org_2.event_log_state",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(keys.len(), 2, "each has a lock of its own");
    let strays: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            .fetch_one(&mut conn)
            .await
            .unwrap();
    assert_eq!(strays, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn built_in_roles_are_kept_as_the_engine_has_them() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let version = store.access().graph_version().await.unwrap();
    sqlx::query("UPDATE roles SET permissions = '{}' WHERE name = 'member'")
        .execute(store.pool())
        .await
        .unwrap();
    store.migrate().await.unwrap();
    for built_in in BUILT_IN_ROLES {
        let role = store.access().role(built_in.id).await.unwrap().unwrap();
        assert_eq!((role.permissions, role.built_in), (built_in.permissions, true));
    }
    assert_eq!(store.access().graph_version().await.unwrap(), version.next());
    store.migrate().await.unwrap();
    assert_eq!(store.access().graph_version().await.unwrap(), version.next());
}

#[tokio::test(flavor = "multi_thread")]
async fn rts_3_a_copied_database_has_another_epoch() {
    let original = Database::migrated().await;
    let store = original.store().await;
    let epoch = store.events().epoch().await.unwrap();
    let again = original.store().await;
    assert_eq!(again.events().epoch().await.unwrap(), epoch, "another node of the same log");
    store.close().await;
    again.close().await;

    let copy = original.copy().await;
    let copied = copy.store().await;
    assert_ne!(copied.events().epoch().await.unwrap(), epoch);
    let renewed = copied.events().epoch().await.unwrap();
    copied.renew_epoch().await.unwrap();
    let other = copy.store().await;
    assert_ne!(other.events().epoch().await.unwrap(), renewed);
}

#[tokio::test]
async fn a_schema_that_needs_quoting_is_refused() {
    let database = Database::empty();
    let refused = PgStore::connect(&database.url, options().with_schema("a; drop")).await;
    assert!(matches!(refused, Err(StoreError::Internal(_))));
}
