//! What stock is worth.

use erp_core::{
    Ctx,
    inventory::{
        Direction, ItemFields, MovementKind, NegativeStock, PostedStock, PostingKind, StockKey,
        ValuationMethod,
    },
    money::Decimal,
};

use super::{
    assert_sound, d, issue, item, item_fields, keeper, line, numbers, post, posting, receipt,
    transfer, warehouse,
};
use crate::{Harness, random::Random};

async fn valued(h: &Harness, ctx: &Ctx, valuation: ValuationMethod) -> StockKey {
    let fields = ItemFields { valuation, ..item_fields(valuation.as_str()) };
    (item(h, ctx, fields).await.id, warehouse(h, ctx, valuation.as_str()).await.id)
}

fn values(posted: &PostedStock) -> Vec<Decimal> {
    posted.movements.iter().map(|one| one.value).collect()
}

/// INV-7: 10 at 3.00 and 20 at 3.45 are 30 at 3.30; 7 of them cost 23.10.
pub async fn inv_7_what_goes_out_costs_the_moving_average(h: Harness) {
    let ada = keeper(&h).await;
    let key = valued(&h, &ada, ValuationMethod::MovingAverage).await;
    for (quantity, price) in [("10", "3.00"), ("20", "3.45")] {
        let price = Some(erp_core::inventory::Price::Each(d(price)));
        let line = line(key, quantity, Direction::In { price });
        post(&h, &ada, posting(PostingKind::Receipt, vec![line])).await;
    }
    assert_eq!(numbers(&h, key).await, "30 0 99");
    assert_eq!(values(&post(&h, &ada, issue(key, "7")).await), [d("-23.10")]);
    assert_eq!(numbers(&h, key).await, "23 0 75.9");
    assert_sound(&h).await;
}

/// INV-8: 10 at 5 and 10 at 7: 12 of them cost 64, and 8 at 7 are left.
pub async fn inv_8_what_came_in_first_goes_out_first(h: Harness) {
    let ada = keeper(&h).await;
    let key = valued(&h, &ada, ValuationMethod::Fifo).await;
    post(&h, &ada, receipt(key, "10", "50")).await;
    post(&h, &ada, receipt(key, "10", "70")).await;
    assert_eq!(values(&post(&h, &ada, issue(key, "12")).await), [d("-64")]);
    assert_eq!(numbers(&h, key).await, "8 0 56");
    assert_eq!(values(&post(&h, &ada, issue(key, "1")).await), [d("-7")]);
    assert_sound(&h).await;
}

/// INV-9: 3 for 10.00, taken one by one, cost 10.00.
pub async fn inv_9_thirds_add_up_and_of_nothing_the_value_is_nothing(h: Harness) {
    let ada = keeper(&h).await;
    for valuation in [ValuationMethod::MovingAverage, ValuationMethod::Fifo] {
        let key = valued(&h, &ada, valuation).await;
        post(&h, &ada, receipt(key, "3", "10.00")).await;
        let mut cost = Decimal::ZERO;
        for _ in 0..3 {
            cost += values(&post(&h, &ada, issue(key, "1")).await)[0];
        }
        assert_eq!(cost, d("-10.00"));
        assert_eq!(numbers(&h, key).await, "0 0 0");
    }
    assert_sound(&h).await;
}

/// INV-10: 5 that are not there cost the last price; what comes in then is worth its own.
pub async fn inv_10_less_than_nothing_costs_the_last_price_and_is_put_right(h: Harness) {
    let ada = keeper(&h).await;
    let negative = Some(NegativeStock::Allowed);
    let fields = ItemFields { negative, ..item_fields("x") };
    let key = (item(&h, &ada, fields).await.id, warehouse(&h, &ada, "main").await.id);
    post(&h, &ada, receipt(key, "1", "4.00")).await;
    post(&h, &ada, issue(key, "1")).await;
    assert_eq!(values(&post(&h, &ada, issue(key, "5")).await), [d("-20.00")]);
    let posted = post(&h, &ada, receipt(key, "10", "60.00")).await;
    let told: Vec<_> =
        posted.movements.iter().map(|one| (one.kind, one.quantity, one.value)).collect();
    let goods = (MovementKind::Stock, d("10"), d("60.00"));
    assert_eq!(told, [goods, (MovementKind::Revaluation, d("0"), d("-10.00"))]);
    assert_eq!(numbers(&h, key).await, "5 0 30");
    assert_sound(&h).await;
}

/// Returns and adjustments without a price leave the average as it is; the first goods of all are
/// worth nothing.
pub async fn what_comes_in_without_a_price_has_the_present_one(h: Harness) {
    let ada = keeper(&h).await;
    let key = valued(&h, &ada, ValuationMethod::MovingAverage).await;
    let back = || {
        let line = line(key, "2", Direction::In { price: None });
        posting(PostingKind::Return, vec![line])
    };
    assert_eq!(values(&post(&h, &ada, back()).await), [d("0")]);
    post(&h, &ada, issue(key, "2")).await;
    post(&h, &ada, receipt(key, "4", "10.00")).await;
    assert_eq!(values(&post(&h, &ada, back()).await), [d("5.00")]);
    post(&h, &ada, issue(key, "6")).await;
    assert_eq!(values(&post(&h, &ada, back()).await), [d("5.00")], "the last price");
    assert_sound(&h).await;
}

/// whatever is done, what is there is worth what came in less what went out, to the last cent.
pub async fn x_2_values_are_conserved_over_random_operations(h: Harness) {
    let ada = keeper(&h).await;
    let mut random = Random::new(9);
    for valuation in [ValuationMethod::MovingAverage, ValuationMethod::Fifo] {
        let key = valued(&h, &ada, valuation).await;
        let other = (key.0, warehouse(&h, &ada, &format!("{}-2", valuation.as_str())).await.id);
        let (mut worth, mut postings) = (Decimal::ZERO, Vec::new());
        for _ in 0..120 {
            let (from, to) = if random.percent(50) { (key, other) } else { (other, key) };
            let many = (1 + random.below(9)).to_string();
            let cents = Decimal::new(i64::try_from(random.below(2_000)).expect("small"), 2);
            let inventory = h.engine.inventory();
            let answer = match random.below(5) {
                0 | 1 => inventory.post(&ada, receipt(from, &many, &cents.to_string())).await,
                2 => inventory.post(&ada, issue(from, &many)).await,
                3 => inventory.post(&ada, transfer(from, &many, to.1)).await,
                _ if postings.is_empty() => continue,
                _ => {
                    let id = postings.swap_remove(random.below(postings.len()));
                    inventory.reverse(&ada, id, None).await
                }
            };
            let Ok(posted) = answer else { continue };
            worth += values(&posted).into_iter().sum::<Decimal>();
            if posted.posting.kind != PostingKind::Reversal {
                postings.push(posted.posting.id);
            }
        }
        let mut there = Decimal::ZERO;
        for key in [key, other] {
            if let Some(level) = h.store.inventory().level(key).await.expect("a read") {
                assert!(level.value >= d("0") && level.on_hand >= d("0"), "{level:?}");
                assert!(!level.on_hand.is_zero() || level.value.is_zero(), "{level:?}");
                there += level.value;
            }
        }
        assert_eq!(there, worth);
    }
    assert_sound(&h).await;
}
