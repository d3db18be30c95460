// Changes a message in its place.

import { api } from "../../api.js";
import { h } from "../../dom.js";

/** The field for a message's new text; `done` is called when it is over, either way. */
export function editor({ failed }, message, done) {
  const field = h("textarea", { rows: 2, "aria-label": "Message" });
  field.value = message.body;
  const save = async () => {
    const body = field.value.trim();
    if (body === "" || body === message.body) return done();
    field.disabled = true;
    try {
      await api.edit(message.id, message.version, body);
      done();
    } catch (error) {
      field.disabled = false;
      failed(error);
    }
  };
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") done();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      save();
    }
  });
  return h("div.editor", {}, field,
    h("p.quiet", {},
      h("button.link", { type: "button", onclick: save }, "Save"), " (Enter) or ",
      h("button.link", { type: "button", onclick: done }, "cancel"), " (Esc)"));
}
