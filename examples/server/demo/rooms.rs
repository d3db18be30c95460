//! Opens the demo's rooms and fills them.

use std::sync::Arc;

use anyhow::Context;
use erp_core::{
    Ctx, Engine,
    chat::{NewMessage, NewRoom, RoomKind, Seq},
    ids::{ProjectId, RoomId, UserId},
    port::ManualClock,
    projects::{NewProject, ProjectDetails, ProjectRole},
};

use super::{
    Cast,
    people::{OWNER, PEOPLE},
    script::{Line, Room},
};
use erp_core::access::BuiltInRole;

/// Opens a room, writes what was said in it, and marks what was read.
pub async fn fill(engine: &Engine, cast: &Cast, room: Room) -> anyhow::Result<()> {
    let name = room.name.clone();
    fill_one(engine, cast, room).await.with_context(|| format!("cannot fill the room {name}"))
}

async fn fill_one(engine: &Engine, cast: &Cast, room: Room) -> anyhow::Result<()> {
    let members = members(cast, &room)?;
    let id = open(engine, &room, &members).await?;
    // Said at its time, not taken over: so some of it is unread.
    let clock = Arc::new(ManualClock::at(engine.now()));
    let then = Engine::builder(engine.store().clone()).clock(clock.clone()).build()?;
    let mut last = Seq(0);
    for line in &room.lines {
        clock.set(line.at);
        last = write(&then, cast, id, line).await?;
    }
    for user in members {
        let unread = room.unread.iter().find(|(who, _)| cast.get(who.as_str()) == Some(&user));
        let read = Seq(last.0 - unread.map_or(0, |(_, count)| *count));
        engine.chat().mark_read(&Ctx::user(user), id, read).await?;
    }
    Ok(())
}

/// The members' ids, the one who opens the room first.
fn members(cast: &Cast, room: &Room) -> anyhow::Result<Vec<UserId>> {
    let id =
        |name: &str| cast.get(name).copied().with_context(|| format!("nobody is called {name}"));
    if !room.members.is_empty() {
        return room.members.iter().map(|name| id(name)).collect();
    }
    let staff = PEOPLE.iter().filter(|person| person.role.id != BuiltInRole::GUEST.id);
    std::iter::once(&OWNER).chain(staff).map(|person| id(person.key)).collect()
}

async fn open(engine: &Engine, room: &Room, members: &[UserId]) -> anyhow::Result<RoomId> {
    let (first, others) = members.split_first().context("a room without members")?;
    let ctx = Ctx::user(*first);
    if room.kind == RoomKind::Direct {
        let other = others.first().unwrap_or(first);
        return Ok(engine.chat().open_direct(&ctx, *other).await?.id);
    }
    let project = match room.kind {
        RoomKind::Project => Some(project(engine, &ctx, room, others).await?),
        _ => None,
    };
    let new = NewRoom {
        kind: room.kind,
        name: room.name.clone(),
        topic: room.topic.clone(),
        project,
        history: None,
        members: others.to_vec(),
    };
    Ok(engine.chat().create_room(&ctx, new).await?.id)
}

/// The project that the room is about, of the same people.
async fn project(
    engine: &Engine,
    owner: &Ctx,
    room: &Room,
    others: &[UserId],
) -> anyhow::Result<ProjectId> {
    let new = NewProject {
        code: room.name.to_uppercase().replace(' ', "-"),
        details: ProjectDetails::named(&room.name),
        members: others.iter().map(|user| (*user, ProjectRole::Member)).collect(),
    };
    Ok(engine.projects().create(owner, new).await?.id)
}

async fn write(engine: &Engine, cast: &Cast, room: RoomId, line: &Line) -> anyhow::Result<Seq> {
    let author = cast.get(line.author.as_str()).copied();
    let author = author.with_context(|| format!("nobody is called {}", line.author))?;
    let message = NewMessage::text(line.body.as_str());
    Ok(engine.chat().post(&Ctx::user(author), room, message).await?.seq)
}
