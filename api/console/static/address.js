// Every view is an address: it can be sent to a colleague, and it survives a reload.
import { signal, computed } from "./html.js";

const read = () => ({ path: location.pathname, params: Object.fromEntries(new URLSearchParams(location.search)) });

/** The address in force: path and query. */
export const address = signal(read());

/**
 * What is selected, from `?sel=courier:ID`, or null. Kinds with a panel: see panels.js.
 * @type {import("@preact/signals").ReadonlySignal<{kind: string, id: string} | null>}
 */
export const selected = computed(() => {
  const text = address.value.params.sel ?? "";
  const cut = text.indexOf(":");
  return cut > 0 ? { kind: text.slice(0, cut), id: text.slice(cut + 1) } : null;
});

/**
 * Go to an address within the console. Empty parameters are left out; the city stays.
 * @param {string} path
 * @param {Record<string, string | null | undefined>} [params]
 * @param {{replace?: boolean}} [options]
 */
export function go(path, params = {}, { replace = false } = {}) {
  const query = new URLSearchParams();
  const all = { city: address.value.params.city, ...params };
  for (const [name, value] of Object.entries(all)) if (value) query.set(name, value);
  const text = query.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  const target = text ? `${path}?${text}` : path;
  if (target === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", target);
  address.value = read();
}

/** Change parameters of the present view; null takes one away. @param {Record<string, string | null>} params */
export const adjust = (params, options = {}) => go(address.value.path, { ...address.value.params, ...params }, options);

/** @param {string} kind @param {string} id */
export const select = (kind, id) => adjust({ sel: `${kind}:${id}` });
export const deselect = () => adjust({ sel: null });

/** `?city=` for a request when the address names one. @param {string} [first] "?" or "&" */
export const cityQuery = (first = "?") =>
  address.value.params.city ? `${first}city=${encodeURIComponent(address.value.params.city)}` : "";

addEventListener("popstate", () => (address.value = read()));
