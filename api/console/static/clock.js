// The service's clock, which may run faster than the wall, and how old the page's news is.
import { signal, computed } from "./html.js";

const base = { service: Date.now(), wall: performance.now(), speed: 1 };

/** The service's now, in ms; ticks once a second and stands still while the feed is stale. */
export const now = signal(Date.now());

/** "online" false means that the browser itself knows of no network. */
export const feed = signal({ heardAt: 0, connected: false, online: navigator.onLine });

/** Wall seconds since the service was last heard. */
export const silence = signal(0);

/** @type {import("@preact/signals").ReadonlySignal<"waiting" | "live" | "ageing" | "stale">} */
export const feedState = computed(() => {
  if (!feed.value.heardAt) return "waiting";
  if (!feed.value.online || silence.value > 15) return "stale";
  return silence.value > 5 ? "ageing" : "live";
});

/** @param {string} serviceNow ISO @param {number} [speed] */
export function setClock(serviceNow, speed = base.speed) {
  base.service = Date.parse(serviceNow);
  base.wall = performance.now();
  base.speed = speed;
}

/** A frame came: the feed is alive. @param {string} [serviceNow] */
export function heard(serviceNow) {
  if (serviceNow) setClock(serviceNow);
  feed.value = { ...feed.value, heardAt: performance.now(), connected: true };
  silence.value = 0;
  now.value = serviceTime();
}

/** The service's time by its last word and the wall since, in ms. */
export const serviceTime = () => base.service + (performance.now() - base.wall) * base.speed;

/** When the shown state was true: the service's time of the last frame, in ms. */
export const stateOf = () => base.service + Math.max(0, feed.value.heardAt - base.wall) * base.speed;

function tick() {
  if (!feed.value.heardAt) return;
  silence.value = Math.floor((performance.now() - feed.value.heardAt) / 1000);
  if (feedState.value !== "stale") now.value = serviceTime();
}

setInterval(tick, 1000);
addEventListener("online", () => (feed.value = { ...feed.value, online: true }));
addEventListener("offline", () => (feed.value = { ...feed.value, online: false }));
