// Marks rooms as read while someone reads them: what was on the screen of a window that has the
// focus. The first is told at once, what follows within a moment by one call.

import { api } from "../api.js";

const PAUSE_MS = 300;

export class Reading {
  constructor(state) {
    this.state = state;
    this.seen = new Map();
    this.held = null;
    this.timer = null;
  }

  /** The reader has this message before his eyes. */
  saw(room, seq) {
    const entry = this.state.rooms.get(room);
    if (entry === undefined || this.held === room) return;
    if (!document.hasFocus() || document.visibilityState !== "visible") return;
    if (seq <= entry.member.read_seq || seq <= (this.seen.get(room) ?? 0)) return;
    this.seen.set(room, seq);
    if (this.timer === null) this.#tell();
  }

  /** Whoever marks a message as unread does not read on until he comes back. */
  async unreadFrom(room, seq) {
    this.held = room;
    this.seen.delete(room);
    await api.markUnread(room, seq);
  }

  /** The reader came to a room. */
  enter(room) {
    this.held = null;
    this.seen.delete(room);
  }

  /** Tells nothing more. */
  stop() {
    clearTimeout(this.timer);
    this.held = null;
    this.seen.clear();
  }

  async #tell() {
    this.timer = null;
    if (this.seen.size === 0) return;
    this.timer = setTimeout(() => this.#tell(), PAUSE_MS);
    const seen = [...this.seen];
    this.seen.clear();
    for (const [room, seq] of seen) {
      try {
        await api.markRead(room, seq);
      } catch {
        // Seen again at the next look; nothing that the reader would want to know of.
      }
    }
  }
}
