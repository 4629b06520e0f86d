// One cause: which promises it moves, who must be told, and "I know".
import { html, useState } from "../html.js";
import { deselect, select } from "../address.js";
import { post, Problem } from "../api.js";
import { causeTitle, disproofText, heldUp } from "../cause_words.js";
import { now } from "../clock.js";
import { clockTime, duration } from "../format.js";
import { CauseGlyph } from "../glyphs.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { useFetched } from "../parts/fetched.js";
import { OrderLine } from "../parts/order_line.js";
import { Button, ProblemNote, Skeleton } from "../parts/parts.js";
import { PanelFrame } from "../parts/panel_frame.js";
import { toast } from "../parts/toast.js";
import { closeCall } from "../shell/sos_line.js";
import { causes, inbox, isDispatcher } from "../store.js";

/** @param {{id: string}} props */
export function CausePanel({ id }) {
  const known = causes.get(id);
  const { answer, problem, retry } = useFetched(`/v1/causes/${encodeURIComponent(id)}`, known);
  const cause = known ?? answer;
  if (!cause) {
    return html`<${PanelFrame} onClose=${deselect}>
      ${problem ? html`<${ProblemNote} problem=${problem} onRetry=${retry} />` : html`<${Skeleton} rows=${8} />`}
    <//>`;
  }
  const ended = cause.closed_at || ["closed", "retracted"].includes(cause.state);
  const span = (ended && cause.closed_at ? Date.parse(cause.closed_at) : now.value) - Date.parse(cause.since_at);
  return html`<${PanelFrame} onClose=${deselect} sign=${html`<${CauseGlyph} kind=${cause.kind} />`} kind=${stateText(cause)} age=${duration(span)}
    title=${causeTitle(cause)} under=${whoAndWhere(cause)} actions=${!ended && html`<${CauseActions} cause=${cause} />`}>
    ${answer?.retraction && html`<p class="notice">${t("False alarm at {time}: {why}", { time: clockTime(answer.retraction.at), why: disproofText(cause, answer.retraction.why) })}</p>`}
    <dl class="facts">
      <div><dt>${t("promises move")}</dt><dd>${cause.promises_moved}</dd></div>
      <div><dt>${t("past their promise")}</dt><dd class=${cause.promises_broken > 0 ? "late" : ""}>${cause.promises_broken}</dd></div>
      <div><dt>${t("clients to tell")}</dt><dd>${cause.to_tell}</dd></div>
    </dl>
    ${cause.couriers.length > 1 && html`<${InJam} couriers=${cause.couriers} />`}
    ${problem && html`<${ProblemNote} problem=${problem} onRetry=${retry} />`}
    ${answer ? html`<${Promises} orders=${answer.orders} />` : !problem && html`<${Skeleton} rows=${5} />`}
  <//>`;
}

/** @param {any} cause */
function stateText(cause) {
  if (cause.state === "retracted") return t("False alarm");
  if (cause.state === "closed") return t("Ended {time}", { time: clockTime(cause.closed_at) });
  if (cause.state === "acknowledged") {
    return t("Acknowledged by {name} at {time}", { name: cause.acknowledged_by ?? "", time: clockTime(cause.acknowledged_at) });
  }
  return cause.state === "taken" ? t("Taken by {name}", { name: cause.taken_by ?? "" }) : t("Open");
}

/** @param {any} cause */
function whoAndWhere(cause) {
  const times = t("Since {since}, noticed {noticed}.", { since: clockTime(cause.since_at), noticed: clockTime(cause.noticed_at) });
  const who = cause.courier_name && heldUp(cause).length === 1
    ? html`<button type="button" class="link" onClick=${() => select("courier", cause.courier_id)}>${cause.courier_name}</button>`
    : null;
  return html`${who}${who && cause.street && " · "}${cause.street}${(who || cause.street) && html`<br />`}${times}`;
}

/** Everybody in a jam, and who has left it. @param {{couriers: any[]}} props */
const InJam = ({ couriers: list }) =>
  html`<section>
    <div class="section-head"><h3>${t("In the jam")}</h3><span class="end">${list.length}</span></div>
    <ul>
      ${list.map(
        (one) => html`<li key=${`${one.id} ${one.since_at}`}>
          <button type="button" class="deviation" onClick=${() => select("courier", one.id)}>
            <span class="m">${one.name}</span>
            <span class="mut">
              ${one.left_at
                ? `${clockTime(one.since_at)}–${clockTime(one.left_at)}`
                : t("since {time}", { time: clockTime(one.since_at) })}
            </span>
          </button>
        </li>`,
      )}
    </ul>
  </section>`;

/** @param {{orders: any[]}} props */
function Promises({ orders }) {
  const waiting = new Set(inbox.all().filter((line) => line.state === "open" || line.state === "acknowledged").map((line) => line.order_id));
  const late = (/** @type {any} */ a, /** @type {any} */ b) => (b.late_min ?? -Infinity) - (a.late_min ?? -Infinity);
  const toTell = orders.filter((one) => waiting.has(one.id)).sort(late);
  const told = orders.filter((one) => !waiting.has(one.id) && one.level === "late").sort(late);
  const inside = orders.filter((one) => !waiting.has(one.id) && one.level !== "late").sort(late);
  return html`
    <${Section} title=${t("Tell these clients")} orders=${toTell} />
    <${Section} title=${t("Past the promise, nobody waits for a call")} orders=${told} />
    <${Section} title=${t("Moved, still inside the promise")} orders=${inside} />
  `;
}

/** @param {{title: string, orders: any[]}} props */
const Section = ({ title, orders }) =>
  orders.length > 0 &&
  html`<section>
    <div class="section-head"><h3>${title}</h3><span class="end">${orders.length}</span></div>
    <ul>${orders.map((one) => html`<${OrderLine} key=${one.id} order=${one} onOpen=${() => select("order", one.id)} />`)}</ul>
  </section>`;

/** @param {{cause: any}} props */
const CauseActions = ({ cause }) => html`
  ${cause.kind === "sos" && html`<${Button} main wide onClick=${() => closeCall(cause.id)}>${t("It is over")}<//>`}
  ${isDispatcher.value && html`<${Actions} cause=${cause} />`}
`;

/** @param {{cause: any}} props */
function Actions({ cause }) {
  const [busy, setBusy] = useState(false);
  const act = async (/** @type {"acknowledge" | "take"} */ wish, /** @type {string} */ words) => {
    if (busy) return;
    setBusy(true);
    try {
      causes.put([await post(`/v1/causes/${encodeURIComponent(cause.id)}/${wish}`)]);
      toast(words);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      toast(error.detail || error.title);
    } finally {
      setBusy(false);
    }
  };
  const isNew = cause.state !== "acknowledged";
  const acknowledge = () => act("acknowledge", t("Acknowledged. It stays open until it ends."));
  useKeys(isNew ? [{ code: "KeyA", label: t("Acknowledge"), show: ["A"], run: acknowledge }] : []);
  if (!isNew) return html`<p class="mut">${t("It stays open until it ends.")}</p>`;
  return html`
    <${Button} main wide onClick=${acknowledge} disabled=${busy} cap="A">${t("Acknowledge")}<//>
    ${cause.state === "open" && html`<${Button} onClick=${() => act("take", t("You have taken it."))} disabled=${busy}>${t("Take it")}<//>`}
  `;
}
