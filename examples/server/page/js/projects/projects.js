// The projects that the viewer sees, and the board that is open.

import { Feed } from "../live/feed.js";
import { projectsApi } from "./api.js";
import { Board } from "./board.js";

/** Projects that are loaded at a time. */
const PAGE = 50;

export class Projects extends Feed {
  constructor(state, failed) {
    super();
    this.state = state;
    this.failed = failed;
    this.list = new Map();
    this.next = null;
    this.loaded = false;
    /** Whether somebody looks at the list. */
    this.shown = false;
    this.board = null;
  }

  /** The loaded projects, by code. */
  get all() {
    return [...this.list.values()].sort((one, other) => (one.code < other.code ? -1 : 1));
  }

  /** Opens a project's board, or with null none. */
  open(id) {
    if (this.board?.id === id) return;
    this.board = id === null ? null : new Board(this.state, id, this.failed);
    this.board?.reload().catch(this.failed);
  }

  /** Somebody looks at the list, or nobody. */
  show(shown) {
    this.shown = shown;
    if (shown && !this.loaded) this.#first().catch(this.failed);
  }

  take(event) {
    super.take(event);
    this.board?.take(event);
  }

  async reload() {
    this.loaded = false;
    await Promise.all([this.shown ? this.#first() : null, this.board?.reload()]);
  }

  async more() {
    if (this.next === null) return;
    await this.load(projectsApi.list(this.next, PAGE), (page) => this.#page(page));
    this.#changed();
  }

  async #first() {
    if (!this.state.may("projects.use") && !this.state.may("projects.read_all")) return;
    await this.replace(projectsApi.list(undefined, PAGE), (page) => {
      this.list.clear();
      this.#page(page);
      this.loaded = true;
    });
    this.#changed();
  }

  #page({ items, next }) {
    for (const project of items) this.put(project);
    this.next = next ?? null;
  }

  put(project) {
    const known = this.list.get(project.id);
    if (known !== undefined && known.version >= project.version) return;
    this.list.set(project.id, project);
  }

  apply({ type, data }) {
    const { me } = this.state;
    if (type === "projects.project_created" || type === "projects.member_put") {
      const own = data.user === me.id || data.members?.some(([user]) => user === me.id);
      if (own || this.state.may("projects.read_all")) this.put(data.project);
    } else if (type === "projects.project_updated" || type === "projects.project_restored") {
      this.put(data);
    } else if (type === "projects.project_deleted") {
      this.list.delete(data.project);
    } else if (type === "projects.member_removed" && data.user === me.id) {
      if (!this.state.may("projects.read_all")) this.list.delete(data.project);
    } else {
      return;
    }
    this.#changed();
  }

  #changed() {
    this.state.changed("projects");
  }
}
