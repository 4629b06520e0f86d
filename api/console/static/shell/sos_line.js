// A courier who calls for help: on every screen, for everybody, until a person closes it; with a sound until one takes it.
import { html, computed, useEffect, useState } from "../html.js";
import { go } from "../address.js";
import { post, Problem } from "../api.js";
import { causeTitle } from "../cause_words.js";
import { now } from "../clock.js";
import { clockTime, duration } from "../format.js";
import { Glyph } from "../glyphs.js";
import { t } from "../i18n.js";
import { Button } from "../parts/parts.js";
import { toast } from "../parts/toast.js";
import { causes } from "../store.js";
import { ring } from "./sos_sound.js";

const RINGS_AGAIN_MS = 3 * 60_000;

export const calls = computed(() =>
  causes
    .all()
    .filter(({ kind, closed_at: closedAt }) => kind === "sos" && !closedAt)
    .sort((a, b) => Date.parse(a.since_at) - Date.parse(b.since_at)),
);

/** Ids of the calls that nobody looks after yet. */
const untaken = computed(() => calls.value.filter((cause) => !takenBy(cause)).map(({ id }) => id).join());

/** @param {any} cause @returns {string} */
const takenBy = (cause) => cause.taken_by || cause.acknowledged_by || "";

export function SosLine() {
  const waiting = untaken.value;
  useEffect(() => {
    if (!waiting) return undefined;
    ring();
    const again = setInterval(ring, RINGS_AGAIN_MS);
    return () => clearInterval(again);
  }, [waiting]);
  return html`<div role="alert">${calls.value.map((cause) => html`<${Call} key=${cause.id} cause=${cause} />`)}</div>`;
}

/** @param {{cause: any}} props */
function Call({ cause }) {
  const [busy, setBusy] = useState(false);
  const once = (/** @type {(id: string) => Promise<void>} */ act) => async () => {
    setBusy(true);
    await act(cause.id);
    setBusy(false);
  };
  const by = takenBy(cause);
  const when = `${clockTime(cause.since_at)} (${duration(now.value - Date.parse(cause.since_at))})`;
  const facts = [when, cause.street, placeText(cause), by && t("taken by {name}", { name: by })];
  return html`<div class="sos-line">
    <${Glyph} name="sos" />
    <p>
      <b>${causeTitle(cause)}: ${cause.courier_name}</b>${" "}
      ${cause.courier_phone && html`<a class="link" href=${`tel:${cause.courier_phone}`}>${cause.courier_phone}</a> · `}
      ${facts.filter(Boolean).join(" · ")}
    </p>
    ${!by && html`<${Button} main onClick=${once(takeCall)} disabled=${busy}>${t("Take it")}<//>`}
    <${Button} onClick=${() => go("/live", { sel: `cause:${cause.id}` })}>${t("Show on the map")}<//>
    <${Button} onClick=${once(closeCall)} disabled=${busy}>${t("It is over")}<//>
  </div>`;
}

/** Latitude and longitude, as those who are sent to help want them. @param {any} cause */
const placeText = ({ lat, lon }) => (lat === null || lon === null ? t("place not known") : `${lat.toFixed(5)}, ${lon.toFixed(5)}`);

/** Say that a call for help is over. @param {string} id */
export const closeCall = (id) => tell(id, "close", t("The call for help is closed."));

/** Say that this person looks after it. @param {string} id */
const takeCall = (id) => tell(id, "take", t("You have taken it."));

/** @param {string} id @param {"close" | "take"} wish @param {string} words */
async function tell(id, wish, words) {
  try {
    causes.put([await post(`/v1/causes/${encodeURIComponent(id)}/${wish}`)]);
    toast(words);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast(error.detail || error.title);
  }
}
