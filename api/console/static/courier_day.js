// The day of the courier who matters to what is selected: his route and stops, for his panel and for the map.
import { computed, effect, signal, untracked } from "./html.js";
import { selected } from "./address.js";
import { get, Problem } from "./api.js";
import { causes, couriers, orders, plan } from "./store.js";

/** A screen may say itself whose day it shows (the Desk knows the courier of the order on call); null leaves it to the selection. */
export const wantedCourier = signal(/** @type {string | null} */ (null));

/** Id of that courier, or null. */
export const focusCourier = computed(() => {
  if (wantedCourier.value) return wantedCourier.value;
  const it = selected.value;
  if (it?.kind === "courier") return it.id;
  if (it?.kind === "cause") return causes.get(it.id)?.courier_id ?? null;
  return it?.kind === "order" ? (orders.get(it.id)?.courier_id ?? null) : null;
});

/** `{id, day, problem}`: a CourierDay as the service gives it, the old one until the new one comes. */
export const courierDay = signal(/** @type {{id: string | null, day: any, problem: Problem | null}} */ ({ id: null, day: null, problem: null }));

const PAUSE_MS = 2000;
let asked = 0;
/** @type {number | undefined} */
let later;

/** Ask again for the courier in focus. */
export async function refreshDay() {
  const id = untracked(() => focusCourier.value);
  clearTimeout(later);
  if (!id) return;
  const mine = ++asked;
  try {
    const day = await get(`/v1/couriers/${encodeURIComponent(id)}/day`);
    if (mine === asked) courierDay.value = { id, day, problem: null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (mine === asked) courierDay.value = { id, day: courierDay.peek().id === id ? courierDay.peek().day : null, problem: error };
  }
}

effect(() => {
  const id = focusCourier.value;
  untracked(() => {
    if (id === courierDay.value.id) return;
    asked += 1;
    courierDay.value = { id, day: null, problem: null };
    refreshDay();
  });
});

// His row changes with every estimate; his day is asked for at most every two seconds.
effect(() => {
  const id = focusCourier.value;
  if (!id) return;
  couriers.get(id);
  plan.value;
  clearTimeout(later);
  later = setTimeout(refreshDay, PAUSE_MS);
});
