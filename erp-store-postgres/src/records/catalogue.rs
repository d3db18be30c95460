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

/// That every table has the columns of its kind. Columns that are not described are passed over: a newer
/// node has made them.
pub(crate) async fn compare(conn: &mut PgConnection, kinds: &[&'static Kind]) -> StoreResult<()> {
    let mut lacking = Vec::new();
    for kind in kinds {
        lacking.extend(lacks(kind, &present(conn, kind.table).await?));
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
