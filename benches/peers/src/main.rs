//! Adjusting, reserving and reading stock on the memory store, beside `stateset-embedded` with SQLite
//! in memory: each by its own API, one caller, 100 items, in turns.
//!
//! Ours authorizes, values, audits and logs an event with every change; theirs runs without its events.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use erp_core::{
    Ctx, Engine,
    access::{NewOwner, Password},
    ids::{ItemId, WarehouseId},
    inventory::{
        Direction, ItemFields, NewLine, NewPosting, NewReservation, PostingKind, Warehouse,
    },
};
use erp_store_memory::MemoryStore;
use rust_decimal::Decimal;
use stateset_embedded::{Commerce, CreateInventoryItem};

const ITEMS: usize = 100;
const CALLS: usize = 5_000;
const ROUNDS: usize = 5;
const PLENTY: i64 = 1_000_000_000;

struct Ours {
    engine: Engine,
    ctx: Ctx,
    items: Vec<ItemId>,
    place: WarehouseId,
}

impl Ours {
    async fn new() -> Result<Self> {
        let engine = Engine::builder(Arc::new(MemoryStore::new())).build()?;
        let owner = NewOwner {
            email: "owner@bench.invalid".to_owned(),
            display_name: "Owner".to_owned(),
            password: Password::new("a long enough password"),
        };
        let ctx = Ctx::user(engine.access().set_up(&Ctx::system(), owner).await?.id);
        let place = Warehouse::new("main", "Main")?;
        let place = engine.records().create(&ctx, place).await?.id;
        let mut ours = Self { engine, ctx, items: Vec::new(), place };
        for number in 0..ITEMS {
            let fields = ItemFields::new(format!("SKU-{number}"), format!("Item {number}"));
            let id = ours.engine.inventory().create_item(&ours.ctx, fields).await?.id;
            ours.items.push(id);
            ours.adjust(number, PLENTY).await?;
        }
        Ok(ours)
    }

    async fn adjust(&self, item: usize, by: i64) -> Result<()> {
        let direction = if by > 0 {
            Direction::In { price: None }
        } else {
            Direction::Out { reservation: None }
        };
        let line = NewLine::new((self.items[item], self.place), Decimal::from(by.abs()), direction);
        let kind = PostingKind::Adjustment;
        let new = NewPosting::now(kind, vec![line]);
        self.engine.inventory().post(&self.ctx, new).await?;
        Ok(())
    }

    async fn reserve(&self, item: usize) -> Result<()> {
        let new = NewReservation {
            item: self.items[item],
            warehouse: self.place,
            quantity: Decimal::ONE,
            owner: None,
            expires_at: None,
            reference: Some("order".to_owned()),
        };
        self.engine.inventory().reserve(&self.ctx, new).await?;
        Ok(())
    }

    async fn read(&self, item: usize) -> Result<()> {
        let filter =
            erp_core::inventory::LevelFilter { item: Some(self.items[item]), ..Default::default() };
        let page = erp_core::page::PageRequest::first(10);
        let levels = self.engine.inventory().levels(&self.ctx, filter, &page).await?;
        levels.items.first().context("a level")?;
        Ok(())
    }
}

fn theirs() -> Result<Commerce> {
    let commerce = Commerce::new(":memory:")?;
    for number in 0..ITEMS {
        commerce.inventory().create_item(CreateInventoryItem {
            sku: format!("SKU-{number}"),
            name: format!("Item {number}"),
            initial_quantity: Some(PLENTY.into()),
            ..Default::default()
        })?;
    }
    Ok(commerce)
}

fn adjustment(number: usize) -> i64 {
    if number % 2 == 0 { 1 } else { -1 }
}

/// Calls per second.
fn per_second(calls: usize, started: Instant) -> f64 {
    calls as f64 / started.elapsed().as_secs_f64()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (ours, theirs) = (Ours::new().await?, theirs()?);
    let skus: Vec<String> = (0..ITEMS).map(|number| format!("SKU-{number}")).collect();
    let names = ["adjust", "reserve", "read"];
    let mut rates = [const { (Vec::new(), Vec::new()) }; 3];
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for number in 0..CALLS {
            ours.adjust(number % ITEMS, adjustment(number)).await?;
        }
        rates[0].0.push(per_second(CALLS, started));
        let started = Instant::now();
        for number in 0..CALLS {
            let by = adjustment(number).into();
            theirs.inventory().adjust(&skus[number % ITEMS], by, "bench")?;
        }
        rates[0].1.push(per_second(CALLS, started));

        let started = Instant::now();
        for number in 0..CALLS {
            ours.reserve(number % ITEMS).await?;
        }
        rates[1].0.push(per_second(CALLS, started));
        let started = Instant::now();
        for number in 0..CALLS {
            let reference = number.to_string();
            let sku = &skus[number % ITEMS];
            theirs.inventory().reserve(sku, Decimal::ONE, "order", &reference, None)?;
        }
        rates[1].1.push(per_second(CALLS, started));

        let started = Instant::now();
        for number in 0..CALLS {
            ours.read(number % ITEMS).await?;
        }
        rates[2].0.push(per_second(CALLS, started));
        let started = Instant::now();
        for number in 0..CALLS {
            theirs.inventory().get_stock(&skus[number % ITEMS])?.context("a level")?;
        }
        rates[2].1.push(per_second(CALLS, started));
    }
    println!("| what | ours | stateset-embedded | ratio | target |\n|---|---|---|---|---|");
    for (name, (mut ours, mut theirs)) in names.into_iter().zip(rates) {
        ours.sort_by(f64::total_cmp);
        theirs.sort_by(f64::total_cmp);
        let (ours, theirs) = (ours[ROUNDS / 2], theirs[ROUNDS / 2]);
        let ratio = ours / theirs;
        println!("| {name} | {ours:.0} /s | {theirs:.0} /s | {ratio:.1} | ≥ 10 |");
    }
    Ok(())
}
