//! What is hot in a room: a post, and a read pointer that moves.

use erp_core::{
    change::{Allocated, Change, ChangeSet, EventBody, Guard, NewEvent, Position, Receipt, Scope},
    chat::{ChatChange, ChatEvent, Seq},
    ids::{RoomId, UserId},
};
use sqlx::{PgConnection, Row};

use super::super::{
    Failure, idempotency,
    record::{audience, bind_audit, insert_audit, payload},
};
use crate::{
    apply::{self, NewMessage},
    sql,
};

/// `$1` to `$12` audit, `$13` room, `$14` message, `$15` author, `$16` kind, `$17` format, `$18` body,
/// `$19` time, `$20` to `$24` event, `$25` and `$26` guards.
///
/// The audit entry comes first, so that the room is locked after it. A room or a member that is not
/// there, or a guard that does not hold, leaves a null where the message's table allows none. The
/// membership is updated, not read:
/// a removal that has just been committed is seen by that.
macro_rules! post {
    () => {
        concat!(
            "WITH audit AS (", insert_audit!("NULL"), " RETURNING id), \
             room AS (UPDATE chat_rooms AS own SET last_seq = own.last_seq + 1, \
                 last_message_at = greatest(own.last_message_at, $19), \
                 last_uncounted_seq = CASE WHEN $16 = 'user' \
                 THEN own.last_uncounted_seq ELSE own.last_seq + 1 END \
                 FROM audit WHERE own.id = $13 \
                 AND coalesce($25 = (SELECT version FROM access_graph), true) \
                 AND coalesce($26 = own.roster, true) RETURNING own.last_seq AS seq), \
             member AS (UPDATE chat_members AS own SET last_own_seq = room.seq, \
                 read_seq = CASE WHEN own.read_seq = room.seq - 1 THEN room.seq \
                 ELSE own.read_seq END \
                 FROM room WHERE own.room_id = $13 AND own.user_id = $15 RETURNING own.user_id), \
             message AS (INSERT INTO chat_messages \
                 (id, room_id, seq, author_id, kind, format, body, created_at, version) \
                 SELECT $14, $13, room.seq, member.user_id, $16, $17, $18, $19, 1 \
                 FROM audit LEFT JOIN room ON true LEFT JOIN member ON true RETURNING seq), \
             event AS (INSERT INTO event_log \
                 (at, actor_id, kind, data, audience, exclude_connection) \
                 SELECT $2, $3, $20, ($21 || message.seq || $22)::json, $23, $24 FROM message \
                 RETURNING position)"
        )
    };
}

const POST: &str =
    concat!(post!(), " SELECT message.seq, event.position FROM message CROSS JOIN event");

/// `$27` to `$30` are the idempotency key. It is written last; one that is in use fails the whole.
const POST_WITH_KEY: &str = concat!(
    post!(),
    ", answer AS (INSERT INTO idempotency_keys \
         (actor_id, key, fingerprint, answer, allocated, created_at) \
         SELECT $27, $28, $29, $30::json, ARRAY[message.seq], $2 FROM message CROSS JOIN event) \
     SELECT message.seq, event.position FROM message CROSS JOIN event"
);

/// `$1` to `$12` audit, `$13` room, `$14` user, `$15` message, `$16` to `$20` event.
macro_rules! moving {
    ($moved:expr) => {
        concat!(
            "WITH moved AS (", $moved, "), \
             audit AS (INSERT INTO audit_log (id, at, actor_id, on_behalf_of, action, \
                 entity_kind, entity_id, entity_room, changes, session_id, ip, correlation_id) \
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::json, $10, $11::inet, $12 FROM moved), \
             event AS (INSERT INTO event_log \
                 (at, actor_id, kind, data, audience, exclude_connection) \
                 SELECT $2, $3, $16, ($17 || moved.read_seq || $18)::json, $19, $20 FROM moved \
                 RETURNING position) \
             SELECT moved.read_seq, event.position FROM moved CROSS JOIN event"
        )
    };
}

const MOVE_FORWARD: &str = moving!(apply::move_forward!("$13", "$14", "$15"));
const MOVE_BACK: &str = moving!(apply::move_back!("$13", "$14", "$15"));

