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

const LONG_ENOUGH_MS = 800;
const FASTEST = 200;

/**
 * Set the clock by the service's word. Its speed may change on the way, so between two words it is what they show.
 * @param {string} serviceNow ISO @param {number} [speed] as the snapshot says it
 */
export function setClock(serviceNow, speed) {
  const service = Date.parse(serviceNow);
  const wall = performance.now();
  const wallMs = wall - base.wall;
  if (speed !== undefined) base.speed = speed;
  else if (wallMs > LONG_ENOUGH_MS) base.speed = Math.min(FASTEST, Math.max(0, (service - base.service) / wallMs));
  base.service = service;
  base.wall = wall;
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
