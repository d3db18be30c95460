//! Keys that an older function has made: told when they fold together, else made again.

use erp_conformance::{Harness, TestStore};
use erp_core::{
    access::BuiltInRole, page::PageRequest, projects::ProjectChange, text::KEY_VERSION,
};
use erp_store_postgres::{KeyCollision, MigrateError, PgStore};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::Database;

/// A database as it was before keys had a version.
async fn older() -> (Database, PgStore) {
    let database = Database::unused().await;
    let store = database.store().await;
    for statement in ["DROP TABLE text_keys", "DELETE FROM _erp_migrations WHERE version = 15"] {
        sqlx::query(statement).execute(store.pool()).await.unwrap();
    }
    (database, store)
}

/// A category of projects with the key of before: its name in lower case.
async fn category(pool: &PgPool, id: u128, name: &str, parent: Option<u128>) -> Uuid {
    sqlx::query(
        "INSERT INTO project_categories (id, name, name_key, parent_id, version, created_at) \
         VALUES ($1, $2, $3, $4, 1, '2024-03-04T09:00:00Z')",
    )
    .bind(Uuid::from_u128(id))
    .bind(name)
    .bind(name.to_lowercase())
    .bind(parent.map(Uuid::from_u128))
    .execute(pool)
    .await
    .unwrap();
    Uuid::from_u128(id)
}

async fn keys(pool: &PgPool) -> Vec<String> {
    let keys = sqlx::query_scalar("SELECT name_key FROM project_categories ORDER BY id");
    keys.fetch_all(pool).await.unwrap()
}

async fn version(pool: &PgPool) -> i16 {
    sqlx::query_scalar("SELECT version FROM text_keys").fetch_one(pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn x_19_rows_whose_keys_fold_together_are_told_and_nothing_is_written() {
    let (_database, store) = older().await;
    let composed = category(store.pool(), 1, "Café", None).await;
    let apart = category(store.pool(), 2, "Cafe\u{301}", None).await;
    category(store.pool(), 3, "CAFE\u{301}", Some(1)).await;
    let plain = category(store.pool(), 4, "strasse", None).await;
    let sharp = category(store.pool(), 5, "Straße", None).await;
    let before = keys(store.pool()).await;
    let of = |key: &str, ids: [Uuid; 2]| KeyCollision {
        table: "project_categories",
        column: "name",
        key: key.to_owned(),
        ids: ids.to_vec(),
    };
    let first = vec![of("café", [composed, apart]), of("strasse", [plain, sharp])];
    let refused = store.migrate().await.unwrap_err();
    assert_eq!(refused, MigrateError::KeysCollide { first, total: 2 });
    assert_eq!(
        refused.to_string(),
        "2 texts would be taken twice, first project_categories.name `café`"
    );
    assert_eq!(keys(store.pool()).await, before);
    let noted: Option<String> = sqlx::query_scalar("SELECT to_regclass('text_keys')::text")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(noted, None, "no migration ran either");

    for id in [apart, sharp] {
        sqlx::query("UPDATE project_categories SET name = 'other ' || name WHERE id = $1")
            .bind(id)
            .execute(store.pool())
            .await
            .unwrap();
    }
    store.migrate().await.unwrap();
    let folded = ["café", "other café", "café", "strasse", "other strasse"];
    assert_eq!(keys(store.pool()).await, folded);
    assert_eq!(version(store.pool()).await, KEY_VERSION);
}

#[tokio::test(flavor = "multi_thread")]
async fn x_19_keys_and_words_of_an_older_function_are_made_again() {
    let (database, store) = older().await;
    let h = Harness::new(TestStore::new(store.clone()).keeping(database));
    let pool = store.pool();
    let ada = h.user_with_role("Zoë", BuiltInRole::MEMBER).await;
    let project = h.project("P", &[ada.id]).await;
    let task = h.new_task(project.id, "Straße");
    h.commit(ProjectChange::CreateTask(Box::new(task.clone()))).await;
    sqlx::query("UPDATE tasks SET words = '{straße}'").execute(pool).await.unwrap();
    sqlx::query("UPDATE users SET name_key = 'ZOË'").execute(pool).await.unwrap();
    category(pool, 1, "Straße", None).await;
    category(pool, 2, "\u{fb01}le", None).await;
    store.migrate().await.unwrap();
    assert_eq!(keys(pool).await, ["strasse", "file"]);
    assert_eq!(version(pool).await, KEY_VERSION);
    let words: Vec<String> =
        sqlx::query_scalar("SELECT words FROM tasks").fetch_one(pool).await.unwrap();
    assert_eq!(words, ["strasse"]);
    let key: String =
        sqlx::query_scalar("SELECT name_key FROM users").fetch_one(pool).await.unwrap();
    assert_eq!(key, "zoë");
    let user = erp_core::Ctx::user(ada.id);
    let page = PageRequest::default();
    let found = h.engine.projects().search(&user, "STRASSE", None, &page).await.unwrap();
    assert_eq!(found.items.len(), 1);
    assert_eq!(found.items[0].task.id, task.id);

    // What has the version already is left alone.
    sqlx::query("UPDATE users SET name_key = 'mine'").execute(pool).await.unwrap();
    store.migrate().await.unwrap();
    let key: String =
        sqlx::query_scalar("SELECT name_key FROM users").fetch_one(pool).await.unwrap();
    assert_eq!(key, "mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn x_19_every_column_of_keys_is_made_again() {
    // The suite has a table of its own beside those of the migrations.
    let (_database, store) = older().await;
    let of_keys: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns \
         WHERE table_schema = current_schema() AND (column_name LIKE '%\\_key' \
         OR column_name = 'words') AND column_name <> 'lock_key' \
         AND table_name NOT IN ('keepsakes', 'loans', 'specimens') ORDER BY 1, 2",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    let known = [
        ("chat_rooms", "name_key"),
        ("item_categories", "name_key"),
        ("items", "sku_key"),
        ("lots", "code_key"),
        ("phase_definitions", "name_key"),
        ("project_categories", "name_key"),
        ("project_templates", "name_key"),
        ("roles", "name_key"),
        ("task_comments", "words"),
        ("tasks", "words"),
        ("teams", "name_key"),
        ("users", "email_key"),
        ("users", "name_key"),
        ("warehouses", "code_key"),
    ];
    let known = known.map(|(table, column)| (table.to_owned(), column.to_owned()));
    assert_eq!(of_keys, known, "a new one goes into migrate/keys.rs");
}
