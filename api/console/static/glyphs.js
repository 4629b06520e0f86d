// One set of signs for lists, the map's legend and panels: colour says how bad, shape says what kind.
import { CAUSE_SIGNS } from "./cause_words.js";
import { html } from "./html.js";

const SHAPES = {
  moving: html`<path d="M4 3.5 12.5 8 4 12.5 6 8Z" fill="var(--cour)" />`,
  at_stop: html`<rect x="4.5" y="4.5" width="7" height="7" rx="1.5" fill="var(--cour)" />`,
  idle: html`<circle cx="8" cy="8" r="3" fill="none" stroke="var(--done)" stroke-width="1.5" />`,
  at_risk: html`<path d="M8 1.5 14.5 8 8 14.5 1.5 8Z" fill="var(--risk-fill)" stroke="var(--risk-line)" stroke-width="1.3" stroke-linejoin="round" />
    <path d="M8 4.8v4" stroke="var(--risk-on)" stroke-width="1.7" stroke-linecap="round" />
    <circle cx="8" cy="11" r="1" fill="var(--risk-on)" />`,
  late: html`<circle cx="8" cy="8" r="6.8" fill="var(--late-fill)" />
    <path d="M8 4.4V8l2.4 1.8" stroke="var(--late-on)" stroke-width="1.6" fill="none" stroke-linecap="round" stroke-linejoin="round" />`,
  broken: html`<rect x="1" y="1" width="14" height="14" rx="3" fill="var(--late-fill)" />
    <path d="m5.2 5.2 5.6 5.6m0-5.6-5.6 5.6" stroke="var(--late-on)" stroke-width="1.8" stroke-linecap="round" />`,
  no_signal: html`<circle cx="8" cy="8" r="6" fill="none" stroke="var(--risk)" stroke-width="1.6" stroke-dasharray="3 2.2" />
    <circle cx="8" cy="8" r="1.7" fill="var(--risk)" />`,
  unassigned: html`<rect x="2.5" y="2.5" width="11" height="11" rx="2" fill="none" stroke="var(--risk)" stroke-width="1.6" stroke-dasharray="3 2" />`,
  closed: html`<circle cx="8" cy="8" r="6.8" fill="var(--late-fill)" />
    <path d="M4.6 8h6.8" stroke="var(--late-on)" stroke-width="2.2" stroke-linecap="round" />`,
  stalled: html`<circle cx="8" cy="8" r="6.8" fill="var(--risk-fill)" stroke="var(--risk-line)" stroke-width="1.3" />
    <path d="M6.2 5.4v5.2M9.8 5.4v5.2" stroke="var(--risk-on)" stroke-width="1.7" stroke-linecap="round" />`,
  sos: html`<path d="M5 1.200h6L14.800 5v6L11 14.800H5L1.200 11V5Z" fill="var(--late-fill)" />
    <path d="M8 4v5" stroke="var(--late-on)" stroke-width="2" stroke-linecap="round" />
    <circle cx="8" cy="11.600" r="1.100" fill="var(--late-on)" />`,
  check: html`<path d="m3 8.5 3.2 3.2L13 5" stroke="currentColor" stroke-width="1.8" fill="none" stroke-linecap="round" stroke-linejoin="round" />`,
  depot: html`<rect x="1.5" y="1.5" width="13" height="13" rx="3" fill="none" stroke="var(--ink2)" stroke-width="1.4" />
    <path d="M4.500 11.500V7.300L8 4.500l3.500 2.800v4.200" fill="none" stroke="var(--ink2)" stroke-width="1.4" stroke-linejoin="round" />`,
  search: html`<circle cx="7" cy="7" r="4.7" fill="none" stroke="var(--ink3)" stroke-width="1.6" />
    <path d="m10.6 10.6 3.4 3.4" stroke="var(--ink3)" stroke-width="1.6" stroke-linecap="round" />`,
  close: html`<path d="m4 4 8 8m0-8-8 8" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" />`,
  back: html`<path d="M10 3 5 8l5 5" stroke="currentColor" stroke-width="1.6" fill="none" stroke-linecap="round" stroke-linejoin="round" />`,
};

/**
 * A sign. It is hidden from screen readers: words beside it say the same.
 * @param {{name: keyof typeof SHAPES, size?: number}} props
 */
export const Glyph = ({ name, size = 16 }) =>
  html`<svg class="glyph" width=${size} height=${size} viewBox="0 0 16 16" fill="none" aria-hidden="true">${SHAPES[name] ?? SHAPES.idle}</svg>`;

/** The sign of a level: "none", "on_time", "at_risk" or "late". @param {{level: string, size?: number}} props */
export const LevelGlyph = ({ level, size }) =>
  html`<${Glyph} name=${level === "late" || level === "at_risk" ? level : "idle"} size=${size} />`;

/** The sign of a cause or deviation by its kind. @param {{kind: string, size?: number}} props */
export const CauseGlyph = ({ kind, size }) => html`<${Glyph} name=${CAUSE_SIGNS[kind] ?? "at_risk"} size=${size} />`;
