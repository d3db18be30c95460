//! Changes as statements. Nothing here decides: versions are compared, rows are written.

mod access;
mod catalog;
mod chat;
mod inventory;
mod items;
mod messages;
mod projects;
mod rooms;
pub(crate) mod stock;
mod teams;
mod templates;
mod users;

use erp_core::{
    change::{Allocated, Version},
    error::Conflict,
    inventory::StockOutcome,
    port::StoreError,
};

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{commit::Failure, sql};

pub(crate) use access::access;
pub(crate) use catalog::catalog;
pub(crate) use chat::chat;
pub(crate) use inventory::inventory;
pub(crate) use messages::NewMessage;
pub(crate) use projects::projects;
pub(crate) use rooms::{choose, move_back, move_forward};

/// What the store has to tell of a change.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub allocated: Allocated,
    /// What a change of stock came to.
    pub stock: Option<StockOutcome>,
}

impl From<Allocated> for Applied {
    fn from(allocated: Allocated) -> Self {
        Self { allocated, stock: None }
    }
}

/// The present version of a thing must be the expected one.
pub(crate) fn expect(
    entity: &'static str,
    present: Option<i64>,
    expected: Version,
) -> Result<(), Failure> {
    let current = Version(present.ok_or_else(|| missing(entity))?);
    if current == expected {
        Ok(())
    } else {
        Err(StoreError::Stale { entity, current: Some(current) }.into())
    }
}

/// There is no such thing.
fn missing(entity: &'static str) -> Failure {
    StoreError::NotFound { entity }.into()
}

/// What a change refers to must be there. Foreign keys say the same; asked one by one, of several
/// missing things the first is told.
async fn require(conn: &mut PgConnection, entity: Entity, id: Uuid) -> Result<(), Failure> {
    let (name, statement) = match entity {
        Entity::User => ("user", "SELECT EXISTS (SELECT FROM users WHERE id = $1)"),
        Entity::Role => ("role", "SELECT EXISTS (SELECT FROM roles WHERE id = $1)"),
        Entity::Team => ("team", "SELECT EXISTS (SELECT FROM teams WHERE id = $1)"),
        Entity::Room => ("room", "SELECT EXISTS (SELECT FROM chat_rooms WHERE id = $1)"),
        Entity::Project => ("project", "SELECT EXISTS (SELECT FROM projects WHERE id = $1)"),
        Entity::ProjectCategory => {
            ("project_category", "SELECT EXISTS (SELECT FROM project_categories WHERE id = $1)")
        }
        Entity::PhaseDefinition => {
            ("phase_definition", "SELECT EXISTS (SELECT FROM phase_definitions WHERE id = $1)")
        }
        Entity::Item => ("item", "SELECT EXISTS (SELECT FROM items WHERE id = $1)"),
        Entity::Warehouse => ("warehouse", "SELECT EXISTS (SELECT FROM warehouses WHERE id = $1)"),
    };
    match sql::query_scalar(statement).bind(id).fetch_one(conn).await? {
        true => Ok(()),
        false => Err(missing(name)),
    }
}

/// A kind of thing that changes refer to.
#[derive(Clone, Copy)]
enum Entity {
    User,
    Role,
    Team,
    Room,
    Project,
    ProjectCategory,
    PhaseDefinition,
    Item,
    Warehouse,
}

/// The id is in use.
fn exists(entity: &'static str) -> Failure {
    Conflict::Exists { entity: entity.into() }.into()
}

/// What is put is new, or at the version that the caller has seen.
pub(crate) fn seen(
    entity: &'static str,
    present: Option<i64>,
    expected: Option<Version>,
) -> Result<(), Failure> {
    match (present, expected) {
        (Some(_), None) => Err(exists(entity)),
        (None, None) => Ok(()),
        (present, Some(expected)) => expect(entity, present, expected),
    }
}
