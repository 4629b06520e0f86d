// The promise bar: a line up to the promise, a tick where it ends, a band P10–P90, a dot at P50; ±30 minutes.
import { clockTime, ms } from "./format.js";
import { html } from "./html.js";
import { t } from "./i18n.js";

const HALF_MS = 30 * 60_000;
const FILL = { on_time: "var(--done)", at_risk: "var(--risk-fill)", late: "var(--late-fill)" };

/** How an arrival stands to its promise. @param {number} expected ms @param {number} late ms @param {number} end ms */
export const levelOf = (expected, late, end) => (expected > end ? "late" : late > end ? "at_risk" : "on_time");

/**
 * @param {{early: string, expected: string, late: string, promisedUntil: string, width?: number, quiet?: boolean}} props
 *   instants; `quiet` hides it from screen readers where words beside it say the same
 */
export function PromiseBar({ early, expected, late, promisedUntil, width = 56, quiet = false }) {
  const [p10, p50, p90, end] = [early, expected, late, promisedUntil].map((at) => ms(at) ?? 0);
  const x = (/** @type {number} */ at) => Math.max(1, Math.min(width - 1, ((at - end + HALF_MS) / (2 * HALF_MS)) * width));
  const [a, b, e] = [x(p10), x(p90), x(end)];
  // The dot stays whole at either end of the scale.
  const d = Math.max(4, Math.min(width - 4, x(p50)));
  const level = levelOf(p50, p90, end);
  const words = t("likely {from} to {until}, promise ends {end}", {
    from: clockTime(early),
    until: clockTime(late),
    end: clockTime(promisedUntil),
  });
  const label = quiet ? { "aria-hidden": "true" } : { role: "img", "aria-label": words };
  return html`<svg class="promise-bar" width=${width} height="14" ...${label}>
    <rect x="0" y="6" width=${e} height="2" rx="1" fill="var(--line2)" />
    ${a < e && html`<rect x=${a} y="4" width=${Math.max(2, Math.min(b, e) - a)} height="6" rx="2" fill="var(--done)" opacity=".55" />`}
    ${b > e && html`<rect x=${Math.max(a, e)} y="4" width=${Math.max(2, b - Math.max(a, e))} height="6" rx="2" fill=${FILL[level]} opacity=".5" />`}
    <path d=${`M${e} 1V13`} stroke="var(--ink2)" stroke-width="1.5" />
    <circle cx=${d} cy="7" r="3.2" fill=${level === "on_time" ? "var(--ink2)" : FILL[level]}
      stroke=${level === "at_risk" ? "var(--risk-line)" : "var(--panel)"} stroke-width="1.2" />
  </svg>`;
}

/** The bar of a row that has `eta` and `promise`; nothing without both. @param {{order: any, width?: number}} props */
export const OrderPromiseBar = ({ order, width }) =>
  order.eta && order.promise
    ? html`<${PromiseBar} early=${order.eta.early_at} expected=${order.eta.expected_at} late=${order.eta.late_at}
        promisedUntil=${order.promise.until_at} width=${width} quiet />`
    : html`<span></span>`;
