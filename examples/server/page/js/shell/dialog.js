// Dialogs: the browser's own, which keeps the focus inside and closes on Escape.

import { h } from "../dom.js";
import { icon } from "../icons.js";

/** Shows a dialog with this content; returns what closes it. Functions in it are called at its end. */
export function openDialog(title, ...content) {
  const ends = content.filter((part) => typeof part === "function");
  const close = () => dialog.close();
  const dialog = h("dialog", {
    "aria-label": title,
    onclose: () => {
      dialog.remove();
      ends.forEach((end) => end());
    },
    onclick: (event) => { if (event.target === dialog) close(); },
  }, h("div.dialog-body", {},
    h("header", {},
      h("h2", {}, title),
      h("button.icon-button", { type: "button", "aria-label": "Close", onclick: close }, icon("close")),
    ),
    ...content.filter((part) => typeof part !== "function"),
  ));
  document.body.append(dialog);
  dialog.showModal();
  return close;
}
