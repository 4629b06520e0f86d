// The words in the header's search field, and who answers Enter when no row of the result is chosen.
import { signal } from "./html.js";

export const searchText = signal("");

/**
 * A screen may answer Enter itself (a phone number is looked up at once); it says false to words that it leaves alone.
 * @type {((text: string) => boolean) | null}
 */
let answerer = null;
/** What was asked while the screen was still being loaded; it is answered as soon as the screen is there. */
let asked = "";

/** @param {(text: string) => boolean} answer @returns {() => void} takes it back */
export function answerSearch(answer) {
  answerer = answer;
  const text = asked;
  asked = "";
  if (text) answer(text);
  return () => {
    if (answerer === answer) answerer = null;
  };
}

/** @param {string} text @returns {boolean} whether a screen took it */
export function askScreen(text) {
  if (answerer === null) asked = text;
  return answerer !== null && answerer(text);
}
