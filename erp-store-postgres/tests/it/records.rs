//! Tables of records beside what their kinds say.

use std::time::Duration;

use erp_conformance::{Harness, TestStore};
use erp_core::{
    Ctx,
    inventory::{NegativeStock, Warehouse},
    projects::PhaseDefinition,
    record::{Record as _, Records, kinds},
};
use tokio::time::timeout;

use crate::support::Database;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_table_lacks_beside_its_kind_is_told_with_the_statement_that_adds_it() {
    let database = Database::unused().await;
    let store = database.store().await;
    assert_eq!(store.migrate().await, Ok(()));
    for statement in [
        "ALTER TABLE phase_definitions DROP COLUMN updated_at",
        "ALTER TABLE phase_definitions ALTER COLUMN name DROP NOT NULL",
        "ALTER TABLE phase_definitions ADD COLUMN of_a_newer_node text",
        "ALTER INDEX phase_definitions_name RENAME TO names_of_phases",
        "ALTER TABLE item_categories DROP CONSTRAINT item_categories_parent",
    ] {
        sqlx::query(statement).execute(store.pool()).await.unwrap();
    }
    let told = store.migrate().await.unwrap_err().to_string();
    for statement in [
        "ALTER TABLE phase_definitions ADD COLUMN updated_at timestamp with time zone NOT NULL;",
        "ALTER TABLE phase_definitions ALTER COLUMN name SET NOT NULL;",
        "CREATE UNIQUE INDEX phase_definitions_name ON phase_definitions (name_key);",
        "ALTER TABLE item_categories ADD CONSTRAINT item_categories_parent FOREIGN KEY (parent_id) \
         REFERENCES item_categories (id);",
    ] {
        assert!(told.contains(statement), "{told}");
    }
    assert!(!told.contains("newer"), "{told}");
}

/// A balance that comes to a warehouse refers to it while its terms change: neither waits for the other, since
/// they would lock what the other holds.
#[tokio::test(flavor = "multi_thread")]
async fn x_18_a_record_changes_while_something_comes_to_refer_to_it() {
    let database = Database::migrated().await;
    let h = Harness::new(TestStore::new(database.store().await));
    let warehouses: Records<'_, Warehouse> = h.engine.records();
    let system = Ctx::system();
    let main = warehouses.create(&system, Warehouse::new("main", "Main").unwrap()).await.unwrap();
    let pool = database.store().await;
    let mut refers = pool.pool().acquire().await.unwrap();
    sqlx::query("BEGIN").execute(&mut *refers).await.unwrap();
    let lock = "SELECT FROM warehouses WHERE id = $1 FOR KEY SHARE";
    sqlx::query(lock).bind(main.id.uuid()).execute(&mut *refers).await.unwrap();
    let fields = Warehouse { negative: NegativeStock::Allowed, ..main.fields.clone() };
    let change = warehouses.update(&system, main.id, main.version, fields);
    let changed = timeout(Duration::from_secs(10), change).await.expect("it waits for nothing");
    assert_eq!(changed.unwrap().negative, NegativeStock::Allowed);
    sqlx::query("COMMIT").execute(&mut *refers).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_drafted_for_a_kind_is_what_it_needs_and_is_made_once() {
    let database = Database::unused().await;
    let store = database.store().await;
    sqlx::query("DROP TABLE specimens").execute(store.pool()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(store.migrate_kinds(erp_conformance::KINDS).await, Ok(()));
    }
    let indexes = "SELECT count(*) FROM pg_indexes WHERE tablename = 'specimens'";
    let indexes: i64 = sqlx::query_scalar(indexes).fetch_one(store.pool()).await.unwrap();
    assert!(indexes > 8, "{indexes}");
    for kind in kinds() {
        assert!(erp_migrations::draft(kind).starts_with(&format!("CREATE TABLE {} (", kind.table)));
    }
    assert!(kinds().any(|kind| *kind == *PhaseDefinition::KIND));
}
