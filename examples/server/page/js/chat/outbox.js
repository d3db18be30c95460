// Messages on their way. Each is shown at once, carries one key however often it is sent, and so is
// written once, also when the answer to the first attempt was lost.

import { api, newKey } from "../api.js";

export class Outbox {
  constructor(state) {
    this.state = state;
    this.busy = new Set();
    this.stopped = false;
  }

  /** Sends nothing more: whoever logs in next must not send it in his own name. */
  stop() {
    this.stopped = true;
  }

  /** Sends a message, after those that wait already. */
  send(room, body) {
    const entry = this.state.rooms.get(room);
    entry.outbox.push({
      key: newKey(),
      body,
      author: this.state.me.id,
      at: new Date().toISOString(),
      /** `waiting` for its turn or for the server, or `failed` for good. */
      status: "waiting",
      error: null,
      /** The message that it became. */
      settled: null,
    });
    this.state.changed(room);
    this.flush(room);
  }

  /** Sends what waits, in every room. */
  flushAll() {
    for (const room of this.state.rooms.keys()) this.flush(room);
  }

  /** Tries a failed message again. */
  retry(room, item) {
    item.status = "waiting";
    item.error = null;
    this.state.changed(room);
    this.flush(room);
  }

  /** Takes a failed message off the list. */
  discard(room, item) {
    const entry = this.state.rooms.get(room);
    entry.outbox = entry.outbox.filter((other) => other !== item);
    this.state.changed(room);
  }

  /** Sends a room's messages one after the other, so that they arrive in their order. */
  async flush(room) {
    if (this.stopped || this.busy.has(room)) return;
    this.busy.add(room);
    try {
      for (;;) {
        const item = this.state.rooms.get(room)?.outbox.find(({ status }) => status === "waiting");
        if (item === undefined || this.stopped || !(await this.#attempt(room, item))) return;
      }
    } finally {
      this.busy.delete(room);
    }
  }

  /** Whether to go on with the next one. */
  async #attempt(room, item) {
    try {
      this.#sent(room, item, await api.post(room, item.body, item.key));
      return true;
    } catch (error) {
      if (error.temporary) {
        // What the live connection's return does not set off, time does.
        setTimeout(() => this.flush(room), error.retryAfterMs ?? 3_000);
        return false;
      }
      item.status = "failed";
      item.error = error.message;
      this.state.changed(room);
      return true;
    }
  }

  #sent(room, item, message) {
    const entry = this.state.rooms.get(room);
    if (entry === undefined) return;
    this.discard(room, item);
    // The event brings it too, before or after; a hole before it is the event's to fill.
    const { timeline } = entry;
    if (timeline.loaded && message.seq <= timeline.last + 1) timeline.take(message);
    this.state.changed(room, "rooms");
  }
}
