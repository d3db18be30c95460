// Starts the page: the log-in form, or the shell with its panes.

import { api, ApiError, onUnauthenticated } from "./api.js";
import { showLogin } from "./shell/login.js";
import { Session } from "./session.js";
import { showUnreachable } from "./shell/unreachable.js";

const root = document.getElementById("app");
let session = null;

onUnauthenticated(() => leave("Your session has ended. Please log in again."));

async function start() {
  try {
    enter(await api.me());
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) login();
    else showUnreachable(root, error.message, start);
  }
}

function enter(me) {
  session?.end();
  session = new Session(root, me, { onEnd: leave });
}

/** Ends what runs, and asks for a log-in; the note says why, if nobody asked for it. */
function leave(note) {
  if (session === null) return;
  session.end();
  session = null;
  login(note);
}

function login(note) {
  document.title = "Log in – Workplace";
  showLogin(root, { note, onLogin: async () => enter(await api.me()) });
}

start();
