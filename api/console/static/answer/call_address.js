// Keeps the call in hand and the address together: an opened order can be sent to a colleague and survives a reload.
import { useEffect } from "../html.js";
import { select, selected } from "../address.js";
import { answerSearch } from "../search_box.js";
import { answer, lookUp, openOrder, stage } from "./call_state.js";

/**
 * While shown: the address's order is the card's order, and Enter in the header's search looks up a client.
 * @param {() => void} onNoOrder what to do with the selection when the answer has no single order
 */
export function useCallAddress(onNoOrder) {
  const wanted = selected.value?.kind === "order" ? selected.value.id : null;
  useEffect(() => {
    if (wanted && answer.peek()?.order?.id !== wanted) void openOrder(wanted);
  }, [wanted]);
  useEffect(() => answerSearch((text) => void ask(text)), []);

  async function ask(/** @type {string} */ text) {
    const found = await lookUp(text);
    if (!found?.order) onNoOrder();
  }

  const shown = stage.value === "shown" ? (answer.value?.order?.id ?? null) : null;
  useEffect(() => {
    if (shown) select("order", shown);
  }, [shown]);
}
