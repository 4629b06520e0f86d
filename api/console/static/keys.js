// The keyboard: by place on it (`event.code`), so a Russian or Kazakh layout changes nothing.
import { useLayoutEffect, useRef, signal } from "./html.js";

/**
 * @typedef {object} Key
 * @property {string} code `KeyboardEvent.code`, such as "KeyA"
 * @property {string} label what it does, in the user's language
 * @property {string[]} show what is printed on the caps, such as ["G", "L"]
 * @property {() => void} run
 * @property {string} [sign] also wherever the layout has this character
 * @property {boolean} [shift]
 * @property {string} [after] code of a key pressed just before, for "G then L"
 * @property {boolean} [inFields] also while a field has the focus (Escape)
 * @property {boolean} [hidden] not in the list of keys: a second way to press one that is
 */

/** @type {Set<() => Key[]>} */
const sources = new Set();
const SEQUENCE_MS = 1500;
let before = { code: "", at: 0 };

/** WCAG 2.1.4: single letters can be switched off. */
export const letterKeys = signal(localStorage.getItem("corridor.keys") !== "off");

/** @param {boolean} on */
export function setLetterKeys(on) {
  letterKeys.value = on;
  localStorage.setItem("corridor.keys", on ? "on" : "off");
}

/** Every key that works now, the newest first. */
export const activeKeys = () => [...sources].reverse().flatMap((source) => source());

/** Keys that live as long as the component is shown. @param {Key[]} keys */
export function useKeys(keys) {
  const box = useNewest(keys);
  // Before the paint: a practised hand presses the next key sooner than that.
  useLayoutEffect(() => {
    const source = () => box.current;
    sources.add(source);
    return () => void sources.delete(source);
  }, []);
}

/** @template T @param {T} value */
function useNewest(value) {
  const box = useRef(value);
  box.current = value;
  return box;
}

/** @param {EventTarget | null} target */
const isField = (target) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Enter and Space on a control mean that control. @param {KeyboardEvent} event */
const belongsToControl = (event) =>
  (event.code === "Enter" || event.code === "Space") &&
  event.target instanceof HTMLElement &&
  event.target.closest("button, a, summary, [role=option]") !== null;

/** @param {KeyboardEvent} event */
function onKeyDown(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const inDialog = document.querySelector("dialog[open]") !== null;
  if (inDialog || belongsToControl(event)) return;
  const inField = isField(event.target);
  const after = performance.now() - before.at < SEQUENCE_MS ? before.code : "";
  const fits = (/** @type {Key} */ key) =>
    ((key.code === event.code && Boolean(key.shift) === event.shiftKey) || key.sign === event.key) && (key.inFields || !inField);
  const letters = letterKeys.value || event.key.length > 1;
  const keys = letters ? activeKeys() : [];
  const found = keys.find((key) => key.after && key.after === after && fits(key)) ?? keys.find((key) => !key.after && fits(key));
  before = { code: inField ? "" : event.code, at: performance.now() };
  if (!found) return;
  event.preventDefault();
  before.code = "";
  found.run();
}

document.addEventListener("keydown", onKeyDown);
