//! The PostgreSQL schema of the ERP engine: the numbered `.sql` files beside this crate's manifest.
//!
//! `PgStore::migrate` in `erp-store-postgres` applies them; a host that has its own way of migrating
//! reads them here.

use sqlx::migrate::Migrator;

/// The migrations in their order.
///
/// ```
/// let first = erp_migrations::MIGRATIONS.iter().next().expect("there is one");
/// assert_eq!(first.description, "users auth");
/// ```
// The macro refuses a bare ".".
pub static MIGRATIONS: Migrator = sqlx::migrate!("src/..");
