// One order in a list: number, client, language; likely interval against the promise; how late, or how likely late.
import { html } from "../html.js";
import { clockTime, shortName, timeRange } from "../format.js";
import { LevelGlyph } from "../glyphs.js";
import { t } from "../i18n.js";
import { narrow } from "../narrow.js";
import { OrderPromiseBar } from "../promise_bar.js";
import { LanguageTag, Lateness } from "./parts.js";

/** "15:07–15:15 · by 15:00". @param {any} order an OrderRow */
export function etaAgainstPromise({ eta, promise }) {
  const promised = promise && t("by {time}", { time: clockTime(promise.until_at) });
  const likely = eta ? timeRange(eta.early_at, eta.late_at) : t("no time yet");
  return promised ? `${likely} · ${promised}` : likely;
}

/**
 * @param {{order: any, onOpen: (order: any) => void, current?: boolean, sign?: any, note?: string}} props
 *   `note` stands in the place of the times
 */
export const OrderLine = ({ order, onOpen, current = false, sign, note }) =>
  html`<li>
    <button type="button" class=${note ? "order-line noted" : "order-line"} aria-current=${current ? "true" : undefined} onClick=${() => onOpen(order)}>
      <span class="sign">${sign ?? html`<${LevelGlyph} level=${order.level} size=${14} />`}</span>
      <span class="words">
        <span class="l1"><span class="m">${order.order_no}</span> <span>${shortName(order.client_name)}</span> <${LanguageTag} code=${order.language} /></span>
        <span class="l2" title=${note}>${note || etaAgainstPromise(order)}</span>
      </span>
      ${!note && html`<${OrderPromiseBar} order=${order} width=${narrow.value ? 48 : 64} /><${Lateness} row=${order} unit />`}
    </button>
  </li>`;
