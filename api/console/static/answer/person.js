// Who calls, everything said and done about the order, and the order's facts: the right side of the Desk.
import { html } from "../html.js";
import { money } from "../format.js";
import { language, t, tn } from "../i18n.js";
import { city } from "../store.js";
import * as call from "./call_state.js";
import { History } from "./history.js";

/** @param {string | null | undefined} code */
export function languageName(code) {
  if (!code) return "";
  try {
    return new Intl.DisplayNames([language()], { type: "language" }).of(code) ?? code;
  } catch {
    return code; // not a language code that the browser knows
  }
}

/** The right side of the Desk. */
export function PersonPanel() {
  const answer = call.answer.value;
  if (!answer?.person) {
    return html`<div class="person-head"><p>${t("The client, what was said, and the order are shown here.")}</p></div>`;
  }
  return html`<${PersonHead} person=${answer.person} />
    ${answer.order &&
    html`<${HistoryPart} answer=${answer} title=${t("Everything said and done")} />
      <${OrderPart} answer=${answer} />`}`;
}

/** @param {{person: any}} props */
function PersonHead({ person }) {
  const kept = [];
  if (person.orders > 0) {
    kept.push(tn("{n} order, {kept} on time.", "{n} orders, {kept} on time.", person.orders, { kept: person.on_time ?? 0 }));
  }
  if (person.language) kept.push(t("Language: {language}.", { language: languageName(person.language) }));
  return html`<div class="person-head">
    <div class="row"><span>${t("Client")}</span><span class="end">${person.phone}</span></div>
    <h2>${person.name}</h2>
    <p>${kept.join(" ")}</p>
  </div>`;
}

/** @param {{answer: any, title: string}} props */
export const HistoryPart = ({ answer, title }) =>
  html`<section class="person-part">
    <div class="row"><h3>${title}</h3></div>
    <${History} answer=${answer} />
  </section>`;

/** @param {{answer: any, title?: string, end?: string}} props */
export function OrderPart({ answer, title, end }) {
  const facts = orderFacts(answer.order);
  return html`<section class="person-part">
    <div class="row"><h3>${title ?? t("Order {number}", { number: answer.order.order_no })}</h3>${end && html`<span class="end">${end}</span>`}</div>
    <dl class="facts-list">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
  </section>`;
}

/** @param {any} order @returns {[string, string][]} */
function orderFacts(order) {
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
