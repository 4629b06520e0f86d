// The answer card: when the client's order comes, why, what to say, and "said it". The same card on Desk and in Live.
import { html, useEffect, useRef } from "../html.js";
import { clockTime, duration, ms, percent } from "../format.js";
import { Glyph } from "../glyphs.js";
import { t, tn } from "../i18n.js";
import { useKeys } from "../keys.js";
import { inbox } from "../store.js";
import { now } from "../clock.js";
import { Button, Kbd, LanguageTag, ProblemNote } from "../parts/parts.js";
import * as call from "./call_state.js";
import { ClientOrders } from "./client_orders.js";
import { DotPlot } from "./dot_plot.js";
import { isLockedByOther } from "./lock.js";
import { reasonClause } from "./reasons.js";

/** "Between 15:05 and 15:15", or when to call back, or what became of the order. @param {any} answer */
export function headline({ interval, call_back_by_at: callBackBy, order }) {
  if (interval) return t("Between {from} and {until}", { from: clockTime(interval.from_at), until: clockTime(interval.until_at) });
  if (callBackBy) return t("Call back by {time}", { time: clockTime(callBackBy) });
  switch (order.status) {
    case "delivered":
      return t("Delivered");
    case "failed":
      return t("Not delivered");
    case "cancelled":
      return t("Cancelled");
    case "carrier":
      return t("Goes by carrier");
    default:
      return t("No time yet");
  }
}

/** Most likely minute, and how it stands to the promise, because of what. @param {{answer: any}} props */
function Why({ answer }) {
  const { order } = answer;
  if (!answer.interval) {
    const why = order.unassigned?.message || order.status_detail;
    const remedy = order.unassigned?.remedy ? `; ${order.unassigned.remedy}` : "";
    return html`<p class="answer-why">${answer.call_back_by_at && t("There is no new time yet.")} ${why}${remedy}</p>`;
  }
  const clause = reasonClause(answer.reason);
  const because = clause && order.level !== "on_time" ? `, ${t("because {clause}", { clause })}` : "";
  return html`<p class="answer-why">
    ${t("Most likely {time}.", { time: clockTime(answer.expected_at) })} <${Standing} order=${order} />${because}.
  </p>`;
}

/** @param {{order: any}} props */
function Standing({ order }) {
  if (!order.promise) return t("Nothing was promised yet");
  const time = clockTime(order.promise.until_at);
  if (order.level === "late") {
    return html`<span class="late">${t("{n} min past the promise", { n: order.late_min })}</span>`;
  }
  if (order.level === "at_risk") {
    return html`<span class="risk">${t("{share} chance to miss the promise of {time}", { share: percent(order.risk_share), time })}</span>`;
  }
  return t("Inside the promise, which ends {time}", { time });
}

/** Which order this is among the client's. @param {{answer: any}} props */
export function WhichOrder({ answer }) {
  const open = answer.orders.filter((/** @type {any} */ one) => !["delivered", "failed", "cancelled"].includes(one.status));
  const only = open.length <= 1 && open.some((/** @type {any} */ one) => one.id === answer.order.id);
  return only
    ? t("Order {number}, the only open one", { number: answer.order.order_no })
    : t("Order {number}", { number: answer.order.order_no });
}

/** The sentence in the client's language, with a switch. @param {{answer: any}} props */
function Say({ answer }) {
  const code = call.spokenLanguage.value;
  const sentence = answer.sentence?.[code];
  if (!sentence) return null;
  return html`<div class="answer-say">
    <div class="answer-languages" role="group" aria-label=${t("Language of the sentence")}>
      ${call.SPOKEN.map(
        (one) =>
          html`<button type="button" key=${one} aria-pressed=${one === code} onClick=${() => (call.spokenLanguage.value = one)}>
            ${one.toUpperCase()}
          </button>`,
      )}
      <span class="hint">${t("say this")} <${Kbd}>L<//></span>
    </div>
    <p class="answer-sentence" lang=${code}>${sentence}</p>
  </div>`;
}

