//! Several posts in one statement: they share one transaction, and so one flush to the disk.
//!
//! What stands in a change set's place in its room is worked out here; the statement adds what only
//! the database knows, the number of the room's last message.

use std::collections::BTreeMap;

use erp_core::{
    change::{Allocated, ChangeSet, Position, Receipt},
    ids::RoomId,
    port::StoreError,
    time::Timestamp,
};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::{
    Failure,
    fold::{Framed, PostGuards, post_of},
    idempotency,
    queue::{Answers, Queue, Together},
};
use crate::{apply::NewMessage, sql, store::Writer};

/// `$1` to `$12` audit, `$13` to `$22` messages with their guards, `$23` to `$27` events, `$28` to `$31`
/// rooms, `$32` to `$35` members, `$36` to `$40` idempotency keys.
///
/// Rooms are locked by id, as everywhere. A room or a member that is not there, or a guard that does
/// not hold, leaves a null where the message's table allows none, which fails the whole.
const POSTS: &str = "
WITH locked AS MATERIALIZED (
    SELECT id FROM chat_rooms WHERE id = ANY($28) ORDER BY id FOR NO KEY UPDATE
), room AS (
    UPDATE chat_rooms AS own SET last_seq = own.last_seq + given.posts,
        last_message_at = greatest(own.last_message_at, given.last_at),
        last_uncounted_seq = CASE WHEN given.uncounted = 0 THEN own.last_uncounted_seq
            ELSE own.last_seq + given.uncounted END
    FROM unnest($28::uuid[], $29::bigint[], $30::timestamptz[], $31::bigint[])
        AS given (id, posts, last_at, uncounted) JOIN locked ON locked.id = given.id
    WHERE own.id = given.id RETURNING own.id, own.last_seq - given.posts AS before, own.roster
), member AS (
    UPDATE chat_members AS own SET last_own_seq = room.before + given.last,
        read_seq = CASE WHEN own.read_seq = room.before THEN room.before + given.run
            ELSE own.read_seq END
    FROM unnest($32::uuid[], $33::uuid[], $34::bigint[], $35::bigint[])
        AS given (room_id, user_id, last, run) JOIN room ON room.id = given.room_id
    WHERE own.room_id = given.room_id AND own.user_id = given.user_id
    RETURNING own.room_id, own.user_id
), message AS (
    INSERT INTO chat_messages
        (id, room_id, seq, author_id, kind, format, body, created_at, version)
    SELECT given.id, given.room_id, room.before + given.place,
        CASE WHEN coalesce(given.graph = (SELECT version FROM access_graph), true)
            AND coalesce(given.roster = room.roster, true) THEN member.user_id END,
        given.kind, given.format, given.body, given.at, 1
    FROM unnest($13::uuid[], $14::uuid[], $15::bigint[], $16::uuid[], $17::text[], $18::text[],
        $19::text[], $20::timestamptz[], $21::bigint[], $22::bigint[])
        AS given (id, room_id, place, author_id, kind, format, body, at, graph, roster)
    LEFT JOIN room ON room.id = given.room_id
    LEFT JOIN member ON member.room_id = given.room_id AND member.user_id = given.author_id
    RETURNING id, seq
), audit AS (
    INSERT INTO audit_log (id, at, actor_id, on_behalf_of, action, entity_kind, entity_id,
        entity_room, changes, session_id, ip, correlation_id)
    SELECT id, at, actor_id, on_behalf_of, action, entity_kind, entity_id, entity_room,
        changes::json, session_id, ip::inet, correlation_id
    FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::text[], $6::text[],
        $7::uuid[], $8::uuid[], $9::text[], $10::uuid[], $11::text[], $12::text[])
        AS given (id, at, actor_id, on_behalf_of, action, entity_kind, entity_id, entity_room,
            changes, session_id, ip, correlation_id)
), answer AS (
    INSERT INTO idempotency_keys (actor_id, key, fingerprint, answer, allocated, created_at)
    SELECT given.actor_id, given.key, given.fingerprint, given.answer::json, ARRAY[message.seq],
        ($2::timestamptz[])[given.place]
    FROM unnest($36::bigint[], $37::uuid[], $38::text[], $39::bytea[], $40::text[])
        AS given (place, actor_id, key, fingerprint, answer)
    JOIN message ON message.id = ($13::uuid[])[given.place]
), event AS (
    INSERT INTO event_log (at, actor_id, kind, data, audience, exclude_connection)
    SELECT given.at, given.actor_id, given.kind, (given.head || message.seq || given.tail)::json,
        given.audience, given.exclude
    FROM unnest($13::uuid[], $2::timestamptz[], $3::uuid[], $23::text[], $24::text[], $25::text[],
        $26::text[], $27::uuid[]) WITH ORDINALITY
        AS given (id, at, actor_id, kind, head, tail, audience, exclude, place)
    JOIN message ON message.id = given.id ORDER BY given.place RETURNING position
)
SELECT ARRAY(SELECT position FROM event ORDER BY position),
    ARRAY(SELECT message.seq FROM unnest($13::uuid[]) WITH ORDINALITY AS given (id, place)
        JOIN message ON message.id = given.id ORDER BY given.place)";

