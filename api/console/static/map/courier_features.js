// Couriers as points of the map: what each shows, and only what has changed since the last time.
import { feedState, now } from "../clock.js";
import { focusCourier } from "../courier_day.js";
import { isSilent, severityOf, signOf, silenceOf } from "../courier_rank.js";
import { distance, duration, lateMinutes, shortName } from "../format.js";
import { couriers, positions } from "../store.js";

/** @typedef {{id: string, at: [number, number], bearing: number, properties: Record<string, any>, key: string}} Point */

/** What a courier looks like on the map now, or null without a position. @param {any} courier @returns {Point | null} */
export function pointOf(courier) {
  const place = positions.get(courier.id);
  if (!place) return null;
  const [lon, lat, bearing] = place;
  const sign = signOf(courier);
  const severity = severityOf(courier);
  const isOut = courier.state === "moving" || courier.state === "at_stop";
  const tone = courier.level === "late" || sign === "sos" ? "late" : "risk";
  /** @type {Record<string, any>} */
  const properties = { id: courier.id, severity, tone, bearing, chosen: focusCourier.value === courier.id };
  if (sign !== "moving" && sign !== "at_stop") properties.mark = `mark:${sign}`;
  if (isOut && sign !== "no_signal" && sign !== "sos") {
    const on = sign === "late" ? "late" : sign === "at_risk" ? "risk" : feedState.value === "stale" ? "hollow" : "plain";
    properties.head = `head:${on}:${courier.state}`;
  }
  if (severity >= 2 || properties.chosen) {
    properties.label = shortName(courier.name).split(" ")[0];
    properties.tail = tailOf(courier);
  }
  return { id: courier.id, at: [lon, lat], bearing, properties, key: JSON.stringify([lon, lat, properties]) };
}

/** What is wrong, in a word: "  +12", "  7 min", "  420 m". @param {any} courier */
function tailOf(courier) {
  const silent = isSilent(courier) ? silenceOf(courier) : null;
  const off = courier.deviations.find((/** @type {any} */ one) => one.kind === "off_route" && one.measure);
  const words = silent !== null ? duration(silent) : courier.level === "late" && courier.worst ? lateMinutes(courier.worst.late_min) : off ? distance(off.measure) : "";
  return words && `  ${words}`;
}

/** @param {Point} point */
const feature = ({ at, properties }) => ({ type: "Feature", geometry: { type: "Point", coordinates: at }, properties });

/** Keeps what the map was last given, so that a second of 300 couriers sends only those who moved. */
export class CourierDiff {
  constructor() {
    /** @type {Map<string, string>} */
    this.sent = new Map();
  }

  /** @returns {{add: any[], remove: string[]} | null} a GeoJSON diff: a point that changed is added anew in its place */
  next() {
    const seen = new Set();
    const add = [];
    for (const courier of couriers.all()) {
      const point = pointOf(courier);
      if (!point) continue;
      seen.add(point.id);
      if (this.sent.get(point.id) === point.key) continue;
      this.sent.set(point.id, point.key);
      add.push(feature(point));
    }
    const remove = [...this.sent.keys()].filter((id) => !seen.has(id));
    remove.forEach((id) => this.sent.delete(id));
    return add.length || remove.length ? { add, remove } : null;
  }
}

const TOWN_SPEED_MPS = 30 / 3.6;
/** Streets are this much longer than the straight line between their ends. */
const STREETS_TO_LINE = 1.45;
const WIDEST_M = 1500;
const METRES_PER_DEGREE = 111_195;

/** How far a silent courier may be from his last position: rings that grow. */
export function silenceRings() {
  const features = [];
  for (const courier of couriers.all()) {
    const place = positions.get(courier.id);
    const silent = silenceOf(courier);
    if (!place || silent === null || !isSilent(courier)) continue;
    const radius = Math.min(WIDEST_M, ((silent / 1000) * TOWN_SPEED_MPS) / STREETS_TO_LINE);
    features.push({ type: "Feature", properties: { radius_m: radius }, geometry: { type: "Polygon", coordinates: [ring(place[0], place[1], radius)] } });
  }
  now.value;
  return { type: "FeatureCollection", features };
}

/** @param {number} lon @param {number} lat @param {number} radiusM */
function ring(lon, lat, radiusM) {
  const dLat = radiusM / METRES_PER_DEGREE;
  const dLon = dLat / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: 49 }, (_, i) => [lon + dLon * Math.cos((i * Math.PI) / 24), lat + dLat * Math.sin((i * Math.PI) / 24)]);
}
