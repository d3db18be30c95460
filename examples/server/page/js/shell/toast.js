// Short notes at the edge of the page, read out by screen readers.

import { h } from "../dom.js";

const SHOWN_MS = 6_000;

/** Shows a note, with a button if there is something to do about it. */
export function toast(text, { kind = "info", action = null } = {}) {
  const note = h(`div.toast.${kind}`, {}, h("span", {}, text));
  const close = () => note.remove();
  if (action !== null) {
    const run = () => {
      close();
      action.run();
    };
    note.append(h("button.link", { type: "button", onclick: run }, action.label));
  }
  document.getElementById("toasts").append(note);
  setTimeout(close, SHOWN_MS);
}
