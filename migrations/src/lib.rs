//! The PostgreSQL schema of the ERP engine: the numbered `.sql` files beside this crate's manifest.
//!
//! `PgStore::migrate` in `erp-store-postgres` applies them; a host that has its own way of migrating
//! reads them here.

mod draft;

use std::sync::LazyLock;

pub use draft::{Column, columns, draft, named};

use sqlx::{
    SqlStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// Version, description and statements of each file.
const FILES: &[(i64, &str, &str)] = &include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The migrations in their order.
///
/// ```
/// let first = erp_migrations::MIGRATIONS.iter().next().expect("there is one");
/// assert_eq!(first.description, "users auth");
/// ```
pub static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let migration = |&(version, description, sql): &(i64, &'static str, &'static str)| {
        let sql = SqlStr::from_static(sql);
        Migration::new(version, description.into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(FILES.iter().map(migration).collect())
});
