// The board of one project: of each column the tasks that are loaded, how many there are, and the
// moves that are on their way.

import { soon } from "../dom.js";
import { Feed } from "../live/feed.js";
import { projectsApi } from "./api.js";
import { COLUMNS } from "./columns.js";

/** Tasks of a column that are loaded at a time. */
const PAGE = 30;

export class Board extends Feed {
  /** `failed` is called when something could not be loaded that an event told of. */
  constructor(state, id, failed) {
    super();
    this.state = state;
    this.id = id;
    this.failed = failed;
    this.clear();
    this.recount = soon(() => this.#recount());
  }

  clear() {
    this.project = null;
    this.role = null;
    this.tasks = new Map();
    /** By status: `{ count, next }`; `next` is where the column's next page begins. */
    this.columns = new Map(COLUMNS.map(({ status }) => [status, { count: 0, next: null }]));
    /** By task: the column that it is being moved to. */
    this.moving = new Map();
    /** By task: why it went back. */
    this.refused = new Map();
    this.touched = 0;
    this.gone = false;
  }

  /** Whether the viewer may move and make tasks. */
  get mayWork() {
    return this.role !== null && this.role !== "viewer";
  }

  /** The column that a task is shown in. */
  shownIn(task) {
    return this.moving.get(task.id) ?? task.status;
  }

  /** The loaded tasks of a column, by number. */
  tasksIn(status) {
    const tasks = [...this.tasks.values()].filter((task) => this.shownIn(task) === status);
    return tasks.sort((one, other) => numberOf(one) - numberOf(other));
  }

  async reload() {
    const first = COLUMNS.map(({ status }) => projectsApi.tasks(this.id, status, undefined, PAGE));
    const all = Promise.all([projectsApi.get(this.id), projectsApi.counts(this.id), ...first]);
    try {
      await this.replace(all, ([{ project, member }, counts, ...pages]) => {
        const { moving, refused } = this;
        this.clear();
        Object.assign(this, { project, role: member?.role ?? null, moving, refused });
        this.#count(counts);
        COLUMNS.forEach(({ status }, at) => this.#page(status, pages[at]));
      });
    } catch (error) {
      if (error.status !== 404) throw error;
      this.gone = true;
    }
    this.#changed();
  }

  /** Loads more of a column. */
  async more(status) {
    const { next } = this.columns.get(status);
    if (next === null) return;
    await this.load(projectsApi.tasks(this.id, status, next, PAGE), (page) => this.#page(status, page));
    this.#changed();
  }

  /** Takes in a task as the server tells it, unless a newer word on it is known. */
  put(task) {
    const known = this.tasks.get(task.id);
    if (task.project !== this.id || (known !== undefined && known.version >= task.version)) return;
    this.touched += 1;
    if (known === undefined) {
      // Where an unknown task was before, only the server knows.
      this.recount();
    } else if (known.status !== task.status) {
      this.columns.get(known.status).count -= 1;
      this.columns.get(task.status).count += 1;
    }
    if (known?.status !== task.status) this.refused.delete(task.id);
    this.tasks.set(task.id, task);
    this.#changed();
  }

  apply({ type, data }) {
    HANDLERS[type]?.(this, data);
  }

  #page(status, { items, next }) {
    for (const task of items) {
      const known = this.tasks.get(task.id);
      if (known === undefined || known.version < task.version) this.tasks.set(task.id, task);
    }
    this.columns.get(status).next = next ?? null;
  }

  #count({ items }) {
    for (const column of this.columns.values()) column.count = 0;
    for (const { status, tasks } of items) this.columns.get(status).count = tasks;
  }

  /** Asks for the numbers, and again when something happened in between. */
  async #recount() {
    const before = this.touched;
    try {
      const counts = await projectsApi.counts(this.id);
      if (before !== this.touched) return this.recount();
      this.#count(counts);
      this.#changed();
    } catch (error) {
      this.failed(error);
    }
  }

  changed() {
    this.touched += 1;
    this.#changed();
  }

  #changed() {
    this.state.changed("board");
  }
}

/** The number in a task's code. */
const numberOf = ({ code }) => Number(code.slice(code.lastIndexOf("-") + 1));

const ofBoard = (handler) => (board, data) => {
  if ((data.project?.id ?? data.project) === board.id) handler(board, data);
};

const HANDLERS = {
  "projects.project_updated": putProject,
  "projects.project_restored": (board, project) => {
    if (project.id === board.id) board.reload().catch(board.failed);
  },
  "projects.project_deleted": ofBoard((board) => {
    board.gone = true;
    board.changed();
  }),
  "projects.member_put": ofBoard((board, { user, role }) => {
    if (user !== board.state.me.id) return;
    if (board.gone) board.reload().catch(board.failed);
    board.role = role;
    board.changed();
  }),
  "projects.member_removed": ofBoard((board, { user }) => {
    if (user !== board.state.me.id) return;
    if (board.state.may("projects.read_all")) board.role = null;
    else board.gone = true;
    board.changed();
  }),
  "projects.task_created": (board, task) => board.put(task),
  "projects.task_updated": (board, task) => board.put(task),
  "projects.tasks_deleted": ofBoard((board, { tasks }) => {
    for (const id of tasks) board.tasks.delete(id);
    board.recount();
    board.changed();
  }),
  "projects.tasks_restored": ofBoard((board) => board.reload().catch(board.failed)),
};

function putProject(board, project) {
  if (project.id !== board.id || board.project === null) return;
  if (board.project.version >= project.version) return;
  board.project = project;
  board.changed();
}
