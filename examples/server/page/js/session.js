// One log-in: the state, what keeps it up to date, and the shell that shows it.

import { api } from "./api.js";
import { Outbox } from "./chat/outbox.js";
import { Reading } from "./chat/reading.js";
import { State } from "./chat/state.js";
import { Sync } from "./chat/sync.js";
import { Stock } from "./inventory/stock.js";
import { Connection } from "./live/connection.js";
import { Projects } from "./projects/projects.js";
import { Shell } from "./shell/shell.js";
import { toast } from "./shell/toast.js";

export class Session {
  /** `onEnd` is called, with a note for the person, when the log-in is over. */
  constructor(root, { user, permissions }, { onEnd }) {
    const state = new State(user, permissions);
    const failed = (error) => toast(error.message, { kind: "error" });
    this.outbox = new Outbox(state);
    this.reading = new Reading(state);
    this.projects = new Projects(state, failed);
    this.stock = new Stock(state, failed);
    this.sync = new Sync(state, {
      feeds: [this.projects, this.stock],
      onReady: () => this.outbox.flushAll(),
      onError: () => this.connection.fail(),
    });
    this.connection = new Connection({
      resume: () => this.sync.position,
      onFrame: (frame) => this.#frame(frame),
      onUnreadable: () => this.sync.forget(),
      onState: (next) => {
        state.connection = next;
        state.changed("connection");
      },
      onUnauthenticated: () => onEnd("Your session has ended. Please log in again."),
    });
    this.shell = new Shell(root, {
      state,
      sync: this.sync,
      outbox: this.outbox,
      reading: this.reading,
      projects: this.projects,
      stock: this.stock,
      connection: this.connection,
      failed,
      logout: async () => {
        await api.logout().catch(() => {});
        onEnd();
      },
    });
    this.connection.start();
  }

  end() {
    this.outbox.stop();
    this.reading.stop();
    this.connection.stop();
    this.shell.end();
  }

  #frame(frame) {
    this.sync.frame(frame);
    if (frame.frame === "hello" && frame.recovered === "true") this.outbox.flushAll();
  }
}
