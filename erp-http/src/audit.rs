//! The audit log.

use crate::describe::IntoParams;
use axum::extract::State;
use chrono::{DateTime, Utc};
use erp_core::{
    access::{AuditAnchor, AuditFilter, AuditView},
    ids::UserId,
    page::Page,
    policy::Action,
};
use serde::Deserialize;
use uuid::Uuid;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Caller, Paging, Query},
    list::List,
    problem::{Failure, Reply},
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(audit_log)).routes(routes!(audit_anchors))
}

/// Which entries, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SelectEntries {
    /// Only of this kind of entity, such as `user` or `room`.
    entity_kind: Option<String>,
    /// Only of the entity of this id, with or without the prefix of its kind.
    entity_id: Option<String>,
    /// Only by this user.
    #[param(value_type = Option<crate::schema::UserId>)]
    actor: Option<UserId>,
    /// Only this action.
    #[param(value_type = Option<crate::schema::Action>)]
    action: Option<Action>,
    /// Only at or after this instant.
    from: Option<DateTime<Utc>>,
    /// Only before this instant.
    until: Option<DateTime<Utc>>,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The entries that match, the newest first. Values that the caller may not see now are masked.
#[erp_derive::endpoint(get, path = "/api/audit", params(SelectEntries),
    responses((status = 200, body = crate::schema::Page<crate::schema::AuditEntry>)))]
async fn audit_log(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(select): Query<SelectEntries>,
) -> Reply<Json<Page<AuditView>>> {
    let SelectEntries { entity_kind, entity_id, actor, action, from, until, limit, cursor } =
        select;
    let entity_id = entity_id.as_deref().map(bare_id).transpose()?;
    let filter = AuditFilter { entity_kind, entity_id, actor, action, from, until };
    let page = Paging { limit, cursor }.into();
    Ok(Json(app.engine.access().audit(&ctx, filter, page).await?))
}

/// What stayed of the periods that retention dropped, the oldest first.
#[erp_derive::endpoint(get, path = "/api/audit/anchors",
    responses((status = 200, body = List<crate::schema::AuditAnchor>)))]
async fn audit_anchors(
    State(app): State<App>,
    Caller(ctx): Caller,
) -> Reply<Json<List<AuditAnchor>>> {
    Ok(Json(app.engine.access().audit_anchors(&ctx).await?.into()))
}

fn bare_id(id: &str) -> Reply<Uuid> {
    let bare = id.rsplit('_').next().unwrap_or(id);
    bare.parse().map_err(|_| Failure::field("entity_id", "not an id"))
}
