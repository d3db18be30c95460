//! Counting what is there.

use chrono::TimeDelta;
use erp_core::{
    Error,
    inventory::{PostingKind, StockCount},
};

use super::{assert_sound, d, issue, keeper, level, place, post, receipt};
use crate::Harness;

/// INV-16: what was counted is compared with the books of that time; what moved since stays.
pub async fn inv_16_a_count_is_compared_with_the_books_of_its_time(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let inventory = h.engine.inventory();
    post(&h, &ada, receipt(key, "10", "10")).await;
    h.pass(60);
    let counted_at = h.now();
    h.pass(60);
    post(&h, &ada, issue(key, "4")).await;
    let count = |counted: &str| StockCount {
        lot: None,
        item: key.0,
        warehouse: key.1,
        counted: d(counted),
        counted_at,
        reference: Some("stock take".to_owned()),
    };
    let posted = inventory.count(&ada, count("10")).await.unwrap();
    assert_eq!(posted.movements[0].quantity, d("0"), "the books were right");
    let posted = inventory.count(&ada, count("9")).await.unwrap();
    assert_eq!(
        (posted.posting.kind, posted.posting.effective_at),
        (PostingKind::Count, counted_at)
    );
    assert_eq!(
        (posted.movements[0].quantity, posted.movements[0].counted),
        (d("-1"), Some(d("9")))
    );
    assert_eq!(level(&h, key).await.on_hand, d("5"));
    h.pass(60);
    let again = StockCount { counted_at: h.now(), ..count("7") };
    let posted = inventory.count(&ada, again).await.unwrap();
    assert_eq!((posted.movements[0].quantity, posted.movements[0].value), (d("2"), d("2")));
    assert_eq!(level(&h, key).await.on_hand, d("7"));
    let ahead = StockCount { counted_at: h.now() + TimeDelta::seconds(1), ..count("7") };
    for bad in [count("-1"), count("0.5"), ahead] {
        let refused = inventory.count(&ada, bad).await;
        assert!(matches!(refused, Err(Error::Validation(_))), "{refused:?}");
    }
    assert_sound(&h).await;
}
