//! Rooms, and who belongs to them.

use std::collections::BTreeSet;

use erp_core::{
    change::Version,
    chat::{DirectPair, PointerMove, Room, RoomRole, Seq},
    ids::{RoomId, UserId},
    text,
    time::Timestamp,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Entity, expect, missing, require};
use crate::{commit::Failure, sql};

pub(super) async fn create(
    conn: &mut PgConnection,
    room: &Room,
    members: &[(UserId, RoomRole)],
) -> Result<(), Failure> {
    let pair = room.pair.map(DirectPair::users);
    sql::query(
        "INSERT INTO chat_rooms (id, kind, name, name_key, topic, project_id, direct_low, \
         direct_high, history, last_seq, member_count, roster, version, created_by, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, 1, 1, $11, $12)",
    )
    .bind(room.id.uuid())
    .bind(room.kind.as_str())
    .bind(room.name.as_deref())
    .bind(room.name.as_ref().map(|name| text::key(name)))
    .bind(room.topic.as_deref())
    .bind(room.project.map(|project| project.uuid()))
    .bind(pair.map(|(low, _)| low.uuid()))
    .bind(pair.map(|(_, high)| high.uuid()))
    .bind(room.history.as_str())
    .bind(i64::try_from(members.len()).unwrap_or(i64::MAX))
    .bind(room.created_by.map(|user| user.uuid()))
    .bind(room.created_at)
    .execute(&mut *conn)
    .await?;
    require_people(conn, room, members).await?;
    first_members(conn, room, members).await
}

/// Whoever the room names must be there.
async fn require_people(
    conn: &mut PgConnection,
    room: &Room,
    members: &[(UserId, RoomRole)],
) -> Result<(), Failure> {
    let pair = room.pair.map(DirectPair::users);
    let named = members.iter().map(|(user, _)| *user).chain(room.created_by);
    let named = named.chain(pair.into_iter().flat_map(|(low, high)| [low, high]));
    let named: BTreeSet<Uuid> = named.map(UserId::uuid).collect();
    let wanted = i64::try_from(named.len()).unwrap_or(i64::MAX);
    let there: i64 = sql::query_scalar("SELECT count(*) FROM users WHERE id = ANY($1)")
        .bind(Vec::from_iter(named))
        .fetch_one(conn)
        .await?;
    if there == wanted { Ok(()) } else { Err(missing("user")) }
}

