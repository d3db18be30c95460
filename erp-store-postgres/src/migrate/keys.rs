//! The folded keys that are stored, made again when the function that makes them has changed.
//!
//! First it is asked whether rows would come to have one key that must not, before anything is changed;
//! such rows are told. Then, in one transaction during which others read but do not write, every key and
//! every list of words is made again, and the version of the function is noted.

use std::collections::{BTreeMap, BTreeSet};

use erp_core::{
    projects::{TaskDetails, rules::task_words},
    text::{self, KEY_VERSION},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::error::{KeyCollision, MigrateError};
use crate::sql;

/// How many rows are read or written at once.
const CHUNK: usize = 2_000;
/// How many collisions are told.
const MAX_TOLD: usize = 100;

/// A column of keys.
struct Column {
    table: &'static str,
    /// The column of the text.
    text: &'static str,
    /// The column of its key.
    key: &'static str,
    /// Which rows must have keys of their own, and within what; none where several may have the same.
    unique: Option<Unique>,
}

struct Unique {
    /// A condition.
    rows: &'static str,
    /// An expression of type text.
    within: &'static str,
}

const fn column(table: &'static str, text: &'static str, key: &'static str) -> Column {
    Column { table, text, key, unique: None }
}

impl Column {
    const fn unique(self, rows: &'static str, within: &'static str) -> Self {
        Self { unique: Some(Unique { rows, within }), ..self }
    }
}

/// Every column of keys, as the migrations have them.
const COLUMNS: &[Column] = &[
    column("users", "email", "email_key").unique("status <> 'deleted'", "''"),
    column("users", "display_name", "name_key"),
    column("roles", "name", "name_key").unique("true", "''"),
    column("teams", "name", "name_key").unique("true", "''"),
    column("chat_rooms", "name", "name_key").unique("kind = 'channel'", "''"),
    column("warehouses", "code", "code_key").unique("true", "''"),
    column("item_categories", "name", "name_key").unique("true", "coalesce(parent_id::text, '')"),
    column("items", "sku", "sku_key").unique("true", "''"),
    column("lots", "code", "code_key").unique("true", "item_id::text"),
    column("project_categories", "name", "name_key")
        .unique("true", "coalesce(parent_id::text, '')"),
    column("phase_definitions", "name", "name_key").unique("true", "''"),
    column("project_templates", "name", "name_key")
        .unique("NOT archived", "coalesce(category_id::text, '')"),
];

/// Rows whose key becomes another.
#[derive(Default)]
struct Changed {
    /// The new keys, by row.
    keys: BTreeMap<Uuid, String>,
    /// Of those that must be unique: the rows by where, and by key.
    unique: BTreeMap<(String, String), BTreeSet<Uuid>>,
}

/// Refuses when rows would have one key that must not. A schema without tables has none.
///
/// # Errors
/// [`MigrateError::KeysCollide`].
pub(super) async fn check(conn: &mut PgConnection) -> Result<(), MigrateError> {
    if version(conn).await? < KEY_VERSION { refuse(collisions(conn).await?) } else { Ok(()) }
}

/// Makes the keys again if they were made by an older function.
///
/// # Errors
/// As [`check`]: others may have written in between. Nothing was written then.
pub(super) async fn renew(conn: &mut PgConnection) -> Result<(), MigrateError> {
    if version(conn).await? >= KEY_VERSION {
        return Ok(());
    }
    let mut transaction = conn.begin().await?;
    let tables: BTreeSet<_> = COLUMNS.iter().map(|column| column.table).collect();
    let tables = tables.into_iter().chain(["tasks", "task_comments"]).collect::<Vec<_>>();
    let lock = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", tables.join(", "));
    sql::query(AssertSqlSafe(lock)).execute(&mut *transaction).await?;
    refuse(collisions(&mut transaction).await?)?;
    for column in COLUMNS {
        let changed = changed(&mut transaction, column).await?;
        write(&mut transaction, column, changed.keys).await?;
    }
    for words in WORDS {
        renew_words(&mut transaction, words).await?;
    }
    sql::query("UPDATE text_keys SET version = $1")
        .bind(KEY_VERSION)
        .execute(&mut *transaction)
        .await?;
    Ok(transaction.commit().await?)
}

/// The version that the keys were made with: 0 before there were versions.
async fn version(conn: &mut PgConnection) -> sqlx::Result<i16> {
    if !is_there(conn, "text_keys").await? {
        return Ok(0);
    }
    sql::query_scalar("SELECT version FROM text_keys").fetch_one(conn).await
}

/// Whether the schema itself has this table: another one that the search path leads to does not count.
async fn is_there(conn: &mut PgConnection, table: &str) -> sqlx::Result<bool> {
    sql::query_scalar("SELECT to_regclass(format('%I.%I', current_schema(), $1::text)) IS NOT NULL")
        .bind(table)
        .fetch_one(conn)
        .await
}

fn refuse(mut found: Vec<KeyCollision>) -> Result<(), MigrateError> {
    let total = found.len();
    found.truncate(MAX_TOLD);
    if total == 0 { Ok(()) } else { Err(MigrateError::KeysCollide { first: found, total }) }
}

async fn collisions(conn: &mut PgConnection) -> Result<Vec<KeyCollision>, MigrateError> {
    let mut found = Vec::new();
    for column in COLUMNS {
        let Some(unique) = &column.unique else { continue };
        if !is_there(conn, column.table).await? {
            continue;
        }
        let mut changed = changed(conn, column).await?;
        add_unchanged(conn, column, unique, &mut changed).await?;
        for ((_, key), ids) in changed.unique {
            if ids.len() > 1 {
                let Column { table, text: column, .. } = *column;
                found.push(KeyCollision { table, column, key, ids: Vec::from_iter(ids) });
            }
        }
    }
    Ok(found)
}

/// The rows of a column whose key becomes another.
async fn changed(conn: &mut PgConnection, column: &Column) -> sqlx::Result<Changed> {
    let Column { table, text, key, unique } = column;
    let (rows, within) = unique.as_ref().map_or(("false", "''"), |it| (it.rows, it.within));
    let statement = format!(
        "SELECT id, {text}, {key}, {rows}, {within} FROM {table} \
         WHERE id > $1 AND {text} IS NOT NULL ORDER BY id LIMIT {CHUNK}"
    );
    let (mut changed, mut after) = (Changed::default(), Uuid::nil());
    loop {
        let query = sql::query(AssertSqlSafe(statement.clone())).bind(after);
        let page = query.fetch_all(&mut *conn).await?;
        for row in &page {
            after = row.try_get(0)?;
            let (text, old): (&str, Option<&str>) = (row.try_get(1)?, row.try_get(2)?);
            let new = text::key(text);
            if old == Some(new.as_str()) {
                continue;
            }
            if row.try_get(3)? {
                let place = (row.try_get(4)?, new.clone());
                changed.unique.entry(place).or_default().insert(after);
            }
            changed.keys.insert(after, new);
        }
        if page.len() < CHUNK {
            return Ok(changed);
        }
    }
}

/// Adds the rows whose key stays, and is one that another row comes to.
async fn add_unchanged(
    conn: &mut PgConnection,
    column: &Column,
    unique: &Unique,
    changed: &mut Changed,
) -> sqlx::Result<()> {
    let Column { table, key, .. } = column;
    let Unique { rows, within } = unique;
    let statement =
        format!("SELECT id, {within}, {key} FROM {table} WHERE {rows} AND {key} = ANY($1)");
    let keys: BTreeSet<&str> = changed.unique.keys().map(|(_, key)| key.as_str()).collect();
    let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
    for chunk in keys.chunks(CHUNK) {
        let query = sql::query(AssertSqlSafe(statement.clone())).bind(chunk);
        for row in &query.fetch_all(&mut *conn).await? {
            let id: Uuid = row.try_get(0)?;
            let place = (row.try_get(1)?, row.try_get(2)?);
            if !changed.keys.contains_key(&id)
                && let Some(ids) = changed.unique.get_mut(&place)
            {
                ids.insert(id);
            }
        }
    }
    Ok(())
}

async fn write(
    conn: &mut PgConnection,
    column: &Column,
    keys: BTreeMap<Uuid, String>,
) -> sqlx::Result<()> {
    let Column { table, key, .. } = column;
    let statement = format!(
        "UPDATE {table} AS own SET {key} = new.key \
         FROM unnest($1::uuid[], $2::text[]) AS new (id, key) WHERE own.id = new.id"
    );
    let (ids, keys): (Vec<Uuid>, Vec<String>) = keys.into_iter().unzip();
    for (ids, keys) in ids.chunks(CHUNK).zip(keys.chunks(CHUNK)) {
        let query = sql::query(AssertSqlSafe(statement.clone())).bind(ids).bind(keys);
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// Texts of which a row keeps the words, as an array.
struct Words {
    /// The id, the words and the texts of `$2` rows after `$1`.
    rows: &'static str,
    /// Gives the row of `$1` the words of `$2`.
    put: &'static str,
    of: fn(&PgRow) -> sqlx::Result<BTreeSet<String>>,
}

/// The words of everything that has any.
const WORDS: &[Words] = &[
    Words {
        rows: "SELECT id, words, title, description, labels FROM tasks WHERE id > $1 \
               ORDER BY id LIMIT $2",
        put: "UPDATE tasks SET words = $2 WHERE id = $1",
        of: |row| {
            let title: String = row.try_get(2)?;
            Ok(task_words(&TaskDetails {
                description: row.try_get(3)?,
                labels: row.try_get(4)?,
                ..TaskDetails::titled(title)
            }))
        },
    },
    Words {
        rows: "SELECT id, words, body FROM task_comments WHERE id > $1 ORDER BY id LIMIT $2",
        put: "UPDATE task_comments SET words = $2 WHERE id = $1",
        of: |row| Ok(text::words(row.try_get(2)?).collect()),
    },
];

async fn renew_words(conn: &mut PgConnection, words: &Words) -> sqlx::Result<()> {
    let mut after = Uuid::nil();
    loop {
        let page = sql::query(words.rows).bind(after).bind(CHUNK as i64);
        let page = page.fetch_all(&mut *conn).await?;
        for row in &page {
            after = row.try_get(0)?;
            let (old, new): (Vec<String>, _) = (row.try_get(1)?, Vec::from_iter((words.of)(row)?));
            if old != new {
                sql::query(words.put).bind(after).bind(new).execute(&mut *conn).await?;
            }
        }
        if page.len() < CHUNK {
            return Ok(());
        }
    }
}
