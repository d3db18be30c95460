//! Stock under load: what is there is taken exactly, and what it is worth is never lost.

use chrono::TimeDelta;
use erp_core::{
    Conflict, Ctx, Error,
    ids::{ReservationId, WarehouseId},
    inventory::{NewReservation, StockKey},
};

use super::{
    assert_sound, d, issue, keeper, level, place, post, receipt, reservation, reserve, transfer,
    warehouse,
};
use tokio::sync::watch;

use crate::{Harness, cases::support::at_once, stock_storm::StockStorm};

/// INV-2: 2,000 callers, 1,000 in stock.
pub async fn storm_inv_2_of_2000_reservations_of_1000_in_stock_1000_succeed(h: Harness) {
    super::rivals::reserve_one_each(&h, 2_000, 1_000).await;
}

/// INV-2: 20 callers after what is there, is given back, and expires: ten in all.
pub async fn inv_2_of_20_with_cancellations_and_expiries_10_succeed(h: Harness) {
    mixed(&h, 20).await;
}

/// INV-2: as 20.
pub async fn inv_2_of_200_with_cancellations_and_expiries_100_succeed(h: Harness) {
    mixed(&h, 200).await;
}

/// INV-2: as 20.
pub async fn storm_inv_2_of_2000_with_cancellations_and_expiries_1000_succeed(h: Harness) {
    mixed(&h, 2_000).await;
}

/// INV-3: all of it is set aside by reservations whose time is over: they hold up nobody, however
/// many find them at the same time.
pub async fn inv_3_expired_reservations_hold_up_none_of_many_at_once(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "30", "30")).await;
    for _ in 0..30 {
        expiring(&h, &ada, key).await;
    }
    h.pass(61);
    let answers = at_once((0..60).map(|_| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        async move { engine.inventory().post(&ada, issue(key, "1")).await.map(drop) }
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 30, "{answers:?}");
    assert_sound(&h).await;
}

/// value is conserved to the last cent over 10,000 random operations by eight callers, and the
/// balances are what the ledger says at every moment.
pub async fn storm_x_2_values_are_conserved_over_10000_operations(h: Harness) {
    let ada = keeper(&h).await;
    let (storm, mut tally) = StockStorm::prepare(&h.engine, &ada, 8).await.expect("it is new");
    for round in 0..10 {
        let running = storm.run(8, 125, round);
        let watching = watch(&h);
        let told = tokio::select! {
            told = running => told,
            () = watching => unreachable!("nobody stops the reader"),
        };
        tally.add(told);
        // What was set aside for a while is over by the next round.
        h.pass(1);
    }
    storm.assert_sound(&tally).await;
    assert!(tally.done > 5_000 && tally.refused > 100, "{} {}", tally.done, tally.refused);
    h.engine.inventory().expire_reservations(&Ctx::system()).await.expect("they are over");
    storm.assert_sound(&tally).await;
}

/// A reader who looks, over and over, whether balances are what the ledger says.
async fn watch(h: &Harness) {
    loop {
        assert_sound(h).await;
        tokio::task::yield_now().await;
    }
}

async fn expiring(h: &Harness, ctx: &Ctx, key: StockKey) {
    let expires_at = Some(h.now() + TimeDelta::seconds(60));
    reserve(h, ctx, NewReservation { expires_at, ..reservation(key, "1") }).await;
}

/// So many callers want one each. There is half as many: most of it is free, some is set aside for
/// people who give it back meanwhile, and some by reservations whose time is over.
async fn mixed(h: &Harness, callers: usize) {
    let ada = keeper(h).await;
    let key = place(h, &ada).await;
    let other = warehouse(h, &ada, "other").await.id;
    let stock = callers / 2;
    let aside = (stock / 4).min(50);
    post(h, &ada, receipt(key, &stock.to_string(), "100")).await;
    for _ in 0..aside {
        expiring(h, &ada, key).await;
    }
    h.pass(61);
    let mut cancelled = Vec::new();
    for _ in 0..aside {
        cancelled.push(reserve(h, &ada, reservation(key, "1")).await.id);
    }
    let (open, _) = watch::channel(cancelled.len());
    let cancelling = cancelled.into_iter().map(Role::Cancel);
    let roles = (0..callers).map(Role::Take).chain(cancelling).chain([Role::Expire, Role::Expire]);
    let took = at_once(roles.map(|role| {
        let (engine, ada, open) = (h.engine.clone(), ada.clone(), open.clone());
        async move { role.play(&engine, &ada, (key, other), &open).await }
    }))
    .await;
    assert_eq!(took.iter().filter(|took| **took).count(), stock);
    assert_eq!(level(h, key).await.available(), d("0"));
    assert_sound(h).await;
}

#[derive(Clone, Copy)]
enum Role {
    Take(usize),
    Cancel(ReservationId),
    Expire,
}

impl Role {
    /// Whether one was taken.
    async fn play(
        self,
        engine: &erp_core::Engine,
        ctx: &Ctx,
        (key, other): (StockKey, WarehouseId),
        open: &watch::Sender<usize>,
    ) -> bool {
        let inventory = engine.inventory();
        match self {
            Self::Cancel(id) => {
                inventory.release(ctx, id).await.expect("it is there");
                open.send_modify(|open| *open -= 1);
                false
            }
            Self::Expire => {
                inventory.expire_reservations(&Ctx::system()).await.expect("the host may");
                false
            }
            Self::Take(number) => {
                if take(engine, ctx, number, (key, other)).await {
                    return true;
                }
                // What is refused once all has been given back is refused for good.
                let mut open = open.subscribe();
                open.wait_for(|open| *open == 0).await.expect("the sender stays");
                take(engine, ctx, number, (key, other)).await
            }
        }
    }
}

/// Takes one in one way or another, if there is one.
async fn take(
    engine: &erp_core::Engine,
    ctx: &Ctx,
    number: usize,
    (key, other): (StockKey, WarehouseId),
) -> bool {
    let inventory = engine.inventory();
    let answer = match number % 3 {
        0 => inventory.reserve(ctx, reservation(key, "1")).await.map(drop),
        1 => inventory.post(ctx, issue(key, "1")).await.map(drop),
        _ => inventory.post(ctx, transfer(key, "1", other)).await.map(drop),
    };
    match answer {
        Ok(()) => true,
        Err(Error::Conflict(Conflict::InsufficientStock { .. })) => false,
        Err(other) => panic!("an unexpected answer: {other:?}"),
    }
}
