//! Notices that stock went low.

use axum::extract::State;
use erp_core::{ids::StockAlertId, inventory::StockAlert, page::Page};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Caller, Paging, Path, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(list_stock_alerts)).routes(routes!(acknowledge_stock_alert))
}

/// The notices of low stock that nobody has seen to, by id.
#[erp_derive::endpoint(get, path = "/api/inventory/alerts", params(Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::StockAlert>)))]
async fn list_stock_alerts(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<StockAlert>>> {
    Ok(Json(app.engine.inventory().alerts(&ctx, &paging.into()).await?))
}

/// The caller has seen to a notice.
#[erp_derive::endpoint(post, path = "/api/inventory/alerts/{id}/acknowledge",
    params(("id" = crate::schema::StockAlertId, Path)),
    responses((status = 200, body = crate::schema::StockAlert)))]
async fn acknowledge_stock_alert(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<StockAlertId>,
) -> Reply<Json<StockAlert>> {
    Ok(Json(app.engine.inventory().acknowledge(&ctx, id).await?))
}
