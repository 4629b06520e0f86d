// The five counters: the state of the day, and filters of the Live screen's lists.
import { html } from "../html.js";
import { address, adjust, go } from "../address.js";
import { percent } from "../format.js";
import { Glyph } from "../glyphs.js";
import { formatNumber, t } from "../i18n.js";
import { counters } from "../store.js";

/** What `?show=` may say. */
export const FILTERS = ["on_time", "late", "at_risk", "unassigned", "no_signal"];

/** The filter in force, or "". */
export const filter = () => {
  const wanted = address.value.params.show ?? "";
  return FILTERS.includes(wanted) ? wanted : "";
};

/** @param {string} name */
function toggle(name) {
  if (address.value.path === "/live") adjust({ show: filter() === name ? null : name });
  else go("/live", { show: name });
}

/** The words under a filter. @param {string} name */
export function filterName(name) {
  switch (name) {
    case "on_time":
      return t("on time");
    case "late":
      return t("late");
    case "at_risk":
      return t("at risk");
    case "unassigned":
      return t("unassigned");
    default:
      return t("no signal");
  }
}

export function Counters() {
  const all = counters.value;
  if (!all) return html`<div class="counters"></div>`;
  const share = all.on_time_share;
  const values = {
    on_time: share === null ? "–" : percent(share, 1),
    late: formatNumber(all.late),
    at_risk: formatNumber(all.at_risk),
    unassigned: formatNumber(all.unassigned),
    no_signal: formatNumber(all.no_signal),
  };
  return html`<div class="counters" role="group" aria-label=${t("State of the day; press to filter")}>
    ${FILTERS.map(
      (name) =>
        html`<button key=${name} type="button" class=${all[name] === 0 ? "counter zero" : "counter"} aria-pressed=${String(address.value.path === "/live" && filter() === name)}
          onClick=${() => toggle(name)} title=${name === "on_time" ? t("Visits done today within the first promise") : undefined}>
          ${name !== "on_time" && html`<${Glyph} name=${name} />`}<b>${values[name]}</b> <span>${filterName(name)}</span>
        </button>`,
    )}
  </div>`;
}
