// What stands in place of the page when the server does not answer at its start.

import { fill, h } from "../dom.js";
import { icon } from "../icons.js";

const RETRY_MS = 3_000;

export function showUnreachable(root, message, retry) {
  const timer = setTimeout(retry, RETRY_MS);
  const again = () => {
    clearTimeout(timer);
    retry();
  };
  fill(root, h("main.welcome", {}, h("div.card.center", {},
    h("div.empty-icon", {}, icon("alert")),
    h("h1", {}, "No connection"),
    h("p.quiet", {}, `${message} Trying again every few seconds.`),
    h("button.primary", { type: "button", onclick: again }, "Try now"),
  )));
}
