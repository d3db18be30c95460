// Keeps the state equal to the server's: a snapshot, then every event after it.
//
// After `hello` with `recovered: "true"` the events simply go on. Otherwise the snapshot is taken
// after `hello`, while events wait; then they are applied, and those that the snapshot holds
// already change nothing. The position to resume from is only kept once the snapshot stands.

import { api } from "../api.js";
import { soon } from "../dom.js";
import { applyEvent } from "./events.js";
import { Names } from "./names.js";

/** Messages in one page. */
const PAGE = 50;

export class Sync {
  /**
   * `feeds` are the other parts of the state that events change; `onReady` is called whenever a
   * snapshot stands.
   */
  constructor(state, { feeds = [], onReady, onError }) {
    this.state = state;
    this.feeds = feeds;
    this.onReady = onReady;
    this.onError = onError;
    this.position = null;
    this.waiting = null;
    this.round = 0;
    this.names = new Names(state);
    state.onUnknown = (user) => this.names.want(user);
    this.stale = new Set();
    const renewRooms = soon(() => this.#renewRooms());
    this.refetch = {
      counts: soon(() => this.#recount()),
      gap: (room) => this.#fillGap(room),
      room: (room) => {
        this.stale.add(room);
        renewRooms();
      },
    };
  }

  /** Does not go on from where it was: the next connection begins with a snapshot. */
  forget() {
    this.round += 1;
    this.position = null;
    this.waiting = null;
  }

  /** Takes a frame of the live connection. */
  frame(frame) {
    if (frame.frame === "hello") {
      if (frame.recovered === "true" && this.position !== null) this.position = frame.position;
      else this.#reload(frame.position);
    } else if (this.waiting !== null) {
      this.waiting.push(frame);
    } else {
      this.#take(frame);
    }
  }

  #take(frame) {
    if (frame.frame === "event") {
      applyEvent(this.state, frame, this.refetch);
      for (const feed of this.feeds) feed.take(frame);
    }
    if (frame.position !== undefined) this.position = frame.position;
  }

  async #reload(position) {
    const round = (this.round += 1);
    this.position = null;
    this.waiting = [];
    try {
      await this.#snapshot();
    } catch (error) {
      // The connection that brought the hello is of no use without a snapshot.
      if (round === this.round) this.onError(error);
      return;
    }
    if (round !== this.round) return;
    const frames = this.waiting;
    this.waiting = null;
    this.position = position;
    try {
      frames.forEach((frame) => this.#take(frame));
    } catch (error) {
      return this.#lost(error);
    }
    this.onReady();
  }

  async #snapshot() {
    const { state } = this;
    const [me, rooms, online, users] = await Promise.all([
      api.me(),
      api.rooms(),
      api.online(),
      state.may("users.read") ? api.users() : [],
    ]);
    state.me = me.user;
    state.permissions = new Set(me.permissions);
    state.users = new Map([[me.user.id, me.user], ...users.map((user) => [user.id, user])]);
    state.online = new Map(online.items.map((item) => [item.user, item]));
    const gone = new Set(state.rooms.keys());
    for (const summary of rooms) {
      gone.delete(summary.room.id);
      const entry = state.putRoom(summary);
      entry.timeline.loaded = false;
      entry.members = null;
      entry.askedAt = null;
      if (entry.preview?.seq !== summary.room.last_seq) entry.preview = null;
    }
    for (const id of gone) state.rooms.delete(id);
    const shown = state.rooms.get(state.open);
    if (shown !== undefined) await this.latest(shown);
    await Promise.all(this.feeds.map((feed) => feed.reload()));
    state.changed("rooms", "people", ...state.rooms.keys());
  }

  /** Loads the end of a room. */
  async latest(entry) {
    const { timeline } = entry;
    await timeline.load(api.messages(entry.room.id, {}, PAGE), timeline.replace);
    if (timeline.messages.length > 0) entry.preview = timeline.at(timeline.last);
    this.state.changed(entry.room.id, "rooms");
  }

  /** Loads a room where its reader left off, or its end when he has read nearly all of it. */
  async arriveAt(entry) {
    const { timeline, room, member } = entry;
    const unseen = room.last_seq - member.read_seq;
    if (unseen < PAGE - 10 || member.read_seq <= member.visible_after) return this.latest(entry);
    const around = api.messages(room.id, { around: member.read_seq + 1 }, PAGE);
    await timeline.load(around, timeline.replace);
    this.state.changed(room.id);
  }

  async older(entry) {
    const { timeline } = entry;
    const before = api.messages(entry.room.id, { before: timeline.first }, PAGE);
    await timeline.load(before, timeline.prepend);
    this.state.changed(entry.room.id);
  }

  async newer(entry) {
    const { timeline } = entry;
    const after = api.messages(entry.room.id, { after: timeline.last }, PAGE);
    await timeline.load(after, timeline.append);
    this.state.changed(entry.room.id);
  }

  /** The last message of a room whose messages are not loaded, for the list. */
  async preview(entry) {
    const page = await api.messages(entry.room.id, {}, 1);
    const message = page.items[0];
    if (message !== undefined && message.seq >= (entry.preview?.seq ?? 0)) entry.preview = message;
    this.state.changed("rooms");
  }

  async #fillGap(room) {
    const entry = this.state.rooms.get(room);
    if (entry === undefined || entry.filling) return;
    const { timeline } = entry;
    entry.filling = true;
    try {
      do await this.newer(entry);
      while (!timeline.hasAfter && timeline.last < entry.room.last_seq);
    } catch (error) {
      this.#lost(error);
    } finally {
      entry.filling = false;
    }
  }

  /** Asks how many belong to rooms that people joined or left. */
  async #renewRooms() {
    const rooms = [...this.stale];
    this.stale.clear();
    for (const id of rooms) {
      try {
        const { room } = await api.room(id);
        Object.assign(this.state.rooms.get(id)?.room ?? {}, { member_count: room.member_count });
        this.state.changed(id);
      } catch {
        // Not his room any more, or no answer: the number waits for the next snapshot.
      }
    }
  }

  /** Something is missing that no event will bring again: only a new snapshot helps. */
  #lost(error) {
    this.position = null;
    this.onError(error);
  }

  /** Asks for the unread numbers, and again when something happened in between. */
  async #recount() {
    const before = new Map([...this.state.rooms].map(([id, entry]) => [id, entry.touched]));
    let summaries;
    try {
      summaries = await api.rooms();
    } catch (error) {
      return this.#lost(error);
    }
    let again = false;
    for (const { room, member, unread } of summaries) {
      const entry = this.state.rooms.get(room.id);
      if (entry === undefined) continue;
      if (entry.touched !== before.get(room.id)) again = true;
      else Object.assign(entry, { member, unread, room: { ...entry.room, last_seq: room.last_seq } });
    }
    this.state.changed("rooms");
    if (again) this.refetch.counts();
  }
}
