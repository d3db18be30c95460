//! Change sets of usual shapes, each in one data-modifying statement without a transaction around it: one
//! round trip, and what is locked is locked for the shortest time.
//!
//! A fold is tried once. Whatever it cannot do (what it changes is not there or at another version, a guard
//! does not hold, an id or a key is in use) fails it as a whole, by a constraint or by finding no row, and
//! the general path says precisely what is wrong.

mod chat;
mod plain;

use erp_core::change::{ChangeSet, Receipt};
use sqlx::PgConnection;

pub(super) use chat::{Framed, PostGuards, post_of};
pub(crate) use plain::{OWN, OWN_WITH_KEY, folded, folded_with_key};

use super::Failure;

/// Writes the change set if it has one of the shapes and nothing is unusual; else nothing is written.
pub(super) async fn fold(
    conn: &mut PgConnection,
    set: &ChangeSet,
) -> Result<Option<Receipt>, Failure> {
    match plain::Shape::of(set) {
        Some(shape) => plain::fold(conn, set, shape).await,
        None => chat::fold(conn, set).await,
    }
}
