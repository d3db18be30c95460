// Looks up the names of people who are met and not known, several at a time, once each.

import { api } from "../api.js";
import { soon } from "../dom.js";

/** As many as the server answers at once, and an address may name. */
const AT_ONCE = 100;

export class Names {
  constructor(state) {
    this.state = state;
    this.asked = new Set();
    this.wanted = new Set();
    this.ask = soon(() => this.#ask());
  }

  want(user) {
    if (this.asked.has(user)) return;
    this.asked.add(user);
    this.wanted.add(user);
    this.ask();
  }

  async #ask() {
    const ids = [...this.wanted].slice(0, AT_ONCE);
    if (ids.length === 0) return;
    ids.forEach((id) => this.wanted.delete(id));
    try {
      for (const card of (await api.cards(ids)).items) this.state.users.set(card.id, card);
    } catch {
      // Asked for again when they are met after the next snapshot.
      ids.forEach((id) => this.asked.delete(id));
      return;
    }
    this.state.changed("people", "rooms", ...this.state.rooms.keys());
    this.ask();
  }
}
