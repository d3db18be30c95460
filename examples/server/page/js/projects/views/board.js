// A project's board: a column for each status. Cards go from column to column by mouse, by key, or by
// their menu.

import { fill, h, reconcile, soon } from "../../dom.js";
import { count } from "../../format.js";
import { icon } from "../../icons.js";
import { toast } from "../../shell/toast.js";
import { COLUMNS, beside } from "../columns.js";
import { move } from "../moves.js";
import { cardView, cardSign } from "./card.js";
import { newTask } from "./new_task.js";

export function boardView(session, board) {
  const { state, failed } = session;
  const head = h("header.board-head");
  const news = h("p.unseen", { role: "status" });
  const lanes = new Map(COLUMNS.map((column) => [column.status, lane(column)]));
  const frame = h("div.board", { onkeydown: (event) => keys(event) },
    [...lanes.values()].map(({ element }) => element));
  const element = h("section.board-page", { "aria-label": "Board" }, head, frame, news);

  const go = async (task, status) => {
    const done = await move(board, task, status);
    if (done === null) return;
    if (done.good) news.textContent = done.text;
    else toast(done.text, { kind: "error" });
  };
  const actions = {
    move: go,
    dismiss: (task) => {
      board.refused.delete(task.id);
      board.changed();
    },
  };

  const drop = (status, id) => {
    const task = board.tasks.get(id);
    if (task !== undefined) go(task, status);
  };
  for (const [status, { element: place }] of lanes) accept(place, (id) => drop(status, id));

  const render = () => {
    element.dataset.board = board.project === null ? "" : board.id;
    if (board.gone) {
      fill(head);
      fill(frame, gone());
      return;
    }
    if (board.project === null) return;
    renderHead();
    for (const { status } of COLUMNS) renderLane(status);
  };

  const renderHead = () => {
    const { project } = board;
    const sign = `${project.version} ${board.mayWork}`;
    if (head.dataset.sign === sign) return;
    head.dataset.sign = sign;
    fill(head,
      h("a.icon-button", { href: "#/projects", "aria-label": "All projects" }, icon("back")),
      h("div.grow", {}, h("h1", {}, project.name), h("p.quiet", {}, project.description ?? project.code)),
      board.mayWork
        ? h("button.primary", { type: "button", onclick: () => newTask(session, board) }, "New task")
        : h("span.quiet", {}, "You look on"));
  };

  const renderLane = (status) => {
    const { number, list, more } = lanes.get(status);
    const column = board.columns.get(status);
    const tasks = board.tasksIn(status);
    number.textContent = column.count.toLocaleString();
    number.setAttribute("aria-label", count(column.count, "task"));
    reconcile(list, tasks, {
      key: ({ id }) => id,
      signature: (task) => cardSign(state, board, task),
      build: (task) => cardView(session, board, task, actions),
    });
    more.hidden = column.next === null;
  };

  function lane({ status, title }) {
    const id = `column-${status}`;
    const number = h("span.count");
    const list = h("ul.cards", { "aria-labelledby": id });
    const more = h("button.small", {
      type: "button",
      onclick: (event) => {
        event.target.disabled = true;
        board.more(status).catch(failed).finally(() => { more.disabled = false; });
      },
    }, "Load more");
    return {
      number, list, more,
      element: h("section.lane", { "data-status": status },
        h("h2", { id }, title, number), list, more),
    };
  }

  /** The arrow keys go from card to card; with Shift, to the left and right, they take it along. */
  const keys = (event) => {
    const card = event.target.closest(".card-task");
    if (card === null || event.target !== card) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const task = board.tasks.get(card.dataset.key);
    if (step !== undefined && event.shiftKey && board.mayWork) {
      event.preventDefault();
      const status = beside(board.shownIn(task), step);
      if (status === null) return;
      go(task, status);
      render();
      focusCard(task.id);
    } else if (event.key.startsWith("Arrow") && !event.shiftKey) {
      const next = neighbour(card, event.key);
      if (next === null) return;
      event.preventDefault();
      next.focus();
    }
  };

  const focusCard = (id) => {
    const card = [...frame.querySelectorAll(".card-task")].find(({ dataset }) => dataset.key === id);
    card?.focus();
    card?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const renew = soon(render);
  const stops = [state.on("board", renew), state.on("people", renew)];
  render();
  return { element, end: () => stops.forEach((stop) => stop()) };
}

/** The card above, below, or at the same height in the next column that has any. */
function neighbour(card, key) {
  if (key === "ArrowUp") return card.previousElementSibling;
  if (key === "ArrowDown") return card.nextElementSibling;
  const at = [...card.parentElement.children].indexOf(card);
  const lanes = [...card.closest(".board").querySelectorAll(".cards")];
  const step = key === "ArrowRight" ? 1 : -1;
  for (let next = lanes.indexOf(card.parentElement) + step; lanes[next]; next += step) {
    const { children } = lanes[next];
    if (children.length > 0) return children[Math.min(at, children.length - 1)];
  }
  return null;
}

/** Takes cards that are let go over a column. */
function accept(place, drop) {
  const carries = ({ dataTransfer }) => dataTransfer.types.includes("text/task");
  place.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    place.classList.add("over");
  });
  place.addEventListener("dragleave", (event) => {
    if (!place.contains(event.relatedTarget)) place.classList.remove("over");
  });
  place.addEventListener("drop", (event) => {
    place.classList.remove("over");
    if (!carries(event)) return;
    event.preventDefault();
    drop(event.dataTransfer.getData("text/task"));
  });
}

function gone() {
  return h("div.empty", {},
    h("div.empty-icon", {}, icon("board")),
    h("h2", {}, "This project is not here"),
    h("p.quiet", {}, "It may have been deleted, or you do not belong to it."),
    h("a", { href: "#/projects" }, "All projects"));
}
