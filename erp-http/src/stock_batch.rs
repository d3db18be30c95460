//! Several stock transactions in one call.

use axum::{Json, extract::State};
use erp_core::{
    error::Problem,
    inventory::{NewPosting, PostedStock},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    extract::{Body, Caller, IdempotencyHeader},
    list::List,
    problem::Reply,
    schema,
    state::App,
    stock::PostStock,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(post_stock_batch))
}

/// Stock transactions to write, one after the other.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostStockBatch {
    /// The transactions, at most 100.
    postings: Vec<PostStock>,
}

/// What became of one posting of several.
#[derive(Serialize)]
struct Outcome {
    posted: Option<PostedStock>,
    refused: Option<Problem>,
}

impl From<erp_core::Result<PostedStock>> for Outcome {
    fn from(answer: erp_core::Result<PostedStock>) -> Self {
        match answer {
            Ok(posted) => Self { posted: Some(posted), refused: None },
            Err(error) => Self { posted: None, refused: Some(error.problem()) },
        }
    }
}

/// Moves stock, posting after posting: each as if it were posted alone. What becomes of each is told,
/// in their order; one that is refused holds up none of the others. An idempotency key holds for each
/// by its place.
#[utoipa::path(post, path = "/api/inventory/postings/batch", params(IdempotencyHeader),
    request_body = PostStockBatch,
    responses((status = 200, body = List<schema::PostingOutcome>)))]
async fn post_stock_batch(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(batch): Body<PostStockBatch>,
) -> Reply<Json<List<Outcome>>> {
    let postings: Vec<_> = batch.postings.into_iter().map(NewPosting::from).collect();
    let answers = app.engine.inventory().post_each(&ctx, &postings).await?;
    Ok(Json(answers.into_iter().map(Outcome::from).collect::<Vec<_>>().into()))
}
