// Fields of a form, each with its label.

import { h } from "../dom.js";

/** A field to write in. `list` are the texts that it suggests. */
export function field(name, { list, ...attributes } = {}) {
  const id = `list-${name}`;
  const input = h("input", {
    type: "text", autocomplete: "off", list: list === undefined ? null : id, ...attributes,
  });
  const suggested = list?.map(([value, text]) => h("option", { value }, text));
  return {
    input,
    label: h("label.field", {}, h("span", {}, name), input, suggested && h("datalist", { id }, suggested)),
    value: () => input.value.trim(),
    focus: () => input.focus(),
  };
}

/** A choice: `options` are `[value, text]`. */
export function select(name, options, chosen) {
  const input = h("select", {}, options.map(([value, text]) =>
    h("option", { value, selected: value === chosen }, text)));
  return {
    input,
    label: h("label.field", {}, h("span", {}, name), input),
    value: () => input.value,
    focus: () => input.focus(),
  };
}
