//! What a host may set.

use chrono::TimeDelta;

/// Messages and badges.
#[derive(Clone, Debug)]
pub struct ChatOptions {
    /// The longest body of a message, in bytes.
    pub max_body_bytes: usize,
    /// The most members that a room can be opened with.
    pub max_first_members: usize,
    /// How long an author may edit a message; none is for ever. Moderators may always.
    pub edit_window: Option<TimeDelta>,
    /// Whether muted rooms count in the total of the badge (CHAT-8).
    pub muted_rooms: MutedRooms,
}

/// Whether muted rooms count in the total of the badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutedRooms {
    /// They do not count.
    Skip,
    /// They count like others.
    Count,
}

impl Default for ChatOptions {
    fn default() -> Self {
        Self {
            max_body_bytes: 64 * 1024,
            max_first_members: 1_000,
            edit_window: Some(TimeDelta::hours(24)),
            muted_rooms: MutedRooms::Skip,
        }
    }
}
