// The routes of warehouses, items and stock.

import { request } from "../api.js";

const BASE = "/api/inventory";

export const stockApi = {
  warehouses: () => request("GET", `${BASE}/warehouses`, { query: { limit: 200 } }),
  warehouse: (id) => request("GET", `${BASE}/warehouses/${id}`),
  items: () => request("GET", `${BASE}/items`, { query: { limit: 500 } }),
  item: (id) => request("GET", `${BASE}/items/${id}`),
  itemBySku: (sku) => request("GET", `${BASE}/items/by-sku/${encodeURIComponent(sku)}`),
  levels: ({ warehouse, low, item }, cursor, limit) =>
    request("GET", `${BASE}/stock`, { query: { warehouse, item, low: low || null, cursor, limit } }),
  alerts: (cursor, limit) => request("GET", `${BASE}/alerts`, { query: { cursor, limit } }),
  acknowledge: (id) => request("POST", `${BASE}/alerts/${id}/acknowledge`),
  post: (posting, key) => request("POST", `${BASE}/postings`, { body: posting, key }),
  reserve: (spec, key) => request("POST", `${BASE}/reservations`, { body: spec, key }),
  reservations: (item, cursor) =>
    request("GET", `${BASE}/reservations`, { query: { item, cursor, limit: 50 } }),
  release: (id) => request("POST", `${BASE}/reservations/${id}/release`),
};
