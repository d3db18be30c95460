// Times, names and numbers as people read them. Days are those of the reader's own zone.

const time = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const dayLong = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const dateShort = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const monthYear = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
const daysAgo = (date) => Math.round((startOfDay(new Date()) - startOfDay(date)) / 86_400_000);

export const clockTime = (at) => time.format(new Date(at));
export const fullTime = (at) => full.format(new Date(at));

/** A key that is equal for instants of one day. */
export function dayKey(at) {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** The name of a day. */
export function dayName(at) {
  const date = new Date(at);
  const ago = daysAgo(date);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  return (ago < 300 ? dayLong : dayYear).format(date);
}

/** When, as short as it can be told in a list. */
export function shortTime(at) {
  const date = new Date(at);
  const ago = daysAgo(date);
  if (ago <= 0) return time.format(date);
  if (ago === 1) return "Yesterday";
  if (ago < 7) return weekday.format(date);
  return (ago < 300 ? dateShort : monthYear).format(date);
}

/** One or two letters for a name. */
export function initials(name) {
  const words = name.split(/[\s\-_.]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return letters.map((word) => [...word][0].toUpperCase()).join("") || "?";
}

/** One of twelve hues, always the same for the same id. */
export function hue(id) {
  let hash = 0x811c9dc5;
  for (const letter of id) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return (hash >>> 8) % 12;
}

/** `1 member`, `2 members`. */
export const count = (number, one, many = `${one}s`) =>
  `${number.toLocaleString()} ${number === 1 ? one : many}`;

const dayOfYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const dayOfOtherYear = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });

/** A day that is told without a time, such as `2026-03-10`: the same in every zone. */
export function calendarDay(day) {
  const near = day.startsWith(`${new Date().getFullYear()}-`);
  return (near ? dayOfYear : dayOfOtherYear).format(new Date(`${day}T00:00:00Z`));
}

/** Minutes of work, such as `2 h 30 min`. */
export function duration(minutes) {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 && `${hours.toLocaleString()} h`, (rest > 0 || hours === 0) && `${rest} min`]
    .filter(Boolean).join(" ");
}

/** A name amid other text, for attributes and plain texts: its direction does not turn what is around. */
export const isolated = (name) => `\u2068${name}\u2069`;
