//! What moving stock costs: authorized, valued, audited, logged.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use erp_core::{
    Ctx, Engine,
    access::{NewOwner, Password},
    ids::{ItemId, WarehouseId},
    inventory::{Direction, ItemFields, NewLine, NewPosting, PostingKind, Price, Warehouse},
    port::Store,
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    callers::rate,
    pg,
    report::{Figure, median},
};

const CALLERS: u64 = 16;
const PLENTY: i64 = 1_000_000_000;

/// The bare tables: what a shop would write by hand.
const BARE: &[&str] = &[
    "CREATE TABLE bare_stock (item uuid PRIMARY KEY, qty numeric NOT NULL) WITH (fillfactor = 70)",
    "CREATE TABLE bare_ledger (id uuid PRIMARY KEY, item uuid NOT NULL, qty numeric NOT NULL, \
     at timestamptz NOT NULL)",
];

/// One unit of one item, in one statement.
const BARE_ISSUE: &str = "WITH taken AS (UPDATE bare_stock SET qty = qty - 1 \
    WHERE item = $1 AND qty >= 1 RETURNING item) \
    INSERT INTO bare_ledger (id, item, qty, at) SELECT $2, item, -1, now() FROM taken";

/// An organisation with items in a warehouse.
pub(crate) struct Shop {
    pub engine: Engine,
    pub ctx: Ctx,
    pub items: Vec<ItemId>,
    place: WarehouseId,
}

impl Shop {
    pub async fn new(store: Arc<dyn Store>, items: usize) -> Result<Self> {
        let engine = Engine::builder(store).build()?;
        let owner = NewOwner {
            email: "owner@bench.invalid".to_owned(),
            display_name: "Owner".to_owned(),
            password: Password::new("a long enough password"),
        };
        let ctx = Ctx::user(engine.access().set_up(&Ctx::system(), owner).await?.id);
        let place = Warehouse::new("main", "Main")?;
        let place = engine.records().create(&ctx, place).await?.id;
        let mut shop = Self { engine, ctx, items: Vec::new(), place };
        for number in 0..items {
            let fields = ItemFields::new(format!("SKU-{number}"), format!("Item {number}"));
            let id = shop.engine.inventory().create_item(&shop.ctx, fields).await?.id;
            shop.items.push(id);
            let price = Some(Price::Total(PLENTY.into()));
            let line = shop.line(id, PLENTY, Direction::In { price });
            shop.post(PostingKind::Receipt, vec![line]).await?;
        }
        Ok(shop)
    }

    pub fn line(&self, item: ItemId, quantity: i64, direction: Direction) -> NewLine {
        NewLine::new((item, self.place), quantity, direction)
    }

    async fn post(&self, kind: PostingKind, lines: Vec<NewLine>) -> Result<()> {
        let new = NewPosting::now(kind, lines);
        self.engine.inventory().post(&self.ctx, new).await?;
        Ok(())
    }

    /// An order of these items, one of each.
    async fn order(&self, items: &[usize]) -> Result<()> {
        let out = Direction::Out { reservation: None };
        let lines = items.iter().map(|item| self.line(self.items[*item], 1, out)).collect();
        self.post(PostingKind::Issue, lines).await
    }
}

/// Five of the 20 items, which differ from order to order, in no order.
fn order(number: u64) -> [usize; 5] {
    std::array::from_fn(|n| ((number * 13 + n as u64 * 7) % 20) as usize)
}

async fn bare(pool: &PgPool) -> Result<Vec<Uuid>> {
    for statement in BARE {
        sqlx::query(*statement).execute(pool).await?;
    }
    let mut items: Vec<Uuid> = (0..20).map(|n| Uuid::from_u128(n + 1)).collect();
    items.sort_unstable();
    for item in &items {
        let insert = sqlx::query("INSERT INTO bare_stock (item, qty) VALUES ($1, $2)");
        insert.bind(item).bind(PLENTY).execute(pool).await?;
    }
    Ok(items)
}

fn new_id() -> Uuid {
    #[allow(clippy::disallowed_methods, reason = "a baseline has no ports")]
    Uuid::now_v7()
}

