// How much of each item is in each warehouse.

import { showDecimal } from "../../decimal.js";
import { h, reconcile } from "../../dom.js";
import { icon } from "../../icons.js";
import { menuButton } from "../../shell/menu.js";
import { availableOf, keyOf } from "../stock.js";
import { openForm } from "./forms.js";
import { openReservations } from "./reservations.js";

/** Digits after the point of a value. */
const CENTS = 2;

const HEADS = ["Item", "Warehouse", "On hand", "Reserved", "Available", "Value"];

export function tableView(session) {
  const { stock, failed } = session;
  const body = h("tbody");
  const table = h("table.levels", { "aria-label": "Stock by item and warehouse" },
    h("thead", {}, h("tr", {},
      HEADS.map((name, at) => h(at > 1 ? "th.number" : "th", { scope: "col" }, name)),
      h("th", {}, h("span.unseen", {}, "Actions")))),
    body);
  const empty = h("p.quiet.nothing");
  const more = h("button.small", { type: "button", onclick: () => stock.more().catch(failed) }, "Load more");
  const element = h("div.levels-frame", {}, table, empty, h("p.more", {}, more));

  const render = () => {
    const { rows } = stock;
    let before = null;
    const shown = rows.map((level) => {
      const repeats = before === level.item;
      before = level.item;
      return { level, repeats };
    });
    reconcile(body, shown, {
      key: ({ level }) => keyOf(level),
      signature: (row) => signOf(stock, row),
      build: (row) => rowView(session, row),
    });
    stock.fresh.clear();
    table.hidden = rows.length === 0;
    empty.hidden = !stock.loaded || rows.length > 0;
    empty.textContent = stock.filter.low ? "Nothing is low." : "There is no stock.";
    more.hidden = stock.next === null;
    element.dataset.loaded = String(stock.loaded);
  };
  return { element, render };
}

function signOf(stock, { level, repeats }) {
  const { masters, mayPost } = stock;
  return JSON.stringify([
    level, masters.item(level.item), masters.warehouse(level.warehouse).name, repeats, mayPost,
  ]);
}

function rowView(session, { level, repeats }) {
  const { stock } = session;
  const item = stock.masters.item(level.item);
  const place = stock.masters.warehouse(level.warehouse);
  const low = stock.isLow(level);
  const classes = `${repeats ? ".repeats" : ""}${low ? ".low" : ""}${stock.fresh.has(keyOf(level)) ? ".fresh" : ""}`;
  const amount = (name, text) => h("td.number", { "data-label": name, "data-value": text },
    showDecimal(text), h("small.unit", {}, ` ${item.unit.name}`));
  return h(`tr${classes}`, {
    "data-item": item.sku,
    "data-place": place.code,
    onanimationend: (event) => event.currentTarget.classList.remove("fresh"),
  },
    h("th", { scope: "row" }, h("strong", {}, item.name), h("small", {}, item.sku)),
    h("td.place", {}, place.name),
    amount("On hand", level.on_hand),
    amount("Reserved", level.reserved),
    h("td.number.available", { "data-label": "Available", "data-value": availableOf(level) },
      low && h("span.chip.high", { title: `To be ordered at ${showDecimal(item.reorder_level)}` }, "Low"),
      showDecimal(availableOf(level)), h("small.unit", {}, ` ${item.unit.name}`)),
    h("td.number", { "data-label": "Value", "data-value": level.value }, showDecimal(level.value, CENTS)),
    h("td.menu-cell", {}, menuButton(`Actions for ${item.name} in ${place.name}`, icon("more"), () => [
      ...(stock.mayPost ? [
        { icon: "down", label: "Receive", run: () => openForm(session, "receipt", level) },
        { icon: "forward", label: "Issue", run: () => openForm(session, "issue", level) },
        { icon: "swap", label: "Transfer", run: () => openForm(session, "transfer", level) },
        { icon: "lock", label: "Reserve", run: () => openForm(session, "reserve", level) },
      ] : []),
      { icon: "people", label: "Reservations", run: () => openReservations(session, level.item) },
    ])));
}
