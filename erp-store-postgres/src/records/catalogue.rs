//! What the tables of kinds are, beside what their descriptions say.

use erp_core::{
    port::{StoreError, StoreResult},
    record::Kind,
};
use erp_migrations::Column;
use sqlx::PgConnection;

use crate::{constraint::store_error, sql};

/// The columns of a table, in the schema that the connection works in.
const COLUMNS: &str = "SELECT attribute.attname::text, format_type(attribute.atttypid, NULL), \
    NOT attribute.attnotnull FROM pg_attribute AS attribute \
    WHERE attribute.attrelid = to_regclass($1) AND attribute.attnum > 0 AND NOT attribute.attisdropped";

/// The names of a table's foreign keys and unique indexes.
const NAMES: &str = "SELECT conname::text FROM pg_constraint \
    WHERE conrelid = to_regclass($1) AND contype = 'f' \
    UNION ALL SELECT class.relname::text FROM pg_index AS index \
    JOIN pg_class AS class ON class.oid = index.indexrelid \
    WHERE index.indrelid = to_regclass($1) AND index.indisunique AND index.indisvalid";

/// Creates the tables that are not there, and compares the others.
pub(crate) async fn create(conn: &mut PgConnection, kinds: &[&'static Kind]) -> StoreResult<()> {
    for kind in kinds {
        if present(conn, kind.table).await?.is_empty() {
            let statements = sqlx::raw_sql(sql::made(erp_migrations::draft(kind)));
            statements.execute(&mut *conn).await.map_err(store_error)?;
        }
    }
    compare(conn, kinds).await
}

/// That every table has the columns of its kind, and under their names its references and keys. What is not
/// described is passed over: a newer node has made it.
pub(crate) async fn compare(conn: &mut PgConnection, kinds: &[&'static Kind]) -> StoreResult<()> {
    let mut lacking = Vec::new();
    for kind in kinds {
        lacking.extend(lacks(kind, &present(conn, kind.table).await?));
        let names = sql::query_scalar(NAMES).bind(kind.table.to_owned());
        let names: Vec<String> = names.fetch_all(&mut *conn).await.map_err(store_error)?;
        let named = erp_migrations::named(kind).into_iter();
        let missing = named.filter(|(name, _)| !names.contains(name));
        lacking.extend(missing.map(|(_, statement)| statement));
    }
    if lacking.is_empty() { Ok(()) } else { Err(StoreError::Internal(lacking.join("\n"))) }
}

async fn present(conn: &mut PgConnection, table: &str) -> StoreResult<Vec<(String, String, bool)>> {
    let columns = sql::query_as(COLUMNS).bind(table.to_owned());
    columns.fetch_all(conn).await.map_err(store_error)
}

/// What a table lacks, as the statements that would add it.
fn lacks(kind: &Kind, present: &[(String, String, bool)]) -> Vec<String> {
    let table = kind.table;
    let mut statements = Vec::new();
    for Column { name, ty, nullable } in erp_migrations::columns(kind) {
        let null = if nullable { "" } else { " NOT NULL" };
        match present.iter().find(|(present, ..)| *present == name) {
            None => statements.push(format!("ALTER TABLE {table} ADD COLUMN {name} {ty}{null};")),
            Some((_, is, _)) if *is != ty => statements
                .push(format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE {ty}; -- it is {is}")),
            Some((.., is_nullable)) if *is_nullable != nullable => {
                let verb = if nullable { "DROP" } else { "SET" };
                statements
                    .push(format!("ALTER TABLE {table} ALTER COLUMN {name} {verb} NOT NULL;"));
            }
            Some(_) => {}
        }
    }
    statements
}
