//! Messages.

use erp_core::{
    change::Version,
    chat::{BodyFormat, ChatChange, MessageKind, Seq},
    ids::{MessageId, RoomId, UserId},
    time::Timestamp,
};
use sqlx::{PgConnection, Row};

use super::{Entity, exists, expect, missing, require};
use crate::{commit::Failure, sql};

/// A message to be numbered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewMessage<'a> {
    pub id: MessageId,
    pub room: RoomId,
    pub author: UserId,
    pub kind: MessageKind,
    pub format: BodyFormat,
    pub body: &'a str,
    pub at: Timestamp,
}

impl<'a> NewMessage<'a> {
    /// The message that this change appends, if it appends one.
    pub fn of(change: &'a ChatChange) -> Option<Self> {
        let ChatChange::AppendMessage { id, room, author, kind, format, body, at } = change else {
            return None;
        };
        Some(Self {
            id: *id,
            room: *room,
            author: *author,
            kind: *kind,
            format: *format,
            body,
            at: *at,
        })
    }
}

pub(super) async fn append(
    conn: &mut PgConnection,
    message: NewMessage<'_>,
) -> Result<Seq, Failure> {
    let taken: Option<i64> = sql::query_scalar("SELECT seq FROM chat_messages WHERE id = $1")
        .bind(message.id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    if taken.is_some() {
        return Err(exists("message"));
    }
    let seq = number(conn, message).await?;
    note_author(conn, message, seq).await?;
    sql::query(
        "INSERT INTO chat_messages (id, room_id, seq, author_id, kind, format, body, created_at, \
         version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)",
    )
    .bind(message.id.uuid())
    .bind(message.room.uuid())
    .bind(seq)
    .bind(message.author.uuid())
    .bind(message.kind.as_str())
    .bind(message.format.as_str())
    .bind(message.body)
    .bind(message.at)
    .execute(conn)
    .await?;
    Ok(Seq(seq))
}

async fn number(conn: &mut PgConnection, message: NewMessage<'_>) -> Result<i64, Failure> {
    let seq: Option<i64> = sql::query_scalar(
        "UPDATE chat_rooms SET last_seq = last_seq + 1, \
         last_message_at = greatest(last_message_at, $2), \
         last_uncounted_seq = CASE WHEN $3 THEN last_uncounted_seq ELSE last_seq + 1 END \
         WHERE id = $1 RETURNING last_seq",
    )
    .bind(message.room.uuid())
    .bind(message.at)
    .bind(message.kind.counts())
    .fetch_optional(conn)
    .await?;
    seq.ok_or_else(|| missing("room"))
}

/// The author has read his own message if he had read everything before it.
async fn note_author(
    conn: &mut PgConnection,
    message: NewMessage<'_>,
    seq: i64,
) -> Result<(), Failure> {
    let noted = sql::query(
        "UPDATE chat_members SET last_own_seq = $3, \
         read_seq = CASE WHEN read_seq = $3 - 1 THEN $3 ELSE read_seq END \
         WHERE room_id = $1 AND user_id = $2",
    )
    .bind(message.room.uuid())
    .bind(message.author.uuid())
    .bind(seq)
    .execute(conn)
    .await?;
    if noted.rows_affected() == 0 { Err(missing("member")) } else { Ok(()) }
}

pub(super) async fn edit(
    conn: &mut PgConnection,
    id: MessageId,
    expected: Version,
    body: &str,
    by: UserId,
    at: Timestamp,
) -> Result<(), Failure> {
    expect("message", version(conn, id).await?, expected)?;
    require(conn, Entity::User, by.uuid()).await?;
    sql::query(
        "INSERT INTO chat_message_edits (message_id, version, body, edited_by, edited_at) \
         SELECT id, version, body, $2, $3 FROM chat_messages WHERE id = $1",
    )
    .bind(id.uuid())
    .bind(by.uuid())
    .bind(at)
    .execute(&mut *conn)
    .await?;
    sql::query(
        "UPDATE chat_messages SET body = $2, edited_at = $3, version = version + 1 WHERE id = $1",
    )
    .bind(id.uuid())
    .bind(body)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_deleted(
    conn: &mut PgConnection,
    id: MessageId,
    expected: Version,
    deleted_at: Option<Timestamp>,
) -> Result<(), Failure> {
    expect("message", version(conn, id).await?, expected)?;
    let row = sql::query(
        "UPDATE chat_messages SET deleted_at = $2, version = version + 1 WHERE id = $1 \
         RETURNING room_id, seq",
    )
    .bind(id.uuid())
    .bind(deleted_at)
    .fetch_one(&mut *conn)
    .await?;
    if deleted_at.is_none() {
        return Ok(());
    }
    sql::query(
        "UPDATE chat_rooms SET last_uncounted_seq = greatest(last_uncounted_seq, $2) WHERE id = $1",
    )
    .bind(row.try_get::<uuid::Uuid, _>(0)?)
    .bind(row.try_get::<i64, _>(1)?)
    .execute(conn)
    .await?;
    Ok(())
}

/// The present version, under the lock of the message's room that the commit holds.
async fn version(conn: &mut PgConnection, id: MessageId) -> Result<Option<i64>, Failure> {
    Ok(sql::query_scalar("SELECT version FROM chat_messages WHERE id = $1")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?)
}
