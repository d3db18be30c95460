//! What reading costs as a room grows.

use std::{sync::Arc, time::Instant};

use anyhow::Result;
use erp_core::{
    Ctx,
    chat::{MessageAnchor, NewMessage},
    ids::{RoomId, UserId},
    page::{Limit, PageRequest},
    port::Store,
};
use erp_store_memory::MemoryStore;

use crate::{
    fixture::Fixture,
    pg,
    report::{Figure, median},
};

const SMALL: i64 = 1_000;
const LARGE: i64 = 1_000_000;

/// Fills a room with messages, in one statement that keeps every invariant of the schema.
const FILL: &str = "
    with room as (
        update chat_rooms set last_seq = $2, last_message_at = '2024-03-04T09:00Z'
        where id = $1 returning id, created_by),
    author as (select user_id from chat_members where room_id = $1 limit 1)
    insert into chat_messages (id, room_id, seq, author_id, kind, format, body, created_at, version)
    select gen_random_uuid(), room.id, seq, author.user_id, 'user', 'text',
           'message ' || seq, '2024-03-04T09:00Z', 1
    from room, author, generate_series(1, $2) seq";

async fn last_fifty(fixture: &Fixture, room: RoomId, user: UserId, times: usize) -> Result<f64> {
    let ctx = Ctx::user(user);
    let limit = Limit::clamped(Some(50));
    let mut samples = Vec::with_capacity(times);
    for _ in 0..times {
        let started = Instant::now();
        let page = fixture.engine.chat().messages(&ctx, room, MessageAnchor::Latest, limit).await?;
        samples.push(started.elapsed().as_secs_f64() * 1e3);
        anyhow::ensure!(page.items.len() == 50, "the room has its messages");
    }
    Ok(median(&mut samples))
}

async fn compare(name: &str, fixture: &Fixture) -> Result<()> {
    let (small, large) = (fixture.rooms[0].0, fixture.rooms[1].0);
    let user = fixture.users[0];
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        ours.push(last_fifty(fixture, large, user, 300).await?);
        theirs.push(last_fifty(fixture, small, user, 300).await?);
    }
    Figure {
        what: format!("last 50 messages, {name}, 1,000,000 stored vs 1,000"),
        ours: median(&mut ours),
        baseline: median(&mut theirs),
        unit: "ms",
        target: "≤ 1.3",
    }
    .print();
    Ok(())
}

/// The last 50 messages of a room of a million beside a room of a thousand, on both stores.
pub async fn last_messages() -> Result<()> {
    Figure::print_head();
    let mut fixture = Fixture::new(Arc::new(MemoryStore::new()), 0, 4).await?;
    two_rooms(&mut fixture).await?;
    let ctx = Ctx::user(fixture.users[0]);
    for (index, count) in [(0, SMALL), (1, LARGE)] {
        for number in 1..=count {
            let text = NewMessage::text(format!("message {number}"));
            fixture.engine.chat().post(&ctx, fixture.rooms[index].0, text).await?;
        }
    }
    compare("memory", &fixture).await?;

    let cluster = pg::cluster()?;
    let store = pg::store(&cluster, "reads", 8).await?;
    let pool = store.pool().clone();
    let mut fixture = Fixture::new(store, 0, 4).await?;
    two_rooms(&mut fixture).await?;
    for (index, count) in [(0, SMALL), (1, LARGE)] {
        let room = fixture.rooms[index].0.uuid();
        sqlx::query(FILL).bind(room).bind(count).execute(&pool).await?;
    }
    sqlx::query("vacuum analyze chat_messages").execute(&pool).await?;
    compare("PostgreSQL", &fixture).await
}

async fn two_rooms(fixture: &mut Fixture) -> Result<()> {
    let users = fixture.users.clone();
    fixture.open_room("Small", users.clone()).await?;
    fixture.open_room("Large", users).await?;
    Ok(())
}

