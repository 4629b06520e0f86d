// One short word about what was just done, read out by screen readers; it goes by itself.
import { html, signal } from "../html.js";

const text = signal("");
/** @type {number | undefined} */
let timer;

/** @param {string} words */
export function toast(words) {
  clearTimeout(timer);
  text.value = words;
  timer = setTimeout(() => (text.value = ""), 6000);
}

export const Toast = () => html`<div class="toast" role="status" aria-live="polite">${text.value}</div>`;
