// A courier who calls for help: on every screen, for everybody, until a person closes it.
import { html, computed, useState } from "../html.js";
import { go } from "../address.js";
import { post, Problem } from "../api.js";
import { causeTitle } from "../cause_words.js";
import { now } from "../clock.js";
import { duration } from "../format.js";
import { Glyph } from "../glyphs.js";
import { t } from "../i18n.js";
import { Button } from "../parts/parts.js";
import { toast } from "../parts/toast.js";
import { causes } from "../store.js";

const calls = computed(() =>
  causes
    .all()
    .filter(({ kind, closed_at: closedAt }) => kind === "sos" && !closedAt)
    .sort((a, b) => Date.parse(a.since_at) - Date.parse(b.since_at)),
);

export const SosLine = () => html`<div role="alert">${calls.value.map((cause) => html`<${Call} key=${cause.id} cause=${cause} />`)}</div>`;

/** @param {{cause: any}} props */
function Call({ cause }) {
  const [busy, setBusy] = useState(false);
  const close = async () => {
    setBusy(true);
    await closeCall(cause.id);
    setBusy(false);
  };
  const age = duration(now.value - Date.parse(cause.since_at));
  return html`<div class="sos-line">
    <${Glyph} name="sos" />
    <p><b>${causeTitle(cause)}: ${cause.courier_name}</b> ${[cause.street, age].filter(Boolean).join(" · ")}</p>
    <${Button} onClick=${() => go("/live", { sel: `cause:${cause.id}` })}>${t("Show on the map")}<//>
    <${Button} onClick=${close} disabled=${busy}>${t("It is over")}<//>
  </div>`;
}

/** Say that a call for help is over. @param {string} id */
export async function closeCall(id) {
  try {
    causes.put([await post(`/v1/causes/${encodeURIComponent(id)}/close`)]);
    toast(t("The call for help is closed."));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast(error.detail || error.title);
  }
}
