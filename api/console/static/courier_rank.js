// How bad it stands with a courier: his sign, his rank in "worst first", and how long he has been silent.
import { now } from "./clock.js";
import { lastSeen } from "./store.js";

/** @typedef {import("./rows.js").CourierRow} CourierRow */

export const AGE_SHOWN_MS = 60_000;
export const SILENT_MS = 3 * 60_000;

/** Whether we should be hearing from him now. @param {CourierRow} courier */
const isOut = ({ state }) => state === "moving" || state === "at_stop";

/** Ms since the last word of a courier who should be heard, or null. @param {CourierRow} courier */
export function silenceOf(courier) {
  const seen = isOut(courier) ? lastSeen(courier) : null;
  return seen === null ? null : Math.max(0, now.value - seen);
}

/** @param {CourierRow} courier */
export const isSilent = (courier) =>
  courier.deviations.some(({ kind }) => kind === "gap") || (silenceOf(courier) ?? 0) > SILENT_MS;

/** @param {CourierRow} courier */
const callsForHelp = (courier) => courier.deviations.some(({ kind }) => kind === "sos");

/** Name of his sign. @param {CourierRow} courier @returns {"sos" | "no_signal" | "late" | "at_risk" | "moving" | "at_stop" | "idle"} */
export function signOf(courier) {
  if (callsForHelp(courier)) return "sos";
  if (isSilent(courier)) return "no_signal";
  if (courier.level === "late") return "late";
  if (courier.level === "at_risk" || courier.deviations.length) return "at_risk";
  return courier.state === "moving" || courier.state === "at_stop" ? courier.state : "idle";
}

/** 4 calls for help, 3 late, 2 at risk, off his way or silent, 1 as it should be, 0 not begun or finished. @param {CourierRow} courier */
export function severityOf(courier) {
  if (callsForHelp(courier)) return 4;
  if (courier.level === "late") return 3;
  const sign = signOf(courier);
  if (sign === "at_risk" || sign === "no_signal") return 2;
  return sign === "idle" ? 0 : 1;
}

/** Order of "worst first". @param {CourierRow} a @param {CourierRow} b */
export function byWorst(a, b) {
  const [x, y] = [severityOf(a), severityOf(b)];
  if (x !== y) return y - x;
  if (x === 3) return (b.worst?.late_min ?? 0) - (a.worst?.late_min ?? 0) || byName(a, b);
  return (b.worst?.risk_share ?? 0) - (a.worst?.risk_share ?? 0) || byName(a, b);
}

/** @param {CourierRow} a @param {CourierRow} b */
export const byName = (a, b) => a.name.localeCompare(b.name);