/// One hot item and orders of five lines on PostgreSQL, beside what one would write by hand.
pub async fn postgres(rounds: usize, seconds: u64) -> Result<()> {
    let cluster = pg::cluster()?;
    let store = pg::store(&cluster, "stock", 32).await?;
    let pool = store.pool().clone();
    let shop = Arc::new(Shop::new(store, 20).await?);
    let items = Arc::new(bare(&pool).await?);

    Figure::print_head();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let hot = shop.clone();
        ours.push(
            rate(CALLERS, seconds, move |_| {
                let shop = hot.clone();
                async move { shop.order(&[0]).await }
            })
            .await?,
        );
        let (pool, items) = (pool.clone(), items.clone());
        theirs.push(
            rate(CALLERS, seconds, move |_| {
                let (pool, item) = (pool.clone(), items[0]);
                async move {
                    let issue = sqlx::query(BARE_ISSUE).bind(item).bind(new_id());
                    issue.execute(&pool).await?;
                    Ok(())
                }
            })
            .await?,
        );
    }
    Figure {
        what: "issue of one unit of one hot item, PostgreSQL, 16 callers, vs bare".to_owned(),
        ours: median(&mut ours),
        baseline: median(&mut theirs),
        unit: "/s",
        target: "≥ 0.50",
    }
    .print();
    let before = deadlocks(&pool).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let orders = shop.clone();
        ours.push(
            rate(CALLERS, seconds, move |number| {
                let shop = orders.clone();
                async move { shop.order(&order(number)).await }
            })
            .await?,
        );
        let (pool, items) = (pool.clone(), items.clone());
        theirs.push(
            rate(CALLERS, seconds, move |number| {
                let (pool, items) = (pool.clone(), items.clone());
                async move { bare_order(&pool, &items, number).await }
            })
            .await?,
        );
    }
    Figure {
        what: "orders of 5 lines over 20 hot items, PostgreSQL, 16 callers, vs bare".to_owned(),
        ours: median(&mut ours),
        baseline: median(&mut theirs),
        unit: "/s",
        target: "≥ 0.50",
    }
    .print();
    println!("deadlocks: {}", deadlocks(&pool).await? - before);
    Ok(())
}

/// The bare transaction: the lines sorted by item, one statement each.
async fn bare_order(pool: &PgPool, items: &[Uuid], number: u64) -> Result<()> {
    let mut lines = order(number);
    lines.sort_unstable();
    #[expect(clippy::disallowed_methods, reason = "a baseline is written without the store")]
    let mut transaction = pool.begin().await?;
    for line in lines {
        let issue = sqlx::query(BARE_ISSUE).bind(items[line]).bind(new_id());
        issue.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn deadlocks(pool: &PgPool) -> Result<i64> {
    let query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    Ok(sqlx::query_scalar(query).fetch_one(pool).await?)
}

/// The balance of an item with 1,000,000 movements, against one with 1,000, on PostgreSQL: now, and as it
/// was half a day ago.
pub async fn balance() -> Result<()> {
    let cluster = pg::cluster()?;
    let store = pg::store(&cluster, "balance", 8).await?;
    let shop = Shop::new(store, 2).await?;
    // The store's own connections give up a statement that takes long.
    let filling = PgPool::connect(&cluster.url("balance")).await?;
    for (item, movements) in [(shop.items[0], 1_000_000_i64), (shop.items[1], 1_000)] {
        fill(&filling, item, shop.place, movements).await?;
    }
    sqlx::query("VACUUM ANALYZE stock_movements").execute(&filling).await?;
    filling.close().await;
    Figure::print_head();
    let then = shop.engine.now() - TimeDelta::hours(12);
    for (what, past) in [("balance now", None), ("balance as of half a day ago", Some(then))] {
        let (mut large, mut small) = (Vec::new(), Vec::new());
        for _ in 0..300 {
            large.push(read(&shop, shop.items[0], past).await?);
            small.push(read(&shop, shop.items[1], past).await?);
        }
        Figure {
            what: format!("{what}: after 1,000,000 movements vs after 1,000, PostgreSQL"),
            ours: median(&mut large),
            baseline: median(&mut small),
            unit: "ms",
            target: "≤ 1.3",
        }
        .print();
    }
    Ok(())
}

/// Movements of the past, a thousand of them of the last day.
async fn fill(pool: &PgPool, item: ItemId, place: WarehouseId, movements: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO stock_movements (posting_id, line, item_id, warehouse_id, kind, quantity, \
         value, effective_at, seq, priced) SELECT gen_random_uuid(), 1, $1, $2, 'stock', \
         CASE n % 2 WHEN 0 THEN 1 ELSE -1 END, CASE n % 2 WHEN 0 THEN 1 ELSE -1 END, \
         now() - CASE WHEN n < 1000 THEN n * interval '80 seconds' \
         ELSE interval '1 day' + n * interval '1 second' END, -n, true \
         FROM generate_series(0, $3 - 1) AS series (n)",
    )
    .bind(item.uuid())
    .bind(place.uuid())
    .bind(movements)
    .execute(pool)
    .await?;
    Ok(())
}

async fn read(shop: &Shop, item: ItemId, past: Option<erp_core::time::Timestamp>) -> Result<f64> {
    let store = shop.engine.store().inventory();
    let start = Instant::now();
    match past {
        None => store.level((item, shop.place)).await?.map(|_| ()).context("a balance")?,
        Some(at) => store.stock_at(item, at).await?.first().map(|_| ()).context("a balance")?,
    }
    Ok(start.elapsed().as_secs_f64() * 1_000.0)
}
