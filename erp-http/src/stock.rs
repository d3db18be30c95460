//! How much is where, and what moved it.

use crate::describe::{IntoParams, ToSchema};
use axum::{extract::State, http::StatusCode};
use chrono::{DateTime, NaiveDate, Utc};
use erp_core::{
    ids::{ItemId, PostingId, ReservationId, WarehouseId},
    inventory::{
        Direction, LevelFilter, LotName, Movement, NewLine, NewPosting, PostedStock, PostingKind,
        Price, StockAt, StockCount, StockLevel, StockProjection,
    },
    money::Decimal,
    page::Page,
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Paging, Path, Query},
    list::List,
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_stock))
        .routes(routes!(item_stock))
        .routes(routes!(item_projection))
        .routes(routes!(list_movements))
        .routes(routes!(post_stock))
        .routes(routes!(get_posting))
        .routes(routes!(reverse_posting))
        .routes(routes!(count_stock))
}

/// What goods that come in cost.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum LinePrice {
    /// One unit costs this decimal.
    #[schema(value_type = String)]
    Each(#[serde(deserialize_with = "erp_core::money::read_decimal")] Decimal),
    /// The line costs this decimal.
    #[schema(value_type = String)]
    Total(#[serde(deserialize_with = "erp_core::money::read_decimal")] Decimal),
}

impl From<LinePrice> for Price {
    fn from(price: LinePrice) -> Self {
        match price {
            LinePrice::Each(each) => Self::Each(each),
            LinePrice::Total(total) => Self::Total(total),
        }
    }
}

/// Which way goods go.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum LineDirection {
    /// In.
    In {
        /// What they cost; without it the present price.
        price: Option<LinePrice>,
    },
    /// Out.
    Out {
        /// The reservation that is consumed.
        #[schema(value_type = Option<crate::schema::ReservationId>)]
        reservation: Option<ReservationId>,
    },
    /// To another warehouse.
    To {
        /// Which.
        #[schema(value_type = crate::schema::WarehouseId)]
        warehouse: WarehouseId,
    },
}

impl From<LineDirection> for Direction {
    fn from(direction: LineDirection) -> Self {
        match direction {
            LineDirection::In { price } => Self::In { price: price.map(Price::from) },
            LineDirection::Out { reservation } => Self::Out { reservation },
            LineDirection::To { warehouse } => Self::To { warehouse },
        }
    }
}

/// A lot, or the piece of a serial number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LineLot {
    /// What stands on it, 1 to 64 characters without spaces; unique for the item without regard to case.
    code: String,
    /// The last day on which it is good, of one that comes in for the first time. Of another it is left
    /// out, or the same.
    expires_on: Option<NaiveDate>,
}

impl From<LineLot> for LotName {
    fn from(LineLot { code, expires_on }: LineLot) -> Self {
        Self { code, expires_on }
    }
}

/// A line of a posting.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostLine {
    /// Of what.
    #[schema(value_type = crate::schema::ItemId)]
    item: ItemId,
    /// Where; of a transfer, where from.
    #[schema(value_type = crate::schema::WarehouseId)]
    warehouse: WarehouseId,
    /// How much: a decimal above zero, not finer than the item's unit.
    #[schema(value_type = String)]
    #[serde(deserialize_with = "erp_core::money::read_decimal")]
    quantity: Decimal,
    /// Which way.
    direction: LineDirection,
    /// Of which lot, if stock of the item lies in lots. What comes in names one, and so do adjustments.
    /// What else goes out may: else what expires first goes first, and nothing that has expired. An
    /// expired lot is not issued.
    lot: Option<LineLot>,
}

/// A stock transaction to write.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PostStock {
    /// Receipts come in, issues go out, transfers go to another warehouse; adjustments and returns
    /// come in or go out.
    #[schema(value_type = crate::schema::PostingKind)]
    kind: PostingKind,
    /// What caused it, at most 200 characters.
    reference: Option<String>,
    /// When it had effect; now when it is left out.
    effective_at: Option<DateTime<Utc>>,
    /// The receipt whose goods are sent back, of a return: they are taken from the lots and layers that it
    /// brought in.
    #[schema(value_type = Option<crate::schema::PostingId>)]
    returns: Option<PostingId>,
    /// Its lines, at least one; all are written, or none.
    lines: Vec<PostLine>,
}

impl From<PostLine> for NewLine {
    fn from(line: PostLine) -> Self {
        let PostLine { item, warehouse, quantity, direction, lot } = line;
        let (direction, lot) = (direction.into(), lot.map(LotName::from));
        Self { item, warehouse, quantity, direction, lot }
    }
}

impl From<PostStock> for NewPosting {
    fn from(new: PostStock) -> Self {
        let PostStock { kind, reference, effective_at, returns, lines } = new;
        let lines = lines.into_iter().map(NewLine::from).collect();
        Self { kind, reference, effective_at, returns, lines }
    }
}

/// Why a posting is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReversePosting {
    /// What caused it, at most 200 characters.
    reference: Option<String>,
}

/// What somebody counted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CountStock {
    /// Of what.
    #[schema(value_type = crate::schema::ItemId)]
    item: ItemId,
    /// Where.
    #[schema(value_type = crate::schema::WarehouseId)]
    warehouse: WarehouseId,
    /// The code of the lot that was counted, if stock of the item lies in lots.
    lot: Option<String>,
    /// How much was there: a decimal.
    #[schema(value_type = String)]
    #[serde(deserialize_with = "erp_core::money::read_decimal")]
    counted: Decimal,
    /// When it was counted.
    counted_at: DateTime<Utc>,
    /// What is noted on the posting, at most 200 characters.
    reference: Option<String>,
}

