// Causes, reasons and order states in words; the same words on every screen.
import { distance, duration, signed } from "./format.js";
import { t, tn } from "./i18n.js";

/** The sign of each kind of cause. */
export const CAUSE_SIGNS = {
  sos: "sos",
  off_route: "at_risk",
  wrong_way: "at_risk",
  wrong_sequence: "at_risk",
  stall: "stalled",
  long_service: "stalled",
  gap: "no_signal",
  slow_traffic: "late",
  late_start: "late",
  late_in_traffic: "late",
  late_at_stop: "late",
  running_late: "late",
  outside_zones: "at_risk",
  speeding: "at_risk",
  mock_location: "no_signal",
  clock_skew: "no_signal",
  unassigned: "unassigned",
};

/**
 * What happened, with its measure where it has one: "Off route 420 m".
 * @param {{kind: string, measure?: number | null, order_ids?: string[]}} cause
 */
export function causeTitle({ kind, measure, order_ids: orderIds }) {
  const m = measure ?? null;
  switch (kind) {
    case "sos":
      return t("Call for help");
    case "off_route":
      return m === null ? t("Off route") : t("Off route {distance}", { distance: distance(m) });
    case "wrong_way":
      return t("Driving the wrong way");
    case "wrong_sequence":
      return m === null ? t("Stops out of order") : tn("Skipped {n} stop", "Skipped {n} stops", Math.max(1, Math.round(m)));
    case "stall":
      return m === null ? t("Stopped") : t("Stopped {time}", { time: duration(m * 1000) });
    case "long_service":
      return m === null ? t("Long at a stop") : t("At a stop for {time}", { time: duration(m * 1000) });
    case "gap":
      return m === null ? t("No signal") : t("No signal {time}", { time: duration(m * 1000) });
    case "slow_traffic":
      return m === null ? t("Slow traffic") : t("Slow traffic ×{factor}", { factor: m.toFixed(1) });
    case "late_start":
      return m === null ? t("Late start") : t("Not started for {time}", { time: duration(m * 1000) });
    case "late_in_traffic":
      return m === null ? t("Late through slow traffic") : t("Late through slow traffic {time}", { time: delay(m) });
    case "late_at_stop":
      return m === null ? t("Late through a long stop") : t("Late through a long stop {time}", { time: delay(m) });
    case "running_late":
      return m === null ? t("Slower than planned") : t("Slower than planned {time}", { time: delay(m) });
    case "outside_zones":
      return m === null ? t("Outside permitted zones") : t("Outside permitted zones {distance}", { distance: distance(m) });
    case "speeding":
      return m === null ? t("Speeding") : t("Speeding {speed} km/h", { speed: Math.round(m * 3.6) });
    case "mock_location":
      return t("Made-up positions");
    case "clock_skew":
      return m === null || m >= 0 ? t("Phone clock ahead, corrected") : t("Phone clock behind, corrected");
    case "unassigned":
      return orderIds?.length ? tn("{n} order without a courier", "{n} orders without a courier", orderIds.length) : t("Orders without a courier");
    case "cancelled":
      return t("Order cancelled");
    case "edited":
      return t("Order changed");
    case "replan":
      return t("New plan");
    case "closed_street":
      return t("Closed street");
    case "new_stop":
      return t("Stop added");
    default:
      return t("Change of plan");
  }
}

/** Whom a cause holds up: those in it now, or everybody who was while it lasted. @param {any} cause a CauseRow */
export function heldUp({ couriers = [] }) {
  const there = couriers.filter((/** @type {any} */ one) => !one.left_at);
  return there.length ? there : couriers;
}

/** Whom a cause is about, or where it is when it is about several. @param {any} cause a CauseRow */
export function causeAbout(cause) {
  const names = heldUp(cause).map((/** @type {any} */ one) => one.name);
  return names.length > 1 ? cause.street || names.join(", ") : cause.courier_name || cause.street;
}

/** "+14 min", of seconds; at least a minute. @param {number} seconds */
const delay = (seconds) => t("{minutes} min", { minutes: signed(Math.max(1, Math.round(seconds / 60))) });

/**
 * What positions that came late have shown instead of this cause, as a short phrase.
 * @param {{kind: string}} cause
 * @param {string} why the log's own words, for a kind that has none here
 */
export function disproofText({ kind }, why) {
  switch (kind) {
    case "off_route":
      return t("the courier was on the planned route");
    case "wrong_way":
      return t("the courier was going forward");
    case "wrong_sequence":
      return t("no stop was left out");
    case "stall":
      return t("the courier was moving");
    case "long_service":
      return t("the courier left the stop in time");
    case "gap":
      return t("only the phone's connection was lost");
    case "slow_traffic":
      return t("the pace was as usual");
    case "late_start":
      return t("the courier started in time");
    case "outside_zones":
      return t("the courier was inside the permitted zones");
    case "speeding":
      return t("the speed was lower");
    case "mock_location":
      return t("the positions were true");
    case "clock_skew":
      return t("the phone's clock was right");
    default:
      return why;
  }
}

/** Why an arrival moved, as a short phrase. @param {string | null | undefined} reason */
export function reasonText(reason) {
  switch (reason) {
    case "detour":
      return t("detour");
    case "stall":
      return t("stopped on the way");
    case "long_service":
      return t("long service at a stop");
    case "no_signal":
      return t("no signal");
    case "traffic":
      return t("traffic");
    case "late_start":
      return t("late start");
    case "wrong_sequence":
      return t("stops out of order");
    case "new_stop":
      return t("a stop was added");
    case "stop_dropped":
      return t("a stop was dropped");
    case "edited":
      return t("the order was changed");
    case "replan":
      return t("new plan");
    case "ahead":
      return t("ahead of the plan");
    case "slower_than_planned":
      return t("slower than planned");
    default:
      return "";
  }
}

/** What a cause does to promises, in a line. @param {any} cause a CauseRow */
export function causeEffect(cause) {
  if (cause.kind === "sos") return t("call the courier now");
  const { promises_moved: moved, promises_broken: broken } = cause;
  const shift = shiftText(cause);
  const words =
    broken > 0
      ? tn("{broken} of {n} promise breaks", "{broken} of {n} promises break", Math.max(moved, broken), { broken })
      : moved > 0
        ? tn("{n} promise moves", "{n} promises move", moved)
        : t("no promise moves yet");
  const several = heldUp(cause).length;
  return [several > 1 && tn("{n} courier", "{n} couriers", several), words, moved > 0 && shift].filter(Boolean).join(" · ");
}

/** "+6–18 min". @param {any} cause */
function shiftText({ shift_min_from: from, shift_min_to: to }) {
  if (from === null || from === undefined || to === null || to === undefined) return "";
  const [low, high] = [Math.round(from), Math.round(to)];
  if (low === 0 && high === 0) return "";
  const minutes = low === high ? signed(low) : low < 0 ? `${signed(low)}…${signed(high)}` : `+${low}–${high}`;
  return t("{minutes} min", { minutes });
}

/** @param {{state: string}} courier a CourierRow */
export function courierState({ state }) {
  switch (state) {
    case "not_started":
      return t("not started");
    case "moving":
      return t("on the way");
    case "at_stop":
      return t("at a stop");
    default:
      return t("finished");
  }
}
