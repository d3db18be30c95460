// The form that makes a task.

import { newKey } from "../../api.js";
import { h } from "../../dom.js";
import { openDialog } from "../../shell/dialog.js";
import { field, select } from "../../shell/form.js";
import { projectsApi } from "../api.js";
import { COLUMNS } from "../columns.js";
import { PRIORITY } from "./card.js";

export function newTask({ state }, board) {
  // One key for as long as the form is open, so that two clicks make one task.
  const key = newKey();
  const title = field("What is to be done", { maxlength: 200, required: true });
  const status = select("Column", COLUMNS.map((column) => [column.status, column.title]), "todo");
  const priority = select("Priority", Object.entries(PRIORITY), "normal");
  const due = field("Due (optional)", { type: "date" });
  const mine = h("input", { type: "checkbox" });
  const error = h("p.error", { role: "alert" });
  const button = h("button.primary", { type: "submit" }, "Make task");

  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      board.put(await projectsApi.createTask(board.id, {
        title: title.value(),
        status: status.value(),
        priority: priority.value(),
        due_on: due.value() || undefined,
        assignees: mine.checked ? [state.me.id] : [],
      }, key));
      close();
    } catch (problem) {
      error.textContent = problem.message;
      button.disabled = false;
    }
  };
  const close = openDialog("New task", h("form.stack", { onsubmit: submit },
    title.label, h("div.pair", {}, status.label, priority.label), due.label,
    h("label.check", {}, mine, "I do it myself"),
    error, h("footer", {}, button)));
  title.focus();
}
