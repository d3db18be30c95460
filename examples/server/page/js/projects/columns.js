// The columns of a board: the statuses of a task, in their order.

export const COLUMNS = [
  { status: "backlog", title: "Backlog" },
  { status: "todo", title: "To do" },
  { status: "in_progress", title: "In progress" },
  { status: "in_review", title: "In review" },
  { status: "done", title: "Done" },
  { status: "cancelled", title: "Cancelled" },
];

export const titleOf = (status) =>
  COLUMNS.find((column) => column.status === status)?.title ?? status;

/** The column so many to the right, if there is one. */
export function beside(status, step) {
  const at = COLUMNS.findIndex((column) => column.status === status);
  return COLUMNS[at + step]?.status ?? null;
}

/** Whether the last day of a task is over in the project's zone, and something is left to do. */
export function isOverdue(task, zone) {
  if (task.due_on === null || task.status === "done" || task.status === "cancelled") return false;
  return task.due_on < today(zone);
}

function today(zone) {
  // The Swedish way to write a day is the ISO one.
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date());
}
