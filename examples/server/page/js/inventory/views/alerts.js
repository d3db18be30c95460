// The notices of low stock that nobody has seen to.

import { showDecimal } from "../../decimal.js";
import { h, reconcile } from "../../dom.js";
import { count, fullTime, shortTime } from "../../format.js";
import { icon } from "../../icons.js";
import { stockApi } from "../api.js";
import { openForm } from "./forms.js";

export function alertsView(session) {
  const { stock, failed } = session;
  const title = h("h2", { id: "alerts-title" });
  const list = h("ul.alerts", { role: "list", "aria-labelledby": "alerts-title" });
  const more = h("button.small", {
    type: "button", onclick: () => stock.moreAlerts().catch(failed),
  }, "Load more");
  const news = h("p.unseen", { role: "status" });
  const element = h("section.alerts-box", {}, title, list, more, news);
  let before = null;

  const render = () => {
    const { open } = stock;
    element.hidden = open.length === 0;
    more.hidden = stock.nextAlerts === null;
    const shown = count(open.length, "notice of low stock", "notices of low stock");
    title.textContent = stock.nextAlerts === null ? shown : `More than ${shown}`;
    if (before !== null && open.length > before) news.textContent = title.textContent;
    before = open.length;
    reconcile(list, open, {
      key: ({ id }) => id,
      signature: (alert) => JSON.stringify([alert, textOf(stock, alert), stock.mayPost]),
      build: (alert) => row(session, alert),
    });
  };
  return { element, render };
}

function textOf(stock, { item, warehouse, available, reorder_level }) {
  const { name, unit } = stock.masters.item(item);
  const place = stock.masters.warehouse(warehouse).name;
  const left = `${showDecimal(available)} ${unit.name}`;
  return [name, `${left} available in ${place}, to be ordered at ${showDecimal(reorder_level)}`];
}

function row(session, alert) {
  const { stock, failed } = session;
  const [name, text] = textOf(stock, alert);
  const acknowledge = async (event) => {
    event.target.disabled = true;
    try {
      await stockApi.acknowledge(alert.id);
      stock.seen(alert.id);
    } catch (error) {
      event.target.disabled = false;
      failed(error);
    }
  };
  return h("li.alert", { "data-alert": alert.id }, icon("alert"),
    h("span.grow", {}, h("strong", {}, name), h("span", {}, ` ${text} `),
      h("time.quiet", { datetime: alert.raised_at, title: fullTime(alert.raised_at) },
        shortTime(alert.raised_at))),
    stock.mayPost && h("button.small", {
      type: "button", onclick: () => openForm(session, "receipt", alert),
    }, "Receive"),
    stock.mayPost && h("button.small.acknowledge", {
      type: "button", "aria-label": `Acknowledge: ${name}`, onclick: acknowledge,
    }, "Acknowledge"));
}
