// Tells the state of the live connection, and counts down to the next attempt.

import { fill, h } from "../dom.js";

const CLOSED = {
  revoked: "This session was ended elsewhere.",
  expired: "This session has ended.",
  limit: "Too many windows of this account are open.",
  protocol: "This page is out of date: reload it.",
};

/** A bar that is there only while something is to be told, and a dot that always is. */
export function connectionView({ state, connection }) {
  const bar = h("div.connection-bar", { role: "status", id: "connection-bar", hidden: true });
  const dot = h("span.connection-dot", { id: "connection", role: "img" });
  let ticking = null;

  const render = () => {
    const { name } = state.connection;
    dot.dataset.state = name;
    dot.setAttribute("aria-label", LABELS[name]);
    dot.title = LABELS[name];
    clearInterval(ticking);
    ticking = null;
    bar.dataset.state = name;
    bar.hidden = name === "live" || (name === "connecting" && !state.connection.again) || name === "idle";
    if (name === "connecting") fill(bar, h("span.spinner"), "Connecting again …");
    if (name === "closed") {
      fill(bar, CLOSED[state.connection.code] ?? "The live connection has ended.", retry("Connect"));
    }
    if (name === "waiting") {
      countDown();
      ticking = setInterval(countDown, 250);
    }
  };
  const countDown = () => {
    const seconds = Math.max(0, Math.ceil((state.connection.retryAt - Date.now()) / 1_000));
    const text = `Connection lost. Next attempt in ${seconds} s.`;
    if (bar.dataset.text === text && bar.childElementCount > 0) return;
    bar.dataset.text = text;
    if (bar.childElementCount === 0 || bar.dataset.shown !== "waiting") {
      fill(bar, h("span", {}, text), retry("Try now"));
    } else {
      bar.firstElementChild.textContent = text;
    }
    bar.dataset.shown = "waiting";
  };
  const retry = (label) =>
    h("button.link", { type: "button", onclick: () => connection.retry() }, label);

  const stop = state.on("connection", () => {
    bar.dataset.shown = "";
    bar.dataset.text = "";
    render();
  });
  render();
  return { bar, dot, end: () => { stop(); clearInterval(ticking); } };
}

const LABELS = {
  idle: "Not connected",
  connecting: "Connecting",
  live: "Live: changes appear at once",
  waiting: "Connection lost, waiting to try again",
  closed: "Not connected",
};
