// The lines under the header: calls for help, and that the page shows an older state, and of when.
import { html } from "../html.js";
import { feed, feedState, silence, stateOf } from "../clock.js";
import { tryNow } from "../feed.js";
import { duration, exactTime } from "../format.js";
import { Glyph } from "../glyphs.js";
import { t } from "../i18n.js";
import { Button, ProblemNote } from "../parts/parts.js";
import { problem, status } from "../store.js";
import { SosLine } from "./sos_line.js";

export function FeedLine() {
  const stale = feedState.value === "stale";
  return html`<div class="feed-line">
    <${SosLine} />
    <div role="status" aria-live="polite">
      ${stale && html`<${Stale} />`}
      ${status.value === "ready" && problem.value && html`<${ProblemNote} problem=${problem.value} onRetry=${tryNow} />`}
    </div>
  </div>`;
}

function Stale() {
  const lost = !feed.value.online;
  const age = duration(silence.value * 1000);
  return html`<div class="stale-line">
    <${Glyph} name="no_signal" />
    <p>
      <b>${lost ? t("This computer is off line.") : t("No news for {age}.", { age })}</b>${" "}
      ${t("This is the state of {time}; alarms and clocks stand still.", { time: exactTime(stateOf()) })}
    </p>
    <${Button} onClick=${tryNow}>${t("Try now")}<//>
  </div>`;
}
