// Small parts that every screen is built of.
import { html } from "../html.js";
import { lateMinutes, percent } from "../format.js";
import { t } from "../i18n.js";
import { letterKeys } from "../keys.js";

/** A key cap; hidden while single letters are switched off. @param {{children?: any}} props */
export const Kbd = ({ children }) => letterKeys.value && html`<kbd aria-hidden="true">${children}</kbd>`;

/**
 * A button. `main` is the one next step of a panel; `cap` shows its key.
 * @param {{onClick: () => void, children?: any, main?: boolean, wide?: boolean, cap?: string, disabled?: boolean}} props
 */
export const Button = ({ onClick, children, main, wide, cap, disabled, ...rest }) =>
  html`<button type="button" class=${`btn${main ? " p" : ""}${wide ? " f" : ""}`} onClick=${onClick} disabled=${disabled} ...${rest}>
    ${children}${cap && html`<${Kbd}>${cap}<//>`}
  </button>`;

/** "+12 min", or "28%": minutes late and chances never mix. @param {{row: any, unit?: boolean}} props with late_min, risk_share, level */
export function Lateness({ row, unit = false }) {
  if (row?.level === "late" && row.late_min !== null) {
    return html`<span class="delta late">${lateMinutes(row.late_min)}${unit && html`<span class="unit"> ${t("min")}</span>`}</span>`;
  }
  if (row?.level === "at_risk" && row.risk_share !== null) return html`<span class="delta risk">${percent(row.risk_share)}</span>`;
  return html`<span class="delta"></span>`;
}

/** The client's language, "KK". @param {{code: string | null}} props */
export const LanguageTag = ({ code }) => code && html`<span class="tag">${code.toUpperCase()}</span>`;

/** A calm word where there is nothing to show. @param {{title: string, children?: any}} props */
export const Empty = ({ title, children }) =>
  html`<div class="empty"><p class="empty-title">${title}</p>${children}</div>`;

/** Rows that stand for what is being loaded; only on a first visit. @param {{rows?: number}} props */
export const Skeleton = ({ rows = 6 }) =>
  html`<div class="skeleton" role="status" aria-label=${t("Loading")}>${Array.from({ length: rows }, (_, i) => html`<i key=${i}></i>`)}</div>`;

/**
 * What failed, what to do, and the id to quote.
 * @param {{problem: import("../api.js").Problem, onRetry?: () => void}} props
 */
export const ProblemNote = ({ problem, onRetry }) =>
  html`<div class="problem" role="alert">
    <p class="b">${problem.title || t("Something went wrong")}</p>
    ${problem.detail && html`<p>${problem.detail}</p>`}
    ${problem.problems.length > 0 &&
    html`<ul>
      ${problem.problems.map((one, i) => html`<li key=${i}>${one.message}</li>`)}
    </ul>`}
    ${problem.requestId && html`<p class="mut">${t("Request {id}", { id: problem.requestId })}</p>`}
    ${onRetry && html`<${Button} onClick=${onRetry}>${t("Retry")}<//>`}
  </div>`;
