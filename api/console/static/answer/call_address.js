// Keeps the call in hand and the address together: an opened order can be sent to a colleague and survives a reload.
import { useEffect } from "../html.js";
import { select, selected } from "../address.js";
import { wantedCourier } from "../courier_day.js";
import { answerSearch } from "../search_box.js";
import { answer, lookUp, openOrder, problem, stage } from "./call_state.js";
import { lookUpBody } from "./look_up.js";

/** Enter in the header's search looks up a phone or order number. @param {(answered: any) => void} then */
function useLookUp(then) {
  useEffect(
    () =>
      answerSearch((text) => {
        if (!lookUpBody(text)) return false;
        // An ended session comes back to this address: it must stay as it is.
        void lookUp(text).then((answered) => problem.peek()?.status !== 401 && then(answered));
        return true;
      }),
    [],
  );
}

/** The card follows the order of the address. @param {string | null} id */
function useOrderOfAddress(id) {
  useEffect(() => {
    if (id && answer.peek()?.order?.id !== id) void openOrder(id);
  }, [id]);
}

/** The address follows the order of the card. @param {string} kind */
function useAddressOfOrder(kind) {
  const shown = stage.value === "shown" ? (answer.value?.order?.id ?? null) : null;
  useEffect(() => {
    if (shown) select(kind, shown);
  }, [shown]);
}

/**
 * On the Desk an order is shown by `?sel=order:ID`.
 * @param {() => void} onNoOrder what to do with the selection when the answer has no single order
 */
export function useCallOnDesk(onNoOrder) {
  const it = selected.value;
  useOrderOfAddress(it?.kind === "order" ? it.id : null);
  useAddressOfOrder("order");
  useLookUp((answered) => {
    if (!answered?.order) onNoOrder();
  });
}

/** In `?sel=call:...`: there is no single order, the person is asked which one or nothing was found. */
const NO_ORDER = "none";

/** On Live a client who was looked up is shown by `?sel=call:ID`, beside the map. */
export function useCallOnLive() {
  useLookUp((answered) => select("call", answered?.order?.id ?? NO_ORDER));
}

/** The panel of `?sel=call:ID` and its order. @param {string} id */
export function useCallOfPanel(id) {
  useOrderOfAddress(id === NO_ORDER ? null : id);
  useAddressOfOrder("call");
}

/** The map shows the courier of the order on the card, his route and stops. */
export function useCourierOfCall() {
  const courier = answer.value?.order?.courier_id ?? null;
  useEffect(() => {
    wantedCourier.value = courier;
    return () => void (wantedCourier.value = null);
  }, [courier]);
}
