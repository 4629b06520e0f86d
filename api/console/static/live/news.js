// Says new causes and taken-back ones: read out by screen readers, and a word on the screen for false alarms.
import { html, useEffect, useRef, useState } from "../html.js";
import { causeAbout, causeEffect, causeTitle } from "../cause_words.js";
import { onEvent } from "../feed.js";
import { t } from "../i18n.js";
import { toast } from "../parts/toast.js";
import { causes, couriers } from "../store.js";
import { toDecide } from "./lists.js";

/** Speaks when a line comes to "Needs a decision"; the lines that were there at first are on the screen already. */
export function News() {
  const known = useRef(/** @type {Set<string> | null} */ (null));
  const [words, setWords] = useState("");
  const list = toDecide.value;
  useEffect(() => {
    const fresh = known.current ? list.filter(({ id }) => !known.current?.has(id)) : [];
    known.current = new Set([...(known.current ?? []), ...list.map(({ id }) => id)]);
    if (fresh.length) setWords(fresh.map(spoken).join(". "));
  }, [list]);
  useEffect(() => onEvent((event) => event.kind === "deviation.retracted" && tellRetracted(event, known.current)), []);
  return html`<p class="unseen" role="status">${words}</p>`;
}

/** @param {any} cause */
const spoken = (cause) => [causeTitle(cause), causeAbout(cause), causeEffect(cause)].filter(Boolean).join(", ");

/** Whoever saw the line is told that it was nothing. @param {any} event @param {Set<string> | null} seen */
function tellRetracted(event, seen) {
  const cause = causes.rows.get(event.cause_id)?.peek();
  if (!cause || !seen?.has(cause.id)) return;
  // In a jam of several couriers it was nothing for this one only.
  const name = couriers.rows.get(event.courier_id)?.peek().name ?? cause.courier_name;
  const title = [causeTitle(cause), name].filter(Boolean).join(" · ");
  toast(t("False alarm: {title}", { title }));
}
