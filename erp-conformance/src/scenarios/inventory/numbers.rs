//! Numbers keep their digits, and what nobody can have is not looked for.

use chrono::NaiveDate;
use erp_core::{
    Error,
    ids::PostingId,
    inventory::{Direction, ItemFields, LotFilter, LotName, NewLine, PostingKind, Price, Unit},
    page::{Cursor, Limit, PageRequest},
    port::IdGenerator as _,
};
use serde::Serialize;

use super::{
    d, issue, item, keeper, place, post, posting, receipt, reservation, reserve, warehouse,
};
use crate::Harness;

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it is written")
}

fn wrong_field<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::Validation(wrong)) => wrong[0].field.clone(),
        other => panic!("not a wrong field: {other:?}"),
    }
}

/// X-21: what is kept comes back as it was written, digit by digit, zeros after the point too; and of
/// zero there is one.
pub async fn x_21_numbers_come_back_with_their_digits(h: Harness) {
    let keeper = keeper(&h).await;
    let unit = Unit { name: "t".to_owned(), scale: 3 };
    let fields = ItemFields { unit, reorder_level: Some(d("0.000")), ..super::item_fields("sand") };
    let sand = item(&h, &keeper, fields).await;
    let key = (sand.id, warehouse(&h, &keeper, "main").await.id);
    let made = post(&h, &keeper, receipt(key, "1", "0.00")).await;
    let taken = post(&h, &keeper, issue(key, "1")).await;
    let engine = h.engine.inventory();
    for posted in [made, taken] {
        let again = engine.posting(&keeper, posted.posting.id).await.unwrap();
        assert_eq!(text(&again), text(&posted), "the answer is what is kept");
        assert!(text(&posted).contains(r#""value":"0.00""#), "{}", text(&posted));
    }
    let level = text(&super::level(&h, key).await);
    assert!(level.contains(r#""on_hand":"0.000""#), "{level}");
    assert!(level.contains(r#""value":"0.00""#), "{level}");
    let at = engine.stock_at(&keeper, sand.id, h.now()).await.unwrap();
    assert!(text(&at).contains(r#""on_hand":"0.000","value":"0.00""#), "{}", text(&at));
    let kept = engine.item(&keeper, sand.id).await.unwrap();
    assert!(text(&kept).contains(r#""reorder_level":"0.000""#), "{}", text(&kept));
    assert_eq!(text(&kept), text(&sand));
    // A half that is promised, and what is left of it.
    post(&h, &keeper, receipt(key, "2.5", "10")).await;
    let promised = reserve(&h, &keeper, reservation(key, "0.5")).await;
    let again = engine.reservation(&keeper, promised.id).await.unwrap();
    assert_eq!(text(&again), text(&promised));
    assert!(text(&again).contains(r#""quantity":"0.500""#), "{}", text(&again));
}

/// X-22: a code, a reference and a day that nothing can have are refused by their field when they are
/// looked for, and what is forged is no cursor.
pub async fn x_22_what_nothing_can_have_is_not_looked_for(h: Harness) {
    let keeper = keeper(&h).await;
    let (engine, page) = (h.engine.inventory(), PageRequest::default());
    for sku in ["a\0b", "\0", "a b", "", &"x".repeat(65)] {
        assert_eq!(wrong_field(engine.item_by_sku(&keeper, sku).await), "sku", "{sku:?}");
    }
    for reference in ["a\0b".to_owned(), "x".repeat(201), "a\nb".to_owned()] {
        let found = engine.postings(&keeper, &["good".to_owned(), reference], &page).await;
        assert_eq!(wrong_field(found), "reference");
    }
    for day in [NaiveDate::MAX, NaiveDate::MIN] {
        let filter = LotFilter { expires_before: Some(day), ..LotFilter::default() };
        assert_eq!(wrong_field(engine.lots(&keeper, filter, &page).await), "expires_before");
    }
    let key = place(&h, &keeper).await;
    for code in ["a\0b", "a b", &"x".repeat(65)] {
        let lot = Some(LotName { code: code.to_owned(), expires_on: None });
        let price = Some(Price::Total(d("1")));
        let line = NewLine { lot, ..NewLine::new(key, d("1"), Direction::In { price }) };
        let posted = engine.post(&keeper, posting(PostingKind::Receipt, vec![line])).await;
        assert_eq!(wrong_field(posted), "lines[0].lot", "stock of the item lies in no lots");
    }
    // A cursor is written by whoever likes to: its filter is no secret.
    let id = PostingId::from_uuid(h.ids.uuid());
    let instant = "+262142-12-31T23:59:59Z";
    let key = serde_json::json!({ "effective_at": instant, "seq": 1, "posting": id, "line": 1 });
    let item = item(&h, &keeper, super::item_fields("y")).await.id;
    let page = forged(&("movements", item, None::<()>), &key);
    let moved = engine.movements(&keeper, item, None, &page).await;
    assert_eq!(wrong_field(moved), "cursor");
}

/// The page after a place that somebody made up.
fn forged(filter: &impl Serialize, key: &serde_json::Value) -> PageRequest {
    let cursor = Cursor::after(filter, key).expect("it is written");
    PageRequest { limit: Limit::default(), cursor: Some(cursor) }
}
