// One courier: where he stands, what departs from his plan, and every stop with its likely interval.
import { html, useState } from "../html.js";
import { deselect, select } from "../address.js";
import { causeTitle, courierState } from "../cause_words.js";
import { now } from "../clock.js";
import { courierDay, refreshDay } from "../courier_day.js";
import { signOf } from "../courier_rank.js";
import { clockTime, duration, shortName, timeRange } from "../format.js";
import { CauseGlyph, Glyph } from "../glyphs.js";
import { t, tn } from "../i18n.js";
import { narrow } from "../narrow.js";
import { Button, LanguageTag, Lateness, ProblemNote, Skeleton } from "../parts/parts.js";
import { etaAgainstPromise } from "../parts/order_line.js";
import { PanelFrame } from "../parts/panel_frame.js";
import { OrderPromiseBar } from "../promise_bar.js";
import { isDone } from "../stop_state.js";
import { couriers, lastSeen, positionChanges } from "../store.js";
import { CourierPhones } from "./courier_phones.js";

/** @param {{id: string}} props */
export function CourierPanel({ id }) {
  const { id: dayOf, day, problem } = courierDay.value;
  const mine = dayOf === id ? day : null;
  const courier = couriers.get(id) ?? mine?.courier;
  if (!courier) {
    return html`<${PanelFrame} onClose=${deselect}>
      ${problem ? html`<${ProblemNote} problem=${problem} onRetry=${refreshDay} />` : html`<${Skeleton} rows=${8} />`}
    <//>`;
  }
  return html`<${PanelFrame} onClose=${deselect} sign=${html`<${Glyph} name=${signOf(courier)} />`} kind=${courierState(courier)}
    title=${courier.name} under=${html`<${Under} courier=${courier} />`} actions=${html`<${Phones} key=${id} id=${id} />`}>
    ${courier.deviations.length > 0 && html`<${Deviations} list=${courier.deviations} />`}
    ${dayOf === id && problem && html`<${ProblemNote} problem=${problem} onRetry=${refreshDay} />`}
    ${mine ? html`<${Stops} stops=${mine.stops} next=${courier.next_visit_id} />` : !problem && html`<${Skeleton} rows=${8} />`}
  <//>`;
}

/** Opens the list of his phones where the button was. @param {{id: string}} props */
function Phones({ id }) {
  const [open, setOpen] = useState(false);
  return open ? html`<${CourierPhones} id=${id} />` : html`<${Button} onClick=${() => setOpen(true)}>${t("Phones")}<//>`;
}

/** @param {{courier: any}} props */
function Under({ courier }) {
  positionChanges.value;
  const seen = lastSeen(courier);
  const parts = [
    courier.total > 0
      ? tn("{done} of {n} stop done", "{done} of {n} stops done", courier.total, { done: courier.done })
      : t("no stops today"),
    courier.shift && t("shift {times}", { times: timeRange(courier.shift.starts_at, courier.shift.ends_at) }),
    seenText(seen),
  ];
  return parts.filter(Boolean).join(" · ");
}

const JUST_NOW_MS = 15_000;

/** @param {number | null} seen ms */
function seenText(seen) {
  if (seen === null) return t("not heard of today");
  const age = now.value - seen;
  return age < JUST_NOW_MS ? t("seen just now") : t("seen {age} ago", { age: duration(age) });
}

/** @param {{list: any[]}} props */
const Deviations = ({ list }) =>
  html`<section>
    <div class="section-head"><h3>${t("Not as planned")}</h3></div>
    <ul>
      ${list.map(
        (one) => html`<li key=${one.cause_id}>
          <button type="button" class="deviation" onClick=${() => select("cause", one.cause_id)}>
            <${CauseGlyph} kind=${one.kind} size=${14} /><span class="m">${causeTitle(one)}</span>
            <span class="mut">${t("since {time}", { time: clockTime(one.since_at) })}</span>
          </button>
        </li>`,
      )}
    </ul>
  </section>`;

/** @param {{stops: any[], next: string | null}} props */
function Stops({ stops, next }) {
  const left = stops.filter((stop) => !isDone(stop));
  const done = stops.filter(isDone);
  return html`
    <section>
      <div class="section-head"><h3>${t("Stops left")}</h3><span class="end">${left.length}</span></div>
      ${left.length === 0 && html`<p class="calm">${t("No stop is left.")}</p>`}
      <ol>${left.map((stop) => html`<${StopLine} key=${stop.id} stop=${stop} isNext=${stop.visit_id === next} />`)}</ol>
    </section>
    ${done.length > 0 &&
    html`<details class="done-stops">
      <summary class="section-head"><h3>${t("Stops done")}</h3><span class="end">${done.length}</span></summary>
      <ol>${done.map((stop) => html`<${StopLine} key=${stop.id} stop=${stop} />`)}</ol>
    </details>`}
  `;
}

/** @param {{stop: any, isNext?: boolean}} props */
const StopLine = ({ stop, isNext = false }) =>
  html`<li>
    <button type="button" class="order-line" onClick=${() => select("order", stop.id)}>
      <span class=${`stop-number ${isDone(stop) ? "done" : stop.level}`}>${stop.sequence}</span>
      <span class="words">
        <span class="l1"><span class="m">${stop.order_no}</span> <span>${shortName(stop.client_name)}</span> <${LanguageTag} code=${stop.language} />
          ${isNext && html`<span class="next">${t("next")}</span>`}</span>
        <span class="l2" title=${stop.address}>${isDone(stop) ? doneText(stop) : etaAgainstPromise(stop)}</span>
      </span>
      ${isDone(stop) ? html`<span></span><span></span>` : html`<${OrderPromiseBar} order=${stop} width=${narrow.value ? 48 : 64} /><${Lateness} row=${stop} unit />`}
    </button>
  </li>`;

/** @param {any} stop */
function doneText(stop) {
  const time = clockTime(stop.done_at);
  if (stop.visit_state === "failed") return t("failed {time}", { time });
  return time ? t("done {time}", { time }) : t("done");
}
