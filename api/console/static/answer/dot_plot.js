// The dot plot: twenty dots of equal chance against the promise; dots past it are red, words beneath say the same.
import { html } from "../html.js";
import { clockTime, ms, timeRange } from "../format.js";
import { t, tn } from "../i18n.js";
import { placeDots } from "./dot_places.js";

const HEIGHT = 68;
const AXIS_Y = 47;
const LABEL_Y = 65;
const ROOM_FOR_LABEL = 90;
const LABEL = { late: "var(--late)", at_risk: "var(--risk)" };

/**
 * @param {{answer: any, nowMs: number, width: number}} props an Answer with `dots`; `width` in drawing units, which are
 *   CSS pixels at the width that the place gives
 */
export function DotPlot({ answer, nowMs, width }) {
  const { eta, promise } = answer.order;
  const until = promise ? ms(promise.until_at) : null;
  const times = {
    dots: answer.dots.map((/** @type {string} */ at) => ms(at)),
    now: nowMs,
    promise: until,
    from: ms(eta.early_at),
    until: ms(eta.late_at),
  };
  const at = placeDots(times, width, AXIS_Y);
  const past = at.dots.filter((dot) => dot.past).length;
  const middle = Math.min(width - 36, Math.max(36, (at.from + at.until) / 2));
  const nowX = at.now === null ? 0 : at.now;
  const nowFits = Math.abs(nowX - middle) > 58;
  return html`<svg viewBox=${`0 0 ${width} ${HEIGHT}`} role="img" aria-label=${inWords(answer, past)}>
    <rect x="0" y=${AXIS_Y - 2.5} width=${at.promise ?? width} height="5" rx="2.5" fill="var(--line2)" />
    ${at.promise !== null &&
    html`<path d=${`M${at.promise} 14V${AXIS_Y + 5}`} stroke="var(--ink2)" stroke-width="1.5" />
      <text
        x=${at.promise < ROOM_FOR_LABEL ? at.promise + 4 : at.promise}
        y="10"
        text-anchor=${at.promise < ROOM_FOR_LABEL ? "start" : "end"}
        font-size="11"
        fill="var(--ink2)"
      >
        ${t("promised by {time}", { time: clockTime(promise.until_at) })}
      </text>`}
    ${at.dots.map((dot, i) => html`<circle key=${i} cx=${dot.x} cy=${dot.y} r="2.8" fill=${dot.past ? "var(--late-fill)" : "var(--done)"} />`)}
    <${Spread} at=${at} />
    ${at.now !== null && html`<path d=${`M${at.now} ${AXIS_Y - 8}V${AXIS_Y + 6}`} stroke="var(--accent)" stroke-width="2" />`}
    ${nowFits &&
    html`<text x=${Math.max(12, nowX)} y=${LABEL_Y} text-anchor=${nowX < 14 ? "start" : "middle"} font-size="11" fill="var(--accent)">
      ${at.now === null ? `← ${t("now")}` : t("now")}
    </text>`}
    <text x=${middle} y=${LABEL_Y} text-anchor="middle" font-size="11" font-weight="600" fill=${LABEL[answer.order.level] ?? "var(--ink2)"}>
      ${timeRange(eta.early_at, eta.late_at)}
    </text>
  </svg>`;
}

/** The likely span; its part past the promise is red. @param {{at: import("./dot_places.js").DotPlaces}} props */
function Spread({ at }) {
  const until = Math.max(at.until, at.from + 3);
  const end = at.promise === null ? until : Math.min(until, Math.max(at.from, at.promise));
  const part = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ colour) =>
    to > from && html`<path d=${`M${from} ${AXIS_Y}H${to}`} stroke=${colour} stroke-width="5" opacity=".5" />`;
  return html`${part(at.from, end, "var(--done)")}${part(end, until, "var(--late-fill)")}`;
}

/** @param {any} answer @param {number} past how many of the dots lie past the promise */
function inWords(answer, past) {
  const { eta, promise } = answer.order;
  const likely = t("Likely between {from} and {until}, most likely {time}.", {
    from: clockTime(eta.early_at),
    until: clockTime(eta.late_at),
    time: clockTime(eta.expected_at),
  });
  if (!promise) return likely;
  const chance = tn(
    "{n} chance in {all} to come after the promised {time}.",
    "{n} chances in {all} to come after the promised {time}.",
    past,
    { all: answer.dots.length, time: clockTime(promise.until_at) },
  );
  return `${likely} ${chance}`;
}
