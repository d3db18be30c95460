// What is set aside of an item, and giving one's own back.

import { showDecimal, minus } from "../../decimal.js";
import { fill, h, soon } from "../../dom.js";
import { isolated } from "../../format.js";
import { openDialog } from "../../shell/dialog.js";
import { stockApi } from "../api.js";

export function openReservations(session, item) {
  const { stock, state, failed } = session;
  const { name } = stock.masters.item(item);
  const list = h("ul.reservations");
  const more = h("p.more");
  let shown = [];
  let next;
  let round = 0;

  const render = () => {
    fill(list, shown.length === 0 && h("li.quiet", {}, "Nothing is set aside."),
      shown.map((reservation) => row(session, reservation, release)));
    fill(more, next && h("button.small", { type: "button", onclick: () => load(next) }, "Load more"));
  };
  /** Loads a page; without a cursor it is the first, and stands for all that was shown. */
  const load = async (cursor) => {
    const current = (round += 1);
    try {
      const page = await stockApi.reservations(item, cursor);
      if (current !== round) return;
      shown = cursor === undefined ? page.items : [...shown, ...page.items];
      next = page.next ?? undefined;
      render();
    } catch (error) {
      failed(error);
    }
  };
  const release = async (id) => {
    try {
      await stockApi.release(id);
      load();
    } catch (error) {
      failed(error);
    }
  };
  openDialog(`Reservations of ${name}`, list, more, state.on("stock", soon(() => load())));
  load();
}

function row({ stock, state }, { id, item, warehouse, quantity, consumed, owner, reference }, release) {
  const { unit } = stock.masters.item(item);
  const left = `${showDecimal(minus(quantity, consumed))} ${unit.name}`;
  const place = stock.masters.warehouse(warehouse).name;
  return h("li", {},
    h("span.grow", {}, h("strong", {}, left), ` in ${place}`,
      h("small", {}, [isolated(state.nameOf(owner)), reference].filter(Boolean).join(" · "))),
    owner === state.me.id && stock.mayPost && h("button.small", {
      type: "button", onclick: () => release(id),
    }, "Release"));
}
