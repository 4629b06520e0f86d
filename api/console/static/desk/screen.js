// The Desk: the inbox on the left, the answer above the map, person and order on the right.
import { html, useEffect } from "../html.js";
import { deselect } from "../address.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { AnswerCard } from "../answer/card.js";
import { useCallOnDesk, useCourierOfCall } from "../answer/call_address.js";
import { answer, leave, openOrder } from "../answer/call_state.js";
import { PersonPanel } from "../answer/person.js";
import { MapView } from "../map/map_view.js";
import { inbox } from "../store.js";
import { Inbox } from "./inbox.js";
import { heldLine, hold, release, releaseOnLeave, selectedLine } from "./inbox_acts.js";
import { isToTell } from "./inbox_groups.js";

/** Open a line: hold it where somebody should call, then ask for the answer. @param {any} line */
async function openLine(line) {
  selectedLine.value = line.id;
  if (isToTell(line) && !(await hold(line.id))) return;
  if (answer.peek()?.order?.id !== line.order_id) await openOrder(line.order_id);
}

function close() {
  leave();
  deselect();
}

/** A line is held only while its order is on the card. */
function useHold() {
  const order = answer.value?.order?.id;
  useEffect(() => {
    const line = inbox.rows.get(heldLine.peek())?.peek();
    if (line && order && line.order_id !== order) void release();
    if (!order) void release();
  }, [order]);
  useEffect(() => {
    addEventListener("pagehide", releaseOnLeave);
    return () => {
      removeEventListener("pagehide", releaseOnLeave);
      void release();
    };
  }, []);
}

/** A call about an order that has a line in the inbox shows which line. */
function useLineOfCall() {
  const id = answer.value?.inbox_id ?? "";
  useEffect(() => {
    if (id) selectedLine.value = id;
  }, [id]);
}

export function Screen() {
  useCallOnDesk(deselect);
  useHold();
  useLineOfCall();
  useCourierOfCall();
  useKeys([{ code: "Escape", show: ["Esc"], label: t("Close the answer"), run: close }]);
  return html`
    <aside class="column left" aria-label=${t("Inbox")}><${Inbox} onOpen=${openLine} /></aside>
    <main class="column middle" id="main" tabindex="-1">
      <${AnswerCard} />
      <${MapView} />
    </main>
    <aside class="column right" aria-label=${t("Client and order")}>
      <div class="scroll" tabindex="0" role="region" aria-label=${t("Client and order")}><${PersonPanel} /></div>
    </aside>
  `;
}
