//! Plans of what nobody writes as a statement: the checks of foreign keys, which look for the rows that
//! refer to one that is deleted.

use sqlx::Row;

use crate::support::Database;

/// Tables of which rows are deleted for good. What refers to them is looked for by a whole index, or by
/// one of all rows that refer to anything; of other tables an index of the rows that are not deleted
/// (softly) is enough.
const DELETED_FOR_GOOD: &[&str] = &[
    "attachments",
    "item_categories",
    "items",
    "phase_definitions",
    "project_categories",
    "roles",
    "teams",
    "user_sessions",
];

/// Foreign keys without an index that begins with their columns, in any order.
const WITHOUT_INDEX: &str = "
    SELECT key.conrelid::regclass::text || '.' || key.conname
    FROM pg_constraint AS key
    WHERE key.contype = 'f' AND key.conparentid = 0
    AND key.connamespace = current_schema()::regnamespace
    AND NOT EXISTS (
        SELECT FROM pg_index AS index WHERE index.indrelid = key.conrelid AND index.indisvalid
        AND (index.indkey::int2[])[0:cardinality(key.conkey) - 1] @> key.conkey
        AND (index.indkey::int2[])[0:cardinality(key.conkey) - 1] <@ key.conkey
        AND (index.indpred IS NULL OR key.confrelid::regclass::text <> ALL($1)
            OR pg_get_expr(index.indpred, index.indrelid) = (
                SELECT '(' || quote_ident(attname) || ' IS NOT NULL)' FROM pg_attribute
                WHERE attrelid = key.conrelid AND attnum = key.conkey[1]))
    ) ORDER BY 1";

#[tokio::test(flavor = "multi_thread")]
async fn every_foreign_key_has_an_index_whose_first_columns_are_its_own() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let ask = async |sql: &'static str| {
        let rows = sqlx::query(sql).bind(DELETED_FOR_GOOD).fetch_all(store.pool()).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>()
    };
    assert_eq!(ask(WITHOUT_INDEX).await, [""; 0]);
    let all = "SELECT conname::text FROM pg_constraint WHERE contype = 'f' AND $1 IS NOT NULL";
    assert!(ask(all).await.len() >= 55, "the catalogue was asked");
    // The question sees a key that has none.
    let drop = "DROP INDEX item_categories_by_parent";
    sqlx::query(drop).execute(store.pool()).await.unwrap();
    assert_eq!(ask(WITHOUT_INDEX).await, ["item_categories.item_categories_parent"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_whose_rows_are_deleted_are_known() {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut deleted = std::collections::BTreeSet::<String>::new();
    let mut open = vec![std::path::PathBuf::from(sources)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        deleted.extend(text.split("DELETE FROM ").skip(1).map(|rest| {
            rest.chars().take_while(|sign| sign.is_ascii_lowercase() || *sign == '_').collect()
        }));
    }
    let database = Database::migrated().await;
    let store = database.store().await;
    let referred: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT confrelid::regclass::text FROM pg_constraint \
            WHERE contype = 'f' AND connamespace = current_schema()::regnamespace",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    for table in referred.iter().filter(|table| deleted.contains(*table)) {
        assert!(DELETED_FOR_GOOD.contains(&table.as_str()), "{table}");
    }
    assert!(deleted.contains("items"), "{deleted:?}");
}
