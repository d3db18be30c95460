//! Tables of records beside what their kinds say.

use erp_core::{
    projects::PhaseDefinition,
    record::{Record as _, kinds},
};

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
    ] {
        sqlx::query(statement).execute(store.pool()).await.unwrap();
    }
    let told = store.migrate().await.unwrap_err().to_string();
    for statement in [
        "ALTER TABLE phase_definitions ADD COLUMN updated_at timestamp with time zone NOT NULL;",
        "ALTER TABLE phase_definitions ALTER COLUMN name SET NOT NULL;",
    ] {
        assert!(told.contains(statement), "{told}");
    }
    assert!(!told.contains("newer"), "{told}");
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
