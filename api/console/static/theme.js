// Light or dark: the person's choice, kept in this browser; theme_first.js sets it before the first paint.
import { signal } from "./html.js";

export const theme = signal(/** @type {"light" | "dark"} */ (document.documentElement.dataset.theme === "dark" ? "dark" : "light"));

export function changeTheme() {
  const next = theme.value === "dark" ? "light" : "dark";
  // The colours first: the map reads them the moment it hears of the change.
  document.documentElement.dataset.theme = next;
  theme.value = next;
  localStorage.setItem("corridor.theme", theme.value);
}

/** The value of a colour token, such as "--late-fill", in the theme in force. @param {string} name */
export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
