// The frame around everything: the navigation at the left, and the pane that is open. A pane is
// `{ id, title, icon, badge(state, session), mount(place, session, path) }`; another module adds its
// own to the list, and the address `#/id/…` opens it. With `shown(state)` it is only there for some.

import { chatPane } from "../chat/views/pane.js";
import { fill, h, soon } from "../dom.js";
import { icon } from "../icons.js";
import { stockPane } from "../inventory/pane.js";
import { peoplePane } from "../people/pane.js";
import { projectsPane } from "../projects/pane.js";
import { avatar } from "./avatar.js";
import { connectionView } from "./connection.js";
import { menuButton } from "./menu.js";

const PANES = [chatPane, projectsPane, stockPane, peoplePane];

export class Shell {
  constructor(root, session) {
    this.session = session;
    this.pane = null;
    this.place = h("div.pane");
    this.tabs = h("div.tabs");
    this.connection = connectionView(session);
    fill(root, h("div.shell", {}, this.#navigation(), h("div.stage", {}, this.connection.bar, this.place)));

    this.navigate = () => this.#open();
    addEventListener("hashchange", this.navigate);
    const renew = soon(() => this.#renew());
    const { state } = session;
    this.stops = [state.on("rooms", renew), state.on("people", renew), state.on("stock", renew)];
    this.#open();
  }

  end() {
    removeEventListener("hashchange", this.navigate);
    this.stops.forEach((stop) => stop());
    this.connection.end();
    this.pane?.end();
  }

  #navigation() {
    const { state, logout } = this.session;
    const face = avatar({ id: state.me.id, name: state.me.display_name });
    return h("nav.rail", { "aria-label": "Modules" },
      h("img.logo", { src: "/icon.svg", alt: "Workplace" }),
      this.tabs,
      h("div.rail-end", {},
        this.connection.dot,
        menuButton(`Account of ${state.me.display_name}`, face, () => [
          { icon: "leave", label: `Log out ${state.me.display_name}`, run: logout },
        ]),
      ));
  }

  #open() {
    const [id, ...path] = location.hash.replace(/^#\/?/, "").split("/");
    const pane = this.#panes().find((known) => known.id === id) ?? PANES[0];
    if (this.pane?.id !== pane.id) {
      this.pane?.end();
      this.place.replaceChildren();
      this.pane = { id: pane.id, ...pane.mount(this.place, this.session) };
    }
    this.pane.go(path);
    this.#renew();
  }

  /** Those that the viewer has a use for. */
  #panes() {
    const { state } = this.session;
    return PANES.filter((pane) => pane.shown?.(state) ?? true);
  }

  #renew() {
    const { state } = this.session;
    fill(this.tabs, this.#panes().map((pane) => {
      const badge = pane.badge(state, this.session);
      return h("a.tab", {
        href: `#/${pane.id}`,
        "aria-current": this.pane?.id === pane.id ? "page" : null,
        "data-pane": pane.id,
      },
        icon(pane.icon), h("span", {}, pane.title),
        badge > 0 && h("b.badge", { "aria-label": `${badge} ${pane.counts ?? "unread"}` }, badge > 99 ? "99+" : badge));
    }));
    const total = state.badge;
    document.title = `${total > 0 ? `(${total}) ` : ""}Workplace`;
  }
}
