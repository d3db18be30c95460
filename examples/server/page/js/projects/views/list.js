// The projects that the viewer sees.

import { fill, h, reconcile, soon } from "../../dom.js";
import { calendarDay, count } from "../../format.js";
import { icon } from "../../icons.js";

const STATUS = {
  planned: "Planned", active: "Active", on_hold: "On hold", completed: "Completed", cancelled: "Cancelled",
};

export function listView({ state, projects, failed }) {
  const list = h("ul.project-list");
  const more = h("button.small", {
    type: "button", onclick: () => projects.more().catch(failed),
  }, "Load more");
  const empty = h("div.empty.small", {}, h("div.empty-icon", {}, icon("board")),
    h("h2", {}, "No projects"), h("p.quiet", {}, "You do not belong to any project yet."));
  const element = h("section.page", { "aria-label": "Projects" },
    h("header", {}, h("div.grow", {}, h("h1", {}, "Projects"))), list, empty,
    h("p.more", {}, more));

  const render = () => {
    reconcile(list, projects.all, {
      key: ({ id }) => id,
      signature: (project) => JSON.stringify(project),
      build: card,
    });
    empty.hidden = !projects.loaded || projects.list.size > 0;
    more.hidden = projects.next === null;
  };
  const stop = state.on("projects", soon(render));
  fill(list);
  render();
  return { element, end: stop };
}

function card(project) {
  const days = [project.start_on, project.due_on].map((day) => day && calendarDay(day));
  return h("li", {}, h("a.project", { href: `#/projects/${project.id}`, "data-project": project.code },
    h("span.avatar.sign", { "aria-hidden": "true" }, icon("board")),
    h("span.grow", {},
      h("strong", {}, project.name),
      h("small", {}, project.description ?? project.code),
      h("small", {}, [
        STATUS[project.status],
        days.some(Boolean) && days.map((day) => day ?? "…").join(" – "),
        count(project.member_count, "member"),
      ].filter(Boolean).join(" · ")))));
}
