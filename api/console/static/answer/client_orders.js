// The card when there is no single order to answer for: nothing asked yet, several orders, none open, number unknown.
import { html } from "../html.js";
import { clockTime, dayOf, timeRange } from "../format.js";
import { LevelGlyph } from "../glyphs.js";
import { t, tn } from "../i18n.js";
import { useKeys } from "../keys.js";
import { Kbd, ProblemNote } from "../parts/parts.js";
import * as call from "./call_state.js";

/** @param {{heading: any}} props where the focus goes when an answer comes */
export function ClientOrders({ heading }) {
  const title = (/** @type {string} */ words) => html`<h2 tabindex="-1" ref=${heading}>${words}</h2>`;
  if (call.stage.value === "failed" && call.problem.value) {
    return html`${title(t("The answer could not be had"))}<${ProblemNote} problem=${call.problem.value} onRetry=${call.retry} />`;
  }
  if (call.stage.value === "unreadable") {
    return html`${title(t("This is neither a phone number nor an order number"))}
      <p class="answer-why">${t("Type a phone number in any form, or the order's number.")}</p>`;
  }
  const answer = call.answer.value;
  if (!answer) {
    return html`${title(t("Where is my order?"))}
      <p class="answer-why">${t("Type the client's phone number or the order's number, or open a line of the inbox.")}</p>
      <${AskForm} />`;
  }
  if (answer.result === "unknown") {
    return html`${title(t("No order for this number"))}
      <p class="answer-why">${t("Nothing is known about {asked}. Ask for another number, or for the order's number.", { asked: call.asked.value })}</p>
      <${AskForm} />`;
  }
  const words =
    answer.result === "none_open"
      ? [t("No open order"), t("The last orders of this client:")]
      : [tn("{n} open order", "{n} open orders", answer.orders.length), t("Ask which one it is:")];
  return html`<div class="answer-kicker"><span>${answer.person?.name}</span> <span>${answer.person?.phone}</span></div>
    ${title(words[0])}
    <p class="answer-why">${words[1]}</p>
    <${Choices} orders=${answer.orders.slice(0, 10)} />`;
}

/** The client's orders, each with its digit. @param {{orders: any[]}} props */
function Choices({ orders }) {
  useKeys(
    orders.slice(0, 9).map((order, i) => ({
      code: `Digit${i + 1}`,
      show: [String(i + 1)],
      label: t("Order {number}", { number: order.order_no }),
      run: () => void call.openOrder(order.id),
    })),
  );
  return html`<ol class="answer-choices">
    ${orders.map((order, i) => html`<${Choice} key=${order.id} order=${order} place=${i + 1} />`)}
  </ol>`;
}

/** @param {{order: any, place: number}} props */
const Choice = ({ order, place }) =>
  html`<li>
    <button type="button" onClick=${() => void call.openOrder(order.id)}>
      <span>${place < 10 && html`<${Kbd}>${place}<//>`}</span>
      <span class="m">${order.order_no}</span>
      <span class="where">${order.address}</span>
      <span class="when"><${LevelGlyph} level=${order.level} size=${14} /> ${whenOf(order)}</span>
    </button>
  </li>`;

/** @param {any} order an OrderRow */
function whenOf(order) {
  if (order.eta) return timeRange(order.eta.early_at, order.eta.late_at);
  if (order.status === "delivered") return t("Delivered");
  if (order.status === "failed") return t("Not delivered");
  if (order.status === "cancelled") return t("Cancelled");
  const until = order.promise?.until_at;
  return until ? t("by {time}", { time: `${dayOf(until)} ${clockTime(until)}` }) : t("No time yet");
}

/** A field of the card itself, beside the one in the header. */
function AskForm() {
  const ask = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const text = String(new FormData(form).get("asked") ?? "");
    if (text.trim()) void call.lookUp(text);
  };
  return html`<form class="answer-ask" onSubmit=${ask}>
    <input name="asked" autocomplete="off" inputmode="search" aria-label=${t("Phone or order number")} placeholder=${t("Phone or order number")} />
    <button type="submit" class="btn p">${t("Find")}</button>
  </form>`;
}
