//! Many at once after the same stock: what succeeds is what some order of them would give.

use erp_core::{
    Conflict, Ctx, Engine, Error,
    ids::{ReservationId, WarehouseId},
    inventory::{ItemUpdate, StockKey, Unit},
    money::Decimal,
};

use super::{
    assert_sound, d, issue, issue_of, item_fields, keeper, level, numbers, place, post, receipt,
    reservation, transfer, warehouse,
};
use crate::{Harness, cases::support::at_once, random::Random};

fn short<T>(answer: &erp_core::Result<T>) -> bool {
    matches!(answer, Err(Error::Conflict(Conflict::InsufficientStock { .. })))
}

/// So many callers reserve one each, of so many in stock.
pub(super) async fn reserve_one_each(h: &Harness, callers: usize, stock: usize) {
    let ada = keeper(h).await;
    let key = place(h, &ada).await;
    post(h, &ada, receipt(key, &stock.to_string(), "10")).await;
    let answers = at_once((0..callers).map(|_| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        async move { engine.inventory().reserve(&ada, reservation(key, "1")).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), stock);
    assert_eq!(answers.iter().filter(|answer| short(answer)).count(), callers - stock);
    assert_eq!(numbers(h, key).await, format!("{stock} {stock} 10"));
    assert_sound(h).await;
}

/// INV-2: 20 tasks, 10 in stock.
pub async fn inv_2_of_20_reservations_of_10_in_stock_10_succeed(h: Harness) {
    reserve_one_each(&h, 20, 10).await;
}

/// INV-2: 200 tasks, 100 in stock.
pub async fn inv_2_of_200_reservations_of_100_in_stock_100_succeed(h: Harness) {
    reserve_one_each(&h, 200, 100).await;
}

/// INV-2: whichever way it is taken, exactly what is there is taken.
pub async fn inv_2_reservations_issues_and_transfers_at_once_take_what_is_there(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let other = warehouse(&h, &ada, "other").await.id;
    post(&h, &ada, receipt(key, "30", "30")).await;
    let answers = at_once((0..90).map(|n| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        async move {
            let inventory = engine.inventory();
            match n % 3 {
                0 => inventory.reserve(&ada, reservation(key, "1")).await.map(drop),
                1 => inventory.post(&ada, issue(key, "1")).await.map(drop),
                _ => inventory.post(&ada, transfer(key, "1", other)).await.map(drop),
            }
        }
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 30, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| short(answer)).count(), 60);
    assert_eq!(level(&h, key).await.available(), d("0"));
    assert_sound(&h).await;
}

/// INV-4: transfers both ways at once, with lines in either order, neither block each other for good
/// nor lose anything.
pub async fn inv_4_transfers_to_and_fro_at_once_lose_nothing(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let there = (key.0, warehouse(&h, &ada, "other").await.id);
    post(&h, &ada, receipt(key, "20", "33.33")).await;
    post(&h, &ada, receipt(there, "20", "66.67")).await;
    let answers = at_once((0..60).map(|n| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        let (from, to) = if n % 2 == 0 { (key, there) } else { (there, key) };
        async move { engine.inventory().post(&ada, transfer(from, "3", to.1)).await }
    }))
    .await;
    assert!(answers.iter().all(|answer| answer.is_ok() || short(answer)), "{answers:?}");
    let (one, other) = (level(&h, key).await, level(&h, there).await);
    assert_eq!(one.on_hand + other.on_hand, d("40"));
    assert_eq!(one.value + other.value, d("100.00"));
    assert_sound(&h).await;
}

