//! The module's decisions: pure functions.

use chrono::TimeDelta;

use super::model::{HistoryPolicy, Message, Room, RoomAccess, RoomKind, RoomRole, Seq};
use crate::{
    error::{Error, Result},
    ids::UserId,
    time::Timestamp,
};

/// From where on new members see messages in a room of this kind, unless its creator says so.
pub fn default_history(kind: RoomKind) -> HistoryPolicy {
    match kind {
        RoomKind::Group => HistoryPolicy::FromJoin,
        RoomKind::Direct | RoomKind::Channel | RoomKind::Project | RoomKind::Support => {
            HistoryPolicy::Full
        }
    }
}

/// Whether someone may write into the room now: an archived room is read-only, and so is a direct room
/// whose other user is shut out (CHAT-18).
///
/// # Errors
/// A precondition error.
pub fn writable(access: &RoomAccess) -> Result<()> {
    open(&access.room)?;
    if access.room.kind == RoomKind::Direct && !access.peer_active {
        return Err(Error::Precondition("the other person is no longer active".into()));
    }
    Ok(())
}

/// Whether the room is not archived.
///
/// # Errors
/// A precondition error.
pub fn open(room: &Room) -> Result<()> {
    match room.archived_at {
        None => Ok(()),
        Some(_) => Err(Error::Precondition("the room is archived".into())),
    }
}

/// Whether a room has an owner who is let in when this user is none any more (CHAT-40). `owners` are
/// those of its owners who are let in.
///
/// # Errors
/// A precondition error.
pub fn keeps_an_owner(owners: &[UserId], without: UserId) -> Result<()> {
    if owners.iter().any(|owner| *owner != without) {
        return Ok(());
    }
    Err(Error::Precondition("a room keeps an owner: make another one first, or archive it".into()))
}

/// Whether a room may be taken over: none of its owners is let in (CHAT-40).
///
/// # Errors
/// A precondition error.
pub fn has_no_owner(owners: &[UserId]) -> Result<()> {
    if owners.is_empty() {
        Ok(())
    } else {
        Err(Error::Precondition("the room has an owner".into()))
    }
}

/// Whether the caller may change or remove a member of this role: an owner may all, a moderator
/// plain members only. `own` is the caller's role in the room; none when he acts by a permission of
/// the organisation.
///
/// # Errors
/// Forbidden.
pub fn outranks(own: Option<RoomRole>, target: RoomRole, action: &'static str) -> Result<()> {
    match (own, target) {
        (None | Some(RoomRole::Owner), _) | (Some(RoomRole::Moderator), RoomRole::Member) => Ok(()),
        _ => Err(Error::Forbidden { action }),
    }
}

/// Whether a message may be edited now (CHAT-12). A moderator is not bound by the window.
///
/// # Errors
/// A precondition error when it is deleted or the window is over.
pub fn editable(
    message: &Message,
    by_moderator: bool,
    now: Timestamp,
    window: Option<TimeDelta>,
) -> Result<()> {
    if message.deleted_at.is_some() {
        return Err(Error::Precondition("a deleted message cannot be edited".into()));
    }
    match window {
        Some(window) if !by_moderator && now >= message.created_at + window => {
            Err(Error::Precondition("the time to edit this message is over".into()))
        }
        _ => Ok(()),
    }
}

/// The message as a viewer sees it: of a deleted one only that it was there.
#[must_use]
pub fn shown(mut message: Message) -> Message {
    if message.deleted_at.is_some() {
        message.body.clear();
    }
    message
}

/// Where the read pointer ends up when it moves forward to `to` (CHAT-4).
pub fn pointer_forward(pointer: Seq, to: Seq, last: Seq) -> Seq {
    pointer.max(to.min(last))
}

/// Where the read pointer ends up when messages from `from` on become unread (CHAT-5): never
/// forward, and never before what the member may see.
pub fn pointer_back(pointer: Seq, from: Seq, visible_after: Seq) -> Seq {
    pointer.min(Seq(from.0.saturating_sub(1)).max(visible_after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_moderator_does_not_outrank_an_owner_or_another_moderator() {
        for (own, target, allowed) in [
            (Some(RoomRole::Owner), RoomRole::Owner, true),
            (Some(RoomRole::Moderator), RoomRole::Member, true),
            (Some(RoomRole::Moderator), RoomRole::Moderator, false),
            (Some(RoomRole::Moderator), RoomRole::Owner, false),
            (Some(RoomRole::Member), RoomRole::Member, false),
            (None, RoomRole::Owner, true),
        ] {
            assert_eq!(outranks(own, target, "x").is_ok(), allowed, "{own:?} {target:?}");
        }
    }

    #[test]
    fn chat_40_the_last_owner_stays_one() {
        let user = |number| UserId::from_uuid(uuid::Uuid::from_u128(number));
        for (owners, without, kept) in [
            (vec![1, 2], 1, true),
            (vec![1], 1, false),
            // One who is shut out goes only where another stays.
            (vec![1], 2, true),
            (vec![], 2, false),
        ] {
            let owners: Vec<_> = owners.into_iter().map(user).collect();
            assert_eq!(keeps_an_owner(&owners, user(without)).is_ok(), kept, "{owners:?}");
            assert_eq!(has_no_owner(&owners).is_ok(), owners.is_empty());
        }
    }

    proptest! {
        #[test]
        fn chat_4_the_pointer_is_monotone_clamped_and_order_free(
            start in 0_i64..20, a in 0_i64..40, b in 0_i64..40, last in 20_i64..30,
        ) {
            let step = |pointer, to| pointer_forward(pointer, Seq(to), Seq(last));
            let one = step(step(Seq(start), a), b);
            prop_assert_eq!(one, step(step(Seq(start), b), a));
            prop_assert_eq!(one, step(one, a), "a duplicate is harmless");
            prop_assert!(one >= Seq(start) && one <= Seq(last));
        }

        #[test]
        fn chat_5_marking_unread_never_raises_the_pointer(
            pointer in 0_i64..30, from in i64::MIN..40, visible in 0_i64..10,
        ) {
            let back = pointer_back(Seq(pointer), Seq(from), Seq(visible));
            prop_assert!(back <= Seq(pointer));
            prop_assert!(back == Seq(pointer) || back >= Seq(visible));
        }
    }
}
