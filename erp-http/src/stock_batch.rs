//! Several stock transactions in one call.

use crate::describe::ToSchema;
use axum::extract::State;
use erp_core::{
    error::Problem,
    inventory::{NewPosting, PostedStock},
};
use serde::{Deserialize, Serialize};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller},
    list::List,
    problem::Reply,
    state::App,
    stock::PostStock,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(post_stock_batch))
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
#[erp_derive::endpoint(post, path = "/api/inventory/postings/batch", params(crate::schema::IdempotencyHeader),
    request_body = PostStockBatch,
    responses((status = 200, body = List<crate::schema::PostingOutcome>)))]
async fn post_stock_batch(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(batch): Body<PostStockBatch>,
) -> Reply<Json<List<Outcome>>> {
    let postings: Vec<_> = batch.postings.into_iter().map(NewPosting::from).collect();
    let answers = app.engine.inventory().post_each(&ctx, &postings).await?;
    Ok(Json(answers.into_iter().map(Outcome::from).collect::<Vec<_>>().into()))
}
