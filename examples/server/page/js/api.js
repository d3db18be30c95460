// The server's HTTP interface. The session is a cookie that scripts cannot read.

/** The server answered with a problem (RFC 9457). */
export class ApiError extends Error {
  constructor(status, problem, retryAfterMs) {
    super(problem.errors?.[0]?.message ?? problem.detail ?? problem.title ?? `Error ${status}`);
    this.status = status;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may succeed later as it is. */
  get temporary() {
    return this.status === 429 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** No answer came: the request may or may not have reached the server. */
export class NetworkError extends Error {
  constructor() {
    super("The server does not answer.");
  }

  get temporary() {
    return true;
  }
}

let unauthenticated = () => {};

/** Calls this when the server no longer knows the session. */
export function onUnauthenticated(listener) {
  unauthenticated = listener;
}

/** A name for one request, so that it may be sent again without happening twice. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Sends a request; throws an `ApiError` or a `NetworkError`. */
export async function request(method, path, { body, key, query } = {}) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null) url.searchParams.set(name, value);
  }
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key !== undefined) headers["Idempotency-Key"] = key;
  let response;
  let text;
  try {
    response = await fetch(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    });
    text = await response.text();
  } catch {
    throw new NetworkError();
  }
  if (response.ok) return text === "" ? null : JSON.parse(text);
  if (response.status === 401 && path !== "/api/auth/login") unauthenticated();
  throw new ApiError(response.status, parse(text), retryAfter(response));
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function retryAfter(response) {
  const seconds = Number(response.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
}

/** All pages of a list, up to a bound that no list of a person's own reaches. */
async function all(path, pages = 40) {
  const items = [];
  let cursor;
  for (let page = 0; page < pages; page += 1) {
    const answer = await request("GET", path, { query: { limit: 500, cursor } });
    items.push(...answer.items);
    cursor = answer.next;
    if (cursor === undefined || cursor === null) break;
  }
  return items;
}

const room = (id) => `/api/chat/rooms/${id}`;
const message = (id) => `/api/chat/messages/${id}`;

export const api = {
  login: (email, password) =>
    request("POST", "/api/auth/login", { body: { email, password, device: { name: "Browser" } } }),
  logout: () => request("POST", "/api/auth/logout"),
  me: () => request("GET", "/api/auth/me"),
  users: () => all("/api/users", 4),
  cards: (ids) => request("GET", "/api/users/cards", { query: { ids: ids.join(",") } }),
  online: () => request("GET", "/api/realtime/online-users"),

  rooms: () => all("/api/chat/rooms"),
  room: (id) => request("GET", room(id)),
  channels: () => all("/api/chat/channels"),
  createRoom: (spec, key) => request("POST", "/api/chat/rooms", { body: spec, key }),
  join: (id) => request("POST", `${room(id)}/join`),
  leave: (id) => request("POST", `${room(id)}/leave`),
  archiveRoom: (id, expected) => request("POST", `${room(id)}/archive`, { body: { expected } }),
  restoreRoom: (id, expected) => request("POST", `${room(id)}/restore`, { body: { expected } }),
  members: (id) => all(`${room(id)}/members`),
  addMember: (id, user) => request("PUT", `${room(id)}/members/${user}`, { body: {} }),
  mute: (id, until) => request("PUT", `${room(id)}/mute`, { body: { until } }),
  markRead: (id, seq) => request("POST", `${room(id)}/read`, { body: { seq } }),
  markUnread: (id, from) => request("POST", `${room(id)}/unread`, { body: { from } }),

  messages: (id, anchor, limit) =>
    request("GET", "/api/chat/messages", { query: { room: id, ...anchor, limit } }),
  post: (id, body, key) =>
    request("POST", "/api/chat/messages", { body: { room: id, body }, key }),
  edit: (id, expected, body) => request("PATCH", message(id), { body: { expected, body } }),
  remove: (id, expected) => request("DELETE", message(id), { query: { expected } }),
  restore: (id, expected) => request("POST", `${message(id)}/restore`, { body: { expected } }),
};