async fn first_members(
    conn: &mut PgConnection,
    room: &Room,
    members: &[(UserId, RoomRole)],
) -> Result<(), Failure> {
    let users: Vec<Uuid> = members.iter().map(|(user, _)| user.uuid()).collect();
    let roles: Vec<&str> = members.iter().map(|(_, role)| role.as_str()).collect();
    sql::query(
        "INSERT INTO chat_members (room_id, user_id, role, joined_at, visible_after, read_seq, \
         last_own_seq) SELECT $1, one.user_id, one.role, $4, 0, 0, 0 \
         FROM unnest($2::uuid[], $3::text[]) AS one (user_id, role)",
    )
    .bind(room.id.uuid())
    .bind(users)
    .bind(roles)
    .bind(room.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update(
    conn: &mut PgConnection,
    id: RoomId,
    expected: Version,
    name: Option<&str>,
    topic: Option<&str>,
) -> Result<(), Failure> {
    expect("room", version(conn, id).await?, expected)?;
    sql::query(
        "UPDATE chat_rooms SET name = $2, name_key = $3, topic = $4, version = version + 1 \
         WHERE id = $1",
    )
    .bind(id.uuid())
    .bind(name)
    .bind(name.map(text::key))
    .bind(topic)
    .execute(conn)
    .await?;
    Ok(())
}

async fn version(conn: &mut PgConnection, id: RoomId) -> Result<Option<i64>, Failure> {
    let query = sql::query_scalar("SELECT version FROM chat_rooms WHERE id = $1").bind(id.uuid());
    Ok(query.fetch_optional(conn).await?)
}

pub(super) async fn set_archived(
    conn: &mut PgConnection,
    id: RoomId,
    expected: Version,
    archived_at: Option<Timestamp>,
) -> Result<(), Failure> {
    expect("room", version(conn, id).await?, expected)?;
    sql::query("UPDATE chat_rooms SET archived_at = $2, version = version + 1 WHERE id = $1")
        .bind(id.uuid())
        .bind(archived_at)
        .execute(conn)
        .await?;
    Ok(())
}

/// Someone who comes into a room.
pub(super) struct Joining {
    pub room: RoomId,
    pub user: UserId,
    pub role: RoomRole,
    pub at: Timestamp,
}

/// Returns the room's last message. `last_own_seq` starts there: the member may have written before
/// he left, and an upper bound is all that it is.
pub(super) async fn add_member(conn: &mut PgConnection, joining: Joining) -> Result<Seq, Failure> {
    let last: Option<i64> = sql::query_scalar("SELECT last_seq FROM chat_rooms WHERE id = $1")
        .bind(joining.room.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    let last = last.ok_or_else(|| missing("room"))?;
    require(conn, Entity::User, joining.user.uuid()).await?;
    let added = sql::query(
        "INSERT INTO chat_members (room_id, user_id, role, joined_at, visible_after, read_seq, \
         last_own_seq) SELECT room.id, $2, $3, $4, \
         CASE room.history WHEN 'full' THEN 0 ELSE room.last_seq END, room.last_seq, room.last_seq \
         FROM chat_rooms AS room WHERE room.id = $1 ON CONFLICT DO NOTHING",
    )
    .bind(joining.room.uuid())
    .bind(joining.user.uuid())
    .bind(joining.role.as_str())
    .bind(joining.at)
    .execute(&mut *conn)
    .await?;
    if added.rows_affected() == 1 {
        count_members(conn, joining.room, 1).await?;
    }
    Ok(Seq(last))
}

pub(super) async fn remove_member(
    conn: &mut PgConnection,
    room: RoomId,
    user: UserId,
) -> Result<(), Failure> {
    require(conn, Entity::Room, room.uuid()).await?;
    let removed = sql::query("DELETE FROM chat_members WHERE room_id = $1 AND user_id = $2")
        .bind(room.uuid())
        .bind(user.uuid())
        .execute(&mut *conn)
        .await?;
    if removed.rows_affected() == 1 {
        count_members(conn, room, -1).await?;
    }
    Ok(())
}

async fn count_members(conn: &mut PgConnection, room: RoomId, by: i64) -> Result<(), Failure> {
    sql::query("UPDATE chat_rooms SET member_count = member_count + $2 WHERE id = $1")
        .bind(room.uuid())
        .bind(by)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn set_role(
    conn: &mut PgConnection,
    room: RoomId,
    user: UserId,
    role: RoomRole,
) -> Result<(), Failure> {
    let done = sql::query("UPDATE chat_members SET role = $3 WHERE room_id = $1 AND user_id = $2")
        .bind(room.uuid())
        .bind(user.uuid())
        .bind(role.as_str())
        .execute(&mut *conn)
        .await?;
    found(conn, room, done.rows_affected()).await
}

pub(super) async fn set_mute(
    conn: &mut PgConnection,
    room: RoomId,
    user: UserId,
    until: Option<Timestamp>,
) -> Result<(), Failure> {
    let done =
        sql::query("UPDATE chat_members SET muted_until = $3 WHERE room_id = $1 AND user_id = $2")
            .bind(room.uuid())
            .bind(user.uuid())
            .bind(until)
            .execute(&mut *conn)
            .await?;
    found(conn, room, done.rows_affected()).await
}

/// The statement must have found its member; else the room is not there, or he is not in it.
async fn found(conn: &mut PgConnection, room: RoomId, rows: u64) -> Result<(), Failure> {
    if rows > 0 {
        return Ok(());
    }
    require(conn, Entity::Room, room.uuid()).await?;
    Err(missing("member"))
}

/// Moves a pointer forward: room, user, message. It takes the room's last message as it is in the
/// statement's snapshot: a post at the same moment may count as later.
macro_rules! move_forward {
    ($room:literal, $user:literal, $seq:literal) => {
        concat!(
            "UPDATE chat_members AS member \
             SET read_seq = greatest(member.read_seq, least(",
            $seq,
            ", room.last_seq)) \
             FROM chat_rooms AS room WHERE room.id = ",
            $room,
            " AND member.room_id = ",
            $room,
            " AND member.user_id = ",
            $user,
            " RETURNING member.read_seq"
        )
    };
}

/// Moves a pointer back: room, user, message.
macro_rules! move_back {
    ($room:literal, $user:literal, $seq:literal) => {
        concat!(
            "UPDATE chat_members AS member SET read_seq = \
             least(member.read_seq, greatest(",
            $seq,
            " - 1, member.visible_after)) \
             WHERE member.room_id = ",
            $room,
            " AND member.user_id = ",
            $user,
            " RETURNING member.read_seq"
        )
    };
}

pub(crate) use {move_back, move_forward};

/// The statement for the move, and the message that it names.
pub(crate) fn choose(
    to: PointerMove,
    forward: &'static str,
    back: &'static str,
) -> (&'static str, Seq) {
    match to {
        PointerMove::ForwardTo(seq) => (forward, seq),
        // One below the least number is none.
        PointerMove::BackBefore(seq) => (back, seq.max(Seq(0))),
    }
}

pub(super) async fn move_pointer(
    conn: &mut PgConnection,
    room: RoomId,
    user: UserId,
    to: PointerMove,
) -> Result<Seq, Failure> {
    let (forward, back) = (move_forward!("$1", "$2", "$3"), move_back!("$1", "$2", "$3"));
    let (statement, seq) = choose(to, forward, back);
    let arrived: Option<i64> = sql::query_scalar(statement)
        .bind(room.uuid())
        .bind(user.uuid())
        .bind(seq.0)
        .fetch_optional(&mut *conn)
        .await?;
    found(conn, room, u64::from(arrived.is_some())).await?;
    arrived.map(Seq).ok_or_else(|| missing("member"))
}
