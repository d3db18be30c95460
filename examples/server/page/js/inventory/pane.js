// Stock: the notices of what is low, and the table of how much is where.

import { fill, h, soon } from "../dom.js";
import { icon } from "../icons.js";
import { select } from "../shell/form.js";
import { alertsView } from "./views/alerts.js";
import { openForm } from "./views/forms.js";
import { tableView } from "./views/table.js";

export const stockPane = {
  id: "stock",
  title: "Stock",
  icon: "boxes",
  counts: "notices of low stock",
  badge: (_state, { stock }) => stock.alerts.size,
  shown: (state) => state.may("inventory.read"),

  mount(place, session) {
    const { state, stock } = session;
    const alerts = alertsView(session);
    const table = tableView(session);
    const tools = h("div.tools");
    const actions = h("div.actions");
    fill(place, h("section.page.stock", { "aria-label": "Stock" },
      h("header", {}, h("div.grow", {}, h("h1", {}, "Stock")), actions),
      alerts.element, tools, table.element));

    let sign = "";
    const renderTools = () => {
      const places = stock.masters.activeWarehouses.map(({ id, name }) => [id, name]);
      const next = JSON.stringify([places, stock.mayPost]);
      if (next === sign) return;
      sign = next;
      fill(actions, stock.mayPost && ACTIONS.map(({ kind, label, face }) =>
        h(`button.small.${kind}`, { type: "button", onclick: () => openForm(session, kind) },
          icon(face), label)));
      const warehouse = select("Warehouse", [["", "All warehouses"], ...places],
        stock.filter.warehouse ?? "");
      warehouse.input.addEventListener("change", () =>
        stock.choose({ warehouse: warehouse.value() || null }));
      const low = h("input", {
        type: "checkbox", id: "only-low", onchange: () => stock.choose({ low: low.checked }),
      });
      low.checked = stock.filter.low;
      fill(tools, warehouse.label, h("label.check", {}, low, "Only what is low"));
    };

    const render = () => {
      renderTools();
      alerts.render();
      table.render();
    };
    const stop = state.on("stock", soon(render));
    stock.show(true);
    render();
    return {
      go: () => {},
      end() {
        stop();
        stock.show(false);
      },
    };
  },
};

export const ACTIONS = [
  { kind: "receipt", label: "Receive", face: "down" },
  { kind: "issue", label: "Issue", face: "forward" },
  { kind: "transfer", label: "Transfer", face: "swap" },
  { kind: "reserve", label: "Reserve", face: "lock" },
];
