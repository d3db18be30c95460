//! Messages. Every part of a room is a range of the index by room and number, so it costs the same
//! however many messages there are.

use erp_core::{
    chat::{Message, MessageAnchor, MessageEdit, MessageQuery},
    ids::MessageId,
    port::StoreResult,
};

use super::limit;
use crate::{
    db::Db,
    rows::{self, message_columns},
    sql,
};

/// `$1` the room, `$2` the number before what is visible, `$3` the number before which, `$4` how
/// many.
macro_rules! before {
    () => {
        concat!(
            "SELECT ",
            message_columns!(),
            " FROM chat_messages AS message \
             WHERE message.room_id = $1 AND message.seq > $2 AND message.seq < $3 \
             ORDER BY message.seq DESC LIMIT $4"
        )
    };
}

const BEFORE: &str = before!();

/// `$3` the number after which.
const AFTER: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM chat_messages AS message \
     WHERE message.room_id = $1 AND message.seq > greatest($2, $3) \
     ORDER BY message.seq LIMIT $4"
);

/// `$4` how many before `$3`, `$5` how many from it on.
const AROUND: &str = concat!(
    "(",
    before!(),
    ") UNION ALL (SELECT ",
    message_columns!(),
    " FROM chat_messages AS message \
     WHERE message.room_id = $1 AND message.seq > $2 AND message.seq >= $3 \
     ORDER BY message.seq LIMIT $5)"
);

pub(super) async fn one(db: &Db, id: MessageId) -> StoreResult<Option<Message>> {
    let query = sql::query(concat!(
        "SELECT ",
        message_columns!(),
        " FROM chat_messages AS message WHERE message.id = $1"
    ));
    let query = query.bind(id.uuid()).try_map(|row| rows::message(&row));
    db.run(query.fetch_optional(&db.pool)).await
}

pub(super) async fn part(db: &Db, query: MessageQuery) -> StoreResult<Vec<Message>> {
    let wanted = limit(query.limit);
    let (statement, seq, first, second) = match query.anchor {
        MessageAnchor::Latest => (BEFORE, i64::MAX, wanted, None),
        MessageAnchor::Before(seq) => (BEFORE, seq.0, wanted, None),
        MessageAnchor::After(seq) => (AFTER, seq.0, wanted, None),
        MessageAnchor::Around(seq) => (AROUND, seq.0, wanted / 2, Some(wanted - wanted / 2)),
    };
    let mut statement = sql::query(statement)
        .bind(query.room.uuid())
        .bind(query.visible_after.0)
        .bind(seq)
        .bind(first);
    if let Some(second) = second {
        statement = statement.bind(second);
    }
    let statement = statement.try_map(|row| rows::message(&row));
    let mut messages = db.run(statement.fetch_all(&db.pool)).await?;
    messages.sort_unstable_by_key(|message| message.seq);
    Ok(messages)
}

pub(super) async fn edits(db: &Db, message: MessageId) -> StoreResult<Vec<MessageEdit>> {
    let query = sql::query(
        "SELECT message_id, version, body, edited_by, edited_at FROM chat_message_edits \
         WHERE message_id = $1 ORDER BY version",
    );
    let query = query.bind(message.uuid()).try_map(|row| rows::edit(&row));
    db.run(query.fetch_all(&db.pool)).await
}
