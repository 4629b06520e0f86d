// The client's language, the order's address, payment and other facts, in words.
import { money } from "../format.js";
import { language, t } from "../i18n.js";
import { city } from "../store.js";

/** @param {string | null | undefined} code */
export function languageName(code) {
  if (!code) return "";
  try {
    return new Intl.DisplayNames([language()], { type: "language" }).of(code) ?? code;
  } catch {
    return code; // not a language code that the browser knows
  }
}

/** Names and values to be shown beside each other. @param {any} order @returns {[string, string][]} */
export function orderFacts(order) {
  /** @type {[string, string][]} */
  const facts = [[t("Address"), addressLine(order)]];
  if (order.courier_name) facts.push([t("Courier"), order.courier_name]);
  if (order.payment) facts.push([t("To pay"), paymentLine(order.payment)]);
  if (order.items !== null && order.items !== undefined) facts.push([t("Parcels"), String(order.items)]);
  if (order.zone) facts.push([t("Zone"), t("{name}, version {version}", order.zone)]);
  if (order.note) facts.push([t("Note"), order.note]);
  return facts;
}

/** @param {any} order */
export function addressLine(order) {
  const parts = [order.address];
  if (order.entrance) parts.push(t("entrance {value}", { value: order.entrance }));
  if (order.floor) parts.push(t("floor {value}", { value: order.floor }));
  if (order.flat) parts.push(t("flat {value}", { value: order.flat }));
  if (order.door_code) parts.push(t("code {value}", { value: order.door_code }));
  if (order.landmark) parts.push(order.landmark);
  return parts.filter(Boolean).join(", ");
}

/** @param {{form: string, due_minor: number, change_from_minor: number | null, currency?: string}} payment */
function paymentLine({ form, due_minor: due, change_from_minor: changeFrom, currency = city.value?.currency ?? "EUR" }) {
  if (form === "prepaid" || due === 0) return t("paid already");
  const amount = money(due, currency);
  if (form !== "cash") return t("{amount} by card to the courier", { amount });
  return changeFrom
    ? t("{amount} in cash, change from {note}", { amount, note: money(changeFrom, currency) })
    : t("{amount} in cash", { amount });
}
