//! Records through the service, beside the same rows, indexes and keys written by hand.

use std::{
    collections::BTreeMap,
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use erp_core::{
    Ctx, Engine,
    change::{Audience, ChangeSet},
    page::PageRequest,
    port::{IdGenerator as _, SeededIds, Store},
    record::{Code, Email, ListQuery, Name, Record, RecordChange, Records, Shelf, Stored},
};
use erp_store_memory::MemoryStore;
use erp_store_postgres::PgStore;
use sqlx::{PgPool, Row as _, postgres::PgRow};
use uuid::Uuid;

use crate::{
    callers,
    fixture::Fixture,
    pg,
    report::{Figure, median},
};

/// Whom things are bought of.
#[derive(Clone, Debug, PartialEq, Record)]
#[record(kind = "supplier", table = "suppliers", id = SupplierId("sup"), path = "suppliers",
    module = "bench", read = StockRead, create = ItemCreate, update = ItemUpdate,
    archive, audience = [Audience::Everyone])]
pub struct Supplier {
    /// What they are ordered by.
    #[field(unique, sort)]
    pub code: Code,
    /// What people call them.
    #[field(sort)]
    pub name: Name,
    /// Where orders go.
    pub email: Option<Email>,
    /// Whether they are ordered from.
    #[field(default = true)]
    pub active: bool,
}

/// As one would write a new supplier by hand.
const CREATE: &str = "\
    WITH own AS (INSERT INTO suppliers (id, code, code_key, name, name_key, email, active, version, \
            created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, true, 1, $7, $7)), \
    audit AS (INSERT INTO audit_log (id, at, actor_id, action, entity_kind, entity_id, changes) \
        VALUES ($8, $7, $9, 'item.create', 'supplier', $1, $10::json)), \
    event AS (INSERT INTO event_log (at, actor_id, kind, data, audience) \
        VALUES ($7, $9, 'bench.supplier_created', $11::json, 'everyone') \
        RETURNING position) \
    SELECT position FROM event";

const ONE: &str = "\
    SELECT id, version, created_at, updated_at, archived_at, code, name, email, active \
    FROM suppliers WHERE id = $1";

const LIST: &str = "\
    SELECT id, version, created_at, updated_at, archived_at, code, name, email, active \
    FROM suppliers WHERE archived_at IS NULL AND (code_key, id) > ($1, $2) \
    ORDER BY code_key, id LIMIT $3";

fn supplier(number: u64) -> Supplier {
    let text = format!("S-{number:08}");
    Supplier {
        code: Code::new(&text).unwrap_or_else(|_| unreachable!("it is a code")),
        name: Name::new(&format!("Supplier {number}")).unwrap_or_else(|_| unreachable!("a name")),
        email: Email::new(&format!("orders@{number}.example")).ok(),
        active: true,
    }
}

fn stored(engine_ids: &SeededIds, number: u64) -> Stored<Supplier> {
    #[allow(clippy::disallowed_methods, reason = "a bench has the machine's clock")]
    let at = chrono::Utc::now();
    Stored {
        id: SupplierId::from_uuid(engine_ids.uuid()),
        version: erp_core::change::Version::FIRST,
        created_at: at,
        updated_at: at,
        archived_at: None,
        fields: supplier(number),
    }
}

/// Creates, reads and lists on PostgreSQL.
pub async fn postgres(rounds: usize, seconds: u64) -> Result<()> {
    let cluster = pg::cluster()?;
    let store = prepared(&cluster, "ours").await?;
    let byhand = prepared(&cluster, "byhand").await?;
    let fixture = Fixture::new(store.clone(), 0, 1).await?;
    let engine = fixture.engine.clone();
    let ctx = Ctx::user(fixture.users[0]);
    let pool = byhand.pool().clone();
    let actor = Fixture::new(byhand.clone(), 0, 1).await?.users[0].uuid();
    let next = Arc::new(AtomicU64::new(0));
    let (ours, theirs) = (create(&engine, &ctx, &next), by_hand(&pool, actor, &next));

    let mut cpu = [Vec::new(), Vec::new()];
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        cpu[0].push(cpu_of(&store, 1, seconds, &ours).await?.0);
        cpu[1].push(cpu_of(&store, 1, seconds, &theirs).await?.0);
        rates[0].push(cpu_of(&store, 8, seconds, &ours).await?.1);
        rates[1].push(cpu_of(&store, 8, seconds, &theirs).await?.1);
    }
    Figure::print_head();
    let [ours, theirs] = &mut cpu;
    figure("create, one caller: CPU of client and server", (ours, theirs), "µs", "≤ 1.15");
    let [ours, theirs] = &mut rates;
    figure("create, 8 callers of one kind", (ours, theirs), "/s", "≥ 0.9");
    reads(&engine, store.pool(), rounds, seconds).await
}

