// The live connection: opens it, watches it, and opens it again.
//
// States: idle, connecting, live, waiting (until `retryAt`), closed (no further attempt).

import { api, ApiError } from "../api.js";
import { openSse } from "./sse.js";
import { openWebSocket } from "./websocket.js";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** After so long a connection counts as good, and the next failure as the first one. */
const STABLE_MS = 5_000;
/** Refusals of the WebSocket, by a server that answers otherwise, before SSE takes its place. */
const REFUSALS_BEFORE_SSE = 2;

export class Connection {
  /**
   * `resume()` tells the position to go on from, or null; `onFrame` gets every frame but `bye`;
   * `onUnreadable` is called for what cannot be read or applied, and must see to it that `resume()` is
   * null: going on would bring the same again; `onState` gets every change of state;
   * `onUnauthenticated` is called when the session has ended.
   */
  constructor({ resume, onFrame, onUnreadable, onState, onUnauthenticated }) {
    this.listeners = { resume, onFrame, onUnreadable, onState, onUnauthenticated };
    this.state = { name: "idle" };
    this.failures = 0;
    this.refusals = 0;
    this.sse = new URLSearchParams(location.search).get("live") === "sse";
    this.wakeUp = () => {
      if (this.state.name === "waiting" && document.visibilityState === "visible") this.retry();
    };
  }

  start() {
    addEventListener("online", this.wakeUp);
    document.addEventListener("visibilitychange", this.wakeUp);
    this.#open();
  }

  /** Ends the connection for good. */
  stop() {
    removeEventListener("online", this.wakeUp);
    document.removeEventListener("visibilitychange", this.wakeUp);
    this.#drop();
    this.#become({ name: "closed" });
  }

  /** Gives up a connection that is of no use, and waits as after a failure. */
  fail() {
    if (this.state.name === "closed") return;
    this.#drop();
    this.#wait(0);
  }

  /** Tries at once. */
  retry() {
    this.#drop();
    this.#open();
  }

  #open() {
    this.#become({ name: "connecting", again: this.failures > 0 || this.state.name === "waiting" });
    const open = this.sse ? openSse : openWebSocket;
    this.bye = null;
    const close = open({
      resume: this.listeners.resume(),
      // What comes after the connection was given up is of no use.
      onData: (data) => {
        if (this.close === close) this.#data(data);
      },
      onClose: (reason) => this.#closed(reason),
    });
    this.close = close;
    this.#watch(20_000);
  }

  #drop() {
    clearTimeout(this.watchdog);
    clearTimeout(this.timer);
    clearTimeout(this.stable);
    this.close?.();
    this.close = null;
  }

  #become(state) {
    this.state = state;
    this.listeners.onState(state);
  }

  /** A connection that is silent for longer than this is dead, whatever the browser thinks. */
  #watch(ms) {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      this.close?.();
      this.#closed({});
    }, ms);
  }

  #data(data) {
    try {
      this.#frame(JSON.parse(data));
    } catch (error) {
      console.error("a frame cannot be read", error);
      this.listeners.onUnreadable();
      this.fail();
    }
  }

  #frame(frame) {
    if (frame.frame === "bye") {
      this.bye = frame;
      return;
    }
    if (frame.frame === "hello") {
      this.silenceMs = (frame.heartbeat_s ?? 15) * 2_500;
      this.refusals = 0;
      this.stable = setTimeout(() => { this.failures = 0; }, STABLE_MS);
      this.#become({ name: "live" });
    }
    this.#watch(this.silenceMs ?? 20_000);
    this.listeners.onFrame(frame);
  }

  async #closed({ unauthenticated, refused, retryAfterMs }) {
    this.#drop();
    const bye = this.bye;
    const ended = unauthenticated || ((refused || bye?.terminal) && (await this.#sessionEnded()));
    if (this.state.name === "closed") return;
    if (ended) this.listeners.onUnauthenticated();
    else if (bye?.terminal) this.#become({ name: "closed", code: bye.code });
    else this.#wait(Math.max(retryAfterMs ?? 0, bye?.retry_after_ms ?? 0));
  }

  /** Asks why the WebSocket was refused. */
  async #sessionEnded() {
    try {
      await api.me();
    } catch (error) {
      return error instanceof ApiError && error.status === 401;
    }
    this.refusals += 1;
    if (this.refusals >= REFUSALS_BEFORE_SSE) this.sse = true;
    return false;
  }

  /** Waits between half of a doubling delay and the whole of it, so that not all come at once. */
  #wait(leastMs) {
    const bound = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures);
    const delay = Math.max(leastMs, bound * (0.5 + Math.random() / 2));
    this.failures += 1;
    this.timer = setTimeout(() => this.#open(), delay);
    this.#become({ name: "waiting", retryAt: Date.now() + delay });
  }
}
