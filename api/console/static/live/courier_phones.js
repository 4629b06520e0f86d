// A courier's phones: what was last heard of each, an end to one, and the page that sets up a new one.
import { html, useState } from "../html.js";
import { post, Problem, remove } from "../api.js";
import { now } from "../clock.js";
import { duration } from "../format.js";
import { t } from "../i18n.js";
import { useFetched } from "../parts/fetched.js";
import { Button, ProblemNote, Skeleton } from "../parts/parts.js";
import { toast } from "../parts/toast.js";

/** @typedef {{id: string, name: string, created_at: string, last_seen_at: string | null, app: string | null}} Phone */

/** What each way of speaking is called by people. @type {Record<string, string>} */
const APPS = {
  osmand: "Traccar Client",
  traccar_form: "Traccar Client",
  traccar_json: "Traccar Client",
  osmand_app: "OsmAnd",
  owntracks: "OwnTracks",
  overland: "Overland",
  gpslogger: "GPSLogger",
};

/** @param {{id: string}} props the courier's */
export function CourierPhones({ id }) {
  const [version, setVersion] = useState(0);
  const path = `/v1/couriers/${encodeURIComponent(id)}/phones`;
  const { answer, problem, retry } = useFetched(path, version);
  const changed = () => setVersion((n) => n + 1);
  if (!answer) return problem ? html`<${ProblemNote} problem=${problem} onRetry=${retry} />` : html`<${Skeleton} rows=${2} />`;
  /** @type {Phone[]} */
  const phones = answer.phones;
  const revoke = async (/** @type {Phone} */ phone) => {
    if (await said(() => remove(`${path}/${encodeURIComponent(phone.id)}`))) toast(t("The phone is revoked."));
    changed();
  };
  return html`<section class="phones">
    <div class="section-head"><h3>${t("Phones")}</h3><span class="end">${phones.length}</span></div>
    ${phones.length === 0 && html`<p class="calm">${t("No phone is set up.")}</p>`}
    <ul>${phones.map((phone) => html`<${PhoneLine} key=${phone.id} phone=${phone} onRevoke=${() => revoke(phone)} />`)}</ul>
    <div class="acts">
      <${Button} main=${phones.length === 0} onClick=${() => openSetup(id, false, changed)}>
        ${phones.length === 0 ? t("Set up the phone") : t("New phone instead")}
      <//>
      ${phones.length > 0 && html`<${Button} onClick=${() => openSetup(id, true, changed)}>${t("One more phone")}<//>`}
    </div>
  </section>`;
}

/** @param {{phone: Phone, onRevoke: () => void}} props */
function PhoneLine({ phone, onRevoke }) {
  const seen = phone.last_seen_at ? t("seen {age} ago", { age: duration(now.value - Date.parse(phone.last_seen_at)) }) : t("never heard of");
  return html`<li>
    <span class="m">${APPS[phone.app ?? ""] ?? phone.name}</span> <span class="mut">${seen}</span>
    <${Button} onClick=${onRevoke} title=${t("It is refused from now on; what it sent stays.")}>${t("Revoke")}<//>
  </li>`;
}

/** Opens the page that tells the courier what to enter into which app. @param {string} id @param {boolean} keepOthers @param {() => void} then */
async function openSetup(id, keepOthers, then) {
  const page = window.open("", "_blank");
  const wish = () => post(`/v1/couriers/${encodeURIComponent(id)}/phone-setup`, { keep_others: keepOthers });
  const made = await said(wish, () => page?.close());
  if (made && page) page.location.href = made.url;
  then();
}

/** The answer, or null after the service's refusal was shown. @param {() => Promise<any>} wish @param {() => void} [refused] */
async function said(wish, refused) {
  try {
    return (await wish()) ?? true;
  } catch (error) {
    refused?.();
    if (!(error instanceof Problem)) throw error;
    toast(error.detail || error.title);
    return null;
  }
}
