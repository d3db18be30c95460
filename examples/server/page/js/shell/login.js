// The log-in form. A server with demo data tells its accounts, to choose from.

import { api, ApiError } from "../api.js";
import { fill, h } from "../dom.js";
import { avatar } from "./avatar.js";

export function showLogin(root, { note, onLogin }) {
  const email = field("email", "E-mail", { type: "email", autocomplete: "username", required: true });
  const password = field("password", "Password", {
    type: "password", autocomplete: "current-password", required: true,
  });
  const error = h("p.error", { role: "alert", id: "login-error" });
  const button = h("button.primary.wide", { type: "submit" }, "Log in");
  const demo = h("div.demo-accounts");

  const submit = async () => {
    button.disabled = true;
    error.textContent = "";
    try {
      await api.login(email.input.value, password.input.value);
      await onLogin();
    } catch (problem) {
      error.textContent = explain(problem);
      button.disabled = false;
      password.input.select();
    }
  };

  const form = h("form.card", {
    onsubmit: (event) => {
      event.preventDefault();
      submit();
    },
  },
    h("h1", {}, "Welcome back"),
    h("p.quiet", {}, note ?? "Log in to see your rooms."),
    email.label, password.label, error, button, demo,
  );
  const brand = h("div.brand", {}, h("img", { src: "/icon.svg", alt: "" }), "Workplace");
  fill(root, h("main.welcome", {}, brand, form));
  email.input.focus();

  offerAccounts(demo, (account) => {
    email.input.value = account.email;
    password.input.value = account.password;
    submit();
  });
}

function field(id, name, attributes) {
  const input = h("input", { id, name: id, ...attributes });
  return { input, label: h("label.field", { for: id }, h("span", {}, name), input) };
}

function explain(problem) {
  if (problem instanceof ApiError && problem.status === 401) return "E-mail or password is wrong.";
  if (problem instanceof ApiError && problem.status === 429) {
    return "Too many attempts. Try again in a while.";
  }
  return problem.message;
}

async function offerAccounts(place, choose) {
  let accounts = [];
  try {
    const response = await fetch("/demo.json");
    if (response.ok) ({ accounts } = await response.json());
  } catch {
    return;
  }
  if (accounts.length === 0) return;
  fill(place, h("h2", {}, "Demo accounts"), accounts.map((account) =>
    h("button.account", { type: "button", onclick: () => choose(account) },
      avatar({ id: account.email, name: account.name }),
      h("span.grow", {}, h("strong", {}, account.name), h("small", {}, account.about)),
    )));
}
