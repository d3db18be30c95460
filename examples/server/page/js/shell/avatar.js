// A person's or a room's sign: initials on a colour of their own.

import { h } from "../dom.js";
import { hue, initials } from "../format.js";
import { icon } from "../icons.js";

const ROOM_ICONS = { channel: "hash", support: "lifebuoy", project: "folder", group: "people" };

/** A person's sign; `online` adds a dot when it is not undefined. */
export function avatar({ id, name, online }) {
  const dot = online === undefined ? null : h(`i.dot.${online ? "on" : "off"}`);
  return h(`span.avatar.hue-${hue(id)}`, { "aria-hidden": "true" }, initials(name), dot);
}

/** A room's sign: the other one's in a direct room. */
export function roomAvatar(state, room) {
  if (room.kind === "direct") {
    const peer = state.peerOf(room);
    const online = peer === state.me.id ? undefined : state.online.has(peer);
    return avatar({ id: peer, name: state.nameOf(peer), online });
  }
  return h("span.avatar.sign", { "aria-hidden": "true" }, icon(ROOM_ICONS[room.kind] ?? "chat"));
}
