//! Mixed operations on a few items and warehouses by many callers, through the services, with an
//! account of what was answered: in the end it must be what the store says.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use erp_core::{
    Conflict, Ctx, Engine, Error,
    ids::{PostingId, ReservationId, WarehouseId},
    inventory::{
        Direction, ItemFields, NegativeStock, NewLine, NewPosting, NewReservation, PostedStock,
        PostingKind, Price, StockKey, ValuationMethod, Warehouse,
    },
    money::Decimal,
};

use crate::random::Random;

/// What each balance begins with.
const FIRST: i64 = 40;
/// The most postings that a caller remembers, to take them back.
const REMEMBERED: usize = 20;

/// Items and warehouses to move stock in.
#[derive(Clone, Debug)]
pub struct StockStorm {
    engine: Engine,
    ctx: Ctx,
    keys: Vec<StockKey>,
    places: Vec<WarehouseId>,
}

/// What the callers were answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Operations that were done.
    pub done: usize,
    /// Operations that were refused, since there was not enough, or a reservation had ended.
    pub refused: usize,
    /// Of each balance, how much came in less what went out, and what that was worth.
    pub moved: BTreeMap<StockKey, (Decimal, Decimal)>,
}

impl Tally {
    /// Adds another's.
    pub fn add(&mut self, other: Self) {
        self.done += other.done;
        self.refused += other.refused;
        for (key, (quantity, value)) in other.moved {
            self.count(key, quantity, value);
        }
    }

    fn count(&mut self, key: StockKey, quantity: Decimal, value: Decimal) {
        let sum = self.moved.entry(key).or_default();
        sum.0 += quantity;
        sum.1 += value;
    }

    fn posted(&mut self, posted: &PostedStock) {
        self.done += 1;
        for one in &posted.movements {
            self.count((one.item, one.warehouse), one.quantity, one.value);
        }
        if posted.posting.kind == PostingKind::Transfer {
            let goods: Decimal = posted.movements.iter().map(|one| one.quantity).sum();
            assert!(goods.is_zero(), "a transfer made or lost goods: {posted:?}");
        }
    }
}

impl StockStorm {
    /// Makes so many items, in three warehouses, with something of each in each. By turns the items
    /// are valued by average and by FIFO; every fourth may go below zero.
    ///
    /// # Errors
    /// As the services.
    pub async fn prepare(
        engine: &Engine,
        ctx: &Ctx,
        items: usize,
    ) -> erp_core::Result<(Self, Tally)> {
        let inventory = engine.inventory();
        let mut places = Vec::new();
        for code in ["one", "two", "three"] {
            places.push(engine.records().create(ctx, Warehouse::new(code, code)?).await?.id);
        }
        let mut keys = Vec::new();
        for number in 0..items {
            let item = inventory.create_item(ctx, item(number)).await?.id;
            keys.extend(places.iter().map(|place| (item, *place)));
        }
        let storm = Self { engine: engine.clone(), ctx: ctx.clone(), keys, places };
        let mut tally = Tally::default();
        for (number, key) in storm.keys.iter().enumerate() {
            let cents = Decimal::new(i64::try_from(number).unwrap_or(0) * 37 + 1_111, 2);
            let price = Some(Price::Total(cents));
            let lines = vec![NewLine::new(*key, FIRST, Direction::In { price })];
            tally.posted(&storm.post(PostingKind::Receipt, lines).await?);
        }
        Ok((storm, tally))
    }

    /// Runs so many operations by each of so many callers.
    ///
    /// # Panics
    /// When an operation is refused for a reason other than that there is not enough.
    pub async fn run(&self, callers: usize, operations: usize, seed: u64) -> Tally {
        let mut tasks = tokio::task::JoinSet::new();
        for caller in 0..callers as u64 {
            let random = Random::new(seed ^ (caller << 32));
            let mut caller = Caller {
                storm: self.clone(),
                random,
                held: Vec::new(),
                postings: Vec::new(),
                tally: Tally::default(),
            };
            tasks.spawn(async move {
                for _ in 0..operations {
                    caller.step().await;
                }
                caller.tally
            });
        }
        let mut tally = Tally::default();
        while let Some(one) = tasks.join_next().await {
            tally.add(one.expect("a caller ends"));
        }
        tally
    }

    /// That the store says what the callers were answered: quantities, and values to the last cent.
    ///
    /// # Panics
    /// When it does not, or a counter is not what it is made of.
    pub async fn assert_sound(&self, tally: &Tally) {
        let store = self.engine.store();
        for key in &self.keys {
            let level = store.inventory().level(*key).await.expect("a read").expect("it is there");
            let moved = tally.moved.get(key).copied().unwrap_or_default();
            assert_eq!((level.on_hand, level.value), moved, "{key:?}");
            assert!(!level.on_hand.is_zero() || level.value.is_zero(), "{level:?}");
        }
        assert_eq!(store.maintenance().verify().await, Ok(vec![]));
    }

    async fn post(&self, kind: PostingKind, lines: Vec<NewLine>) -> erp_core::Result<PostedStock> {
        let new = NewPosting::now(kind, lines);
        self.engine.inventory().post(&self.ctx, new).await
    }
}

