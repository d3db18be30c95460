// The rows that a room's messages are shown in: days, the mark of what is new, messages, and what
// is still on its way.

import { api } from "../../api.js";
import { h, nameText } from "../../dom.js";
import { clockTime, dayKey, dayName, fullTime } from "../../format.js";
import { icon } from "../../icons.js";
import { richBody } from "../../rich.js";
import { avatar } from "../../shell/avatar.js";
import { menuButton } from "../../shell/menu.js";
import { toast } from "../../shell/toast.js";
import { editor } from "./editor.js";

/** Messages of one person within so long belong together. */
const TOGETHER_MS = 5 * 60_000;

/** The rows of a room, in order, each with a key and a signature of all that it shows. */
export function rowsOf(state, entry, { divider, editing }) {
  const rows = [];
  let before = null;
  for (const message of entry.timeline.messages) {
    const newDay = before === null || dayKey(before.created_at) !== dayKey(message.created_at);
    if (newDay) rows.push(dayRow(message));
    if (message.seq === divider) rows.push({ kind: "new", key: "new", sign: "new" });
    const lead = newDay || message.seq === divider || !together(before, message);
    rows.push(ofMessage(state, message, lead, editing === message.id));
    before = message;
  }
  for (const item of entry.outbox) {
    if (item.settled === null) rows.push(pendingRow(item, before, state));
  }
  return rows;
}

function dayRow(message) {
  const name = dayName(message.created_at);
  return { kind: "day", key: `day-${message.seq}`, sign: name, name };
}

function ofMessage(state, message, lead, edited) {
  const name = state.nameOf(message.author);
  const online = lead && state.online.has(message.author);
  const sign = JSON.stringify([message.version, lead, name, online, edited]);
  return { kind: "message", key: message.id, sign, message, lead, name, online, edited };
}

function pendingRow(item, before, state) {
  const lead = before === null || before.author !== state.me.id
    || new Date(item.at) - new Date(before.created_at) > TOGETHER_MS;
  const name = state.me.display_name;
  return { kind: "pending", key: item.key, sign: `${item.status} ${lead}`, item, lead, name };
}

function together(before, message) {
  return before.author === message.author && !before.deleted_at && !message.deleted_at
    && Math.abs(new Date(message.created_at) - new Date(before.created_at)) < TOGETHER_MS;
}

/** The element of a row. */
export function messageRow(session, entry, row, actions) {
  if (row.kind === "day") return h("div.day", {}, h("span", {}, row.name));
  if (row.kind === "new") return h("div.new-mark", { role: "separator" }, h("span", {}, "New"));
  if (row.kind === "pending") return pending(session, entry, row);
  return message(session, row, actions);
}

function message(session, row, actions) {
  const { state } = session;
  const { message: said, lead, name, online } = row;
  const mine = said.author === state.me.id;
  const classes = `${lead ? ".lead" : ""}${mine ? ".mine" : ""}${said.deleted_at ? ".deleted" : ""}`;
  return h(`article.message${classes}`, { "data-seq": said.seq, "data-message": said.id },
    lead
      ? avatar({ id: said.author, name, online: online || undefined })
      : sentAt("time.gutter", said),
    h("div.content", {},
      lead && h("header", {}, h("strong", {}, nameText(name)), sentAt("time", said)),
      row.edited ? editor(session, said, () => actions.edit(null)) : bodyOf(said)),
    menuButton("Message menu", icon("more"), () => choices(session, said, mine, actions)));
}

function sentAt(element, { created_at }) {
  return h(element, { datetime: created_at, title: fullTime(created_at) }, clockTime(created_at));
}

function bodyOf(said) {
  if (said.deleted_at) return h("div.body", {}, "Message deleted");
  return h(`div.body.${said.format}`, {}, richBody(said),
    said.edited_at && h("small.edited", { title: fullTime(said.edited_at) }, " (edited)"));
}

function choices(session, said, mine, actions) {
  const { failed } = session;
  const restore = () => api.restore(said.id, said.version).catch(failed);
  const remove = async () => {
    const { version } = await api.remove(said.id, said.version);
    toast("Message deleted.", {
      action: { label: "Undo", run: () => api.restore(said.id, version).catch(failed) },
    });
  };
  return [
    mine && !said.deleted_at && said.format === "text"
      && { icon: "edit", label: "Edit", run: () => actions.edit(said.id) },
    { icon: "unread", label: "Mark unread from here", run: () => actions.unreadFrom(said.seq) },
    mine && said.deleted_at && { icon: "undo", label: "Restore", run: restore },
    mine && !said.deleted_at
      && { icon: "trash", label: "Delete", danger: true, run: () => remove().catch(failed) },
  ].filter(Boolean);
}

function pending({ outbox }, entry, { item, lead, name }) {
  const { id } = entry.room;
  const failed = item.status === "failed";
  const note = failed
    ? h("p.failed", { role: "alert" }, icon("alert"), `Not sent: ${item.error} `,
      h("button.link", { type: "button", onclick: () => outbox.retry(id, item) }, "Try again"),
      h("button.link", { type: "button", onclick: () => outbox.discard(id, item) }, "Discard"))
    : null;
  return h(`article.message.mine.pending${lead ? ".lead" : ""}${failed ? ".refused" : ""}`, {},
    lead ? avatar({ id: item.author, name }) : h("span.gutter"),
    h("div.content", {},
      lead && h("header", {}, h("strong", {}, nameText(name))),
      h("div.body.text", {}, richBody({ format: "text", body: item.body }),
        !failed && h("span.sending", { title: "Sending" }, icon("clock"))),
      note));
}
