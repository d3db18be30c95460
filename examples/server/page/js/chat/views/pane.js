// The chat: the list of rooms, and the room that is open.

import { fill, h, soon } from "../../dom.js";
import { icon } from "../../icons.js";
import { roomList } from "./list.js";
import { roomView } from "./room.js";

/** So long an address may name a room that the server has not told of yet. */
const PATIENCE_MS = 4_000;

export const chatPane = {
  id: "chat",
  title: "Chat",
  icon: "chat",
  badge: (state) => state.badge,

  mount(place, session) {
    const { state } = session;
    const stage = h("section.room", { "aria-label": "Conversation" });
    const list = roomList(session);
    const columns = h("div.chat", {}, list.element, stage);
    fill(place, columns);
    let view = null;
    let wanted = null;
    let impatient = null;

    const show = () => {
      const entry = state.rooms.get(wanted);
      if (view !== null && view.entry === entry) return;
      view?.end();
      view = null;
      state.open = wanted;
      clearTimeout(impatient);
      columns.classList.toggle("reading", wanted !== null);
      if (wanted === null) fill(stage, nothingOpen(state));
      else if (entry !== undefined) view = roomView(stage, session, entry);
      else {
        fill(stage, placeholder("Opening the room …"));
        impatient = setTimeout(() => fill(stage, gone()), PATIENCE_MS);
      }
      list.renew();
    };

    const stop = state.on("rooms", soon(show));
    return {
      go([room]) {
        wanted = room || null;
        show();
      },
      end() {
        stop();
        clearTimeout(impatient);
        view?.end();
        list.end();
        state.open = null;
      },
    };
  },
};

function nothingOpen(state) {
  const first = state.me.display_name.split(" ")[0];
  return placeholder(`Hello ${first}`, "Choose a room, or start a new conversation.");
}

function gone() {
  return [
    placeholder("This room is not here", "It may have been closed, or you no longer belong to it."),
    h("a.back-link", { href: "#/chat" }, "All rooms"),
  ];
}

function placeholder(title, text = "") {
  return h("div.empty", {},
    h("div.empty-icon", {}, icon("chat")), h("h2", {}, title), h("p.quiet", {}, text));
}
