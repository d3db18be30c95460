// What the page knows: people, rooms, messages, who is online. Views read it and listen to topics:
// `rooms`, `people`, `connection`, and a room's id for what happens in that room.

import { Timeline } from "./timeline.js";

export class State {
  constructor(me, permissions) {
    this.me = me;
    this.permissions = new Set(permissions);
    this.users = new Map([[me.id, me]]);
    this.rooms = new Map();
    this.online = new Map();
    this.connection = { name: "idle" };
    this.listeners = new Map();
    /** Called with the id of someone whose name is wanted and not known. */
    this.onUnknown = () => {};
  }

  /** Calls the listener after each change of the topic; returns what ends that. */
  on(topic, listener) {
    if (!this.listeners.has(topic)) this.listeners.set(topic, new Set());
    const listeners = this.listeners.get(topic);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  changed(...topics) {
    for (const topic of topics) {
      for (const listener of this.listeners.get(topic) ?? []) listener();
    }
  }

  may(permission) {
    return this.permissions.has(permission);
  }

  /** The name that others see; a stand-in until it is known, or where it may not be. */
  nameOf(user) {
    const known = this.users.get(user);
    if (known === undefined) this.onUnknown(user);
    return known?.display_name ?? "Someone";
  }

  /** The other one in a direct room. */
  peerOf(room) {
    const [one, other] = room.pair ?? [];
    return one === this.me.id ? other : one;
  }

  titleOf(room) {
    if (room.kind !== "direct") return room.name ?? "Room";
    const peer = this.peerOf(room);
    return peer === this.me.id ? "Notes to self" : this.nameOf(peer);
  }

  /** Puts a room into the list, or the server's newer word on one that is in it. */
  putRoom({ room, member, unread }) {
    const entry = this.rooms.get(room.id) ?? {
      timeline: new Timeline(),
      outbox: [],
      draft: "",
      preview: null,
      touched: 0,
    };
    Object.assign(entry, { room, member, unread });
    this.rooms.set(room.id, entry);
    return entry;
  }

  /** Whether the viewer has muted the room for now. */
  isMuted(entry) {
    const until = entry.member.muted_until;
    return until !== null && until !== undefined && new Date(until) > new Date();
  }

  /** Unread messages in all rooms but the muted ones. */
  get badge() {
    let total = 0;
    for (const entry of this.rooms.values()) if (!this.isMuted(entry)) total += entry.unread;
    return total;
  }
}

/** Whether a message is unread for whoever's pointer stands before it (CHAT-1). */
export function countsAsUnread(message, me) {
  return message.kind === "user" && message.author !== me && !message.deleted_at;
}
