// What an event does to the state. Each handler may meet what it tells already done, since a
// snapshot is taken after the first events may have arrived: applying it again changes nothing.

import { countsAsUnread } from "./state.js";

/**
 * Applies an event. `refetch` asks the server for what the page cannot tell by itself: `counts()`
 * for unread numbers, `room(id)` for a room, `gap(id)` for messages missing before one that came.
 */
export function applyEvent(state, { type, data, at }, refetch) {
  HANDLERS[type]?.(state, data, refetch, at);
}

const HANDLERS = {
  "chat.message_posted": (state, message, refetch) => {
    const entry = state.rooms.get(message.room);
    if (entry === undefined) return;
    touch(entry);
    settle(entry, message);
    if (!entry.timeline.take(message)) refetch.gap(message.room);
    if (message.seq > (entry.preview?.seq ?? 0)) entry.preview = message;
    if (message.seq > entry.room.last_seq) arrive(state, entry, message);
    state.changed(message.room, "rooms");
  },

  "chat.message_edited": (state, message) => {
    const entry = state.rooms.get(message.room);
    if (entry === undefined) return;
    entry.timeline.take(message);
    renewPreview(entry, message);
    state.changed(message.room, "rooms");
  },

  "chat.message_deleted": (state, deleted, refetch) => {
    const entry = state.rooms.get(deleted.room);
    if (entry === undefined) return;
    touch(entry);
    const message = tombstone(entry.timeline.at(deleted.seq), deleted);
    entry.timeline.take(message);
    renewPreview(entry, message);
    if (deleted.seq > entry.member.read_seq && deleted.author !== state.me.id) refetch.counts();
    state.changed(deleted.room, "rooms");
  },

  "chat.message_restored": (state, message, refetch) => {
    const entry = state.rooms.get(message.room);
    if (entry === undefined) return;
    touch(entry);
    entry.timeline.take(message);
    renewPreview(entry, message);
    if (message.seq > entry.member.read_seq && message.author !== state.me.id) refetch.counts();
    state.changed(message.room, "rooms");
  },

  "chat.read_moved": (state, { room, user, seq }, refetch) => {
    const entry = state.rooms.get(room);
    if (entry === undefined || user !== state.me.id) return;
    touch(entry);
    entry.member.read_seq = seq;
    recount(state, entry, refetch);
    state.changed(room, "rooms");
  },

  "chat.room_created": (state, { room, members }) => {
    const own = members.find(([user]) => user === state.me.id);
    if (own === undefined || state.rooms.has(room.id)) return;
    const member = membership(room, state.me.id, own[1], room.created_at, 0);
    state.putRoom({ room, member, unread: 0 }).timeline.loaded = true;
    state.changed("rooms");
  },

  "chat.room_updated": (state, { room, version, name, topic }) => {
    const entry = state.rooms.get(room);
    if (entry === undefined || entry.room.version >= version) return;
    Object.assign(entry.room, { version, name, topic });
    state.changed(room, "rooms");
  },

  "chat.room_archived": (state, { room, version, archived_at }) =>
    archived(state, room, version, archived_at),

  "chat.room_restored": (state, { room, version }) => archived(state, room, version, null),

  "chat.member_added": (state, { room, user, role, joined_at, seq }, refetch) => {
    const entry = state.rooms.get(room.id);
    if (user === state.me.id && entry === undefined) {
      const member = membership(room, user, role, joined_at, seq);
      state.putRoom({ room: { ...room, last_seq: seq }, member, unread: 0 });
    }
    rosterChanged(state, room.id, refetch);
  },

  "chat.member_removed": (state, { room, user }, refetch) => {
    if (user === state.me.id) state.rooms.delete(room);
    rosterChanged(state, room, refetch);
  },

  "chat.member_role_changed": (state, { room, user, role }) => {
    const entry = state.rooms.get(room);
    if (entry === undefined) return;
    if (user === state.me.id) entry.member.role = role;
    entry.members = null;
    state.changed(room);
  },

  "chat.room_muted": (state, { room, user, until }) => {
    const entry = state.rooms.get(room);
    if (entry === undefined || user !== state.me.id) return;
    entry.member.muted_until = until;
    state.changed(room, "rooms");
  },

  "access.user_created": putUser,
  "access.user_changed": putUser,

  "presence.online": (state, { user, since }) => {
    state.online.set(user, { user, since });
    state.changed("people");
  },

  "presence.offline": (state, { user }) => {
    state.online.delete(user);
    state.changed("people");
  },
};

function putUser(state, card) {
  const known = state.users.get(card.id);
  if (known !== undefined && known.version >= card.version) return;
  const user = { ...known, ...card };
  state.users.set(card.id, user);
  if (card.id === state.me.id) state.me = { ...state.me, ...user };
  state.changed("people", "rooms", ...state.rooms.keys());
}

function archived(state, room, version, archived_at) {
  const entry = state.rooms.get(room);
  if (entry === undefined || entry.room.version >= version) return;
  Object.assign(entry.room, { version, archived_at });
  state.changed(room, "rooms");
}

function rosterChanged(state, room, refetch) {
  const entry = state.rooms.get(room);
  if (entry !== undefined) {
    entry.members = null;
    refetch.room(room);
  }
  state.changed(room, "rooms");
}

/** Marks that something happened: an answer that was asked for earlier may be out of date. */
function touch(entry) {
  entry.touched += 1;
}

/** A message of one's own came back: what waited to be sent is shown no longer. */
function settle(entry, message) {
  const { outbox } = entry;
  if (outbox.some((item) => item.settled === message.id)) return;
  const match = outbox.find((item) =>
    item.settled === null && item.author === message.author && item.body === message.body);
  if (match !== undefined) match.settled = message.id;
}

/** A message beyond the last one that was known. */
function arrive(state, entry, message) {
  entry.room.last_seq = message.seq;
  // History that is taken over is not what was said last.
  const last = entry.room.last_message_at;
  if (last === null || new Date(last) < new Date(message.created_at)) {
    entry.room.last_message_at = message.created_at;
  }
  if (message.author === state.me.id) {
    // Whoever had read everything has read his own message too.
    if (entry.member.read_seq === message.seq - 1) entry.member.read_seq = message.seq;
  } else if (countsAsUnread(message, state.me.id) && message.seq > entry.member.read_seq) {
    entry.unread += 1;
  }
}

function renewPreview(entry, message) {
  if (entry.preview?.id === message.id) entry.preview = message;
}

/** What is left of a deleted message; of one that is not loaded the event tells enough. */
function tombstone(known, { room, message: id, seq, author, version, deleted_at }) {
  const unknown = { kind: "user", format: "text", created_at: deleted_at, edited_at: null };
  return { ...(known ?? unknown), id, room, seq, author, version, deleted_at, body: "" };
}

/** The unread number after the pointer moved: counted here when all that it needs is loaded. */
function recount(state, entry, refetch) {
  const { timeline, member, room } = entry;
  if (member.read_seq >= room.last_seq) {
    entry.unread = 0;
  } else if (timeline.loaded && timeline.last === room.last_seq && timeline.first <= member.read_seq + 1) {
    entry.unread = timeline.messages.filter(
      (message) => message.seq > member.read_seq && countsAsUnread(message, state.me.id),
    ).length;
  } else {
    refetch.counts();
  }
}

function membership(room, user, role, joined_at, seq) {
  const visible_after = room.history === "full" ? 0 : seq;
  return { room: room.id, user, role, joined_at, visible_after, read_seq: seq, muted_until: null };
}
