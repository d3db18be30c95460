// The field to write in. What was begun stays with its room.

import { h } from "../../dom.js";
import { isolated } from "../../format.js";
import { icon } from "../../icons.js";

const MAX_BYTES = 64 * 1024;

export function composer({ state, outbox }, entry, { onSend, onEditLast }) {
  const room = entry.room.id;
  const field = h("textarea", { id: "composer", rows: 1, "aria-label": "Message", autocomplete: "off" });
  const label = { "aria-label": "Send", title: "Send (Enter)" };
  const button = h("button.primary.round", { type: "submit", ...label }, icon("send"));
  const hint = h("p.hint.quiet", { role: "status" });

  const send = () => {
    const body = field.value.trim();
    if (body === "" || new TextEncoder().encode(body).length > MAX_BYTES) return;
    field.value = "";
    changed();
    outbox.send(room, body);
    onSend();
  };

  const changed = () => {
    const bytes = new TextEncoder().encode(field.value).length;
    button.disabled = field.value.trim() === "" || bytes > MAX_BYTES;
    hint.textContent = bytes > MAX_BYTES ? "Too long: a message has at most 64 KiB." : "";
    // Where CSS cannot, the field grows with its text by hand.
    if (!CSS.supports("field-sizing", "content")) {
      field.style.height = "auto";
      field.style.height = `${Math.min(field.scrollHeight, 200)}px`;
    }
  };

  field.addEventListener("input", changed);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && field.value === "") {
      event.preventDefault();
      onEditLast();
    }
  });

  const element = h("form.composer", { onsubmit: (event) => { event.preventDefault(); send(); } },
    h("div.field-row", {}, field, button), hint);

  const placeholder = (gone) => {
    if (entry.room.archived_at) return "This room is archived: you can read, but not write.";
    if (gone === undefined) return `Write to ${isolated(state.titleOf(entry.room))}`;
    return `${isolated(gone.display_name)} is no longer here: you can read, but not write.`;
  };

  const renew = () => {
    const peer = entry.room.kind === "direct" ? state.users.get(state.peerOf(entry.room)) : undefined;
    const gone = peer !== undefined && peer.status !== "active";
    field.disabled = gone || Boolean(entry.room.archived_at);
    field.placeholder = placeholder(gone ? peer : undefined);
    changed();
  };

  field.value = entry.draft;
  renew();
  return {
    element,
    renew,
    focus: () => field.focus({ preventScroll: true }),
    end: () => { entry.draft = field.value; },
  };
}
