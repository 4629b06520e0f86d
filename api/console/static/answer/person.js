// Who calls, everything said and done about the order, and the order's facts: the right side of the Desk.
import { html } from "../html.js";
import { orderCount } from "../format.js";
import { t, tn } from "../i18n.js";
import * as call from "./call_state.js";
import { History } from "./history.js";
import { languageName, orderFacts } from "./person_words.js";

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
  // With none on time yet, all may still be open: that is not said as a fault.
  if (person.on_time > 0) kept.push(tn("{n} order, {kept} on time.", "{n} orders, {kept} on time.", person.orders, { kept: person.on_time }));
  else if (person.orders > 0) kept.push(`${orderCount(person.orders)}.`);
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
