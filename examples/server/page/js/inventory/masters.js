// Items and warehouses by their ids. The first of each are loaded together, others when they are met.

import { stockApi } from "./api.js";

/** Unknown ones that are asked for at the same time. */
const AT_ONCE = 4;

export class Masters {
  /** `changed` is called when more is known than before. */
  constructor(changed, failed) {
    this.changed = changed;
    this.failed = failed;
    this.items = new Map();
    this.warehouses = new Map();
    this.asked = new Set();
    this.queue = [];
    this.running = 0;
  }

  async load() {
    const [items, warehouses] = await Promise.all([stockApi.items(), stockApi.warehouses()]);
    items.items.forEach((item) => this.#put(this.items, item));
    warehouses.items.forEach((warehouse) => this.#put(this.warehouses, warehouse));
    this.asked.clear();
  }

  /** An item, or what stands for it until it is known. */
  item(id) {
    return this.items.get(id) ?? this.#want(id, () => stockApi.item(id), this.items);
  }

  warehouse(id) {
    return this.warehouses.get(id) ?? this.#want(id, () => stockApi.warehouse(id), this.warehouses);
  }

  /** The item of a SKU, looked up when it is not among the known ones. */
  async bySku(sku) {
    const wanted = sku.toLowerCase();
    for (const item of this.items.values()) if (item.sku.toLowerCase() === wanted) return item;
    const item = await stockApi.itemBySku(sku);
    this.putItem(item);
    return item;
  }

  get activeItems() {
    return [...this.items.values()].filter(({ active }) => active)
      .sort((one, other) => one.sku.localeCompare(other.sku));
  }

  get activeWarehouses() {
    return [...this.warehouses.values()].filter(({ active }) => active)
      .sort((one, other) => one.code.localeCompare(other.code));
  }

  putItem(item) {
    this.#put(this.items, item);
    this.changed();
  }

  putWarehouse(warehouse) {
    this.#put(this.warehouses, warehouse);
    this.changed();
  }

  removeItem(id) {
    this.items.delete(id);
    this.changed();
  }

  #put(map, thing) {
    const known = map.get(thing.id);
    if (known === undefined || known.version < thing.version) map.set(thing.id, thing);
  }

  #want(id, ask, map) {
    if (!this.asked.has(id)) {
      this.asked.add(id);
      this.queue.push(async () => this.#put(map, await ask()));
      this.#next();
    }
    return { id, sku: "…", code: "…", name: "…", unit: { name: "", scale: 0 }, reorder_level: null };
  }

  async #next() {
    if (this.running >= AT_ONCE || this.queue.length === 0) return;
    this.running += 1;
    try {
      await this.queue.shift()();
      this.changed();
    } catch (error) {
      this.failed(error);
    }
    this.running -= 1;
    this.#next();
  }
}
