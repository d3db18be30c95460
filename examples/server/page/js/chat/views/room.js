// A room: its head, its messages, the field to write in, and at the side who belongs to it.

import { api } from "../../api.js";
import { fill, h, nameText, soon } from "../../dom.js";
import { count, isolated } from "../../format.js";
import { icon } from "../../icons.js";
import { roomAvatar } from "../../shell/avatar.js";
import { menuButton } from "../../shell/menu.js";
import { toast } from "../../shell/toast.js";
import { composer } from "./composer.js";
import { addPeople } from "./dialogs.js";
import { membersView } from "./members.js";
import { messagesView } from "./messages.js";

const DAY_MS = 86_400_000;

export function roomView(stage, session, entry) {
  const { state, sync, reading, failed } = session;
  const { id } = entry.room;
  reading.enter(id);
  const head = h("header.room-head");
  const side = h("aside.members", { "aria-label": "Members", hidden: true });
  const messages = messagesView(session, entry);
  const writer = composer(session, entry, {
    onSend: () => {
      reading.enter(id);
      messages.toEnd();
    },
    onEditLast: messages.editLast,
  });
  const members = membersView(side, session, entry);

  const renderHead = () => fill(head,
    h("a.icon-button.back", { href: "#/chat", "aria-label": "All rooms" }, icon("back")),
    roomAvatar(state, entry.room),
    h("div.grow", {},
      h("h1", {}, nameText(state.titleOf(entry.room))),
      h("p.quiet", {}, subtitle(state, entry))),
    h("button.icon-button", {
      type: "button", "aria-label": "Members", title: "Members", "aria-pressed": String(!side.hidden),
      onclick: () => { side.hidden = !side.hidden; members.renew(); renderHead(); },
    }, icon("people")),
    menuButton("Room menu", icon("more"), () => actions(session, entry)));

  fill(stage, head, h("div.room-body", {},
    h("div.room-main", {}, messages.element, writer.element), side));
  renderHead();

  const renew = soon(() => { renderHead(); members.renew(); writer.renew(); });
  const stops = [state.on(id, renew), state.on("people", renew)];
  const arrive = async () => {
    if (!entry.timeline.loaded) await sync.arriveAt(entry);
    messages.arrive();
    stage.dataset.room = id;
  };
  arrive().catch(failed);
  if (matchMedia("(hover: hover)").matches) writer.focus();

  return {
    entry,
    end() {
      delete stage.dataset.room;
      stops.forEach((stop) => stop());
      messages.end();
      writer.end();
      // Another visit begins where the reader left off, not in the middle of old messages.
      if (entry.timeline.hasAfter) entry.timeline.loaded = false;
    },
  };
}

function subtitle(state, { room }) {
  if (room.kind === "direct") {
    const peer = state.peerOf(room);
    if (peer === state.me.id) return "Only you see this";
    return state.online.has(peer) ? "Online" : "Offline";
  }
  return [room.archived_at && "Archived", room.topic && isolated(room.topic), count(room.member_count, "member")].filter(Boolean).join(" · ");
}

function actions(session, entry) {
  const { state, failed } = session;
  const { room } = entry;
  const muted = state.isMuted(entry);
  const mute = () => api.mute(room.id, muted ? null : new Date(Date.now() + DAY_MS).toISOString());
  const leave = async () => {
    await api.leave(room.id);
    location.hash = "#/chat";
    toast(`You have left ${state.titleOf(room)}.`);
  };
  const archive = () =>
    room.archived_at ? api.restoreRoom(room.id, room.version) : api.archiveRoom(room.id, room.version);
  return [
    { icon: "bell_off", label: muted ? "Unmute" : "Mute for a day", run: () => mute().catch(failed) },
    room.kind !== "direct" && !room.archived_at && state.may("users.read")
      && { icon: "plus", label: "Add people", run: () => addPeople(session, entry) },
    room.kind !== "direct" && entry.member.role === "owner" && {
      icon: "archive", label: room.archived_at ? "Restore" : "Archive", run: () => archive().catch(failed),
    },
    room.kind !== "direct"
      && { icon: "leave", label: "Leave", danger: true, run: () => leave().catch(failed) },
  ].filter(Boolean);
}
