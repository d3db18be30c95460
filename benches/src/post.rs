//! What a chat post costs: authorized, audited, logged.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use erp_core::{
    Ctx,
    chat::{Message, NewMessage},
    ids::{MessageId, RoomId, UserId},
};
use erp_store_memory::MemoryStore;
use uuid::Uuid;

use crate::{
    callers,
    fixture::Fixture,
    pg::{self, Pgbench},
    report::{Figure, median},
};

const BODY: &str = "The pallets for the second floor have arrived; the crane is free from ten to \
                    twelve. Please have the straps checked before, the last delivery had two that \
                    were worn. Photos are in the folder of the site. Thank you all for yesterday!";

/// Posts per second of this many callers for this long; `pick` says where caller and number post.
async fn rate(
    fixture: &Arc<Fixture>,
    callers: u64,
    seconds: u64,
    pick: impl Fn(&Fixture, u64) -> (RoomId, UserId) + Copy + Send + 'static,
) -> Result<f64> {
    let fixture = fixture.clone();
    let post = move |number| {
        let fixture = fixture.clone();
        async move {
            let (room, author) = pick(&fixture, number);
            let ctx = Ctx::user(author);
            fixture.engine.chat().post(&ctx, room, NewMessage::text(BODY)).await?;
            Ok(())
        }
    };
    callers::rate(callers, seconds, post).await
}

fn spread(fixture: &Fixture, number: u64) -> (RoomId, UserId) {
    let (room, members) = &fixture.rooms[(number % 200) as usize];
    (*room, members[(number / 200 % members.len() as u64) as usize])
}

fn hot(fixture: &Fixture, number: u64) -> (RoomId, UserId) {
    let (room, members) = &fixture.rooms[200];
    (*room, members[(number % members.len() as u64) as usize])
}

/// On PostgreSQL, beside pgbench's single-row insert of the same size on the same server.
pub async fn postgres(rounds: usize, seconds: u64) -> Result<()> {
    let cluster = pg::cluster()?;
    let store = pg::store(&cluster, "posts", 32).await?;
    let mut fixture = Fixture::new(store, 200, 100).await?;
    for number in fixture.users.len()..1_000 {
        let user = erp_core::access::NewUser {
            email: format!("more-{number}@bench.invalid"),
            display_name: format!("More {number}"),
            password: None,
            roles: vec![erp_core::access::BuiltInRole::MEMBER.id],
        };
        let user = fixture.engine.access().create_user(&Ctx::system(), user).await?;
        fixture.users.push(user.id);
    }
    let everyone = fixture.users.clone();
    fixture.open_room("Everyone", everyone).await?;
    let fixture = Arc::new(fixture);
    let pgbench = Pgbench::new(&cluster, BODY.len()).await?;

    Figure::print_head();
    for (callers, target) in [(1, "≥ 0.20"), (8, "≥ 0.25"), (32, "≥ 0.25")] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.push(rate(&fixture, callers, seconds, spread).await?);
            theirs.push(pgbench.run(callers as usize, seconds)?);
        }
        Figure {
            what: format!("post, PostgreSQL, 200 rooms of 100, {callers} callers, vs pgbench"),
            ours: median(&mut ours),
            baseline: median(&mut theirs),
            unit: "/s",
            target,
        }
        .print();
    }
    let (mut one_room, mut many) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        one_room.push(rate(&fixture, 32, seconds, hot).await?);
        many.push(rate(&fixture, 32, seconds, spread).await?);
    }
    Figure {
        what: "post, PostgreSQL, one hot room of 1,000, 32 callers, vs 200 rooms".to_owned(),
        ours: median(&mut one_room),
        baseline: median(&mut many),
        unit: "/s",
        target: "≥ 0.40",
    }
    .print();
    Ok(())
}

/// On the memory store with one task, beside the bare map operation: the same message put into the
/// same kind of map, with the same number kept.
pub async fn memory(rounds: usize, seconds: u64) -> Result<()> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let store = Arc::new(MemoryStore::new());
        let fixture = Arc::new(Fixture::new(store, 200, 100).await?);
        ours.push(rate(&fixture, 1, seconds, spread).await?);
        theirs.push(bare(&fixture, Duration::from_secs(seconds)));
    }
    Figure::print_head();
    Figure {
        what: "post, memory, one task, vs the bare map operation".to_owned(),
        ours: median(&mut ours),
        baseline: median(&mut theirs),
        unit: "/s",
        target: "≥ 150,000/s and ≥ 0.30",
    }
    .print();
    Ok(())
}

/// Puts messages into a persistent map by (room, number) and by id, and counts each room's number
/// in a third: what a store of messages does at the least.
fn bare(fixture: &Fixture, length: Duration) -> f64 {
    let mut by_seq: imbl::OrdMap<(RoomId, i64), Arc<Message>> = imbl::OrdMap::new();
    let mut by_id: imbl::HashMap<MessageId, (RoomId, i64)> = imbl::HashMap::new();
    let mut last: imbl::HashMap<RoomId, i64> = imbl::HashMap::new();
    let started = Instant::now();
    let mut number = 0_u64;
    while started.elapsed() < length {
        for _ in 0..100 {
            let (room, author) = spread(fixture, number);
            let seq = last.entry(room).or_default();
            *seq += 1;
            #[allow(clippy::disallowed_methods, reason = "a baseline has no ports")]
            let (id, created_at) = (MessageId::from_uuid(Uuid::now_v7()), chrono::Utc::now());
            let message = Message {
                id,
                room,
                seq: erp_core::chat::Seq(*seq),
                author,
                kind: erp_core::chat::MessageKind::User,
                format: erp_core::chat::BodyFormat::Text,
                body: BODY.to_owned(),
                created_at,
                edited_at: None,
                deleted_at: None,
                version: erp_core::change::Version::FIRST,
            };
            by_id.insert(id, (room, *seq));
            by_seq.insert((room, *seq), Arc::new(message));
            number += 1;
        }
    }
    number as f64 / started.elapsed().as_secs_f64()
}