/// The list of 400 rooms with unread counts on PostgreSQL: half of the rooms with unread messages,
/// a tenth with deleted or own ones among them. The baseline reads the same rows without counts.
pub async fn rooms() -> Result<()> {
    let cluster = pg::cluster()?;
    let store = pg::store(&cluster, "rooms", 8).await?;
    let pool = store.pool().clone();
    let fixture = Fixture::new(store.clone(), 400, 20).await?;
    let reader = fixture.users[0];
    let ctx = Ctx::user(reader);
    let chat = fixture.engine.chat();
    let mut joined = 0;
    for (index, (room, members)) in fixture.rooms.iter().enumerate() {
        if !members.contains(&reader) {
            let role = erp_core::chat::RoomRole::Member;
            chat.add_member(&Ctx::system(), *room, reader, role).await?;
        }
        joined += 1;
        let other = members.iter().copied().find(|user| *user != reader).unwrap_or(reader);
        for number in 0..10 {
            let text = NewMessage::text(format!("message {number}"));
            let message = chat.post(&Ctx::user(other), *room, text).await?;
            if index % 10 == 0 && number == 8 {
                chat.delete(&Ctx::user(other), message.id, message.version).await?;
            }
        }
        if index % 10 == 1 {
            chat.post(&ctx, *room, NewMessage::text("mine")).await?;
        }
        if index % 2 == 0 && index % 10 != 0 {
            chat.mark_read(&ctx, *room, erp_core::chat::Seq(i64::MAX)).await?;
        }
    }
    anyhow::ensure!(joined == 400, "the reader belongs to 400 rooms");
    sqlx::query("vacuum analyze").execute(&pool).await?;

    let page = PageRequest::first(500);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..500 {
        let started = Instant::now();
        let list = chat.rooms(&ctx, &page).await?;
        ours.push(started.elapsed().as_secs_f64() * 1e3);
        anyhow::ensure!(list.items.len() == 400, "all rooms are listed");
        let started = Instant::now();
        let rows = store.chat().memberships(reader).await?;
        bare.push(started.elapsed().as_secs_f64() * 1e3);
        anyhow::ensure!(rows.len() == 400, "all memberships are read");
    }
    Figure::print_head();
    Figure {
        what: "list of 400 rooms with unread counts, PostgreSQL, vs its 400 memberships".to_owned(),
        ours: median(&mut ours),
        baseline: median(&mut bare),
        unit: "ms",
        target: "≤ 1.5 ms",
    }
    .print();
    Ok(())
}

/// Reading the last 100 of 1,000,000 events, beside reading the only 100 of a new log. The reader
/// is a node of its own that has nothing of the log in memory.
pub async fn resume() -> Result<()> {
    let cluster = pg::cluster()?;
    let store = pg::store(&cluster, "resume", 32).await?;
    let fixture = Arc::new(Fixture::new(store.clone(), 4, 10).await?);
    let mut tasks = Vec::new();
    for task in 0..32_u64 {
        let fixture = fixture.clone();
        tasks.push(tokio::spawn(async move {
            for number in 0..LARGE as u64 / 32 {
                let (room, members) = &fixture.rooms[(number + task) as usize % 4];
                let ctx = Ctx::user(members[number as usize % members.len()]);
                fixture.engine.chat().post(&ctx, *room, NewMessage::text("an event")).await?;
            }
            anyhow::Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    let head = store.events().settled().await?;
    let from = erp_core::change::Position(head.0 - 100);
    let (mut ours, mut fresh) = (Vec::new(), Vec::new());
    for round in 0..20 {
        let url = cluster.url("resume");
        let node = erp_store_postgres::PgStore::connect(&url, Default::default()).await?;
        ours.push(read_hundred(&node, from).await?);
        let name = format!("fresh_{round}");
        let small = pg::store(&cluster, &name, 4).await?;
        let fixture = Fixture::new(small.clone(), 1, 2).await?;
        let from = small.events().settled().await?;
        let (room, members) = &fixture.rooms[0];
        for _ in 0..100 {
            let ctx = Ctx::user(members[0]);
            fixture.engine.chat().post(&ctx, *room, NewMessage::text("an event")).await?;
        }
        let url = cluster.url(&name);
        let node = erp_store_postgres::PgStore::connect(&url, Default::default()).await?;
        fresh.push(read_hundred(&node, from).await?);
    }
    Figure::print_head();
    Figure {
        what: "resume of 100 missed events among 1,000,000, vs the only 100".to_owned(),
        ours: median(&mut ours),
        baseline: median(&mut fresh),
        unit: "ms",
        target: "≤ 20 ms",
    }
    .print();
    Ok(())
}

async fn read_hundred(
    store: &erp_store_postgres::PgStore,
    from: erp_core::change::Position,
) -> Result<f64> {
    // The first call finds the settled mark, as a node does when it starts.
    store.events().settled().await?;
    let started = Instant::now();
    let batch = store.events().read(from, 1_000).await?;
    anyhow::ensure!(batch.events.len() == 100, "read {} events", batch.events.len());
    Ok(started.elapsed().as_secs_f64() * 1e3)
}
