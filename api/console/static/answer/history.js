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
  const said = logged.value && { ...logged.value, kind: "promise", at: logged.value.told_at, by: logged.value.told_by, ours: true };
  const entries = [...(said ? [said] : []), ...answer.history].sort((a, b) => (ms(b.at) ?? 0) - (ms(a.at) ?? 0));
  if (!entries.length) return html`<p class="desk-small">${t("Nothing yet.")}</p>`;
  return html`<ol class="said">
    ${foldChanges(entries).map((entry, i) => {
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

/**
 * Changes of one cause that follow each other are one line: a courier who stands still moves the time every minute.
 * @param {any[]} entries newest first
 */
export function foldChanges(entries) {
  /** @type {any[]} */
  const folded = [];
  for (const entry of entries) {
    const newer = folded.at(-1);
    const isSame = entry.kind === "eta.changed" && newer?.kind === "eta.changed" && newer.cause_id === entry.cause_id;
    if (isSame && entry.old) folded[folded.length - 1] = { ...newer, old: entry.old, old_level: entry.old_level };
    else folded.push(entry);
  }
  return folded;
}

/** @param {any} entry one of an Answer's `history` @returns {HistoryWords} */
export function words(entry) {
  switch (entry.kind) {
    case "promise": {
      // A promise given with the order was said by nobody in particular.
      const told = [channelName(entry.channel), entry.words && languageName(entry.language), entry.channel !== "order" && entry.by];
      const rest = told.filter(Boolean).join(", ");
      return {
        mark: entry.ours ? "ours" : "news",
        bold: t("Promised {interval}", { interval: timeRange(entry.from_at, entry.until_at) }),
        rest: rest && `, ${rest}`,
      };
    }
    case "eta.changed": {
      const why = reasonText(entry.reason);
      const interval = timeRange(entry.new.early_at, entry.new.late_at);
      // The first estimate is no change: nobody was told another one before.
      if (!entry.old) return { mark: "", bold: "", rest: t("First estimate {interval}", { interval }) };
      const was = t("was {interval}", { interval: timeRange(entry.old.early_at, entry.old.late_at) });
      const isNews = entry.old_level !== entry.new_level;
      const rest = [why, was].filter(Boolean).map((part) => `, ${part}`).join("");
      return isNews
        ? { mark: "news", bold: t("New time {interval}", { interval }), rest }
        : { mark: "", bold: "", rest: t("New time {interval}", { interval }) + rest };
    }
    default:
      return { mark: "", bold: "", rest: plainWords(entry) };
  }
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
    case "visit.arrived":
      return t("Courier arrived");
    case "visit.completed":
      return entry.outcome === "failed" ? t("Not delivered") : t("Delivered");
    case "inbox.acknowledged":
      return t("Change seen by {name}", { name: entry.by ?? "" });
    case "inbox.retracted":
      return t("Change taken back: false alarm");
    default:
      return t("Something changed");
  }
}
