//! Stock that is set aside.

use crate::describe::{IntoParams, ToSchema};
use axum::{extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use erp_core::{
    ids::{ItemId, ReservationId, UserId, WarehouseId},
    inventory::{NewReservation, Reservation},
    money::Decimal,
    page::{Page, PageRequest},
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Paging, Path, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_reservations, reserve_stock))
        .routes(routes!(get_reservation))
        .routes(routes!(release_reservation))
}

/// Stock to set aside.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReserveStock {
    /// Of what.
    #[schema(value_type = crate::schema::ItemId)]
    item: ItemId,
    /// Where.
    #[schema(value_type = crate::schema::WarehouseId)]
    warehouse: WarehouseId,
    /// How much: a decimal above zero, not finer than the item's unit.
    #[schema(value_type = String)]
    #[serde(deserialize_with = "erp_core::money::read_decimal")]
    quantity: Decimal,
    /// For whom; the caller when it is left out.
    #[schema(value_type = Option<crate::schema::UserId>)]
    owner: Option<UserId>,
    /// From when on it no longer holds.
    expires_at: Option<DateTime<Utc>>,
    /// What it is for, at most 200 characters.
    reference: Option<String>,
}

/// Which reservations.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReservationFilter {
    /// Of this item.
    #[param(value_type = crate::schema::ItemId)]
    item: ItemId,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The active reservations of an item, by id.
#[erp_derive::endpoint(get, path = "/api/inventory/reservations", params(ReservationFilter),
    responses((status = 200, body = crate::schema::Page<crate::schema::Reservation>)))]
async fn list_reservations(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(filter): Query<ReservationFilter>,
) -> Reply<Json<Page<Reservation>>> {
    let ReservationFilter { item, limit, cursor } = filter;
    let page = PageRequest::from(Paging { limit, cursor });
    Ok(Json(app.engine.inventory().reservations(&ctx, item, &page).await?))
}

/// Sets stock aside.
#[erp_derive::endpoint(post, path = "/api/inventory/reservations", params(crate::schema::IdempotencyHeader),
    request_body = ReserveStock, responses((status = 201, body = crate::schema::Reservation)))]
async fn reserve_stock(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<ReserveStock>,
) -> Reply<(StatusCode, Json<Reservation>)> {
    let ReserveStock { item, warehouse, quantity, owner, expires_at, reference } = new;
    let new = NewReservation { item, warehouse, quantity, owner, expires_at, reference };
    Ok((StatusCode::CREATED, Json(app.engine.inventory().reserve(&ctx, new).await?)))
}

/// A reservation.
#[erp_derive::endpoint(get, path = "/api/inventory/reservations/{id}",
    params(("id" = crate::schema::ReservationId, Path)),
    responses((status = 200, body = crate::schema::Reservation)))]
async fn get_reservation(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ReservationId>,
) -> Reply<Json<Reservation>> {
    Ok(Json(app.engine.inventory().reservation(&ctx, id).await?))
}

/// Gives back what is left of a reservation; doing so again changes nothing.
#[erp_derive::endpoint(post, path = "/api/inventory/reservations/{id}/release",
    params(("id" = crate::schema::ReservationId, Path)),
    responses((status = 200, body = crate::schema::Reservation)))]
async fn release_reservation(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ReservationId>,
) -> Reply<Json<Reservation>> {
    Ok(Json(app.engine.inventory().release(&ctx, id).await?))
}
