// The rail: one button a screen, and the keys.
import { html } from "../html.js";
import { address, cityQuery, go } from "../address.js";
import { t, tn } from "../i18n.js";
import { letterKeys } from "../keys.js";
import { SCREENS } from "../screens.js";
import { counters } from "../store.js";
import { openHelp } from "./help.js";

/** @param {MouseEvent} event @param {string} path */
function follow(event, path) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(path);
}

export function Rail() {
  const toTell = counters.value?.to_tell ?? 0;
  return html`<nav class="rail" aria-label=${t("Screens")}>
    ${SCREENS.map((screen) => {
      const badge = screen.path === "/desk" && toTell > 0 ? toTell : 0;
      const name = badge ? `${screen.name()}, ${tn("{n} client to tell", "{n} clients to tell", badge)}` : screen.name();
      return html`<a key=${screen.path} href=${screen.path + cityQuery()} aria-label=${name} onClick=${(/** @type {MouseEvent} */ e) => follow(e, screen.path)}
        title=${letterKeys.value ? `${screen.name()}  G ${screen.letter}` : screen.name()}
        aria-current=${address.value.path === screen.path ? "page" : undefined}>
        <svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"
          stroke-linejoin="round" aria-hidden="true"><path d=${screen.icon} /></svg>
        ${badge > 0 && html`<span class="badge" aria-hidden="true">${badge > 99 ? "99+" : badge}</span>`}
      </a>`;
    })}
    <span class="space"></span>
    <button type="button" aria-label=${t("Keys")} title=${t("Keys")} onClick=${openHelp}><kbd aria-hidden="true">?</kbd></button>
  </nav>`;
}
