// One order as the dispatcher needs it: when, against which promise, who brings it, where to.
import { html, useEffect } from "../html.js";
import { deselect, go, select } from "../address.js";
import { History } from "../answer/history.js";
import { reasonText } from "../cause_words.js";
import { now } from "../clock.js";
import { wantedCourier } from "../courier_day.js";
import { clockTime, money, timeRange } from "../format.js";
import { Glyph, LevelGlyph } from "../glyphs.js";
import { t } from "../i18n.js";
import { useFetched } from "../parts/fetched.js";
import { Button, LanguageTag, ProblemNote, Skeleton } from "../parts/parts.js";
import { PanelFrame } from "../parts/panel_frame.js";
import { OrderPromiseBar } from "../promise_bar.js";
import { city, orders } from "../store.js";

/** @param {{id: string}} props */
export function OrderPanel({ id }) {
  const known = orders.get(id);
  const { answer, problem, retry } = useFetched(`/v1/orders/${encodeURIComponent(id)}`, known);
  const order = answer ? { ...answer, ...known } : known;
  const courierId = order?.courier_id ?? null;
  useEffect(() => {
    wantedCourier.value = courierId;
    return () => void (wantedCourier.value = null);
  }, [courierId]);
  if (!order) {
    return html`<${PanelFrame} onClose=${deselect}>
      ${problem ? html`<${ProblemNote} problem=${problem} onRetry=${retry} />` : html`<${Skeleton} rows=${8} />`}
    <//>`;
  }
  const sign = order.unassigned ? html`<${Glyph} name="unassigned" />` : html`<${LevelGlyph} level=${order.level} />`;
  return html`<${PanelFrame} onClose=${deselect} sign=${sign} kind=${t("Order {number}", { number: order.order_no })} title=${order.client_name || order.order_no}
    under=${html`<${Standing} order=${order} />`} actions=${html`<${Button} onClick=${() => go("/desk", { sel: `order:${id}` })}>${t("Open in Desk")}<//>`}>
    ${problem && html`<${ProblemNote} problem=${problem} onRetry=${retry} />`}
    ${order.unassigned && html`<p class="notice">${order.unassigned.message}</p>`}
    ${order.unassigned?.remedy && html`<p class="notice">${order.unassigned.remedy}</p>`}
    <section>
      <div class="section-head"><h3>${t("Time")}</h3><span class="end"><${OrderPromiseBar} order=${order} width=${76} /></span></div>
      <dl class="pairs">
        ${order.eta && html`<dt>${t("Likely")}</dt><dd>${timeRange(order.eta.early_at, order.eta.late_at)}, ${t("most likely {time}", { time: clockTime(order.eta.expected_at) })}</dd>`}
        <dt>${t("Promise")}</dt><dd>${order.promise ? timeRange(order.promise.from_at, order.promise.until_at) : t("none given yet")}</dd>
        ${order.promise && order.promise.first_until_at !== order.promise.until_at && html`<dt>${t("First promise")}</dt><dd>${t("by {time}", { time: clockTime(order.promise.first_until_at) })}</dd>`}
        ${reasonText(order.reason) && html`<dt>${t("Reason")}</dt><dd>${order.cause_id
          ? html`<button type="button" class="link" onClick=${() => select("cause", order.cause_id)}>${reasonText(order.reason)}</button>`
          : reasonText(order.reason)}</dd>`}
      </dl>
    </section>
    <section>
      <div class="section-head"><h3>${t("Delivery")}</h3><span class="end"><${LanguageTag} code=${order.language} /></span></div>
      <dl class="pairs">
        ${order.courier_name && html`<dt>${t("Courier")}</dt><dd><button type="button" class="link" onClick=${() => select("courier", order.courier_id)}>${order.courier_name}</button>
          ${order.sequence && html`, ${t("stop {n}", { n: order.sequence })}`}</dd>`}
        <dt>${t("Address")}</dt><dd>${addressText(order)}</dd>
        ${order.payment?.due_minor > 0 && html`<dt>${t("To pay")}</dt><dd>${paymentText(order.payment)}</dd>`}
      </dl>
    </section>
    ${answer?.history?.length > 0 &&
    html`<section>
      <div class="section-head"><h3>${t("What happened")}</h3></div>
      <${History} answer=${asAnswer(answer.history)} />
    </section>`}
  <//>`;
}

/** An order's history as the answer card knows it: what happened beside when. @param {any[]} history */
const asAnswer = (history) => ({
  now: new Date(now.peek()).toISOString(),
  history: history.map(({ at, kind, cause_id: causeId, data }) => ({ ...data, at, kind, cause_id: causeId })),
});

/** @param {{order: any}} props */
function Standing({ order }) {
  if (order.level === "late" && order.late_min > 0) return html`<span class="late m">${t("{n} min past the promise", { n: Math.max(1, Math.round(order.late_min)) })}</span>`;
  if (order.level === "at_risk") return html`<span class="risk m">${t("the promise is at risk")}</span>`;
  return order.level === "on_time" ? t("inside the promise") : "";
}

/** @param {any} order */
function addressText(order) {
  const parts = [
    order.address,
    order.entrance && t("entrance {n}", { n: order.entrance }),
    order.floor && t("floor {n}", { n: order.floor }),
    order.flat && t("flat {n}", { n: order.flat }),
    order.door_code && t("code {n}", { n: order.door_code }),
    order.landmark,
  ];
  return parts.filter(Boolean).join(", ");
}

/** @param {any} payment */
function paymentText({ due_minor: due, change_from_minor: from, currency = city.value?.currency, form }) {
  const amount = money(due, currency);
  if (form !== "cash") return t("{amount} by card", { amount });
  return from ? t("{amount} in cash, change from {from}", { amount, from: money(from, currency) }) : t("{amount} in cash", { amount });
}