/// A database with the table of suppliers, whose commits do not wait for the disk.
async fn prepared(
    cluster: &erp_conformance::pg_cluster::PgCluster,
    name: &str,
) -> Result<Arc<PgStore>> {
    drop(pg::store(cluster, name, 2).await?);
    let url = cluster.url(name);
    let pool = PgPool::connect(&url).await?;
    sqlx::query("ALTER ROLE postgres SET synchronous_commit = off").execute(&pool).await?;
    pool.close().await;
    let store = pg::store_of(&url, 8).await?;
    store.migrate_kinds(&[Supplier::KIND]).await?;
    Ok(store)
}

type Call = Arc<dyn Fn() -> futures::future::BoxFuture<'static, Result<()>> + Send + Sync>;

fn create(engine: &Engine, ctx: &Ctx, next: &Arc<AtomicU64>) -> Call {
    let (engine, ctx, next) = (engine.clone(), ctx.clone(), Arc::clone(next));
    Arc::new(move || {
        let (engine, ctx) = (engine.clone(), ctx.clone());
        let number = next.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            let suppliers: Records<'_, Supplier> = engine.records();
            suppliers.create(&ctx, supplier(number)).await?;
            Ok(())
        })
    })
}

fn by_hand(pool: &PgPool, actor: Uuid, next: &Arc<AtomicU64>) -> Call {
    let (pool, next) = (pool.clone(), Arc::clone(next));
    Arc::new(move || {
        let pool = pool.clone();
        let number = next.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            let (id, code) = (Uuid::now_v7(), format!("S-{number:08}"));
            let (name, email) = (format!("Supplier {number}"), format!("orders@{number}.example"));
            let row = serde_json::json!({
                "id": id, "code": code, "name": name, "email": email, "active": true, "version": 1,
            });
            let changes = serde_json::json!([
                { "field": "code", "old": null, "new": code },
                { "field": "name", "old": null, "new": name },
                { "field": "email", "old": null, "new": email },
                { "field": "active", "old": null, "new": true },
            ]);
            #[allow(clippy::disallowed_methods, reason = "a baseline has no ports")]
            let at = chrono::Utc::now();
            sqlx::query(CREATE)
                .bind(id)
                .bind(&code)
                .bind(code.to_lowercase())
                .bind(&name)
                .bind(name.to_lowercase())
                .bind(email)
                .bind(at)
                .bind(Uuid::now_v7())
                .bind(actor)
                .bind(changes.to_string())
                .bind(row.to_string())
                .fetch_one(&pool)
                .await?;
            Ok(())
        })
    })
}

/// The processor time of a call in microseconds, of this process and the server together, and calls per
/// second.
async fn cpu_of(store: &PgStore, callers: u64, seconds: u64, call: &Call) -> Result<(f64, f64)> {
    // Once before, so that statements are prepared.
    call().await?;
    let done = Arc::new(AtomicU64::new(0));
    let before = ticks(store).await?;
    let counted = Arc::clone(&done);
    let call = Arc::clone(call);
    let rate = callers::rate(callers, seconds, move |_| {
        let (call, done) = (Arc::clone(&call), Arc::clone(&counted));
        async move {
            call().await?;
            done.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    });
    let rate = rate.await?;
    let spent = ticks(store).await?.into_iter();
    let spent = spent.map(|(pid, now)| now - before.get(&pid).copied().unwrap_or_default());
    // Linux counts hundredths of a second.
    let micros = spent.sum::<u64>() as f64 * 10_000.0;
    Ok((micros / done.load(Ordering::Relaxed) as f64, rate))
}

/// The ticks that this process and those of the server have used, by process.
async fn ticks(store: &PgStore) -> Result<BTreeMap<u32, u64>> {
    let servers: Vec<i32> =
        sqlx::query_scalar("SELECT pid FROM pg_stat_activity").fetch_all(store.pool()).await?;
    let used = |pid: u32| -> Option<(u32, u64)> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        Some((pid, fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?))
    };
    let own = std::process::id();
    let all = servers.into_iter().map(|pid| pid.unsigned_abs()).chain([own]);
    let all: BTreeMap<u32, u64> = all.filter_map(used).collect();
    ensure!(all.contains_key(&own), "only Linux says what a process has used");
    Ok(all)
}