/// Posts of messages, by room.
#[derive(Debug)]
pub(crate) struct Posts;

impl Together for Posts {
    type Key = RoomId;
    const LEAST: usize = 2;
    const MOST: usize = 64;

    async fn write(conn: &mut PgConnection, sets: &[&ChangeSet]) -> Result<Answers, Failure> {
        let receipts = write(conn, sets).await?;
        Ok(receipts.into_iter().map(|receipt| Some(Ok(receipt))).collect())
    }

    fn queue(writer: &Writer) -> &Queue<Self> {
        &writer.posts
    }
}

/// Writes the posts in their order, all or none. Each must be a post, as `fold` takes it.
async fn write(conn: &mut PgConnection, sets: &[&ChangeSet]) -> Result<Vec<Receipt>, Failure> {
    let mut query = sql::query(POSTS);
    query = bind_audits(query, sets)?;

    let (messages, guards) = posts(sets)?;
    let mut rooms = Rooms::default();
    let places: Vec<i64> = messages.iter().map(|message| rooms.place(message)).collect();
    query = query
        .bind(each(&messages, |message| message.id.uuid()))
        .bind(each(&messages, |message| message.room.uuid()))
        .bind(places)
        .bind(each(&messages, |message| message.author.uuid()))
        .bind(each(&messages, |message| message.kind.as_str()))
        .bind(each(&messages, |message| message.format.as_str()))
        .bind(each(&messages, |message| message.body))
        .bind(each(&messages, |message| message.at))
        .bind(each(&guards, |guards| guards.graph))
        .bind(each(&guards, |guards| guards.roster));

    let events = framed(sets)?;
    query = query
        .bind(each(&events, |event| event.kind.clone()))
        .bind(each(&events, |event| event.head.clone()))
        .bind(each(&events, |event| event.tail.clone()))
        .bind(each(&events, |event| event.audience.clone()))
        .bind(each(&events, |event| event.exclude));

    let (room_ids, room_posts): (Vec<Uuid>, Vec<RoomPosts>) = rooms.rooms.into_iter().unzip();
    query = query
        .bind(room_ids)
        .bind(each(&room_posts, |room| room.posts))
        .bind(each(&room_posts, |room| room.last_at))
        .bind(each(&room_posts, |room| room.uncounted));

    let (member_ids, own): (Vec<(Uuid, Uuid)>, Vec<OwnPosts>) = rooms.members.into_iter().unzip();
    query = query
        .bind(each(&member_ids, |(room, _)| *room))
        .bind(each(&member_ids, |(_, user)| *user))
        .bind(each(&own, |own| own.last))
        .bind(each(&own, |own| own.run));

    query = bind_keys(query, sets);
    let row = query.fetch_one(conn).await?;
    receipts(row.try_get(0)?, row.try_get(1)?, sets.len())
}

/// Binds twelve columns of audit entries.
pub(super) fn bind_audits<'q>(
    query: sql::Statement<'q>,
    sets: &[&ChangeSet],
) -> Result<sql::Statement<'q>, Failure> {
    let audits: Vec<_> = sets.iter().map(|set| &set.audit).collect();
    let changes: Result<Vec<String>, _> =
        audits.iter().map(|audit| serde_json::to_string(&audit.changes)).collect();
    Ok(query
        .bind(each(&audits, |audit| audit.id.uuid()))
        .bind(each(&audits, |audit| audit.at))
        .bind(each(&audits, |audit| audit.actor.user().map(|user| user.uuid())))
        .bind(each(&audits, |audit| audit.on_behalf_of.map(|user| user.uuid())))
        .bind(each(&audits, |audit| audit.action.as_str()))
        .bind(each(&audits, |audit| audit.entity.kind.to_string()))
        .bind(each(&audits, |audit| audit.entity.id))
        .bind(each(&audits, |audit| audit.entity.room.map(|room| room.uuid())))
        .bind(changes?)
        .bind(each(&audits, |audit| audit.session.map(|session| session.uuid())))
        .bind(each(&audits, |audit| audit.ip.map(|ip| ip.to_string())))
        .bind(each(&audits, |audit| audit.correlation_id.clone())))
}