/// INV-5: of many who reverse one posting, one does.
pub async fn inv_5_of_reversals_at_once_one_happens(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "10", "10")).await;
    let issued = post(&h, &ada, issue(key, "3")).await.posting.id;
    let answers = at_once((0..12).map(|_| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        async move { engine.inventory().reverse(&ada, issued, None).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let reversed = Err(Error::from(Conflict::AlreadyReversed));
    assert_eq!(answers.iter().filter(|answer| **answer == reversed).count(), 11, "{answers:?}");
    assert_eq!(numbers(&h, key).await, "10 0 10");
    assert_sound(&h).await;
}

/// INV-14, X-18: either the unit changed before the first receipt, or it stays.
pub async fn inv_14_a_first_receipt_and_a_change_of_unit_exclude_each_other(h: Harness) {
    let ada = keeper(&h).await;
    let (_, warehouse) = place(&h, &ada).await;
    for round in 0..8 {
        let sku = format!("item-{round}");
        let made = super::item(&h, &ada, item_fields(&sku)).await;
        let mut fields = item_fields(&sku);
        fields.unit = Unit { name: "box".to_owned(), scale: 0 };
        let update = ItemUpdate { expected: made.version, fields };
        let (engine, ctx) = (h.engine.clone(), ada.clone());
        let changing =
            tokio::spawn(
                async move { engine.inventory().update_item(&ctx, made.id, update).await },
            );
        post(&h, &ada, receipt((made.id, warehouse), "1", "1")).await;
        let changed = changing.await.unwrap();
        let there = h.engine.inventory().item(&ada, made.id).await.unwrap();
        match changed {
            Ok(_) => assert_eq!(there.unit.name, "box"),
            Err(error) => {
                assert_eq!(error, Conflict::in_use("item", "stock").into());
                assert_eq!(there.unit.name, "pcs");
            }
        }
    }
}

/// after many random operations by several callers, balances are what ledger and reservations
/// say, nothing is below zero, and nothing was lost.
pub async fn x_10_after_random_operations_at_once_the_books_are_right(h: Harness) {
    let ada = keeper(&h).await;
    let (first, main) = place(&h, &ada).await;
    let second = super::item(
        &h,
        &ada,
        super::ItemFields {
            valuation: erp_core::inventory::ValuationMethod::Fifo,
            reorder_level: Some(d("5")),
            ..item_fields("y")
        },
    )
    .await
    .id;
    let other = warehouse(&h, &ada, "other").await.id;
    let keys = [(first, main), (first, other), (second, main), (second, other)];
    for key in keys {
        post(&h, &ada, receipt(key, "20", "77.77")).await;
    }
    let moved = at_once((0..8).map(|caller| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        async move {
            let mut random = Random::new(caller);
            let mut walk = Walk { engine, ctx: ada, keys, held: Vec::new(), net: d("0") };
            for _ in 0..25 {
                walk.step(&mut random).await;
            }
            walk.net
        }
    }))
    .await;
    let mut on_hand = Decimal::ZERO;
    for key in keys {
        let level = level(&h, key).await;
        assert!(level.available() >= d("0") && level.value >= d("0"), "{level:?}");
        on_hand += level.on_hand;
    }
    assert_eq!(on_hand, d("80") + moved.into_iter().sum::<Decimal>());
    assert_sound(&h).await;
}

/// A caller who does this and that.
struct Walk {
    engine: Engine,
    ctx: Ctx,
    keys: [StockKey; 4],
    held: Vec<(StockKey, ReservationId)>,
    /// What came in less what went out.
    net: Decimal,
}

impl Walk {
    async fn step(&mut self, random: &mut Random) {
        let key = *random.pick(&self.keys);
        let many = (1 + random.below(5)).to_string();
        let inventory = self.engine.inventory();
        let answer = match random.below(7) {
            0 => inventory.post(&self.ctx, receipt(key, &many, "3.33")).await.map(|_| d(&many)),
            1 | 2 => inventory.post(&self.ctx, issue(key, &many)).await.map(|_| -d(&many)),
            3 => {
                let to: WarehouseId = random.pick(&self.keys).1;
                if to == key.1 {
                    return;
                }
                inventory.post(&self.ctx, transfer(key, &many, to)).await.map(|_| d("0"))
            }
            4 => match inventory.reserve(&self.ctx, reservation(key, &many)).await {
                Ok(reservation) => {
                    self.held.push((key, reservation.id));
                    Ok(d("0"))
                }
                Err(error) => Err(error),
            },
            5 => match self.held.pop() {
                Some((_, id)) => inventory.release(&self.ctx, id).await.map(|_| d("0")),
                None => return,
            },
            _ => match self.held.pop() {
                Some((key, id)) => {
                    let new = issue_of(key, &many, Some(id));
                    inventory.post(&self.ctx, new).await.map(|_| -d(&many))
                }
                None => return,
            },
        };
        assert!(answer.is_ok() || short(&answer), "{answer:?}");
        self.net += answer.unwrap_or_default();
    }
}
