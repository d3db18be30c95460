//! Rooms and who belongs to them.

use async_trait::async_trait;
use erp_core::{
    change::Version,
    chat::{
        ChatReads, DirectPair, Member, Message, MessageEdit, MessageQuery, Posting, Room,
        RoomAccess, RoomQuery, RoomSummary, UnreadCounts,
    },
    ids::{MessageId, RoomId, UserId},
    port::StoreResult,
    text,
};
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::{Reads, limit, messages, unread};
use crate::{
    rows::{self, member_columns, room_columns},
    sql,
};

/// A room, one user's membership, and in a direct room the status of the other one.
macro_rules! access_columns {
    () => {
        concat!(room_columns!(), ", ", member_columns!(), ", peer.status")
    };
}

/// `$1` is the room, `$2` the user.
macro_rules! from_room_as_user {
    () => {
        "chat_rooms AS room \
         LEFT JOIN chat_members AS member ON member.room_id = room.id AND member.user_id = $2 \
         LEFT JOIN users AS peer ON peer.id = \
         CASE WHEN room.direct_low = $2 THEN room.direct_high ELSE room.direct_low END"
    };
}

/// The author, the graph's version that his rights are known by, and the room; the rights themselves
/// are asked for only when they are not known.
const POSTING: &str = concat!(
    "SELECT author.status, graph.version, NULL::text, ",
    access_columns!(),
    " FROM users AS author CROSS JOIN access_graph AS graph CROSS JOIN ",
    from_room_as_user!(),
    " WHERE author.id = $2 AND room.id = $1"
);

const POSTING_WITH_RIGHTS: &str = concat!(
    "SELECT author.status, graph.version, array_to_string(ARRAY(SELECT held.permission \
     FROM user_effective_permissions AS held WHERE held.user_id = author.id), ' '), ",
    access_columns!(),
    " FROM users AS author CROSS JOIN access_graph AS graph CROSS JOIN ",
    from_room_as_user!(),
    " WHERE author.id = $2 AND room.id = $1"
);

impl Reads {
    async fn posting_with_rights(
        &self,
        room: RoomId,
        user: UserId,
    ) -> StoreResult<Option<Posting>> {
        let query = sql::query(POSTING_WITH_RIGHTS).bind(room.uuid()).bind(user.uuid());
        let query = query.try_map(|row: PgRow| {
            let rights = rows::permissions(row.try_get(2)?);
            let graph = Version(row.try_get(1)?);
            self.memory.rights.note(graph, user, rights);
            let subject = rows::subject(user, row.try_get(0)?, rights)?;
            Ok(Posting { subject, access: rows::room_access(&row, 3)?, graph })
        });
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }
}

