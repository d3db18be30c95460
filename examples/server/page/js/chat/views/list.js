// The list of rooms, with unread badges and the last message of each.

import { fill, h, nameText, reconcile, soon } from "../../dom.js";
import { isolated, shortTime } from "../../format.js";
import { icon } from "../../icons.js";
import { plainBody } from "../../rich.js";
import { roomAvatar } from "../../shell/avatar.js";
import { menuButton } from "../../shell/menu.js";
import { browseChannels, newChannel, newDirect, newGroup } from "./dialogs.js";

const SECTIONS = [
  { title: "Channels", kinds: ["channel", "project"] },
  { title: "Groups", kinds: ["group"] },
  { title: "Support", kinds: ["support"] },
  { title: "Direct messages", kinds: ["direct"] },
];

/** Last messages that are asked for at the same time. */
const PREVIEWS_AT_ONCE = 3;

export function roomList(session) {
  const { state } = session;
  const search = h("input.search", {
    type: "search", placeholder: "Find a room", "aria-label": "Find a room", oninput: () => render(),
  });
  const items = h("div.room-items");
  const element = h("aside.room-list", { "aria-label": "Rooms", onkeydown: walk },
    h("header", {}, h("h1", {}, "Chat"), newMenu(session)),
    h("div.search-box", {}, icon("search"), search),
    items);
  const loadPreviews = previewLoader(session);

  const render = () => {
    const wanted = search.value.trim().toLowerCase();
    const rows = rowsOf(state, wanted);
    if (rows.length === 0) return fill(items, nothing(state, wanted));
    if (items.firstElementChild?.classList.contains("empty")) items.replaceChildren();
    reconcile(items, rows, {
      key: (row) => row.key,
      signature: (row) => row.sign,
      build: (row) => row.build(),
    });
    loadPreviews(rows.map((row) => row.entry).filter(Boolean));
  };

  const renew = soon(render);
  const stops = [state.on("rooms", renew), state.on("people", renew)];
  render();
  return { element, renew, end: () => stops.forEach((stop) => stop()) };
}

function rowsOf(state, wanted) {
  const entries = [...state.rooms.values()].filter(
    ({ room }) => state.titleOf(room).toLowerCase().includes(wanted));
  const rows = [];
  for (const { title, kinds } of SECTIONS) {
    const part = entries.filter(({ room }) => kinds.includes(room.kind)).sort(byActivity(state));
    if (part.length === 0) continue;
    rows.push({ key: `section-${title}`, sign: title, build: () => h("h2.section", {}, title) });
    rows.push(...part.map((entry) => roomRow(state, entry)));
  }
  return rows;
}

const byActivity = (state) => (one, other) =>
  (other.room.last_message_at ?? "").localeCompare(one.room.last_message_at ?? "")
  || state.titleOf(one.room).localeCompare(state.titleOf(other.room));

function roomRow(state, entry) {
  const { room, unread } = entry;
  const title = state.titleOf(room);
  const open = state.open === room.id;
  const muted = state.isMuted(entry);
  const preview = previewText(state, entry);
  const when = room.last_message_at ? shortTime(room.last_message_at) : "";
  const online = room.kind === "direct" && state.online.has(state.peerOf(room));
  return {
    key: room.id,
    entry,
    sign: JSON.stringify([title, unread, open, muted, preview, when, online]),
    build: () => h(`a.room-item${unread > 0 ? ".unread" : ""}${muted ? ".muted" : ""}`, {
      href: `#/chat/${room.id}`, "aria-current": open ? "page" : null, "data-room": room.id,
    },
      roomAvatar(state, room),
      h("span.grow", {},
        h("span.line", {}, h("strong", {}, nameText(title)), muted && icon("bell_off"), h("time", {}, when)),
        h("span.line", {},
          h("span.preview", {}, preview),
          unread > 0 && h("b.badge", { "aria-label": `${unread} unread` }, unread > 99 ? "99+" : unread)),
      )),
  };
}

function previewText(state, { room, preview }) {
  if (preview === null) return room.last_seq > 0 ? "" : room.topic ?? "No messages yet";
  if (preview.deleted_at) return "Message deleted";
  const text = plainBody(preview);
  if (preview.author === state.me.id) return `You: ${text}`;
  return room.kind === "direct" ? text : `${isolated(state.nameOf(preview.author).split(" ")[0])}: ${isolated(text)}`;
}

function nothing(state, wanted) {
  const text = wanted === ""
    ? "You are in no room yet. Join a channel or write to someone."
    : `No room is called “${wanted}”.`;
  return h("div.empty.small", {}, h("p.quiet", {}, text));
}

function newMenu(session) {
  const { state } = session;
  const people = state.may("chat.create_rooms") && state.may("users.read");
  const channels = state.may("chat.channels");
  const items = [
    people && { icon: "send", label: "New message", run: () => newDirect(session) },
    people && { icon: "people", label: "New group", run: () => newGroup(session) },
    channels && { icon: "hash", label: "New channel", run: () => newChannel(session) },
    channels && { icon: "search", label: "Browse channels", run: () => browseChannels(session) },
  ].filter(Boolean);
  return items.length === 0 ? null : menuButton("New conversation", icon("plus"), () => items);
}

/** Asks for the last messages of rooms, a few at a time, once each. */
function previewLoader({ state, sync }) {
  const queue = [];
  let running = 0;
  const next = async () => {
    const entry = queue.shift();
    if (entry === undefined) return;
    running += 1;
    try {
      if (entry.preview === null) await sync.preview(entry);
    } catch {
      // The list does without; it asks again when the room's next message comes.
    }
    running -= 1;
    next();
  };
  return (entries) => {
    if (state.connection.name !== "live") return;
    for (const entry of entries) {
      const { last_seq } = entry.room;
      if (entry.preview !== null || last_seq === 0 || entry.askedAt === last_seq) continue;
      entry.askedAt = last_seq;
      queue.push(entry);
    }
    while (running < PREVIEWS_AT_ONCE && queue.length > 0) next();
  };
}

/** The arrow keys go from room to room. */
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const links = [...event.currentTarget.querySelectorAll(".search, .room-item")];
  const next = links[links.indexOf(document.activeElement) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
