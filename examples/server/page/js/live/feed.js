// A part of the page's state that is kept equal to the server's. Every event is applied as it comes;
// what comes while something is being loaded is applied once more after it, since the answer may be
// older. So applying an event twice must come to the same.

export class Feed {
  #loads = new Set();
  #round = 0;

  /** Takes an event of the live connection. */
  take(event) {
    for (const told of this.#loads) told.push(event);
    this.apply(event);
  }

  /** Waits for an answer and puts it into place, unless all was loaded anew in the meantime. */
  async load(request, put) {
    const round = this.#round;
    const told = [];
    this.#loads.add(told);
    try {
      const answer = await request;
      if (round !== this.#round) return;
      put(answer);
    } finally {
      this.#loads.delete(told);
    }
    told.forEach((event) => this.apply(event));
  }

  /** Loads anew: the answers to what was asked for before no longer count. */
  async replace(request, put) {
    this.#round += 1;
    await this.load(request, put);
  }

  /** Does what an event tells. */
  apply() {}

  /** Takes a new snapshot: events were missed. */
  async reload() {}
}
