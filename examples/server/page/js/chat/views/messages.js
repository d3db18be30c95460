// The messages of a room: kept in place while older ones come in above, and followed at the end.

import { fill, h, reconcile, soon } from "../../dom.js";
import { count } from "../../format.js";
import { icon } from "../../icons.js";
import { countsAsUnread } from "../state.js";
import { messageRow, rowsOf } from "./rows.js";

/** So near an end counts as being there, in pixels. */
const NEAR_PX = 60;
/** So near an end the next page is asked for. */
const AHEAD_PX = 400;

export function messagesView(session, entry) {
  const { state, sync, reading, failed } = session;
  const { timeline } = entry;
  const room = entry.room.id;
  const list = h("div.message-list");
  const scroller = h("div.messages", {
    role: "log", "aria-label": "Messages", tabindex: "0", onscroll: () => moved(),
  }, list);
  const jump = h("button.jump", { type: "button", hidden: true, onclick: () => toEnd() });
  const element = h("div.messages-frame", {}, scroller, jump);
  const view = { divider: null, editing: null, arrived: false };
  let loading = false;

  const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;

  const render = () => {
    if (!timeline.loaded) return;
    noteUnseen();
    const follow = view.arrived && atEnd() && !timeline.hasAfter;
    const anchor = follow ? null : anchorOf(scroller, list);
    const rows = rowsOf(state, entry, view);
    if (rows.length === 0) fill(list, nobody());
    else {
      if (list.firstElementChild?.classList.contains("empty")) list.replaceChildren();
      reconcile(list, rows, {
        key: (row) => row.key,
        signature: (row) => row.sign,
        build: (row) => messageRow(session, entry, row, actions),
      });
    }
    if (follow) scroller.scrollTop = scroller.scrollHeight;
    else restore(scroller, anchor);
    moved();
  };
  const renew = soon(render);

  const actions = {
    edit: (id) => {
      view.editing = id;
      render();
      list.querySelector(".editor textarea")?.focus();
    },
    unreadFrom: (seq) => {
      view.divider = seq;
      render();
      reading.unreadFrom(room, seq).catch(failed);
    },
  };

  /** Where the first message begins that the reader has not seen. */
  const noteUnseen = () => {
    if (view.divider !== null || (view.arrived && document.hasFocus())) return;
    const first = timeline.messages.find(
      (message) => message.seq > entry.member.read_seq && countsAsUnread(message, state.me.id));
    view.divider = first?.seq ?? null;
  };

  const moved = () => {
    if (!view.arrived) return;
    const unseen = entry.unread;
    jump.hidden = atEnd() && !timeline.hasAfter;
    fill(jump, icon("down"), unseen > 0 ? count(unseen, "new message") : "Latest");
    const seq = lastSeen(scroller, list);
    if (seq > 0) reading.saw(room, seq);
    more();
  };

  const more = async () => {
    if (loading || !timeline.loaded || state.connection.name !== "live") return;
    const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    const ask = timeline.hasAfter && below < AHEAD_PX ? sync.newer
      : timeline.hasBefore && scroller.scrollTop < AHEAD_PX ? sync.older : null;
    if (ask === null) return;
    loading = true;
    try {
      await ask.call(sync, entry);
      render();
    } catch (error) {
      failed(error);
    } finally {
      loading = false;
    }
  };

  /** Shows the room for the first time: where its reader left off, or its end. */
  const arrive = () => {
    render();
    view.arrived = true;
    const mark = list.querySelector(".new-mark");
    scroller.scrollTop = mark === null
      ? scroller.scrollHeight
      : mark.offsetTop - scroller.clientHeight / 3;
    moved();
  };

  const toEnd = async () => {
    view.divider = null;
    try {
      if (timeline.hasAfter) await sync.latest(entry);
    } catch (error) {
      failed(error);
    }
    render();
    scroller.scrollTop = scroller.scrollHeight;
  };

  const editLast = () => {
    const own = timeline.messages.findLast(({ author, format, deleted_at }) =>
      author === state.me.id && format === "text" && !deleted_at);
    if (own !== undefined) actions.edit(own.id);
  };

  addEventListener("focus", moved);
  document.addEventListener("visibilitychange", moved);
  // The keyboard of a telephone, or a longer field to write in, takes room away from below.
  const resized = new ResizeObserver(() => {
    if (view.arrived && view.wasAtEnd) scroller.scrollTop = scroller.scrollHeight;
  });
  resized.observe(scroller);
  scroller.addEventListener("scroll", () => { view.wasAtEnd = atEnd(); });
  const stops = [state.on(room, renew), state.on("people", renew), state.on("connection", renew)];

  return {
    element,
    arrive,
    toEnd,
    editLast,
    end() {
      removeEventListener("focus", moved);
      document.removeEventListener("visibilitychange", moved);
      resized.disconnect();
      stops.forEach((stop) => stop());
    },
  };
}

/** The first element on the screen and where it stands. */
function anchorOf(scroller, list) {
  for (const element of list.children) {
    if (element.offsetTop + element.offsetHeight > scroller.scrollTop && element.dataset.seq) {
      return { key: element.dataset.key, top: element.offsetTop - scroller.scrollTop, list };
    }
  }
  return null;
}

function restore(scroller, anchor) {
  if (anchor === null) return;
  const element = [...anchor.list.children].find(({ dataset }) => dataset.key === anchor.key);
  if (element !== undefined) scroller.scrollTop = element.offsetTop - anchor.top;
}

/** The number of the last message whose end is on the screen. */
function lastSeen(scroller, list) {
  const bottom = scroller.scrollTop + scroller.clientHeight + 8;
  for (let element = list.lastElementChild; element !== null; element = element.previousElementSibling) {
    const end = element.offsetTop + element.offsetHeight;
    // Of a message longer than the screen its beginning is enough.
    const seen = end <= bottom || element.offsetTop < bottom - scroller.clientHeight / 2;
    if (element.dataset.seq && seen) return Number(element.dataset.seq);
  }
  return 0;
}

function nobody() {
  return h("div.empty", {}, h("div.empty-icon", {}, icon("chat")), h("h2", {}, "No messages yet"),
    h("p.quiet", {}, "Be the first to write something."));
}
