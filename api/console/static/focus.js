// Moves the keyboard to a part of the page.

/** Focus the first element that fits. @param {string} selector */
export function focusOn(selector) {
  /** @type {HTMLElement | null} */ (document.querySelector(selector))?.focus();
}
