// What the left column shows and in which order; J and K walk the same lists.
import { computed } from "../html.js";
import { address, adjust, select, selected } from "../address.js";
import { now } from "../clock.js";
import { byName, byWorst, signOf } from "../courier_rank.js";
import { filter } from "../shell/counters.js";
import { causes, couriers, orders } from "../store.js";

const DECIDE = 2;

/** @param {import("../rows.js").CauseRow} cause */
const isOpen = ({ state, closed_at: closedAt }) => !closedAt && ["open", "taken", "acknowledged"].includes(state);

/** Severity, then the time left to the first promise it breaks. @param {any} a @param {any} b */
const byUrgency = (a, b) =>
  a.level - b.level || timeOf(a.first_promise_at) - timeOf(b.first_promise_at) || timeOf(a.since_at) - timeOf(b.since_at);

/** @param {string | null} at */
const timeOf = (at) => (at ? Date.parse(at) : Infinity);

const open = computed(() =>
  causes
    .all()
    .filter((cause) => cause.level <= DECIDE && isOpen(cause) && Date.parse(cause.shows_at) <= now.value)
    .sort((a, b) => byUrgency(a, b) || (a.id < b.id ? -1 : 1)),
);

/** Causes that wait for somebody. */
export const toDecide = computed(() => open.value.filter((cause) => cause.state !== "acknowledged"));

/** How many they are; the tab's title says it. */
export const decisionCount = computed(() => toDecide.value.length);

/** Causes that somebody has taken note of and that still last. */
export const acknowledged = computed(() => open.value.filter((cause) => cause.state === "acknowledged"));

/** When the newest ended cause ended, ISO, or null. */
export const lastDecision = computed(() =>
  causes
    .all()
    .filter((cause) => cause.level <= DECIDE && cause.closed_at)
    .map((cause) => cause.closed_at)
    .sort()
    .at(-1) ?? null,
);

/** "worst" first, or by "name". */
export const order = () => (address.value.params.sort === "name" ? "name" : "worst");
export const changeOrder = () => adjust({ sort: order() === "worst" ? "name" : null }, { replace: true });

/** Couriers that the filter lets through, in order. */
export const shownCouriers = computed(() => {
  const wanted = filter();
  return couriers
    .all()
    .filter((courier) => passes(courier, wanted))
    .sort(order() === "name" ? byName : byWorst);
});

/** @param {any} courier @param {string} wanted */
function passes(courier, wanted) {
  if (wanted === "late" || wanted === "at_risk" || wanted === "on_time") return courier.level === wanted;
  return wanted === "no_signal" ? signOf(courier) === "no_signal" : true;
}

/** Orders that no courier has. */
export const unassigned = computed(() => orders.all().filter((one) => one.unassigned && !one.courier_id));

/** One step down (1) or up (-1) through causes, then couriers. @param {1 | -1} step */
export function walk(step) {
  const stops = [
    ...toDecide.value.map(({ id }) => ({ kind: "cause", id })),
    ...(filter() === "unassigned"
      ? unassigned.value.map(({ id }) => ({ kind: "order", id }))
      : shownCouriers.value.map(({ id }) => ({ kind: "courier", id }))),
  ];
  if (!stops.length) return;
  const here = stops.findIndex(({ kind, id }) => kind === selected.value?.kind && id === selected.value?.id);
  const next = here < 0 ? (step > 0 ? 0 : stops.length - 1) : Math.min(stops.length - 1, Math.max(0, here + step));
  select(stops[next].kind, stops[next].id);
}
