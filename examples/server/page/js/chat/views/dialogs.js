// Dialogs that open rooms, and bring people into them.

import { api, newKey } from "../../api.js";
import { fill, h } from "../../dom.js";
import { count } from "../../format.js";
import { icon } from "../../icons.js";
import { openDialog } from "../../shell/dialog.js";
import { peoplePicker } from "./picker.js";

const go = (room) => { location.hash = `#/chat/${room}`; };

/** Opens the direct room with someone. */
export async function openDirect({ failed }, user) {
  try {
    go((await api.createRoom({ kind: "direct", members: [user] }, newKey())).id);
  } catch (error) {
    failed(error);
  }
}

export function newDirect(session) {
  const picker = peoplePicker(session.state, {
    onPick: (user) => {
      close();
      openDirect(session, user);
    },
  });
  const close = openDialog("New message", picker.element);
  picker.focus();
}

export function newGroup(session) {
  const name = input("Name", { maxlength: 100, required: true });
  const picker = peoplePicker(session.state, { many: true });
  const close = creator(session, "New group", "Create group", [name.label, picker.element], () => ({
    kind: "group", name: name.value(), members: picker.picked(),
  }), (room) => { close(); go(room.id); });
  name.focus();
}

export function newChannel(session) {
  const name = input("Name", { maxlength: 100, required: true });
  const topic = input("What is it about? (optional)", { maxlength: 500 });
  const close = creator(session, "New channel", "Create channel", [name.label, topic.label], () => ({
    kind: "channel", name: name.value(), topic: topic.value() || undefined, members: [],
  }), (room) => { close(); go(room.id); });
  name.focus();
}

/** A form that opens a room; one key for as long as it is open, so that two clicks make one room. */
function creator(session, title, label, fields, spec, done) {
  const key = newKey();
  const error = h("p.error", { role: "alert" });
  const button = h("button.primary", { type: "submit" }, label);
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      done(await api.createRoom(spec(), key));
    } catch (problem) {
      error.textContent = problem.problem?.conflict === "room_name_taken"
        ? "There is a channel of this name already." : problem.message;
      button.disabled = false;
    }
  };
  return openDialog(title, h("form.stack", { onsubmit: submit }, fields, error, h("footer", {}, button)));
}

export async function browseChannels({ state, failed }) {
  const list = h("div.picker-list", {}, h("p.quiet", {}, "Loading …"));
  const close = openDialog("Channels", list);
  const open = async (room) => {
    try {
      if (!state.rooms.has(room.id)) await api.join(room.id);
      close();
      go(room.id);
    } catch (error) {
      failed(error);
    }
  };
  try {
    const channels = await api.channels();
    channels.sort((one, other) => one.name.localeCompare(other.name));
    fill(list, channels.map((room) => h("div.picker-row", {},
      h("span.avatar.sign", { "aria-hidden": "true" }, icon("hash")),
      h("span.grow", {}, h("strong", {}, room.name),
        h("small", {}, [room.topic, count(room.member_count, "member")].filter(Boolean).join(" · "))),
      h("button.small", { type: "button", onclick: () => open(room) },
        state.rooms.has(room.id) ? "Open" : "Join"))));
    if (channels.length === 0) fill(list, h("p.quiet", {}, "There are no channels yet."));
  } catch (error) {
    close();
    failed(error);
  }
}

export function addPeople({ state, failed }, entry) {
  const picker = peoplePicker(state, { many: true });
  const add = async (event) => {
    event.preventDefault();
    try {
      for (const user of picker.picked()) await api.addMember(entry.room.id, user);
      close();
    } catch (error) {
      failed(error);
    }
  };
  const close = openDialog(`Add people to ${state.titleOf(entry.room)}`,
    h("form.stack", { onsubmit: add }, picker.element,
      h("footer", {}, h("button.primary", { type: "submit" }, "Add"))));
  picker.focus();
}

function input(name, attributes) {
  const field = h("input", { type: "text", autocomplete: "off", ...attributes });
  return {
    label: h("label.field", {}, h("span", {}, name), field),
    value: () => field.value.trim(),
    focus: () => field.focus(),
  };
}

