// The messages of one room that are loaded: always a part without a hole.

/** More messages than this are not kept: the far end is let go. */
const MOST = 800;

export class Timeline {
  constructor() {
    /** Messages in order of their number. */
    this.messages = [];
    this.hasBefore = false;
    this.hasAfter = false;
    this.loaded = false;
    this.told = new Set();
  }

  /**
   * Puts the answer to a request into place, and takes in again what events told while it was on
   * its way: the answer may be older than they are.
   */
  async load(request, put) {
    const told = [];
    this.told.add(told);
    try {
      put.call(this, await request);
    } finally {
      this.told.delete(told);
    }
    told.forEach((message) => this.take(message));
  }

  get first() {
    return this.messages[0]?.seq ?? 0;
  }

  get last() {
    return this.messages[this.messages.length - 1]?.seq ?? 0;
  }

  /** Shows this page and nothing else. */
  replace(page) {
    this.messages = page.items;
    this.hasBefore = page.has_before;
    this.hasAfter = page.has_after;
    this.loaded = true;
  }

  /** Puts a page before what is loaded. */
  prepend(page) {
    const older = page.items.filter((message) => message.seq < this.first);
    this.messages = [...older, ...this.messages];
    this.hasBefore = page.has_before;
    if (this.messages.length > MOST) {
      this.messages.length = MOST;
      this.hasAfter = true;
    }
  }

  /** Puts a page after what is loaded. */
  append(page) {
    const newer = page.items.filter((message) => message.seq > this.last);
    this.messages = [...this.messages, ...newer];
    this.hasAfter = page.has_after;
    if (this.messages.length > MOST) {
      this.messages.splice(0, this.messages.length - MOST);
      this.hasBefore = true;
    }
  }

  /**
   * Takes in a message as it is now; one that is known in a later version stays. Returns false
   * when it lies beyond a hole: then the caller loads what is missing.
   */
  take(message) {
    for (const told of this.told) told.push(message);
    if (!this.loaded) return true;
    const index = message.seq - this.first;
    if (this.messages.length > 0 && index >= 0 && index < this.messages.length) {
      if (this.messages[index].version < message.version) this.messages[index] = message;
      return true;
    }
    if (message.seq < this.first || this.hasAfter) return true;
    if (this.messages.length > 0 && message.seq !== this.last + 1) return false;
    this.append({ items: [message], has_after: false });
    return true;
  }

  /** The message of this number, if it is loaded. */
  at(seq) {
    return this.messages[seq - this.first];
  }
}