fn item(number: usize) -> ItemFields {
    let valuation = if number.is_multiple_of(2) {
        ValuationMethod::MovingAverage
    } else {
        ValuationMethod::Fifo
    };
    ItemFields {
        reorder_level: Some(Decimal::from(FIRST / 4)),
        valuation,
        negative: (number % 4 == 3).then_some(NegativeStock::Allowed),
        ..ItemFields::new(format!("storm-{number}"), format!("Item {number}"))
    }
}

/// One who does this and that, and keeps an account of it.
struct Caller {
    storm: StockStorm,
    random: Random,
    held: Vec<(StockKey, ReservationId)>,
    postings: Vec<PostingId>,
    tally: Tally,
}

impl Caller {
    async fn step(&mut self) {
        let answer = match self.random.below(100) {
            0..26 => self.receive().await,
            26..50 => self.issue().await,
            50..66 => self.transfer().await,
            66..80 => self.reserve().await,
            80..86 => self.release().await,
            86..93 => self.take_reserved().await,
            _ => self.reverse().await,
        };
        match answer {
            Ok(()) => {}
            Err(Error::Conflict(
                Conflict::InsufficientStock { .. }
                | Conflict::ReservationEnded { .. }
                | Conflict::AlreadyReversed,
            )) => self.tally.refused += 1,
            // Its time was over before its turn came.
            Err(Error::Validation(wrong)) if wrong.iter().all(|it| it.field == "expires_at") => {
                self.tally.refused += 1;
            }
            Err(other) => panic!("an unexpected answer: {other:?}"),
        }
    }

    fn many(&mut self) -> i64 {
        1 + i64::try_from(self.random.below(6)).expect("it is small")
    }

    /// One to three lines, in any order.
    fn lines(
        &mut self,
        mut direction: impl FnMut(&mut Self, StockKey) -> Direction,
    ) -> Vec<NewLine> {
        let count = 1 + self.random.below(3);
        let mut lines = Vec::new();
        for _ in 0..count {
            let key = *self.random.pick(&self.storm.keys);
            let (many, direction) = (self.many(), direction(self, key));
            lines.push(NewLine::new(key, many, direction));
        }
        lines
    }

    async fn post(&mut self, kind: PostingKind, lines: Vec<NewLine>) -> erp_core::Result<()> {
        let posted = self.storm.post(kind, lines).await?;
        self.tally.posted(&posted);
        if self.postings.len() == REMEMBERED {
            self.postings.remove(0);
        }
        self.postings.push(posted.posting.id);
        Ok(())
    }

    async fn receive(&mut self) -> erp_core::Result<()> {
        let lines = self.lines(|caller, _| {
            let cents = i64::try_from(caller.random.below(5_000)).expect("it is small");
            let total = Price::Total(Decimal::new(cents, 2));
            let price = (!caller.random.percent(10)).then_some(total);
            Direction::In { price }
        });
        let kind = *self.random.pick(&[PostingKind::Receipt, PostingKind::Return]);
        self.post(kind, lines).await
    }

    async fn issue(&mut self) -> erp_core::Result<()> {
        let lines = self.lines(|_, _| Direction::Out { reservation: None });
        let kind = *self.random.pick(&[PostingKind::Issue, PostingKind::Adjustment]);
        self.post(kind, lines).await
    }

    async fn transfer(&mut self) -> erp_core::Result<()> {
        let lines = self.lines(|caller, (_, from)| {
            let others = caller.storm.places.iter().filter(|place| **place != from);
            let others: Vec<_> = others.copied().collect();
            Direction::To { warehouse: *caller.random.pick(&others) }
        });
        self.post(PostingKind::Transfer, lines).await
    }

    async fn reserve(&mut self) -> erp_core::Result<()> {
        let key = *self.random.pick(&self.storm.keys);
        let quantity = Decimal::from(self.many());
        // Some are over before they are used: whoever needs the stock frees it.
        let now = self.storm.engine.now();
        let expires_at = self.random.percent(40).then_some(now + TimeDelta::milliseconds(20));
        let (item, warehouse) = key;
        let new =
            NewReservation { item, warehouse, quantity, owner: None, expires_at, reference: None };
        let made = self.storm.engine.inventory().reserve(&self.storm.ctx, new).await?;
        self.held.push((key, made.id));
        self.tally.done += 1;
        Ok(())
    }

    async fn release(&mut self) -> erp_core::Result<()> {
        if let Some((_, id)) = self.held.pop() {
            self.storm.engine.inventory().release(&self.storm.ctx, id).await?;
        }
        self.tally.done += 1;
        Ok(())
    }

    async fn take_reserved(&mut self) -> erp_core::Result<()> {
        let Some((key, id)) = self.held.pop() else { return Ok(()) };
        let many = self.many();
        let lines = vec![NewLine::new(key, many, Direction::Out { reservation: Some(id) })];
        self.post(PostingKind::Issue, lines).await
    }

    async fn reverse(&mut self) -> erp_core::Result<()> {
        if self.postings.is_empty() {
            return Ok(());
        }
        let id = self.postings.swap_remove(self.random.below(self.postings.len()));
        let reversed = self.storm.engine.inventory().reverse(&self.storm.ctx, id, None).await?;
        self.tally.posted(&reversed);
        Ok(())
    }
}
