// Why stock was not moved, in words.

import { showDecimal } from "../decimal.js";

export function reasonOf({ problem, status, message }, masters, item) {
  const unit = item?.unit.name ?? "";
  switch (problem?.conflict) {
    case "insufficient_stock": {
      const place = masters.warehouse(problem.warehouse).name;
      const { name, unit: counted } = masters.item(problem.item);
      const left = showDecimal(problem.available);
      return `There is not enough of ${name} in ${place}: ${left} ${counted.name} available.`;
    }
    case "period_closed":
      return "The books are closed for this day.";
    case "later_movements":
      return "There are later movements of the same stock.";
    case "stock_overflow":
      return "That is more than can be counted.";
    case "contention":
      return "Too many others moved the same stock at once. Please try again.";
  }
  if (status === 403) return "You may look at the stock, but not move it.";
  const wrong = problem?.errors?.[0];
  if (wrong !== undefined) return `${fieldOf(wrong.field)} ${wrong.message}${unit && wrong.message.endsWith("unit") ? ` (${unit})` : ""}.`;
  return message;
}

function fieldOf(path) {
  if (path.endsWith("quantity")) return "The quantity";
  if (path.endsWith("item")) return "The item:";
  if (path.endsWith("price")) return "The price";
  if (path.includes("direction")) return "The other warehouse";
  if (path.endsWith("warehouse")) return "The warehouse:";
  return `${path}:`;
}
