// Chooses people by name.

import { fill, h, nameText } from "../../dom.js";
import { avatar } from "../../shell/avatar.js";

/** More are found by typing. */
const SHOWN = 60;

/** One click picks, or with `many` one marks any number. */
export function peoplePicker(state, { many = false, onPick = () => {} } = {}) {
  const picked = new Set();
  const search = h("input.search", {
    type: "search", placeholder: "Find people", "aria-label": "Find people", oninput: () => render(),
  });
  const list = h("div.picker-list");

  const row = (user) => {
    const face = avatar({ id: user.id, name: user.display_name, online: state.online.has(user.id) });
    if (!many) {
      return h("button.picker-row", { type: "button", onclick: () => onPick(user.id) }, face,
        h("span.grow", {}, nameText(user.display_name)));
    }
    const box = h("input", { type: "checkbox", onchange: () => {
      if (box.checked) picked.add(user.id);
      else picked.delete(user.id);
    } });
    box.checked = picked.has(user.id);
    return h("label.picker-row", {}, face, h("span.grow", {}, nameText(user.display_name)), box);
  };

  const render = () => {
    const wanted = search.value.trim().toLowerCase();
    const found = [...state.users.values()]
      .filter(({ id, status, display_name }) =>
        id !== state.me.id && status === "active" && display_name.toLowerCase().includes(wanted))
      .sort((one, other) => one.display_name.localeCompare(other.display_name));
    fill(list, found.slice(0, SHOWN).map(row),
      found.length === 0 && h("p.quiet", {}, "Nobody of this name."),
      found.length > SHOWN && h("p.quiet", {}, `and ${found.length - SHOWN} more: type a name`));
  };

  render();
  return {
    element: h("div.picker", {}, search, list),
    picked: () => [...picked],
    focus: () => search.focus(),
  };
}
