// A task on the board.

import { h } from "../../dom.js";
import { calendarDay } from "../../format.js";
import { icon } from "../../icons.js";
import { avatar } from "../../shell/avatar.js";
import { menuButton } from "../../shell/menu.js";
import { COLUMNS, isOverdue } from "../columns.js";
import { openTask } from "./task.js";

/** Faces on a card; more are counted. */
const FACES = 3;

export const PRIORITY = { low: "Low", normal: "Normal", high: "High", urgent: "Urgent" };

/** All that a card shows. */
export function cardSign(state, board, task) {
  const names = task.assignees.map((user) => state.nameOf(user));
  return JSON.stringify([
    task.version, names, isOverdue(task, board.project.zone), board.mayWork,
    board.moving.get(task.id) ?? "", board.refused.get(task.id) ?? "",
  ]);
}

/** `actions`: `move(task, status)` and `dismiss(task)`. */
export function cardView(session, board, task, actions) {
  const { state } = session;
  const moving = board.moving.has(task.id);
  const refused = board.refused.get(task.id);
  const movable = board.mayWork && !moving;
  const classes = `${moving ? ".moving" : ""}${refused ? ".refused" : ""}`;
  return h(`li.card-task${classes}`, {
    tabindex: "0",
    draggable: movable ? "true" : null,
    "data-task": task.code,
    "aria-label": label(state, board, task),
    "aria-description": movable ? "Shift and an arrow key move it to another column" : null,
    ondragstart: (event) => {
      event.dataTransfer.setData("text/task", task.id);
      event.dataTransfer.effectAllowed = "move";
      event.target.classList.add("dragged");
    },
    ondragend: (event) => event.target.classList.remove("dragged"),
    onkeydown: (event) => {
      if (event.key === "Enter" && event.target === event.currentTarget) openTask(session, board, task);
    },
  },
    h("div.line", {}, h("span.code", {}, task.code), priority(task),
      h("span.grow"),
      moving ? h("span.spinner", { role: "img", "aria-label": "Moving" }) : null,
      movable && menuButton(`Move ${task.code}`, icon("more"), () => targets(session, board, task, actions))),
    // Not a button: a card is dragged by it. Enter on the card, and the menu, do the same.
    h("p.title", { onclick: () => openTask(session, board, task) }, task.title),
    foot(state, board, task),
    refused && h("p.refusal", {}, h("span.grow", {}, refused),
      h("button.icon-button", {
        type: "button", "aria-label": "Dismiss", onclick: () => actions.dismiss(task),
      }, icon("close"))));
}

function targets(session, board, task, actions) {
  const columns = COLUMNS.filter(({ status }) => status !== task.status);
  return [
    { icon: "edit", label: "Details", run: () => openTask(session, board, task) },
    ...columns.map(({ status, title }) => ({
      icon: "forward", label: `Move to ${title}`, run: () => actions.move(task, status),
    })),
  ];
}

function priority({ priority: name }) {
  return name === "normal" ? null : h(`span.chip.${name}`, {}, PRIORITY[name]);
}

function foot(state, board, task) {
  const overdue = isOverdue(task, board.project.zone);
  const people = task.assignees.map((id) => ({ id, name: state.nameOf(id) }));
  if (people.length === 0 && task.due_on === null) return null;
  return h("div.line", {},
    task.due_on !== null && h(`span.due${overdue ? ".overdue" : ""}`, {},
      icon("clock"), `${overdue ? "Late: " : ""}${calendarDay(task.due_on)}`),
    h("span.grow"),
    h("span.faces", { title: people.map(({ name }) => name).join(", ") },
      people.slice(0, FACES).map(avatar),
      people.length > FACES && h("small", {}, `+${people.length - FACES}`)));
}

function label(state, board, task) {
  const people = task.assignees.map((user) => state.nameOf(user));
  return [
    `${task.code} ${task.title}`,
    task.priority !== "normal" && `${PRIORITY[task.priority]} priority`,
    task.due_on !== null && `due ${calendarDay(task.due_on)}`,
    isOverdue(task, board.project.zone) && "overdue",
    people.length > 0 && `for ${people.join(", ")}`,
    board.refused.get(task.id),
  ].filter(Boolean).join(", ");
}
