//! Scenarios: what the services promise, on any store. Each module lists its own.

pub mod access;
pub mod chat;
pub mod inventory;
pub mod projects;
pub mod realtime;
pub mod records;

use erp_core::{
    Ctx,
    record::{Input, Record, Row},
};

use crate::Harness;

/// A record of these fields, as a client tells them.
async fn told<R: Record>(
    h: &Harness,
    ctx: &Ctx,
    fields: serde_json::Value,
) -> erp_core::Result<Row> {
    let fields = Input::Json(fields.as_object().cloned().unwrap_or_default());
    h.engine.all_records().create(ctx, R::KIND, &fields).await
}

/// Texts in which there is nothing to see.
const UNSEEN: [&str; 5] = ["\u{200b}\u{200b}", "\u{3164}", "\u{2800}", "\u{ad}", "\u{fe0f}"];
