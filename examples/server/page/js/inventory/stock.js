// How much is where, and the notices of low stock: what is loaded of it, kept live.

import { compare, minus } from "../decimal.js";
import { Feed } from "../live/feed.js";
import { stockApi } from "./api.js";
import { Masters } from "./masters.js";

/** Levels that are loaded at a time. */
const PAGE = 100;
/** Notices that are loaded at a time. */
const ALERTS = 20;

export class Stock extends Feed {
  constructor(state, failed) {
    super();
    this.state = state;
    this.failed = failed;
    this.masters = new Masters(() => this.#changed(), failed);
    /** Whether somebody looks at the table. */
    this.shown = false;
    this.filter = { warehouse: null, low: false };
    /** By item and warehouse. */
    this.levels = new Map();
    /** Where the next page begins, and the last row of those that are loaded. */
    this.next = null;
    this.edge = "";
    this.loaded = false;
    this.alerts = new Map();
    this.nextAlerts = null;
    /** Rows that have just changed, so that the eye finds them. */
    this.fresh = new Set();
  }

  get mayRead() {
    return this.state.may("inventory.read");
  }

  get mayPost() {
    return this.state.may("inventory.post");
  }

  /** The loaded levels that the filter lets through, by item and warehouse as the server has them. */
  get rows() {
    const rows = [...this.levels.values()].filter((level) => this.#matches(level));
    return rows.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  }

  /** The notices that nobody has seen to, the newest first. */
  get open() {
    return [...this.alerts.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
  }

  isLow(level) {
    const limit = this.masters.items.get(level.item)?.reorder_level ?? null;
    return limit !== null && compare(availableOf(level), limit) <= 0;
  }

  /** Somebody looks at the table, or nobody. */
  show(shown) {
    this.shown = shown;
    if (shown && !this.loaded) this.reload().catch(this.failed);
  }

  choose(filter) {
    this.filter = { ...this.filter, ...filter };
    this.loaded = false;
    this.reload().catch(this.failed);
  }

  async reload() {
    this.loaded = false;
    if (!this.mayRead) return;
    // The number of notices is told everywhere, the table only where it is shown.
    const { filter, shown } = this;
    const table = shown
      ? Promise.all([this.masters.load(), stockApi.levels(filter, undefined, PAGE)])
      : Promise.resolve(null);
    await this.replace(Promise.all([stockApi.alerts(undefined, ALERTS), table]), ([alerts, page]) => {
      this.alerts.clear();
      this.#alerts(alerts);
      this.levels.clear();
      if (page !== null) {
        this.#levels(page[1]);
        this.loaded = true;
      }
    });
    this.#changed();
  }

  async more() {
    if (this.next === null) return;
    await this.load(stockApi.levels(this.filter, this.next, PAGE), (page) => this.#levels(page));
    this.#changed();
  }

  async moreAlerts() {
    if (this.nextAlerts === null) return;
    await this.load(stockApi.alerts(this.nextAlerts, ALERTS), (page) => this.#alerts(page));
    this.#changed();
  }

  /** The present level of one item in one warehouse, asked for when it is not loaded. */
  async level(item, warehouse) {
    const known = this.levels.get(`${item} ${warehouse}`);
    if (known !== undefined) return known;
    const { items } = await stockApi.levels({ item, warehouse }, undefined, 1);
    return items[0] ?? null;
  }

  apply({ type, data }) {
    HANDLERS[type]?.(this, data);
  }

  /** What a change of stock came to. */
  outcome({ levels, alerts, left_out }) {
    if (left_out > 0) {
      this.reload().catch(this.failed);
      return;
    }
    for (const level of levels) {
      const key = keyOf(level);
      // What lies beyond the last loaded row comes with the next page.
      if (!this.loaded || (this.next !== null && key > this.edge)) continue;
      this.levels.set(key, level);
      this.fresh.add(key);
    }
    for (const alert of alerts) this.#alert(alert);
    this.#changed();
  }

  seen(alert) {
    this.alerts.delete(alert);
    this.#changed();
  }

  #matches(level) {
    const { warehouse, low } = this.filter;
    return (warehouse === null || level.warehouse === warehouse) && (!low || this.isLow(level));
  }

  #levels({ items, next }) {
    for (const level of items) this.levels.set(keyOf(level), level);
    this.next = next ?? null;
    this.edge = items.length > 0 ? keyOf(items[items.length - 1]) : "";
  }

  #alerts({ items, next }) {
    for (const alert of items) this.#alert(alert);
    this.nextAlerts = next ?? null;
  }

  #alert(alert) {
    if (alert.acknowledged_at === null) this.alerts.set(alert.id, alert);
  }

  #changed() {
    this.state.changed("stock");
  }
}

export const keyOf = ({ item, warehouse }) => `${item} ${warehouse}`;

/** What may be promised. */
export const availableOf = ({ on_hand, reserved }) => minus(on_hand, reserved);

const HANDLERS = {
  "inventory.stock_posted": (stock, outcome) => stock.outcome(outcome),
  "inventory.stock_reserved": (stock, outcome) => stock.outcome(outcome),
  "inventory.reservation_ended": (stock, outcome) => stock.outcome(outcome),
  "inventory.alert_acknowledged": (stock, { alert }) => stock.seen(alert),
  "inventory.item_created": (stock, item) => stock.masters.putItem(item),
  "inventory.item_changed": (stock, item) => stock.masters.putItem(item),
  "inventory.item_deleted": (stock, { item }) => stock.masters.removeItem(item),
  "inventory.warehouse_created": (stock, warehouse) => stock.masters.putWarehouse(warehouse),
  "inventory.warehouse_changed": (stock, warehouse) => stock.masters.putWarehouse(warehouse),
};
