// Causes, reasons and order states in words; the same words on every screen.
import { distance, duration } from "./format.js";
import { t, tn } from "./i18n.js";

/** The sign of each kind of cause. */
export const CAUSE_SIGNS = {
  off_route: "at_risk",
  wrong_way: "at_risk",
  wrong_sequence: "at_risk",
  stall: "stalled",
  long_service: "stalled",
  gap: "no_signal",
  slow_traffic: "late",
  late_start: "late",
  unassigned: "unassigned",
};

/**
 * What happened, with its measure where it has one: "Off route 420 m".
 * @param {{kind: string, measure?: number | null}} cause
 */
export function causeTitle({ kind, measure }) {
  const m = measure ?? null;
  switch (kind) {
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
      return m === null ? t("Slow traffic") : t("Slow traffic, {factor} times longer", { factor: m.toFixed(1) });
    case "late_start":
      return m === null ? t("Late start") : t("Not started for {time}", { time: duration(m * 1000) });
    case "unassigned":
      return t("Orders without a courier");
    case "cancelled":
      return t("Order cancelled");
    case "edited":
      return t("Order changed");
    case "replan":
      return t("New plan");
    default:
      return t("Change of plan");
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
  const parts = [];
  if (cause.promises_broken > 0) parts.push(tn("{n} promise breaks", "{n} promises break", cause.promises_broken));
  if (cause.promises_moved > 0) parts.push(movedText(cause));
  return parts.length ? parts.join(" · ") : t("no promise moves yet");
}

/** @param {any} cause */
function movedText({ promises_moved: n, shift_min_from: from, shift_min_to: to }) {
  if (from === null || from === undefined || to === null || to === undefined) {
    return tn("{n} promise moves", "{n} promises move", n);
  }
  const [low, high] = [Math.round(from), Math.round(to)];
  const minutes = low === high ? `${low}` : `${low}–${high}`;
  return tn("{n} promise moves by {minutes} min", "{n} promises move by {minutes} min", n, { minutes });
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
