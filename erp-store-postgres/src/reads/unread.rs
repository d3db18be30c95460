//! Unread counts (CHAT-1), derived: the messages after the read pointer, less those that do not
//! count. Rooms and memberships know an upper bound of where such messages are, so that most counts
//! are a subtraction; the others count in two indexes that hold only such messages.

use erp_core::{
    chat::{RoomQuery, RoomSummary, UnreadCounts},
    ids::{RoomId, UserId},
    port::StoreResult,
};
use sqlx::{Row, postgres::PgRow};

use super::{chat::after, limit};
use crate::{
    db::Db,
    rows::{self, MEMBER_COLUMNS, ROOM_COLUMNS, member_columns, room_columns},
    sql,
};

/// How many messages a member has not read.
///
/// The pointer is never below what the member may see. Own messages that are deleted, and own
/// system messages, are left to the first count.
macro_rules! unread {
    () => {
        "(room.last_seq - member.read_seq \
          - CASE WHEN room.last_uncounted_seq <= member.read_seq THEN 0 ELSE \
            (SELECT count(*) FROM chat_messages AS silent WHERE silent.room_id = room.id \
             AND silent.seq > member.read_seq \
             AND (silent.deleted_at IS NOT NULL OR silent.kind <> 'user')) END \
          - CASE WHEN member.last_own_seq <= member.read_seq THEN 0 ELSE \
            (SELECT count(*) FROM chat_messages AS own WHERE own.room_id = room.id \
             AND own.author_id = member.user_id AND own.seq > member.read_seq \
             AND own.deleted_at IS NULL AND own.kind = 'user') END)"
    };
}

pub(super) async fn rooms_of(
    db: &Db,
    user: UserId,
    query: RoomQuery,
) -> StoreResult<Vec<RoomSummary>> {
    let statement = sql::query(concat!(
        "SELECT ",
        room_columns!(),
        ", ",
        member_columns!(),
        ", ",
        unread!(),
        " AS unread \
         FROM chat_members AS member JOIN chat_rooms AS room ON room.id = member.room_id \
         WHERE member.user_id = $1 AND member.room_id > $2 ORDER BY member.room_id LIMIT $3"
    ));
    let statement =
        statement.bind(user.uuid()).bind(after(query.after)).bind(limit(query.limit)).try_map(
            |row: PgRow| {
                Ok(RoomSummary {
                    room: rows::room(&row, 0)?,
                    member: rows::member(&row, ROOM_COLUMNS)?,
                    unread: row.try_get(ROOM_COLUMNS + MEMBER_COLUMNS)?,
                })
            },
        );
    db.run(statement.fetch_all(&db.pool)).await
}

pub(super) async fn counts(db: &Db, user: UserId) -> StoreResult<UnreadCounts> {
    // What is unread is filtered here: as a condition the counts would be worked out by the join.
    let statement = sql::query(concat!(
        "SELECT member.room_id, ",
        unread!(),
        ", member.muted_until FROM chat_members AS member \
         JOIN chat_rooms AS room ON room.id = member.room_id \
         WHERE member.user_id = $1 AND room.last_seq > member.read_seq ORDER BY member.room_id"
    ));
    let statement = statement.bind(user.uuid()).try_map(|row: PgRow| {
        Ok((RoomId::from_uuid(row.try_get(0)?), row.try_get::<i64, _>(1)?, row.try_get(2)?))
    });
    let mut rooms = db.run(statement.fetch_all(&db.pool)).await?;
    rooms.retain(|(_, unread, _)| *unread > 0);
    Ok(UnreadCounts { rooms })
}
