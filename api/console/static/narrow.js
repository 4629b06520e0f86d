// Whether the window is narrow: names become "Aibek N.", the map's key folds.
import { signal } from "./html.js";

const query = matchMedia("(max-width: 1339px)");
export const narrow = signal(query.matches);
query.addEventListener("change", () => (narrow.value = query.matches));
