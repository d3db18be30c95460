// Decimals as the server writes them, in digits: no floating point touches a quantity or a value.

/** The number of units of the last of `scale` digits after the point. */
function units(text, scale) {
  const [, sign, whole, part = ""] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text);
  const amount = BigInt(whole + part.padEnd(scale, "0"));
  return sign === "-" ? -amount : amount;
}

const scaleOf = (text) => text.split(".")[1]?.length ?? 0;

function both(one, other) {
  const scale = Math.max(scaleOf(one), scaleOf(other));
  return [units(one, scale), units(other, scale), scale];
}

/** Less than zero, zero or more, as the first is less than the second, equal or more. */
export function compare(one, other) {
  const [left, right] = both(one, other);
  return left < right ? -1 : Number(left > right);
}

/** The first less the second. */
export function minus(one, other) {
  const [left, right, scale] = both(one, other);
  const difference = left - right;
  const digits = String(difference < 0n ? -difference : difference).padStart(scale + 1, "0");
  const at = digits.length - scale;
  const sign = difference < 0n ? "-" : "";
  return `${sign}${digits.slice(0, at)}${scale > 0 ? `.${digits.slice(at)}` : ""}`;
}

/** What a person typed, as the server takes it; null when it is no decimal. */
export function parseDecimal(text) {
  const plain = text.trim().replace(",", ".");
  return /^\d{1,15}(\.\d{1,10})?$/.test(plain) ? plain : null;
}

const formats = new Map();

/** A decimal for people, with at least so many digits after the point. */
export function showDecimal(text, digits = 0) {
  if (!formats.has(digits)) {
    const limits = { minimumFractionDigits: digits, maximumFractionDigits: Math.max(digits, 10) };
    formats.set(digits, new Intl.NumberFormat(undefined, limits));
  }
  return formats.get(digits).format(text);
}
