//! Rows as values of the domain. Columns are read by place, in the order of each list here.

mod access;
mod attachments;
mod audit;
mod chat;
mod inventory;
mod phases;
mod projects;
mod stock;
mod tasks;

pub(crate) use access::{
    device, device_and_ip, permissions, role, session, session_row, subject, team, user,
};
pub(crate) use attachments::{attachment, attachment_columns};
pub(crate) use audit::{actor, audit_entry};
pub(crate) use chat::{edit, member, message, room, room_access};
pub(crate) use inventory::{item, lot, may_go_negative, tracking, valuation};
pub(crate) use phases::{named_phase, phase, phase_columns};
pub(crate) use projects::{
    project, project_access, project_columns, project_member, project_member_columns,
};
pub(crate) use stock::{alert, balance, level, movement, posting, reservation};

pub(crate) use tasks::{
    TASK_COLUMNS, comment, comment_columns, dependency, dependency_kind, task, task_columns,
    task_status, time_columns, time_entry,
};

use sqlx::error::BoxDynError;

/// A value that this engine does not know, or that does not fit.
pub(crate) fn unreadable(what: &'static str, value: &str) -> sqlx::Error {
    let text: BoxDynError = format!("unknown {what} in the database: {value:?}").into();
    sqlx::Error::Decode(text)
}

/// The columns of a user, read by [`user`].
macro_rules! user_columns {
    () => {
        "account.id, account.email, account.display_name, account.status, account.version, \
         account.created_at, account.updated_at"
    };
}

/// The columns of a session, read by [`session`].
macro_rules! session_columns {
    () => {
        "session.id, session.user_id, session.device_name, session.user_agent, \
         host(session.ip), session.created_at, session.last_used_at, session.expires_at"
    };
}

/// The columns of a known device, read by [`device`].
macro_rules! device_columns {
    () => {
        "device.token_hash, device.user_id, device.session_id, device.created_at, \
         device.last_used_at, device.expires_at"
    };
}

/// The columns of a role, read by [`role`].
macro_rules! role_columns {
    () => {
        "role.id, role.name, array_to_string(role.permissions, ' '), role.built_in, role.version"
    };
}

/// The columns of a room, read by [`room`].
macro_rules! room_columns {
    () => {
        "room.id, room.kind, room.name, room.topic, room.project_id, room.direct_low, \
         room.direct_high, room.history, room.last_seq, room.last_message_at, room.member_count, \
         room.roster, room.version, room.created_by, room.created_at, room.archived_at"
    };
}

/// How many columns [`room_columns`] has.
pub(crate) const ROOM_COLUMNS: usize = 16;

/// The columns of a membership, read by [`member`].
macro_rules! member_columns {
    () => {
        "member.room_id, member.user_id, member.role, member.joined_at, member.visible_after, \
         member.read_seq, member.muted_until"
    };
}

/// How many columns [`member_columns`] has.
pub(crate) const MEMBER_COLUMNS: usize = 7;

/// The columns of a message, read by [`message`].
macro_rules! message_columns {
    () => {
        "message.id, message.room_id, message.seq, message.author_id, message.kind, \
         message.format, message.body, message.created_at, message.edited_at, message.deleted_at, \
         message.version"
    };
}

/// The columns of an item, read by [`item`].
macro_rules! item_columns {
    () => {
        "item.id, item.sku, item.name, item.category_id, item.unit, item.scale, \
         item.reorder_level, item.valuation, item.negative, item.active, item.version, \
         item.created_at, item.tracking"
    };
}

/// The columns of a lot, read by [`lot`].
macro_rules! lot_columns {
    () => {
        "lot.id, lot.item_id, lot.code, lot.expires_on, lot.created_at"
    };
}

/// The columns of a movement, read by [`movement`].
macro_rules! movement_columns {
    () => {
        "movement.posting_id, movement.line, movement.item_id, movement.warehouse_id, \
         movement.kind, movement.quantity, movement.value, movement.effective_at, movement.seq, \
         movement.priced, movement.stated, movement.of_posting, movement.of_line, movement.lot_id, \
         movement.layers, movement.returns, movement.reservation_id, movement.consumed"
    };
}

/// The columns of a reservation, read by [`reservation`].
macro_rules! reservation_columns {
    () => {
        "reservation.id, reservation.item_id, reservation.warehouse_id, reservation.owner_id, \
         reservation.quantity, reservation.consumed, reservation.state, reservation.expires_at, \
         reservation.reference, reservation.created_at"
    };
}

/// The columns of a notice of low stock, read by [`alert`].
macro_rules! alert_columns {
    () => {
        "alert.id, alert.item_id, alert.warehouse_id, alert.available, alert.reorder_level, \
         alert.raised_at, alert.acknowledged_by, alert.acknowledged_at"
    };
}

pub(crate) use {
    alert_columns, device_columns, item_columns, lot_columns, member_columns, message_columns,
    movement_columns, reservation_columns, role_columns, room_columns, session_columns,
    user_columns,
};
