// The frame of a right-hand panel: what it is, since when, its name, and its actions at the foot.
import { html } from "../html.js";
import { Glyph } from "../glyphs.js";
import { t } from "../i18n.js";

/**
 * @param {{onClose: () => void, children?: any, sign?: any, kind?: any, age?: string, title?: string, under?: any, actions?: any}} props
 */
export const PanelFrame = ({ onClose, children, sign, kind, age, title, under, actions }) =>
  html`<div class="panel">
    <div class="panel-body scroll" tabindex="0" role="region" aria-label=${title ?? t("Details")}>
      <div class="panel-head">
        <div class="kind">
          ${sign}<span>${kind}${age && ` · ${age}`}</span>
          <button type="button" class="icon-button end" aria-label=${t("Close")} title=${t("Close")} onClick=${onClose}><${Glyph} name="close" size=${14} /></button>
        </div>
        ${title && html`<h2>${title}</h2>`}
        ${under && html`<p>${under}</p>`}
      </div>
      ${children}
    </div>
    ${actions && html`<div class="panel-actions">${actions}</div>`}
  </div>`;
