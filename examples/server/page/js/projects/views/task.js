// What a task says of itself, and what it waits for.

import { fill, h } from "../../dom.js";
import { calendarDay, duration, isolated } from "../../format.js";
import { openDialog } from "../../shell/dialog.js";
import { projectsApi } from "../api.js";
import { titleOf } from "../columns.js";
import { PRIORITY } from "./card.js";

/** Tasks that are named in a list; more are counted. */
const NAMED = 20;

export function openTask({ state, failed }, board, task) {
  const waits = h("dd", {}, "…");
  const held = h("dd", {}, "…");
  const people = task.assignees.map((user) => isolated(state.nameOf(user))).join(", ");
  openDialog(`${task.code} ${task.title}`,
    task.description && h("p.pre", {}, task.description),
    h("dl.facts", {},
      fact("Status", titleOf(task.status)),
      fact("Priority", PRIORITY[task.priority]),
      fact("For", people || "Nobody yet"),
      task.due_on && fact("Due", calendarDay(task.due_on)),
      task.estimate_min && fact("Takes", duration(task.estimate_min)),
      task.labels.length > 0 && fact("Labels", task.labels.join(", ")),
      h("div", {}, h("dt", {}, "Waits for"), waits),
      h("div", {}, h("dt", {}, "Holds up"), held)));
  links(board, task, waits, held).catch(failed);
}

const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

async function links(board, task, waits, held) {
  const { items } = await projectsApi.dependencies(task.id);
  const before = items.filter(({ successor }) => successor === task.id);
  const after = items.filter(({ predecessor }) => predecessor === task.id);
  await show(board, waits, before.map(({ predecessor }) => predecessor));
  await show(board, held, after.map(({ successor }) => successor));
}

async function show(board, place, ids) {
  const tasks = await Promise.all(ids.slice(0, NAMED).map(
    async (id) => board.tasks.get(id) ?? projectsApi.task(id)));
  fill(place, tasks.length === 0 && "Nothing",
    tasks.map(({ code, title, status }) => h("p", {}, h("span.code", {}, code), ` ${title} `,
      h("small", {}, `(${titleOf(status)})`))),
    ids.length > NAMED && h("p.quiet", {}, `and ${ids.length - NAMED} more`));
}
