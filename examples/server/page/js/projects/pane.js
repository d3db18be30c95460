// Projects: the list of them, or the board of the one that is open.

import { fill } from "../dom.js";
import { boardView } from "./views/board.js";
import { listView } from "./views/list.js";

export const projectsPane = {
  id: "projects",
  title: "Projects",
  icon: "board",
  badge: () => 0,
  shown: (state) => state.may("projects.use") || state.may("projects.read_all"),

  mount(place, session) {
    const { projects } = session;
    let view = null;
    let open;

    return {
      go([id = ""]) {
        const wanted = id === "" ? null : id;
        if (wanted === open) return;
        open = wanted;
        view?.end();
        projects.open(wanted);
        projects.show(wanted === null);
        view = wanted === null ? listView(session) : boardView(session, projects.board);
        fill(place, view.element);
      },
      end() {
        view?.end();
        projects.open(null);
        projects.show(false);
      },
    };
  },
};
