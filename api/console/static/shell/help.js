// The keys that work now, and no others.
import { html, signal, useEffect, useRef } from "../html.js";
import { t } from "../i18n.js";
import { activeKeys, letterKeys, setLetterKeys } from "../keys.js";
import { Button } from "../parts/parts.js";

const open = signal(false);
export const openHelp = () => void (open.value = true);

export function Help() {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const isOpen = open.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  if (!isOpen) return null;
  /** @type {Map<string, string[]>} */
  const lines = new Map();
  for (const key of activeKeys()) if (!key.hidden && !lines.has(key.label)) lines.set(key.label, key.show);
  return html`<dialog ref=${dialog} aria-labelledby="keys-title" onClose=${() => (open.value = false)}>
    <h2 id="keys-title">${t("Keys")}</h2>
    <dl class="key-list">
      ${[...lines].map(
        ([label, caps]) =>
          html`<div key=${label}><dt>${label}</dt><dd>${caps.map((cap) => html`<kbd key=${cap}>${cap}</kbd>`)}</dd></div>`,
      )}
    </dl>
    <label class="key-switch">
      <input type="checkbox" checked=${letterKeys.value} onChange=${(/** @type {any} */ e) => setLetterKeys(e.currentTarget.checked)} />
      ${t("Keys without Ctrl work")}
    </label>
    <${Button} onClick=${() => dialog.current?.close()}>${t("Close")}<//>
  </dialog>`;
}
