// A menu that opens under a button.

import { h } from "../dom.js";
import { icon } from "../icons.js";

/** A button with a menu; `items()` is asked when it opens: `{ icon, label, run, danger }`. */
export function menuButton(label, face, items) {
  const button = h("button.icon-button", {
    type: "button", "aria-label": label, title: label, "aria-haspopup": "menu", "aria-expanded": "false",
    onclick: () => open(button, items()),
  }, face);
  return button;
}

function open(button, items) {
  const menu = h("div.menu", { role: "menu", popover: "auto" }, items.map((item) =>
    h(`button${item.danger ? ".danger" : ""}`, {
      type: "button", role: "menuitem", onclick: () => { menu.hidePopover(); item.run(); },
    }, icon(item.icon), item.label)));
  menu.addEventListener("toggle", ({ newState }) => {
    if (newState === "open") return;
    button.setAttribute("aria-expanded", "false");
    menu.remove();
    if (document.activeElement === document.body) button.focus();
  });
  menu.addEventListener("keydown", (event) => move(menu, event));
  document.body.append(menu);
  menu.showPopover();
  place(menu, button.getBoundingClientRect());
  button.setAttribute("aria-expanded", "true");
  menu.firstElementChild?.focus();
}

function place(menu, anchor) {
  const { width, height } = menu.getBoundingClientRect();
  const below = anchor.bottom + 4 + height < innerHeight;
  menu.style.top = `${below ? anchor.bottom + 4 : Math.max(8, anchor.top - 4 - height)}px`;
  menu.style.left = `${Math.max(8, Math.min(anchor.right - width, innerWidth - width - 8))}px`;
}

function move(menu, event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const items = [...menu.children];
  const next = items.indexOf(document.activeElement) + step;
  items[(next + items.length) % items.length].focus();
}
