//! Whether the server answers.

use crate::describe::ToSchema;
use serde::Serialize;

use super::route::{Json, Routes, routes};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(health))
}

/// That the server answers.
#[derive(Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    status: &'static str,
}

/// Whether the server answers. Needs no login and asks no store.
#[erp_derive::endpoint(get, path = "/api/health", responses((status = 200, body = Health)))]
async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}
