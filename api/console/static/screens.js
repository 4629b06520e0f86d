// The screens there are. Each module gives `Screen`: a component that draws its left, middle and right columns.
// Loaded when first shown, so that an operator does not wait for a dispatcher's code.
import { t } from "./i18n.js";

/**
 * @typedef {object} ScreenEntry
 * @property {string} path
 * @property {() => string} name
 * @property {string} letter what follows G, as printed on the cap
 * @property {string} icon the path of its sign in the rail, in a box of 20
 * @property {() => Promise<{Screen: Function}>} load
 */

/** @type {ScreenEntry[]} */
export const SCREENS = [
  {
    path: "/live",
    name: () => t("Live"),
    letter: "L",
    icon: "M3 12l5-5 4 4 6-7",
    load: () => import("./live/screen.js"),
  },
  {
    path: "/desk",
    name: () => t("Desk"),
    letter: "D",
    icon: "M4 11a6 6 0 0 1 12 0M4 11v3a1 1 0 0 0 2 0v-3zM16 11v3a1 1 0 0 1-2 0v-3zM15 15c0 2-2 2.5-4 2.5",
    load: () => import("./desk/screen.js"),
  },
];

/** The screen of an address, or null. @param {string} path */
export const screenAt = (path) => SCREENS.find((screen) => path === screen.path) ?? null;

/** Where a person starts. @param {{role: string} | null} user */
export const startPath = (user) => (user?.role === "operator" ? "/desk" : "/live");
