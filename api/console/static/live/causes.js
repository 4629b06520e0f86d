// "Needs a decision": one line a cause, the most pressing first; those acknowledged are folded in one line.
import { html, useState } from "../html.js";
import { select, selected } from "../address.js";
import { causeAbout, causeEffect, causeTitle } from "../cause_words.js";
import { now } from "../clock.js";
import { clockTime, duration } from "../format.js";
import { CauseGlyph, Glyph } from "../glyphs.js";
import { t, tn } from "../i18n.js";
import { counters } from "../store.js";
import { acknowledged, lastDecision, toDecide } from "./lists.js";

export function Causes() {
  const list = toDecide.value;
  return html`<section class="causes" aria-labelledby="decide-title">
    <div class="list-head">
      <h2 id="decide-title">${t("Needs a decision")}</h2><span class="count">${list.length}</span>
      <span class="end" title=${t("One dispatcher can handle about 6 an hour")}>
        ${tn("{n} in the last hour", "{n} in the last hour", counters.value?.alarms_last_hour ?? 0)}
      </span>
    </div>
    ${list.length === 0 && html`<p class="calm">${calm()}</p>`}
    <ul class="cause-list scroll">${list.map((cause) => html`<${CauseLine} key=${cause.id} cause=${cause} />`)}</ul>
    <${Acknowledged} />
  </section>`;
}

function calm() {
  const last = lastDecision.value;
  return last ? t("Nothing needs a decision. Last one {time}.", { time: clockTime(last) }) : t("Nothing needs a decision.");
}

/** @param {{cause: any}} props */
function CauseLine({ cause }) {
  const about = causeAbout(cause);
  const taken = cause.taken_by ? ` · ${t("taken by {name}", { name: cause.taken_by })}` : "";
  const isCurrent = selected.value?.kind === "cause" && selected.value.id === cause.id;
  return html`<li>
    <button type="button" class="cause" aria-current=${isCurrent ? "true" : undefined} onClick=${() => select("cause", cause.id)}>
      <${CauseGlyph} kind=${cause.kind} />
      <span class="title" title=${about}><b>${causeTitle(cause)}</b>${about && html` <span class="sec">· ${about}</span>`}</span>
      <span class="age">${duration(now.value - Date.parse(cause.since_at))}</span>
      <span class="effect">${causeEffect(cause)}${taken}</span>
    </button>
  </li>`;
}

function Acknowledged() {
  const [open, setOpen] = useState(false);
  const list = acknowledged.value;
  if (!list.length) return null;
  return html`<div class="acknowledged">
    <button type="button" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>
      <${Glyph} name="check" size=${14} />${tn("{n} acknowledged, still open", "{n} acknowledged, still open", list.length)}
    </button>
    ${open && html`<ul class="cause-list scroll">${list.map((cause) => html`<${CauseLine} key=${cause.id} cause=${cause} />`)}</ul>`}
  </div>`;
}