/** Where the courier is, coarsely, and how fresh that is. @param {{answer: any}} props */
function CourierWhere({ answer }) {
  const { courier, order } = answer;
  if (!courier || !answer.interval) return null;
  const first = courier.name.split(/\s+/)[0];
  const before =
    courier.stops_before > 0
      ? tn("{name} has {n} stop before this one", "{name} has {n} stops before this one", courier.stops_before, { name: first })
      : t("{name} comes here next", { name: first });
  const place = t("stop {n} of {all}", { n: courier.sequence ?? order.sequence, all: courier.total });
  const seen = ms(courier.last_seen_at);
  const age = seen === null ? t("not seen yet") : t("seen {time} ago", { time: duration(now.value - seen) });
  return html`<span class="where">${before} · ${place} · ${age}</span>`;
}

/** The one next step, or the word that it is done. @param {{answer: any, wide?: boolean}} props */
export function Acts({ answer, wide = false }) {
  if (call.logged.value) {
    const { from_at: from, until_at: until } = call.logged.value;
    return html`<p class="answer-logged" role="status">
      <${Glyph} name="check" /> ${t("Promised between {from} and {until}", { from: clockTime(from), until: clockTime(until) })}
    </p>`;
  }
  if (!answer.interval) return null;
  return html`<${Button} main wide=${wide} cap="↵" disabled=${call.logging.value} onClick=${() => void call.logPromise()}>
    ${t("Said it, log promise")}
  <//>`;
}

/** What stands between the operator and the answer: another person's lock, a newer time, a failed log. @param {{answer: any}} props */
function Notices({ answer }) {
  const line = answer.inbox_id ? inbox.get(answer.inbox_id) : null;
  const other = line && isLockedByOther(line) ? line : null;
  return html`${other &&
    html`<p class="answer-notice">
      ${t("{name} has this client's line open until {time}", { name: other.locked_by, time: clockTime(other.locked_until_at) })}
    </p>`}
    ${call.outdated.value &&
    html`<div class="answer-notice" role="status">
      ${t("There is a newer time for this order.")} <${Button} onClick=${() => void call.openOrder(answer.order.id)}>${t("Show it")}<//>
    </div>`}
    ${call.logProblem.value && html`<${ProblemNote} problem=${call.logProblem.value} onRetry=${() => void call.logPromise()} />`}`;
}

/** Keys of the card; Enter means "said it" wherever no control has the focus. @param {any} answer */
function useCardKeys(answer) {
  useKeys(
    answer?.order
      ? [
          { code: "Enter", show: ["↵"], label: t("Said it, log promise"), run: () => void call.logPromise() },
          { code: "KeyL", show: ["L"], label: t("Language of the sentence"), run: call.nextLanguage },
        ]
      : [],
  );
}

/** The heading takes the focus when an answer comes, so that it is read out and Enter means "said it". @param {any} answer */
function useFocusOnNews(answer) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => heading.current?.focus({ preventScroll: true }), [answer]);
  return heading;
}

/** The card of the call in hand. @param {{inPanel?: boolean}} props */
export function AnswerCard({ inPanel = false }) {
  const answer = call.stage.value === "shown" || call.stage.value === "asking" ? call.answer.value : null;
  useCardKeys(answer);
  const heading = useFocusOnNews(answer);
  const look = inPanel ? "answer in-panel" : "answer";
  if (!answer?.order) return html`<section class=${look} aria-label=${t("Answer")} aria-busy=${call.slow.value}><${ClientOrders} heading=${heading} /></section>`;
  return html`<section class=${look} aria-label=${t("Answer")} aria-busy=${call.slow.value}>
    <div class="answer-top">
      <div>
        ${inPanel
          ? html`<div class="answer-kicker"><span>${answer.person?.phone}</span> <${LanguageTag} code=${answer.order.language} /></div>
              <p class="answer-name">${answer.person?.name ?? answer.order.client_name} <span>· <${WhichOrder} answer=${answer} /></span></p>`
          : html`<div class="answer-kicker"><span><${WhichOrder} answer=${answer} /></span></div>`}
        <h2 tabindex="-1" ref=${heading}>${headline(answer)}</h2>
        <${Why} answer=${answer} />
      </div>
      ${answer.interval &&
      answer.order.eta &&
      html`<div class="answer-plot"><${DotPlot} answer=${answer} nowMs=${ms(answer.now)} width=${inPanel ? 340 : 264} /></div>`}
    </div>
    <${Notices} answer=${answer} />
    <${Say} answer=${answer} />
    ${!inPanel && html`<div class="answer-acts"><${Acts} answer=${answer} /><${CourierWhere} answer=${answer} /></div>`}
  </section>`;
}