#[async_trait]
impl ChatReads for Reads {
    async fn access(&self, room: RoomId, user: UserId) -> StoreResult<Option<RoomAccess>> {
        let query = sql::query(concat!(
            "SELECT ",
            access_columns!(),
            " FROM ",
            from_room_as_user!(),
            " WHERE room.id = $1"
        ));
        let query = query.bind(room.uuid()).bind(user.uuid());
        let query = query.try_map(|row| rows::room_access(&row, 0));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn posting(&self, room: RoomId, user: UserId) -> StoreResult<Option<Posting>> {
        let query = sql::query(POSTING);
        let query = query.bind(room.uuid()).bind(user.uuid());
        let query = query.try_map(|row: PgRow| {
            let access = rows::room_access(&row, 3)?;
            let graph = Version(row.try_get(1)?);
            let known = self.memory.rights.at(graph, &user);
            let subject = known.map(|rights| rows::subject(user, row.try_get(0)?, rights));
            Ok(subject.transpose()?.map(|subject| Posting { subject, access, graph }))
        });
        let posting = match self.db.run(query.fetch_optional(&self.db.pool)).await? {
            Some(None) => self.posting_with_rights(room, user).await?,
            known => known.flatten(),
        };
        if let Some(posting) = &posting {
            self.memory.postings.note(posting.graph, (room, user), posting.clone());
        }
        Ok(posting)
    }

    fn remembered_posting(&self, room: RoomId, user: UserId) -> Option<Posting> {
        self.memory.postings.latest(&(room, user)).map(|(_, posting)| posting)
    }

    async fn room(&self, id: RoomId) -> StoreResult<Option<Room>> {
        let query = sql::query(concat!(
            "SELECT ",
            room_columns!(),
            " FROM chat_rooms AS room WHERE room.id = $1"
        ));
        let query = query.bind(id.uuid()).try_map(|row| rows::room(&row, 0));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn direct(&self, pair: DirectPair) -> StoreResult<Option<Room>> {
        let query = sql::query(concat!(
            "SELECT ",
            room_columns!(),
            " FROM chat_rooms AS room \
             WHERE room.direct_low = $1 AND room.direct_high = $2"
        ));
        let (low, high) = pair.users();
        let query = query.bind(low.uuid()).bind(high.uuid()).try_map(|row| rows::room(&row, 0));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn channel(&self, name: &str) -> StoreResult<Option<Room>> {
        let query = sql::query(concat!(
            "SELECT ",
            room_columns!(),
            " FROM chat_rooms AS room \
             WHERE room.kind = 'channel' AND room.name_key = $1"
        ));
        let query = query.bind(text::key(name)).try_map(|row| rows::room(&row, 0));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn rooms_of(&self, user: UserId, query: RoomQuery) -> StoreResult<Vec<RoomSummary>> {
        unread::rooms_of(&self.db, user, query).await
    }

    async fn channels(&self, query: RoomQuery) -> StoreResult<Vec<Room>> {
        let statement = sql::query(concat!(
            "SELECT ",
            room_columns!(),
            " FROM chat_rooms AS room \
             WHERE room.kind = 'channel' AND room.id > $1 ORDER BY room.id LIMIT $2"
        ));
        let statement = statement
            .bind(after(query.after))
            .bind(limit(query.limit))
            .try_map(|row| rows::room(&row, 0));
        self.db.run(statement.fetch_all(&self.db.pool)).await
    }

    async fn unread(&self, user: UserId) -> StoreResult<UnreadCounts> {
        unread::counts(&self.db, user).await
    }

    async fn memberships(&self, user: UserId) -> StoreResult<Vec<Member>> {
        let query = sql::query(concat!(
            "SELECT ",
            member_columns!(),
            " FROM chat_members AS member \
             WHERE member.user_id = $1 ORDER BY member.room_id"
        ));
        let query = query.bind(user.uuid()).try_map(|row| rows::member(&row, 0));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn peers(&self, user: UserId) -> StoreResult<Vec<UserId>> {
        let query = sql::query_scalar(
            "SELECT DISTINCT other.user_id FROM chat_members AS own \
             JOIN chat_members AS other ON other.room_id = own.room_id \
             WHERE own.user_id = $1 AND other.user_id <> $1 ORDER BY other.user_id",
        );
        let peers: Vec<Uuid> =
            self.db.run(query.bind(user.uuid()).fetch_all(&self.db.pool)).await?;
        Ok(peers.into_iter().map(UserId::from_uuid).collect())
    }

    async fn owners(&self, room: RoomId) -> StoreResult<Vec<UserId>> {
        let query = sql::query_scalar(
            "SELECT user_id FROM chat_members WHERE room_id = $1 AND role = 'owner' ORDER BY user_id",
        );
        let owners: Vec<Uuid> =
            self.db.run(query.bind(room.uuid()).fetch_all(&self.db.pool)).await?;
        Ok(owners.into_iter().map(UserId::from_uuid).collect())
    }

    async fn members(
        &self,
        room: RoomId,
        start: Option<UserId>,
        rows: usize,
    ) -> StoreResult<Vec<Member>> {
        let query = sql::query(concat!(
            "SELECT ",
            member_columns!(),
            " FROM chat_members AS member \
             WHERE member.room_id = $1 AND member.user_id > $2 ORDER BY member.user_id LIMIT $3"
        ));
        let query = query
            .bind(room.uuid())
            .bind(start.map_or(Uuid::nil(), UserId::uuid))
            .bind(limit(rows))
            .try_map(|row| rows::member(&row, 0));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn message(&self, id: MessageId) -> StoreResult<Option<Message>> {
        messages::one(&self.db, id).await
    }

    async fn messages(&self, query: MessageQuery) -> StoreResult<Vec<Message>> {
        messages::part(&self.db, query).await
    }

    async fn edits(&self, message: MessageId) -> StoreResult<Vec<MessageEdit>> {
        messages::edits(&self.db, message).await
    }
}

/// Where a list by id starts: after this one, or before all. No id is nil.
pub(super) fn after(id: Option<RoomId>) -> Uuid {
    id.map_or(Uuid::nil(), RoomId::uuid)
}
