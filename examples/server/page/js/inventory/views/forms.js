// The forms that move stock: receive, issue, transfer, reserve.

import { newKey } from "../../api.js";
import { parseDecimal, showDecimal } from "../../decimal.js";
import { h } from "../../dom.js";
import { openDialog } from "../../shell/dialog.js";
import { field, select } from "../../shell/form.js";
import { toast } from "../../shell/toast.js";
import { stockApi } from "../api.js";
import { reasonOf } from "../reasons.js";
import { availableOf } from "../stock.js";

const KINDS = {
  receipt: { title: "Receive stock", button: "Receive", done: "received" },
  issue: { title: "Issue stock", button: "Issue", done: "issued" },
  transfer: { title: "Transfer stock", button: "Transfer", done: "transferred" },
  reserve: { title: "Reserve stock", button: "Reserve", done: "reserved" },
};

/** Opens a form; `about` says which item and where, if that is known. */
export function openForm(session, kind, about = null) {
  const { stock, state } = session;
  const { masters } = stock;
  const words = KINDS[kind];
  const places = masters.activeWarehouses.map(({ id, name }) => [id, name]);
  const known = about === null ? null : masters.item(about.item);
  const item = field("Item (SKU)", {
    required: true, value: known?.sku ?? "", list: masters.activeItems.map(({ sku, name }) => [sku, name]),
  });
  const place = select(kind === "transfer" ? "From" : "Warehouse", places, about?.warehouse);
  const other = places.find(([id]) => id !== place.value());
  const target = select("To", places, other?.[0]);
  const quantity = field("Quantity", { required: true, inputmode: "decimal" });
  const price = field("Price of one (optional)", { inputmode: "decimal" });
  const reference = field("Reference (optional)", { maxlength: 200 });
  const there = h("p.quiet", { role: "status" });
  const error = h("p.error", { role: "alert" });
  const button = h("button.primary", { type: "submit" }, words.button);

  /** Says how much is there, while one may still choose another place. */
  const look = async () => {
    const found = await find(masters, item.value());
    if (found === null) {
      there.textContent = item.value() === "" ? "" : "No item has this SKU.";
      return;
    }
    const level = await stock.level(found.id, place.value()).catch(() => null);
    const text = level === null ? "0" : availableOf(level);
    there.textContent = `${found.name}: ${showDecimal(text)} ${found.unit.name} available here.`;
  };
  const stop = state.on("stock", () => look());
  item.input.addEventListener("change", look);
  place.input.addEventListener("change", look);

  // The same words are sent under the same key, so that they are written once.
  let sent = { words: null, key: null };
  const submit = async (event) => {
    event.preventDefault();
    error.textContent = "";
    const amount = parseDecimal(quantity.value());
    const each = price.value() === "" ? null : parseDecimal(price.value());
    if (amount === null) return wrong("The quantity is no number.", quantity);
    if (each === null && price.value() !== "") return wrong("The price is no number.", price);
    button.disabled = true;
    const found = await find(masters, item.value());
    try {
      if (found === null) return wrong("No item has this SKU.", item);
      const spec = specOf(kind, {
        item: found.id, warehouse: place.value(), to: target.value(), amount, each,
        reference: reference.value() || undefined,
      });
      const next = JSON.stringify(spec);
      if (sent.words !== next) sent = { words: next, key: newKey() };
      await (kind === "reserve" ? stockApi.reserve(spec, sent.key) : stockApi.post(spec, sent.key));
      close();
      toast(`${showDecimal(amount)} ${found.unit.name} ${found.name} ${words.done}.`);
    } catch (problem) {
      error.textContent = reasonOf(problem, masters, found);
      // What was refused was not written: sent again it is asked anew.
      if (!problem.temporary) sent = { words: null, key: null };
    } finally {
      button.disabled = false;
    }
  };
  const wrong = (text, { input }) => {
    error.textContent = text;
    button.disabled = false;
    input.focus();
  };

  const close = openDialog(words.title, h("form.stack", { onsubmit: submit },
    item.label,
    kind === "transfer" ? h("div.pair", {}, place.label, target.label) : place.label,
    there,
    kind === "receipt" ? h("div.pair", {}, quantity.label, price.label) : quantity.label,
    reference.label, error, h("footer", {}, button)), stop);
  look();
  (about === null ? item : quantity).focus();
}

/** The item of this SKU, or null. */
async function find(masters, sku) {
  if (sku === "") return null;
  try {
    return await masters.bySku(sku);
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

function specOf(kind, { item, warehouse, to, amount, each, reference }) {
  if (kind === "reserve") return { item, warehouse, quantity: amount, reference };
  const direction = {
    receipt: { in: { price: each === null ? null : { each } } },
    issue: { out: { reservation: null } },
    transfer: { to: { warehouse: to } },
  }[kind];
  return { kind, reference, lines: [{ item, warehouse, quantity: amount, direction }] };
}
