// The routes of projects and tasks.

import { request } from "../api.js";

const project = (id) => `/api/projects/${id}`;
const task = (id) => `/api/tasks/${id}`;

export const projectsApi = {
  list: (cursor, limit) => request("GET", "/api/projects", { query: { cursor, limit } }),
  get: (id) => request("GET", project(id)),
  members: (id, cursor) =>
    request("GET", `${project(id)}/members`, { query: { cursor, limit: 200 } }),
  counts: (id) => request("GET", `${project(id)}/task-counts`),
  tasks: (id, status, cursor, limit) =>
    request("GET", `${project(id)}/tasks`, { query: { status, cursor, limit } }),
  createTask: (id, spec, key) => request("POST", `${project(id)}/tasks`, { body: spec, key }),

  task: (id) => request("GET", task(id)),
  setStatus: (id, expected, status) =>
    request("POST", `${task(id)}/status`, { body: { expected, status } }),
  dependencies: (id) => request("GET", `${task(id)}/dependencies`),
};
