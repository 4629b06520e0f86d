// Everything said and done about an order, newest first, each in one line.
import { html } from "../html.js";
import { clockTime, dayOf, ms, timeRange } from "../format.js";
import { t } from "../i18n.js";
import { reasonText } from "../cause_words.js";
import { city } from "../store.js";
import { logged } from "./call_state.js";
import { channelName } from "./channels.js";
import { languageName } from "./person_words.js";

/**
 * @typedef {{mark: "news" | "ours" | "", bold: string, rest: string}} HistoryWords
 */

/** @param {{answer: any}} props an Answer with `history` */
export function History({ answer }) {
  const said = logged.value && { at: logged.value.told_at ?? logged.value.at ?? answer.now, kind: "promise.logged", ...logged.value, now: true };
  const entries = [...(said ? [said] : []), ...answer.history].sort((a, b) => b.at.localeCompare(a.at));
  if (!entries.length) return html`<p class="desk-small">${t("Nothing yet.")}</p>`;
  return html`<ol class="said">
    ${entries.map((entry, i) => {
      const { mark, bold, rest } = words(entry);
      return html`<li key=${`${entry.at}${entry.kind}${i}`}>
        <span>${whenOf(entry.at, answer.now)}</span><i class=${`dot ${mark}`}></i><span>${bold && html`<b>${bold}</b>`}${rest}</span>
      </li>`;
    })}
  </ol>`;
}

/** The hour of today, else the day. @param {string} at @param {string} now */
const whenOf = (at, now) => (localDay(at) === localDay(now) ? clockTime(at) : dayOf(at));

/** @param {string} at */
const localDay = (at) =>
  new Intl.DateTimeFormat("en-CA", { timeZone: city.value?.timezone ?? "UTC" }).format(ms(at) ?? 0);

/** @param {any} entry one of an Answer's `history` @returns {HistoryWords} */
export function words(entry) {
  switch (entry.kind) {
    case "promise.logged": {
      const rest = [channelName(entry.channel), languageName(entry.language), entry.by ?? entry.told_by].filter(Boolean).join(", ");
      return {
        mark: entry.now ? "ours" : "news",
        bold: t("Promised {interval}", { interval: timeRange(entry.from_at, entry.until_at) }),
        rest: rest && `, ${rest}`,
      };
    }
    case "eta.changed":
      return {
        mark: "news",
        bold: t("New time {interval}", { interval: etaOf(entry) }),
        rest: reasonText(entry.reason) && `, ${reasonText(entry.reason)}`,
      };
    case "inbox.told":
      return { mark: "news", bold: t("Told"), rest: [channelName(entry.channel), entry.by].filter(Boolean).map((part) => `, ${part}`).join("") };
    default:
      return { mark: "", bold: "", rest: plainWords(entry) };
  }
}

/** @param {any} entry */
function etaOf({ early_at: early, late_at: late, new_at: newAt }) {
  return early && late ? timeRange(early, late) : clockTime(newAt);
}

/** @param {any} entry */
function plainWords(entry) {
  switch (entry.kind) {
    case "order.created":
      return t("Order placed");
    case "order.edited":
      return t("Order changed");
    case "order.cancelled":
      return t("Order cancelled");
    case "plan.published":
      return t("Put on a courier's route");
    case "shift.started":
      return t("Courier started the day");
    case "visit.arrived":
      return t("Courier arrived");
    case "visit.left":
      return t("Courier left");
    case "visit.completed":
      return entry.state === "failed" || entry.outcome === "failed" ? t("Not delivered") : t("Delivered");
    case "inbox.opened":
      return t("New time to be told");
    case "inbox.acknowledged":
      return t("Change seen by {name}", { name: entry.by ?? "" });
    case "inbox.retracted":
      return t("Change taken back: false alarm");
    default:
      return t("Something changed");
  }
}
