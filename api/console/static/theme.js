// Light or dark: the person's choice, kept in this browser; theme_first.js sets it before the first paint.
import { signal } from "./html.js";

export const theme = signal(/** @type {"light" | "dark"} */ (document.documentElement.dataset.theme === "dark" ? "dark" : "light"));

export function changeTheme() {
  theme.value = theme.value === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme.value;
  localStorage.setItem("corridor.theme", theme.value);
}

/** The value of a colour token, such as "--late-fill", in the theme in force. @param {string} name */
export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