/// Writes the change set if it has a hot shape and nothing is unusual; else nothing is written.
pub(super) async fn fold(
    conn: &mut PgConnection,
    set: &ChangeSet,
) -> Result<Option<Receipt>, Failure> {
    let Some((change, event)) = hot(set) else { return Ok(None) };
    let Some(framed) = Framed::of(event)? else { return Ok(None) };
    let query = match change {
        ChatChange::MovePointer { room, user, to }
            if set.idempotency.is_none() && set.guards.is_empty() =>
        {
            let (statement, seq) = apply::choose(*to, MOVE_FORWARD, MOVE_BACK);
            let query = bind_audit(sql::query(statement), &set.audit)?;
            framed.bind(bind_pointer(query, *room, *user, seq))
        }
        _ => {
            let message = NewMessage::of(change);
            let guarded =
                message.and_then(|post| Some((PostGuards::of(&set.guards, &post)?, post)));
            let Some((guards, message)) = guarded else { return Ok(None) };
            post(set, message, guards, framed)?
        }
    };
    written(query.fetch_optional(conn).await)
}

/// One change of a room, with one event that tells what was allocated for it.
fn hot(set: &ChangeSet) -> Option<(&ChatChange, &NewEvent)> {
    let ([Change::Chat(change)], [event]) = (set.changes.as_slice(), set.events.as_slice()) else {
        return None;
    };
    let elsewhere = set.audit.entity.project.is_some();
    (event.slot == Some(0) && !elsewhere && set.along.is_empty()).then_some((change, event))
}

/// The guards of a post: of the versions that its author's rights and membership were known by.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct PostGuards {
    pub graph: Option<i64>,
    pub roster: Option<i64>,
}

impl PostGuards {
    /// The guards of a post into this room; none when it has others.
    pub fn of(given: &[Guard], post: &NewMessage<'_>) -> Option<Self> {
        let mut guards = Self { graph: None, roster: None };
        for guard in given {
            let version = Some(guard.version().0);
            match guard {
                // The statement reads the graph as it is committed, and locks the room.
                Guard::Seen(scope, _) if *scope == Scope::access_graph() => {
                    guards.graph.is_none().then(|| guards.graph = version)?;
                }
                Guard::Seen(scope, _) | Guard::Held(scope, _)
                    if *scope == Scope::roster(post.room) =>
                {
                    guards.roster.is_none().then(|| guards.roster = version)?;
                }
                _ => return None,
            }
        }
        Some(guards)
    }
}

/// The message and its guards, if the change set is a post of the hot shape.
pub(in super::super) fn post_of(set: &ChangeSet) -> Option<(NewMessage<'_>, PostGuards)> {
    let (change, event) = hot(set)?;
    let posted = matches!(&event.body, EventBody::Chat(ChatEvent::MessagePosted(_)));
    let message = NewMessage::of(change).filter(|_| posted)?;
    let guards = PostGuards::of(&set.guards, &message)?;
    Some((message, guards))
}

fn post<'q>(
    set: &'q ChangeSet,
    message: NewMessage<'q>,
    guards: PostGuards,
    framed: Framed,
) -> Result<sql::Statement<'q>, Failure> {
    let statement = if set.idempotency.is_some() { POST_WITH_KEY } else { POST };
    let query = bind_audit(sql::query(statement), &set.audit)?
        .bind(message.room.uuid())
        .bind(message.id.uuid())
        .bind(message.author.uuid())
        .bind(message.kind.as_str())
        .bind(message.format.as_str())
        .bind(message.body)
        .bind(message.at);
    let query = framed.bind(query).bind(guards.graph).bind(guards.roster);
    Ok(match &set.idempotency {
        None => query,
        Some(wanted) => query
            .bind(idempotency::owner(wanted))
            .bind(wanted.key.as_str())
            .bind(&wanted.fingerprint[..])
            .bind(wanted.answer.to_string()),
    })
}

fn bind_pointer<'q>(
    query: sql::Statement<'q>,
    room: RoomId,
    user: UserId,
    seq: Seq,
) -> sql::Statement<'q> {
    query.bind(room.uuid()).bind(user.uuid()).bind(seq.0)
}

