// One changed arrival in the inbox: whose, from which promise to which interval, by how much, and what is done about it.
import { html, useState } from "../html.js";
import { clockTime, shortName, signed, timeRange } from "../format.js";
import { Glyph, LevelGlyph } from "../glyphs.js";
import { t, tn } from "../i18n.js";
import { LanguageTag } from "../parts/parts.js";
import { causes } from "../store.js";
import { channelName } from "../answer/channels.js";
import { isLockedByOther } from "../answer/lock.js";

/** The id of a line's button, so that the keyboard can reach it. @param {string} id */
export const buttonId = (id) => `inbox-${id}`;

/** @param {{line: any, selected: boolean, onOpen: (line: any) => void}} props `line` is an InboxRow */
export function InboxLine({ line, selected, onOpen }) {
  const takenBack = line.state === "retracted";
  return html`<li class=${`desk-line${takenBack ? " taken-back" : ""}`} data-state=${line.state} data-selected=${selected || undefined}>
    <button type="button" class="open" id=${buttonId(line.id)} aria-current=${selected ? "true" : undefined} onClick=${() => onOpen(line)}>
      <span class="first">
        <span class="order">${line.order_no}</span> <span class="name">${shortName(line.client_name)}</span>
        <${LanguageTag} code=${line.language} /><span class="moved"><${Moved} line=${line} /></span>
      </span>
      <span class="second">
        <span class="times">
          ${line.promised_until_at ? clockTime(line.promised_until_at) : t("no promise")} →${" "}
          <b>${line.early_at ? timeRange(line.early_at, line.late_at) : t("to be planned")}</b>
        </span>
        <span class=${`done${isCall(line) ? " call" : ""}`}><${Done} line=${line} /></span>
      </span>
      ${takenBack && html`<span class="sentence">${retraction(line)}</span>`}
    </button>
    ${selected && line.path.length > 0 && html`<${Path} line=${line} />`}
  </li>`;
}

/** "+9" past the promise; a sign when it is only at risk. @param {{line: any}} props */
function Moved({ line }) {
  if (line.state === "retracted") return null;
  if (line.level === "late" && line.late_min !== null) return html`<span class="late">${signed(line.late_min)}</span>`;
  if (line.level !== "at_risk") return null;
  return html`<${LevelGlyph} level="at_risk" size=${14} /><span class="unseen">${t("at risk")}</span>`;
}

/** Somebody should call, and nobody does yet. @param {any} line */
const isCall = (line) => line.state === "open" && !isLockedByOther(line);

/** What is done about the line. @param {{line: any}} props */
function Done({ line }) {
  if (line.state === "told") {
    return html`<${Glyph} name="check" size=${14} /><span>${channelName(line.told_channel)} ${clockTime(line.told_at)}</span>`;
  }
  if (line.state === "retracted") return null;
  if (isLockedByOther(line)) return html`<span>${t("{name} is calling", { name: shortName(line.locked_by) })}</span>`;
  if (line.state === "acknowledged") {
    const by = line.acknowledged_by && t("seen by {name}", { name: shortName(line.acknowledged_by) });
    return html`<${Glyph} name="check" size=${14} /><span>${by || t("seen")}</span>`;
  }
  return html`<span>${t("call")}</span>`;
}

/** What to do about a change that was taken back. @param {any} line */
function retraction(line) {
  if (!line.told_at) {
    const falseAlarm = causes.get(line.cause_id)?.state === "retracted";
    return falseAlarm ? t("False alarm, nobody needs a call.") : t("In time again, nobody needs a call.");
  }
  return t("Call back: told {told}, now {now}.", { told: clockTime(line.promised_until_at), now: clockTime(line.expected_at) });
}

/** Every estimate the line went through, on demand. @param {{line: any}} props */
function Path({ line }) {
  const [open, setOpen] = useState(false);
  const steps = [...line.path.map((/** @type {any} */ one) => one.expected_at), line.expected_at];
  return html`<div class="desk-path">
    <button type="button" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      ${tn("{n} earlier estimate", "{n} earlier estimates", line.path.length)}
    </button>
    ${open && html`<p>${steps.map(clockTime).join(" → ")}</p>`}
  </div>`;
}