/// Which stock.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StockFilter {
    /// Only of this item.
    #[param(value_type = Option<crate::schema::ItemId>)]
    item: Option<ItemId>,
    /// Only in this warehouse.
    #[param(value_type = Option<crate::schema::WarehouseId>)]
    warehouse: Option<WarehouseId>,
    /// Only where stock is low.
    #[serde(default)]
    low: bool,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Which movements.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MovementFilter {
    /// Of this item.
    #[param(value_type = crate::schema::ItemId)]
    item: ItemId,
    /// Only in this warehouse.
    #[param(value_type = Option<crate::schema::WarehouseId>)]
    warehouse: Option<WarehouseId>,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// At which instant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Moment {
    /// The instant; now when it is left out.
    at: Option<DateTime<Utc>>,
}

/// How much is where, by item and warehouse.
#[erp_derive::endpoint(get, path = "/api/inventory/stock", params(StockFilter),
    responses((status = 200, body = crate::schema::Page<crate::schema::StockLevel>)))]
async fn list_stock(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(filter): Query<StockFilter>,
) -> Reply<Json<Page<StockLevel>>> {
    let StockFilter { item, warehouse, low, limit, cursor } = filter;
    let filter = LevelFilter { item, warehouse, low };
    Ok(Json(app.engine.inventory().levels(&ctx, filter, &Paging { limit, cursor }.into()).await?))
}

/// How much of an item was where at an instant.
#[erp_derive::endpoint(get, path = "/api/inventory/items/{id}/stock",
    params(("id" = crate::schema::ItemId, Path), Moment),
    responses((status = 200, body = List<crate::schema::StockAt>)))]
async fn item_stock(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ItemId>,
    Query(moment): Query<Moment>,
) -> Reply<Json<List<StockAt>>> {
    let at = moment.at.unwrap_or_else(|| app.engine.now());
    Ok(Json(app.engine.inventory().stock_at(&ctx, id, at).await?.into()))
}

/// How much of an item will be where at an instant, if nothing moves until then.
#[erp_derive::endpoint(get, path = "/api/inventory/items/{id}/projection",
    params(("id" = crate::schema::ItemId, Path), Moment),
    responses((status = 200, body = List<crate::schema::StockProjection>)))]
async fn item_projection(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ItemId>,
    Query(moment): Query<Moment>,
) -> Reply<Json<List<StockProjection>>> {
    Ok(Json(app.engine.inventory().projection(&ctx, id, moment.at).await?.into()))
}

/// The movements of an item, the newest first.
#[erp_derive::endpoint(get, path = "/api/inventory/movements", params(MovementFilter),
    responses((status = 200, body = crate::schema::Page<crate::schema::Movement>)))]
async fn list_movements(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(filter): Query<MovementFilter>,
) -> Reply<Json<Page<Movement>>> {
    let MovementFilter { item, warehouse, limit, cursor } = filter;
    let page = Paging { limit, cursor }.into();
    Ok(Json(app.engine.inventory().movements(&ctx, item, warehouse, &page).await?))
}

/// Moves stock: all lines, or none.
#[erp_derive::endpoint(post, path = "/api/inventory/postings", params(crate::schema::IdempotencyHeader),
    request_body = PostStock, responses((status = 201, body = crate::schema::PostedStock)))]
async fn post_stock(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<PostStock>,
) -> Reply<(StatusCode, Json<PostedStock>)> {
    Ok((StatusCode::CREATED, Json(app.engine.inventory().post(&ctx, new.into()).await?)))
}

/// A posting, with what it did.
#[erp_derive::endpoint(get, path = "/api/inventory/postings/{id}",
    params(("id" = crate::schema::PostingId, Path)),
    responses((status = 200, body = crate::schema::PostedStock)))]
async fn get_posting(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<PostingId>,
) -> Reply<Json<PostedStock>> {
    Ok(Json(app.engine.inventory().posting(&ctx, id).await?))
}

/// Takes a posting back, once: the same quantities and values the other way.
#[erp_derive::endpoint(post, path = "/api/inventory/postings/{id}/reversal",
    params(("id" = crate::schema::PostingId, Path)), request_body = ReversePosting,
    responses((status = 201, body = crate::schema::PostedStock)))]
async fn reverse_posting(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<PostingId>,
    Body(reversal): Body<ReversePosting>,
) -> Reply<(StatusCode, Json<PostedStock>)> {
    let posted = app.engine.inventory().reverse(&ctx, id, reversal.reference).await?;
    Ok((StatusCode::CREATED, Json(posted)))
}

/// Writes what a count found. It has effect when it was counted; what moved later builds on it.
#[erp_derive::endpoint(post, path = "/api/inventory/counts", params(crate::schema::IdempotencyHeader),
    request_body = CountStock, responses((status = 201, body = crate::schema::PostedStock)))]
async fn count_stock(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(count): Body<CountStock>,
) -> Reply<(StatusCode, Json<PostedStock>)> {
    let CountStock { item, warehouse, lot, counted, counted_at, reference } = count;
    let count = StockCount { item, warehouse, lot, counted, counted_at, reference };
    let posted = app.engine.inventory().count(&ctx, count).await?;
    Ok((StatusCode::CREATED, Json(posted)))
}
