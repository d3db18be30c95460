//! Changes of rooms, members and messages, each to its place.

use erp_core::{
    change::Allocated,
    chat::{ChatChange, Seq},
};
use sqlx::PgConnection;

use super::{
    messages::{self, NewMessage},
    rooms::{self, Joining},
};
use crate::commit::Failure;

/// Writes the change, and returns what it allocated.
pub(crate) async fn chat(
    conn: &mut PgConnection,
    change: &ChatChange,
) -> Result<Allocated, Failure> {
    use ChatChange as C;
    match change {
        C::CreateRoom { room, members } => rooms::create(conn, room, members).await?,
        C::UpdateRoom { id, expected, name, topic } => {
            rooms::update(conn, *id, *expected, name.as_deref(), topic.as_deref()).await?;
        }
        C::SetRoomArchived { id, expected, archived_at } => {
            rooms::set_archived(conn, *id, *expected, *archived_at).await?;
        }
        C::AddMember { room, user, role, at } => {
            let joining = Joining { room: *room, user: *user, role: *role, at: *at };
            return rooms::add_member(conn, joining).await.map(allocated);
        }
        C::RemoveMember { room, user } => rooms::remove_member(conn, *room, *user).await?,
        C::SetMemberRole { room, user, role } => {
            rooms::set_role(conn, *room, *user, *role).await?;
        }
        C::SetMute { room, user, until } => rooms::set_mute(conn, *room, *user, *until).await?,
        C::AppendMessage { .. } => {
            if let Some(message) = NewMessage::of(change) {
                return messages::append(conn, message).await.map(allocated);
            }
        }
        C::EditMessage { id, expected, body, by, at } => {
            messages::edit(conn, *id, *expected, body, *by, *at).await?;
        }
        C::SetMessageDeleted { id, expected, deleted_at } => {
            messages::set_deleted(conn, *id, *expected, *deleted_at).await?;
        }
        C::MovePointer { room, user, to } => {
            return rooms::move_pointer(conn, *room, *user, *to).await.map(allocated);
        }
    }
    Ok(Allocated::default())
}

fn allocated(seq: Seq) -> Allocated {
    Allocated::number(seq.0)
}
