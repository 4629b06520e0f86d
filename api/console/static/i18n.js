// The page's words. Texts in the code are English; the catalogue of the chosen language replaces them.
import { signal } from "./html.js";

/** @typedef {{language: string, plural: number[], messages: Record<string, string[]>}} Catalogue */

/** @type {import("@preact/signals").Signal<Catalogue>} */
const catalogue = signal({ language: "en", plural: [], messages: {} });

/** The languages a person may choose, each by its own name. */
export const LANGUAGES = { en: "English", ru: "Русский", kk: "Қазақша", uk: "Українська", pl: "Polski" };

/** The language in force; reading it in a component redraws the component when it changes. */
export const language = () => catalogue.value.language;

/** @param {string} text @param {Record<string, unknown>} params */
const fill = (text, params) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));

/**
 * A text in the chosen language.
 * @param {string} msgid English, with `{names}` where values go
 * @param {Record<string, unknown>} [params]
 */
export function t(msgid, params = {}) {
  return fill(catalogue.value.messages[msgid]?.[0] || msgid, params);
}

/**
 * A text that depends on a number; `{n}` in it is the number.
 * @param {string} singular
 * @param {string} plural
 * @param {number} n
 * @param {Record<string, unknown>} [params]
 */
export function tn(singular, plural, n, params = {}) {
  const forms = catalogue.value.messages[singular];
  const text = forms?.[formIndex(Math.abs(Math.trunc(n)))] || (n === 1 ? singular : plural);
  return fill(text, { n: formatNumber(n), ...params });
}

/** @param {number} n */
function formIndex(n) {
  const { plural } = catalogue.value;
  // Above 100 the rule of every language here looks at the last two digits only.
  return plural[n < plural.length ? n : 100 + (n % 100)] ?? 0;
}

/** @param {number} n */
export const formatNumber = (n) => new Intl.NumberFormat(catalogue.value.language).format(n);

/**
 * Take the catalogue of a language; when it cannot be had, the words stay as they are.
 * @param {string} code
 */
export async function loadLanguage(code) {
  const wanted = code in LANGUAGES ? code : "en";
  if (wanted === catalogue.value.language && Object.keys(catalogue.value.messages).length) return;
  try {
    const answer = await fetch(`/v1/messages/${wanted}.json`);
    if (answer.ok) catalogue.value = await answer.json();
  } catch {
    // Off line: English, or the language already on the page.
  }
  document.documentElement.lang = catalogue.value.language;
}

/** The language to begin with: the one used last in this browser, else the browser's own. */
export function firstLanguage() {
  const kept = localStorage.getItem("corridor.language");
  return [kept, ...navigator.languages.map((tag) => tag.slice(0, 2))].find((code) => code && code in LANGUAGES) ?? "en";
}

/** @param {string} code */
export const keepLanguage = (code) => localStorage.setItem("corridor.language", code);
