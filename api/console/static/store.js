// What the page knows: one signal a row, so that a change redraws what shows it and nothing else.
import { signal, computed, batch } from "./html.js";

/**
 * Rows of one kind by id. `ids` changes when rows come or go; `changes` counts every change, for lists that sort.
 * @template {{id: string}} Row
 */
export class Table {
  constructor() {
    /** @type {Map<string, import("@preact/signals").Signal<Row>>} */
    this.rows = new Map();
    this.changes = signal(0);
  }

  /** The row, or undefined; a component that reads it is redrawn when the row changes. @param {string} id */
  get(id) {
    const row = this.rows.get(id);
    if (!row) this.changes.value; // redrawn when the row comes
    return row?.value;
  }

  /** Every row; redrawn at any change. @returns {Row[]} */
  all() {
    this.changes.value;
    return [...this.rows.values()].map((row) => row.peek());
  }

  /** @param {Row[]} rows */
  put(rows) {
    if (!rows.length) return;
    for (const row of rows) {
      const known = this.rows.get(row.id);
      if (known) known.value = row;
      else this.rows.set(row.id, signal(row));
    }
    this.changes.value += 1;
  }

  /** @param {Row[]} rows */
  replace(rows) {
    const wanted = new Set(rows.map((row) => row.id));
    for (const id of this.rows.keys()) if (!wanted.has(id)) this.rows.delete(id);
    this.put(rows);
    this.changes.value += 1;
  }

  /** @param {string} id */
  remove(id) {
    if (this.rows.delete(id)) this.changes.value += 1;
  }
}

/** "loading" until the first snapshot, "ready" from then on, "error" when there is none to show. */
export const status = signal(/** @type {"loading" | "ready" | "error"} */ ("loading"));
/** Why there is no snapshot. */
export const problem = signal(/** @type {import("./api.js").Problem | null} */ (null));

/** Cities that the person may look at: `{slug, name, ...}`. */
export const cities = signal(/** @type {any[]} */ ([]));
export const city = signal(/** @type {any} */ (null));
export const user = signal(/** @type {any} */ (null));
export const day = signal("");
export const plan = signal(/** @type {{id: string, version: number} | null} */ (null));
export const counters = signal(/** @type {any} */ (null));
export const depots = signal(/** @type {any[]} */ ([]));
export const smallChanges = signal(0);

/** @type {Table<any>} */
export const couriers = new Table();
/** @type {Table<any>} */
export const causes = new Table();
/** @type {Table<any>} */
export const inbox = new Table();
/** Orders seen so far: those without a courier from the snapshot, others as events bring them. @type {Table<any>} */
export const orders = new Table();

/** Newest position of each courier: [lon, lat, bearing_deg, fix_at in ms]. Not a row: it changes every second. */
export const positions = new Map();
export const positionChanges = signal(0);

/** Id of the newest event that is in the store. */
export let cursor = "";

export const isDispatcher = computed(() => ["dispatcher", "admin"].includes(user.value?.role));

/** @param {any} snapshot as `GET /v1/snapshot` gives it */
export function takeSnapshot(snapshot) {
  batch(() => {
    cursor = String(snapshot.event_id ?? "");
    city.value = snapshot.city;
    user.value = snapshot.user;
    day.value = snapshot.day;
    plan.value = snapshot.plan;
    counters.value = snapshot.counters;
    depots.value = snapshot.depots;
    smallChanges.value = snapshot.small_changes;
    couriers.replace(snapshot.couriers);
    causes.replace(snapshot.causes);
    inbox.replace(snapshot.inbox);
    orders.replace(snapshot.unassigned);
    positions.clear();
    for (const courier of snapshot.couriers) keepPosition(courier);
    positionChanges.value += 1;
    problem.value = null;
    status.value = "ready";
  });
}

/**
 * Put an event's rows in the place of ours. The same event twice does no harm; one that is older than the store is
 * left out, because its rows are the rows of then.
 * @param {any} event @returns {boolean} whether it was news
 */
export function takeEvent(event) {
  if (cursor && Number(event.id) <= Number(cursor)) return false;
  const rows = event.rows ?? {};
  batch(() => {
    cursor = String(event.id);
    if (rows.counters) counters.value = rows.counters;
    couriers.put(rows.couriers ?? []);
    causes.put(rows.causes ?? []);
    inbox.put(rows.inbox ?? []);
    orders.put(rows.orders ?? []);
    for (const courier of rows.couriers ?? []) keepPosition(courier);
    if (rows.couriers?.length) positionChanges.value += 1;
  });
  return true;
}

/** @param {any[][]} list as the frame `positions` gives it */
export function takePositions(list) {
  for (const [id, lon, lat, bearing, fixAt] of list) {
    const at = Date.parse(fixAt);
    if (at >= (positions.get(id)?.[3] ?? 0)) positions.set(id, [lon, lat, bearing ?? 0, at]);
  }
  positionChanges.value += 1;
}

/** @param {any} courier a CourierRow */
function keepPosition({ id, position }) {
  if (!position) return;
  const at = Date.parse(position.fix_at);
  if (at >= (positions.get(id)?.[3] ?? 0)) positions.set(id, [position.lon, position.lat, position.bearing_deg ?? 0, at]);
}

/** When the courier was last heard of, in ms, or null. @param {any} courier a CourierRow */
export function lastSeen(courier) {
  const seen = courier.last_seen_at ? Date.parse(courier.last_seen_at) : 0;
  return Math.max(seen, positions.get(courier.id)?.[3] ?? 0) || null;
}

const KEPT_CLOSED_MS = 30 * 60_000;

/** Causes that ended half an hour ago leave memory; a shift lasts longer than a page should grow. @param {number} nowMs */
export function forgetOldCauses(nowMs) {
  for (const cause of causes.all()) {
    if (cause.closed_at && nowMs - Date.parse(cause.closed_at) > KEPT_CLOSED_MS) causes.remove(cause.id);
  }
}