/// One record, and a list of 50 by its key, beside the same SQL by hand.
async fn reads(engine: &Engine, pool: &PgPool, rounds: usize, seconds: u64) -> Result<()> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM suppliers LIMIT 1000").fetch_all(pool).await?;
    let ids = Arc::new(ids);
    let (key, id): (String, Uuid) = sqlx::query_as(
        "SELECT code_key, id FROM suppliers ORDER BY code_key, id OFFSET 500 LIMIT 1",
    )
    .fetch_one(pool)
    .await?;
    let mut one = [Vec::new(), Vec::new()];
    let mut list = [Vec::new(), Vec::new()];
    let first = engine
        .records::<Supplier>()
        .list(&Ctx::system(), (Shelf::Live, &[]), &PageRequest::default())
        .await?;
    let page = PageRequest { cursor: first.next, ..PageRequest::default() };
    for _ in 0..rounds {
        let (engine, ids) = (engine.clone(), Arc::clone(&ids));
        let served = engine.clone();
        let chosen = Arc::clone(&ids);
        one[0].push(
            each(seconds, move |number| {
                let (engine, id) = (served.clone(), chosen[number as usize % chosen.len()]);
                async move {
                    let suppliers: Records<'_, Supplier> = engine.records();
                    suppliers.get(&Ctx::system(), SupplierId::from_uuid(id)).await?;
                    Ok(())
                }
            })
            .await?,
        );
        let pool_of = pool.clone();
        one[1].push(
            each(seconds, move |number| {
                let (pool, id) = (pool_of.clone(), ids[number as usize % ids.len()]);
                async move {
                    read(&sqlx::query(ONE).bind(id).fetch_one(&pool).await?)?;
                    Ok(())
                }
            })
            .await?,
        );
        let (served, page) = (engine.clone(), page.clone());
        list[0].push(
            each(seconds, move |_| {
                let (engine, page) = (served.clone(), page.clone());
                async move {
                    let suppliers: Records<'_, Supplier> = engine.records();
                    let page = suppliers.list(&Ctx::system(), (Shelf::Live, &[]), &page).await?;
                    ensure!(page.items.len() == 50, "the page is full");
                    Ok(())
                }
            })
            .await?,
        );
        let (pool_of, key) = (pool.clone(), key.clone());
        list[1].push(
            each(seconds, move |_| {
                let (pool, key) = (pool_of.clone(), key.clone());
                async move {
                    let rows = sqlx::query(LIST).bind(key).bind(id).bind(51_i64);
                    let rows = rows.fetch_all(&pool).await?;
                    let rows = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
                    ensure!(rows.len() == 51, "the page is full");
                    Ok(())
                }
            })
            .await?,
        );
    }
    let [ours, theirs] = &mut one;
    figure("read of one record", (ours, theirs), "µs", "≤ 1.2");
    let [ours, theirs] = &mut list;
    figure("list of 50 by key", (ours, theirs), "µs", "≤ 1.2");
    Ok(())
}

/// A row as one would read it by hand.
fn read(row: &PgRow) -> Result<(Uuid, i64, Supplier)> {
    let supplier = Supplier {
        code: Code::new(row.try_get("code")?)?,
        name: Name::new(row.try_get("name")?)?,
        email: row.try_get::<Option<&str>, _>("email")?.map(Email::new).transpose()?,
        active: row.try_get("active")?,
    };
    Ok((row.try_get("id")?, row.try_get("version")?, supplier))
}

/// Microseconds of a call.
async fn each<F, Fut>(seconds: u64, call: F) -> Result<f64>
where
    F: Fn(u64) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<()>> + Send,
{
    Ok(1e6 / callers::rate(1, seconds, call).await?)
}

fn figure(
    what: &str,
    (ours, baseline): (&mut [f64], &mut [f64]),
    unit: &'static str,
    target: &'static str,
) {
    let (ours, baseline) = (median(ours), median(baseline));
    Figure { what: what.to_owned(), ours, baseline, unit, target }.print();
}

/// Creates and lists on the memory store.
pub async fn memory(rounds: usize, seconds: u64) -> Result<()> {
    let mut create = [Vec::new(), Vec::new()];
    let mut list = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        let store = Arc::new(MemoryStore::new());
        create[0].push(puts(&store, seconds).await?);
        let mut typed = Typed::default();
        create[1].push(typed.puts(seconds));
        list[0].push(pages(&store, seconds).await?);
        list[1].push(typed.walks(seconds));
    }
    Figure::print_head();
    let [ours, theirs] = &mut create;
    figure("create, memory, one task", (ours, theirs), "/s", "≥ 0.7");
    let [ours, theirs] = &mut list;
    figure("list of 50, memory, one task", (ours, theirs), "µs", "≤ 3");
    Ok(())
}

