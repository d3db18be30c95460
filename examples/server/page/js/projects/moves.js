// Moves a task to another column: shown at once, and taken back, with the reason, when the server
// refuses.

import { projectsApi } from "./api.js";
import { titleOf } from "./columns.js";

/** Tasks in a reason that are called by their names; more are counted. */
const NAMED = 3;

/** Moves it. Resolves to what came of it, in words. */
export async function move(board, task, status) {
  if (board.shownIn(task) === status || board.moving.has(task.id)) return null;
  board.moving.set(task.id, status);
  board.refused.delete(task.id);
  board.changed();
  try {
    const moved = await projectsApi.setStatus(task.id, task.version, status);
    board.moving.delete(task.id);
    board.put(moved);
    board.changed();
    return { good: true, text: `${task.code} is in ${titleOf(status)}.` };
  } catch (error) {
    const text = await reason(board, task, status, error);
    board.moving.delete(task.id);
    board.refused.set(task.id, text);
    board.changed();
    return { good: false, text };
  }
}

async function reason(board, task, status, { status: code, problem, message }) {
  if (problem?.conflict === "task_blocked") {
    const names = await namesOf(board, problem.by);
    return `${task.code} cannot be done yet: it waits for ${names}.`;
  }
  if (problem?.conflict === "version") {
    return stale(board, task);
  }
  if (problem?.code === "precondition") {
    return `${task.code} cannot go from ${titleOf(task.status)} to ${titleOf(status)}.`;
  }
  if (code === 403) return `You may only look at ${task.code}, not move it.`;
  if (code === 404) {
    board.tasks.delete(task.id);
    board.recount();
    return `${task.code} is not here any more.`;
  }
  return `${task.code} was not moved: ${message}`;
}

/** Someone was faster: what he did is shown, before the event tells of it. */
async function stale(board, task) {
  try {
    const now = await projectsApi.task(task.id);
    board.put(now);
    const where = now.status === task.status ? "" : ` It is in ${titleOf(now.status)} now.`;
    return `Someone else changed ${task.code} in the meantime; it was loaded anew.${where}`;
  } catch {
    return `Someone else changed ${task.code} in the meantime.`;
  }
}

async function namesOf(board, ids) {
  const names = await Promise.all(ids.slice(0, NAMED).map(async (id) => {
    try {
      const { code, title } = board.tasks.get(id) ?? (await projectsApi.task(id));
      return `${code} “${title}”`;
    } catch {
      return "another task";
    }
  }));
  if (ids.length > NAMED) names.push(`${ids.length - NAMED} more`);
  return new Intl.ListFormat("en").format(names);
}
