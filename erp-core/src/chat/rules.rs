//! The module's decisions: pure functions.

use chrono::TimeDelta;

use super::model::{HistoryPolicy, Message, Room, RoomAccess, RoomKind, RoomRole, Seq};
use crate::{
    error::{Error, Result, Violation},
    ids::UserId,
    time::Timestamp,
};

/// The longest name of a room, in characters.
const MAX_NAME_CHARS: usize = 100;
/// The longest topic of a room, in characters.
const MAX_TOPIC_CHARS: usize = 500;

/// A room's name as it is kept: without spaces around it.
///
/// # Errors
/// A validation error on `name` unless it is 1 to 100 characters without control characters.
pub fn room_name(name: &str) -> Result<String> {
    let name = name.trim();
    let chars = name.chars().count();
    if !(1..=MAX_NAME_CHARS).contains(&chars) || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "must be 1 to 100 characters on one line"));
    }
    Ok(name.to_owned())
}

/// A room's topic as it is kept; an empty one is none.
///
/// # Errors
/// A validation error on `topic` when it is longer than 500 characters.
pub fn room_topic(topic: &str) -> Result<Option<String>> {
    let topic = topic.trim();
    if topic.chars().count() > MAX_TOPIC_CHARS || topic.chars().any(char::is_control) {
        return Err(Error::invalid("topic", "must be at most 500 characters on one line"));
    }
    Ok((!topic.is_empty()).then(|| topic.to_owned()))
}

/// Checks a message's body.
///
/// # Errors
/// A validation error on `body` when it is blank, too long, or has a NUL character.
pub fn body(text: &str, max_bytes: usize) -> Result<()> {
    let wrong = if text.trim().is_empty() {
        "must not be blank".to_owned()
    } else if text.len() > max_bytes {
        format!("must be at most {max_bytes} bytes, has {}", text.len())
    } else if text.contains('\0') {
        "must not contain the NUL character".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::Validation(vec![Violation::new("body", wrong)]))
}

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
    fn a_name_is_trimmed_and_bounded() {
        assert_eq!(room_name("  Site Berlin "), Ok("Site Berlin".to_owned()));
        for bad in ["", "  ", "a\nb", &"x".repeat(101)] {
            assert!(room_name(bad).is_err(), "{bad:?}");
        }
        assert_eq!(room_topic("  "), Ok(None));
    }

    #[test]
    fn a_body_is_not_blank_not_long_and_has_no_nul() {
        assert!(body("hello", 5).is_ok());
        for bad in ["", " \n", "hello!", "a\0b"] {
            assert!(matches!(body(bad, 5), Err(Error::Validation(_))), "{bad:?}");
        }
    }

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