/// Change sets of new suppliers, each with its audit entry and its event.
fn sets(ids: &SeededIds, first: u64) -> Vec<ChangeSet> {
    let set = |number| {
        let one = stored(ids, number);
        let entity = erp_core::change::EntityRef::new("supplier", one.id.uuid());
        let id = erp_core::ids::AuditId::generate(ids);
        let action = erp_core::policy::Action::ItemCreate;
        let mut set = ChangeSet::new(&Ctx::system(), action, entity, one.created_at, id);
        let recorder = erp_core::change::Recorder::new();
        set.record(recorder.created("code", &one.fields.code).created("name", &one.fields.name));
        set.event(event(&one));
        set.change(RecordChange::Put { kind: Supplier::KIND, row: one.row(), expected: None });
        set
    };
    (first..first + 1_000).map(set).collect()
}

fn event(one: &Stored<Supplier>) -> erp_core::change::NewEvent {
    let data = serde_json::Value::Object(one.row().json(Supplier::KIND));
    let body = erp_core::change::OtherEvent { kind: "bench.supplier_created".to_owned(), data };
    erp_core::change::NewEvent::new(body, [Audience::Everyone])
}

/// Commits per second.
async fn puts(store: &Arc<MemoryStore>, seconds: u64) -> Result<f64> {
    let ids = SeededIds::new(1);
    let (mut spent, mut done) = (Duration::ZERO, 0_u64);
    while spent < Duration::from_secs(seconds) {
        let sets = sets(&ids, done);
        let started = Instant::now();
        for set in sets {
            store.commit(set).await?;
            done += 1;
        }
        spent += started.elapsed();
    }
    Ok(done as f64 / spent.as_secs_f64())
}

/// Microseconds of a page of the store.
async fn pages(store: &MemoryStore, seconds: u64) -> Result<f64> {
    let (sort, _) = Supplier::KIND.order().ok_or_else(|| anyhow::anyhow!("it has an order"))?;
    let query = ListQuery { sort, equal: vec![], shelf: Shelf::Live, after: None, limit: 50 };
    let started = Instant::now();
    let mut done = 0_u64;
    while started.elapsed() < Duration::from_secs(seconds) {
        for _ in 0..100 {
            let rows = store.records().list_records(Supplier::KIND, &query).await?;
            ensure!(rows.len() == 50, "the page is full");
            done += 1;
        }
    }
    Ok(started.elapsed().as_secs_f64() * 1e6 / done as f64)
}

/// Suppliers in maps of their own type, with the same indexes, and what goes with them.
#[derive(Default)]
struct Typed {
    rows: imbl::OrdMap<Uuid, Arc<Stored<Supplier>>>,
    by_code: imbl::OrdMap<String, Uuid>,
    sorted_by_code: imbl::OrdMap<(String, Uuid), Arc<Stored<Supplier>>>,
    sorted_by_name: imbl::OrdMap<(String, Uuid), Arc<Stored<Supplier>>>,
    audit: imbl::OrdMap<Uuid, Arc<erp_core::change::AuditEntry>>,
    log: imbl::Vector<Arc<erp_core::change::NewEvent>>,
}

impl Typed {
    fn puts(&mut self, seconds: u64) -> f64 {
        let ids = SeededIds::new(1);
        let (mut spent, mut done) = (Duration::ZERO, 0_u64);
        while spent < Duration::from_secs(seconds) {
            let sets = sets(&ids, done);
            let rows: Vec<_> = (done..done + 1_000).map(|number| stored(&ids, number)).collect();
            let started = Instant::now();
            for (row, set) in rows.into_iter().zip(sets) {
                self.put(row, set);
                done += 1;
            }
            spent += started.elapsed();
        }
        done as f64 / spent.as_secs_f64()
    }

    fn put(&mut self, row: Stored<Supplier>, set: ChangeSet) {
        let row = Arc::new(row);
        let id = row.id.uuid();
        let code = erp_core::text::key(&row.fields.code).to_string();
        let name = erp_core::text::key(&row.fields.name).to_string();
        self.by_code.insert(code.clone(), id);
        self.sorted_by_code.insert((code, id), Arc::clone(&row));
        self.sorted_by_name.insert((name, id), Arc::clone(&row));
        self.rows.insert(id, row);
        self.audit.insert(set.audit.id.uuid(), Arc::new(set.audit));
        self.log.extend(set.events.into_iter().map(Arc::new));
    }

    /// Microseconds to walk the first 50 by their code.
    fn walks(&self, seconds: u64) -> f64 {
        let started = Instant::now();
        let mut done = 0_u64;
        while started.elapsed() < Duration::from_secs(seconds) {
            for _ in 0..100 {
                let first = self.sorted_by_code.values().take(50);
                let first: Vec<Stored<Supplier>> = first.map(|row| (**row).clone()).collect();
                std::hint::black_box(first);
                done += 1;
            }
        }
        started.elapsed().as_secs_f64() * 1e6 / done as f64
    }
}
