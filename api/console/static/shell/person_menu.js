// The person: language, theme, sign out.
import { html, useEffect, useRef, useState } from "../html.js";
import { patch, post, Problem } from "../api.js";
import { initials } from "../format.js";
import { keepLanguage, language, LANGUAGES, loadLanguage, t } from "../i18n.js";
import { toast } from "../parts/toast.js";
import { user } from "../store.js";
import { changeTheme, theme } from "../theme.js";

/** @param {string} code */
async function chooseLanguage(code) {
  keepLanguage(code);
  await loadLanguage(code);
  try {
    await patch("/v1/me", { language: code });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast(t("The language is kept in this browser only: {why}", { why: error.detail || error.title }));
  }
}

async function signOut() {
  try {
    await post("/v1/logout");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast(error.detail || error.title);
    return;
  }
  location.assign("/");
}

function roleName() {
  switch (user.value?.role) {
    case "admin":
      return t("administrator");
    case "operator":
      return t("operator");
    default:
      return t("dispatcher");
  }
}

export function PersonMenu() {
  const [open, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (!open) return undefined;
    const leave = (/** @type {Event} */ event) => {
      if (!box.current?.contains(/** @type {Node} */ (event.target))) setOpen(false);
    };
    addEventListener("pointerdown", leave);
    return () => removeEventListener("pointerdown", leave);
  }, [open]);
  const person = user.value;
  if (!person) return null;
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.code !== "Escape" || !open) return;
    event.stopPropagation();
    setOpen(false);
    /** @type {HTMLElement | null} */ (box.current?.querySelector(".avatar"))?.focus();
  };
  return html`<div class="person" ref=${box} onKeyDown=${onKey}>
    <label class="language">
      <span class="unseen">${t("Language")}</span>
      <select value=${language()} onChange=${(/** @type {any} */ e) => chooseLanguage(e.currentTarget.value)}>
        ${Object.entries(LANGUAGES).map(
          ([code, name]) => html`<option key=${code} value=${code} lang=${code} aria-label=${name} title=${name}>${code.toUpperCase()}</option>`,
        )}
      </select>
    </label>
    <button type="button" class="avatar" aria-expanded=${String(open)} aria-controls="person-menu"
      onClick=${() => setOpen(!open)}>
      <span aria-hidden="true">${initials(person.name)}</span><span class="unseen">${`${person.name}, ${roleName()}`}</span>
    </button>
    ${open &&
    html`<div class="menu" id="person-menu">
      <p><b>${person.name}</b><br /><span class="mut">${roleName()}</span></p>
      <button type="button" onClick=${changeTheme}>${theme.value === "dark" ? t("Light theme") : t("Dark theme")}</button>
      <button type="button" onClick=${signOut}>${t("Sign out")}</button>
    </div>`}
  </div>`;
}
