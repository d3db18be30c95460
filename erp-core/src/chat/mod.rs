//! Rooms, members and messages.
//!
//! Invariants: a room's sequence has no gap and rises in commit order (CHAT-11); the unread count
//! is derived, never stored (CHAT-1); the read pointer only falls by marking unread (CHAT-4,
//! CHAT-5); two users share one direct room (CHAT-10).

mod change;
mod event;
mod model;
mod reads;
pub mod rules;
mod service;

pub use change::{ChatChange, PointerMove};
pub use event::ChatEvent;
pub use model::{
    BodyFormat, DirectPair, HistoryPolicy, Member, Message, MessageEdit, MessageKind, Room,
    RoomAccess, RoomKind, RoomRole, RoomSummary, Seq,
};
pub use reads::{ChatReads, MessageAnchor, MessageQuery, Posting, RoomQuery, UnreadCounts};
pub use service::*;