/// The receipt; none when the statement has written nothing.
fn written(
    result: sqlx::Result<Option<sqlx::postgres::PgRow>>,
) -> Result<Option<Receipt>, Failure> {
    let row = match result.map_err(Failure::from) {
        Ok(Some(row)) => row,
        Ok(None) => return Ok(None),
        Err(failure) if failure.is_integrity_violation() => return Ok(None),
        Err(failure) => return Err(failure),
    };
    Ok(Some(Receipt {
        position: Some(Position(row.try_get(1)?)),
        allocated: vec![Allocated::number(row.try_get(0)?)],
        replayed: None,
        stock: Vec::new(),
    }))
}

/// An event whose payload is cut where the sequence goes.
pub(in super::super) struct Framed {
    pub kind: String,
    pub head: String,
    pub tail: String,
    pub audience: String,
    pub exclude: Option<uuid::Uuid>,
}

impl Framed {
    pub fn of(event: &NewEvent) -> Result<Option<Self>, Failure> {
        let Some((head, tail)) = cut(&event.body)? else { return Ok(None) };
        Ok(Some(Self {
            kind: event.body.kind().into_owned(),
            head,
            tail,
            audience: audience(event),
            exclude: event.exclude.map(|connection| connection.uuid()),
        }))
    }

    fn bind(self, query: sql::Statement<'_>) -> sql::Statement<'_> {
        query.bind(self.kind).bind(self.head).bind(self.tail).bind(self.audience).bind(self.exclude)
    }
}

/// Cuts the payload where the sequence goes. The mark cannot stand in a text that somebody wrote:
/// in a JSON string its quotes would be escaped.
fn cut(body: &EventBody) -> Result<Option<(String, String)>, Failure> {
    const FIELD: &str = "\"seq\":";
    let mut marked = body.clone();
    marked.fill(i64::MIN);
    let text = payload(&marked)?;
    let mark = format!("{FIELD}{}", i64::MIN);
    Ok(text.split_once(&mark).map(|(head, tail)| (format!("{head}{FIELD}"), tail.to_owned())))
}

#[cfg(test)]
mod tests {
    use erp_core::chat::{BodyFormat, Message, MessageKind};
    use erp_core::{change::Version, ids::MessageId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_post_is_folded_under_a_graph_that_is_seen_and_the_roster_of_its_own_room() {
        let room = |n| RoomId::from_uuid(Uuid::from_u128(n));
        let post = NewMessage {
            id: MessageId::from_uuid(Uuid::nil()),
            room: room(1),
            author: UserId::from_uuid(Uuid::nil()),
            kind: MessageKind::User,
            format: BodyFormat::Text,
            body: "",
            at: Default::default(),
        };
        let (graph, own, other) =
            (Scope::access_graph(), Scope::roster(room(1)), Scope::roster(room(2)));
        let versions = |guards: &[Guard]| {
            PostGuards::of(guards, &post).map(|guards| (guards.graph, guards.roster))
        };
        let (one, two) = (Version(1), Version(2));
        assert_eq!(versions(&[]), Some((None, None)));
        let both = [Guard::Seen(graph, one), Guard::Held(own, two)];
        assert_eq!(versions(&both), Some((Some(1), Some(2))));
        assert_eq!(versions(&[Guard::Seen(own, two)]), Some((None, Some(2))));
        for unusual in [
            vec![Guard::Held(graph, one)],
            vec![Guard::Held(other, one)],
            vec![Guard::Seen(graph, one), Guard::Seen(graph, two)],
        ] {
            assert_eq!(versions(&unusual), None, "{unusual:?}");
        }
    }

    #[test]
    fn a_payload_is_cut_at_its_own_sequence_whatever_the_body_says() {
        let body = format!("\"seq\":{0} and \\\"seq\\\":{0}", i64::MIN);
        let message = Message {
            id: MessageId::from_uuid(Uuid::nil()),
            room: RoomId::from_uuid(Uuid::nil()),
            seq: Seq(0),
            author: UserId::from_uuid(Uuid::nil()),
            kind: MessageKind::User,
            format: BodyFormat::Text,
            body,
            created_at: Default::default(),
            edited_at: None,
            deleted_at: None,
            version: Version::FIRST,
        };
        let event = EventBody::from(ChatEvent::MessagePosted(message));
        let (head, tail) = cut(&event).unwrap().unwrap();
        let mut filled = event.clone();
        filled.fill(42);
        assert_eq!(format!("{head}42{tail}"), payload(&filled).unwrap());
    }
}
