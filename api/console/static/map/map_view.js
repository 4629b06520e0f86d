// The map's place on a screen: streets, the map, zoom, fit, key. The same facts are in the lists beside it.
import { html, useEffect, useRef, useState } from "../html.js";
import { cityQuery } from "../address.js";
import { courierDay } from "../courier_day.js";
import { Glyph } from "../glyphs.js";
import { t, tn } from "../i18n.js";
import { useKeys } from "../keys.js";
import { narrow } from "../narrow.js";
import { useFetched } from "../parts/fetched.js";
import { ProblemNote } from "../parts/parts.js";
import { city, couriers } from "../store.js";

// Asked for at once: it is the largest part of the page, and streets and snapshot are on their way meanwhile.
const loading = import("./live_map.js");

export function MapView() {
  const { answer: streets, problem, retry } = useFetched(`/v1/map/streets${cityQuery()}`);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [live, setLive] = useState(/** @type {import("./live_map.js").LiveMap | null} */ (null));
  const [failure, setFailure] = useState("");
  const known = Boolean(city.value);
  useEffect(() => {
    if (!streets || !known || !box.current) return undefined;
    let made = /** @type {import("./live_map.js").LiveMap | null} */ (null);
    let wanted = true;
    Promise.all([loading, document.fonts.load("500 11px Inter"), document.fonts.load("600 11px Inter")]).then(
      ([{ LiveMap }]) => {
        if (!wanted || !box.current) return;
        made = new LiveMap(box.current, streets);
        setLive(made);
      },
    ).catch((error) => wanted && setFailure(String(error.message ?? error)));
    return () => {
      wanted = false;
      made?.remove();
      setLive(null);
    };
  }, [streets, known]);
  useFitToSelection(live);
  useKeys([
    { code: "Digit0", label: t("Fit the map to trouble and selection"), show: ["0"], run: () => live?.fit() },
    { code: "Equal", label: t("Zoom in, out"), show: ["+", "−"], run: () => live?.zoom(1) },
    { code: "Equal", shift: true, label: t("Zoom in"), show: ["+"], hidden: true, run: () => live?.zoom(1) },
    { code: "NumpadAdd", label: t("Zoom in"), show: ["+"], hidden: true, run: () => live?.zoom(1) },
    { code: "Minus", label: t("Zoom out"), show: ["−"], hidden: true, run: () => live?.zoom(-1) },
    { code: "NumpadSubtract", label: t("Zoom out"), show: ["−"], hidden: true, run: () => live?.zoom(-1) },
    { code: "Digit1", label: t("Go to the map, arrows move it"), show: ["1"], run: () => live?.focus() },
  ]);
  const label = tn("Map with {n} courier; the courier list says the same", "Map with {n} couriers; the courier list says the same", couriers.all().length);
  return html`<section class="map" aria-label=${t("Map of couriers")}>
    <div class="map-canvas" ref=${box} aria-label=${label} role="group"></div>
    ${(problem || failure) && html`<div class="map-note"><${ProblemNote} problem=${problem ?? { title: t("The map cannot be drawn"), detail: failure, problems: [] }} onRetry=${problem ? retry : undefined} /></div>`}
    ${!problem && !failure && !live?.painted.value && html`<p class="map-wait" role="status">${t("The map is being drawn")}</p>`}
    ${live && html`<${Tools} live=${live} />`}
    <${Legend} />
    <p class="attribution">© OpenStreetMap contributors</p>
  </section>`;
}

/** When another courier is chosen and his stops are known, they come into view. @param {import("./live_map.js").LiveMap | null} live */
function useFitToSelection(live) {
  const shown = useRef(/** @type {string | null} */ (null));
  const { id, day } = courierDay.value;
  useEffect(() => {
    if (!live || !day || shown.current === id) return;
    shown.current = id;
    live.fit();
  }, [live, id, day]);
}

/** @param {{live: import("./live_map.js").LiveMap}} props */
const Tools = ({ live }) =>
  html`<div class="map-tools" role="group" aria-label=${t("Map")}>
    <button type="button" aria-label=${t("Zoom in")} title=${t("Zoom in")} onClick=${() => live.zoom(1)}>+</button>
    <button type="button" aria-label=${t("Zoom out")} title=${t("Zoom out")} onClick=${() => live.zoom(-1)}>−</button>
    <button type="button" aria-label=${t("Fit the map to trouble and selection")} title=${t("Fit the map to trouble and selection")} onClick=${() => live.fit()}>
      <svg width="14" height="14" viewBox="0 0 14 14" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
        <path d="M1 4.500V1h3.500M9.500 1H13v3.500M13 9.500V13H9.500M4.500 13H1V9.500" />
      </svg>
    </button>
  </div>`;

function Legend() {
  const signs = html`<ul>
    ${[
      ["moving", t("on time")],
      ["at_stop", t("at a stop")],
      ["at_risk", t("at risk")],
      ["late", t("late")],
      ["no_signal", t("no signal")],
      ["idle", t("not out")],
    ].map(([name, words]) => html`<li key=${name}><${Glyph} name=${name} size=${13} />${words}</li>`)}
  </ul>`;
  return narrow.value
    ? html`<details class="legend"><summary>${t("Key to the map")}</summary>${signs}</details>`
    : html`<div class="legend">${signs}</div>`;
}
