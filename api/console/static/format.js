// Instants, intervals and amounts as people read them, always in the city's own time.
import { language, t, tn } from "./i18n.js";
import { city } from "./store.js";

/** @type {Map<string, Intl.DateTimeFormat>} */
const kept = new Map();

/** English days and months in the order of Europe's cities. */
const locale = () => (language() === "en" ? "en-GB" : language());

/** @param {Intl.DateTimeFormatOptions} options */
function formatter(options) {
  const zone = city.value?.timezone ?? "UTC";
  const key = `${language()}|${zone}|${JSON.stringify(options)}`;
  let one = kept.get(key);
  if (!one) {
    one = new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options });
    kept.set(key, one);
  }
  return one;
}

/** @typedef {string | number | Date | null | undefined} Instant ISO text, milliseconds or a date */

/** @param {Instant} at */
const dated = (at) => (at instanceof Date ? at : new Date(/** @type {string | number} */ (at)));

/** Milliseconds of an instant, null for none. @param {Instant} at */
export const ms = (at) => (at === null || at === undefined ? null : dated(at).getTime());

/** "14:32". @param {Instant} at */
export const clockTime = (at) =>
  at === null || at === undefined ? "" : formatter({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(dated(at));

/** "14:32:05", where seconds matter. @param {Instant} at */
export const exactTime = (at) =>
  at === null || at === undefined
    ? ""
    : formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(dated(at));

/** "15:05–15:15". @param {Instant} from @param {Instant} until */
export const timeRange = (from, until) => `${clockTime(from)}–${clockTime(until)}`;

/** "Sat 22 Nov" for a date such as 2026-11-22, which has no time zone. @param {string} on */
export const shortDate = (on) =>
  new Intl.DateTimeFormat(locale(), { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" }).format(
    new Date(`${on}T12:00:00Z`),
  );

/** "3 Nov", for instants of other days. @param {Instant} at */
export const dayOf = (at) => formatter({ day: "numeric", month: "short" }).format(dated(at));

/** "+12", "−3", "0". @param {number} minutes */
export const signed = (minutes) => {
  const whole = Math.round(minutes);
  return whole > 0 ? `+${whole}` : whole < 0 ? `−${-whole}` : "0";
};

/** "+12" for what is late; under half a minute is late too. @param {number} minutes */
export const lateMinutes = (minutes) => signed(Math.max(1, minutes));

/** "28%". @param {number} share 0..1 @param {number} [digits] */
export const percent = (share, digits = 0) =>
  new Intl.NumberFormat(language(), { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);

/** "7 min", or "40 s" under a minute. @param {number} milliseconds */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return t("{n} s", { n: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return t("{n} min", { n: minutes });
  return t("{n} h", { n: Math.floor(minutes / 60) });
}

/** "420 m", "1.2 km". @param {number} metres */
export const distance = (metres) =>
  metres < 1000
    ? t("{n} m", { n: Math.round(metres) })
    : t("{n} km", { n: new Intl.NumberFormat(language(), { maximumFractionDigits: 1 }).format(metres / 1000) });

/** "12 400 ₸": an amount given in the currency's smallest unit. @param {number} minor @param {string} currency */
export function money(minor, currency) {
  const style = new Intl.NumberFormat(language(), { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  const digits = style.resolvedOptions().maximumFractionDigits ?? 2;
  const amount = minor / 10 ** digits;
  const whole = Number.isInteger(amount) ? { minimumFractionDigits: 0 } : {};
  return new Intl.NumberFormat(language(), { style: "currency", currency, currencyDisplay: "narrowSymbol", ...whole }).format(amount);
}

/** "3 orders". @param {number} n */
export const orderCount = (n) => tn("{n} order", "{n} orders", n);

/** "Aigerim B.": enough to know whom, short enough for a line. @param {string | null | undefined} name */
export function shortName(name) {
  const [first = "", second = ""] = (name ?? "").trim().split(/\s+/);
  return second ? `${first} ${second[0]}.` : first;
}

/** "ST". @param {string} name */
export const initials = (name) =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((part) => part[0]?.toUpperCase() ?? "")
    .join("");