/// Binds five columns of the idempotency keys, with the places of their sets, from 1 on.
pub(super) fn bind_keys<'q>(query: sql::Statement<'q>, sets: &[&ChangeSet]) -> sql::Statement<'q> {
    let keys: Vec<_> = (1_i64..)
        .zip(sets)
        .filter_map(|(place, set)| Some((place, set.idempotency.as_ref()?)))
        .collect();
    query
        .bind(each(&keys, |(place, _)| *place))
        .bind(each(&keys, |(_, key)| idempotency::owner(key)))
        .bind(each(&keys, |(_, key)| key.key.as_str().to_owned()))
        .bind(each(&keys, |(_, key)| key.fingerprint.to_vec()))
        .bind(each(&keys, |(_, key)| key.answer.to_string()))
}

pub(super) fn each<T, U>(items: &[T], column: impl FnMut(&T) -> U) -> Vec<U> {
    items.iter().map(column).collect()
}

fn posts<'a>(sets: &[&'a ChangeSet]) -> Result<(Vec<NewMessage<'a>>, Vec<PostGuards>), Failure> {
    sets.iter().map(|set| post_of(set).ok_or_else(no_post)).collect()
}

fn framed(sets: &[&ChangeSet]) -> Result<Vec<Framed>, Failure> {
    let mut events = Vec::with_capacity(sets.len());
    for set in sets {
        let event = set.events.first().ok_or_else(no_post)?;
        events.push(Framed::of(event)?.ok_or_else(no_post)?);
    }
    Ok(events)
}

fn no_post() -> Failure {
    StoreError::Internal("a change set that is no post was taken for one".to_owned()).into()
}

fn receipts(positions: Vec<i64>, seqs: Vec<i64>, posts: usize) -> Result<Vec<Receipt>, Failure> {
    if positions.len() != posts || seqs.len() != posts {
        let fault = format!("{posts} posts have {} events", positions.len());
        return Err(StoreError::Internal(fault).into());
    }
    let receipt = |(position, seq)| Receipt {
        position: Some(Position(position)),
        allocated: vec![Allocated::number(seq)],
        replayed: None,
        stock: Vec::new(),
    };
    Ok(positions.into_iter().zip(seqs).map(receipt).collect())
}

/// What the posts do to their rooms and authors, relative to each room's last message before.
#[derive(Default)]
struct Rooms {
    rooms: BTreeMap<Uuid, RoomPosts>,
    members: BTreeMap<(Uuid, Uuid), OwnPosts>,
}

struct RoomPosts {
    posts: i64,
    last_at: Timestamp,
    /// The place of the last one that does not count as unread; 0 when all do.
    uncounted: i64,
}

#[derive(Default)]
struct OwnPosts {
    /// The place of the author's last one.
    last: i64,
    /// How many of the room's posts, from the first on, are the author's without a break: so far he
    /// has read what he has written, if he had read everything before.
    run: i64,
}

impl Rooms {
    /// The message's place among the posts of its room, from 1 on.
    fn place(&mut self, message: &NewMessage<'_>) -> i64 {
        let new = || RoomPosts { posts: 0, last_at: message.at, uncounted: 0 };
        let room = self.rooms.entry(message.room.uuid()).or_insert_with(new);
        room.posts += 1;
        room.last_at = room.last_at.max(message.at);
        if !message.kind.counts() {
            room.uncounted = room.posts;
        }
        let own = self.members.entry((message.room.uuid(), message.author.uuid())).or_default();
        if own.run == room.posts - 1 {
            own.run = room.posts;
        }
        own.last = room.posts;
        room.posts
    }
}

#[cfg(test)]
mod tests {
    use erp_core::{
        chat::{BodyFormat, MessageKind},
        ids::{MessageId, RoomId, UserId},
    };

    use super::*;

    #[test]
    fn chat_1_the_pointer_follows_an_unbroken_run_of_own_posts_only() {
        let message = |author: u128| NewMessage {
            id: MessageId::from_uuid(Uuid::nil()),
            room: RoomId::from_uuid(Uuid::nil()),
            author: UserId::from_uuid(Uuid::from_u128(author)),
            kind: MessageKind::User,
            format: BodyFormat::Text,
            body: "",
            at: Default::default(),
        };
        let mut rooms = Rooms::default();
        let places: Vec<_> = [1, 1, 2, 1].map(|author| rooms.place(&message(author))).into();
        assert_eq!(places, [1, 2, 3, 4]);
        let own: Vec<_> = rooms.members.values().map(|own| (own.last, own.run)).collect();
        assert_eq!(own, [(4, 2), (3, 0)]);
    }
}
