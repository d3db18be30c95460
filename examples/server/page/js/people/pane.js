// The people of the organisation, and who of them is online.

import { openDirect } from "../chat/views/dialogs.js";
import { fill, h, nameText, reconcile, soon } from "../dom.js";
import { shortTime } from "../format.js";
import { icon } from "../icons.js";
import { avatar } from "../shell/avatar.js";

/** More are found by typing. */
const SHOWN = 300;

export const peoplePane = {
  id: "people",
  title: "People",
  icon: "people",
  badge: () => 0,

  mount(place, session) {
    const { state } = session;
    const summary = h("p.quiet", { role: "status", id: "online-count" });
    const search = h("input.search", {
      type: "search", placeholder: "Find people", "aria-label": "Find people", oninput: () => render(),
    });
    const list = h("div.people-list");
    fill(place, h("section.people", { "aria-label": "People" },
      h("header", {}, h("div.grow", {}, h("h1", {}, "People"), summary),
        h("div.search-box", {}, icon("search"), search)),
      list));

    const render = () => {
      const wanted = search.value.trim().toLowerCase();
      const people = known(state).filter(({ name }) => name.toLowerCase().includes(wanted));
      summary.textContent = `${state.online.size} online`;
      reconcile(list, people.slice(0, SHOWN), {
        key: ({ id }) => id,
        signature: (person) => JSON.stringify(person),
        build: (person) => card(session, person),
      });
    };

    const stop = state.on("people", soon(render));
    render();
    return { go: () => {}, end: stop };
  },
};

/** Those whom the viewer may look up, and those of whom he sees that they are online. */
function known(state) {
  const ids = new Set([...state.users.keys(), ...state.online.keys()]);
  return [...ids]
    .map((id) => ({
      id,
      name: state.nameOf(id),
      email: state.users.get(id)?.email,
      status: state.users.get(id)?.status ?? "active",
      since: state.online.get(id)?.since,
    }))
    .filter(({ status }) => status !== "deleted")
    .sort((one, other) =>
      (other.since !== undefined) - (one.since !== undefined) || one.name.localeCompare(other.name));
}

function card(session, { id, name, email, status, since }) {
  const { state } = session;
  const own = id === state.me.id;
  const online = since === undefined ? "Offline" : `Online since ${shortTime(since)}`;
  return h("article.person", { "data-user": id },
    avatar({ id, name, online: since !== undefined }),
    h("div.grow", {}, h("strong", {}, nameText(name), own && h("small", {}, " (you)")),
      h("small", {}, status === "active" ? online : "Deactivated"),
      email && h("small", {}, email)),
    !own && status === "active" && state.may("chat.create_rooms") && h("button.small", {
      type: "button", onclick: () => openDirect(session, id),
    }, "Message"));
}
