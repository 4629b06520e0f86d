// The same answer beside the map of Live, when a client was looked up there.
import { html } from "../html.js";
import { t } from "../i18n.js";
import { registerPanel } from "../panels.js";
import { now } from "../clock.js";
import { duration, ms } from "../format.js";
import { Acts, AnswerCard } from "./card.js";
import * as call from "./call_state.js";
import { useCallOfPanel, useCourierOfCall } from "./call_address.js";
import { HistoryPart, OrderPart } from "./person.js";

/** @param {{id: string}} props the order's id, or what stands for none */
function AnswerPanel({ id }) {
  useCallOfPanel(id);
  useCourierOfCall();
  const answer = call.stage.value === "shown" ? call.answer.value : null;
  return html`<div class="panel">
    <div class="panel-body scroll" tabindex="0" role="region" aria-label=${t("Client and order")}>
      <${AnswerCard} inPanel />
      ${answer?.order &&
      html`<${HistoryPart} answer=${answer} title=${t("Why, and what was said")} />
        <${OrderPart} answer=${answer} title=${t("Courier and order")} end=${seen(answer)} />`}
    </div>
    ${answer?.order && (answer.interval || call.logged.value) && html`<div class="panel-actions"><${Acts} answer=${answer} wide /></div>`}
  </div>`;
}

/** How fresh the courier's place is. @param {any} answer */
function seen(answer) {
  const at = ms(answer.courier?.last_seen_at);
  return at === null ? "" : t("seen {time} ago", { time: duration(now.value - at) });
}

registerPanel("call", AnswerPanel);
