//! Notices that stock went low.

use axum::{Json, extract::State};
use erp_core::{ids::StockAlertId, inventory::StockAlert, page::Page};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    extract::{Caller, Paging, Path, Query},
    problem::Reply,
    schema,
    state::App,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_stock_alerts))
        .routes(routes!(acknowledge_stock_alert))
}

/// The notices of low stock that nobody has seen to, by id.
#[utoipa::path(get, path = "/api/inventory/alerts", params(Paging),
    responses((status = 200, body = schema::Page<schema::StockAlert>)))]
async fn list_stock_alerts(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<StockAlert>>> {
    Ok(Json(app.engine.inventory().alerts(&ctx, &paging.into()).await?))
}

/// The caller has seen to a notice.
#[utoipa::path(post, path = "/api/inventory/alerts/{id}/acknowledge",
    params(("id" = schema::StockAlertId, Path)),
    responses((status = 200, body = schema::StockAlert)))]
async fn acknowledge_stock_alert(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<StockAlertId>,
) -> Reply<Json<StockAlert>> {
    Ok(Json(app.engine.inventory().acknowledge(&ctx, id).await?))
}
