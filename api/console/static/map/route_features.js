// The selected courier's route and numbered stops, and the depots, as the map draws them.
import { isDone } from "../stop_state.js";

/** @param {string} part @param {number[][]} coordinates */
const line = (part, coordinates) => ({ type: "Feature", properties: { part }, geometry: { type: "LineString", coordinates } });

/** The corridor, and the new way through the stops that remain, are drawn only while he is off it. @param {any} day a CourierDay, or null */
export function routeFeatures(day) {
  const points = day?.route?.coordinates ?? [];
  if (points.length < 2) return [];
  const cut = Math.min(Math.max(0, day.route.travelled_to ?? 0), points.length - 1);
  const parts = [];
  const leftRoute = day.courier.deviations.some((/** @type {any} */ one) => ["off_route", "wrong_way"].includes(one.kind));
  if (leftRoute) parts.push(line("corridor", points.slice(cut)));
  if (cut > 0) parts.push(line("past", points.slice(0, cut + 1)));
  if (cut < points.length - 1) parts.push(line("left", points.slice(cut)));
  if (leftRoute && (day.route.way?.length ?? 0) > 1) parts.push(line("way", day.route.way));
  return parts;
}

const STEP_ASIDE_PX = 15;

/** Stops that are left, by number; those at one place step aside. @param {any} day a CourierDay, or null */
export function stopFeatures(day) {
  /** @type {Map<string, number>} */
  const taken = new Map();
  return (day?.stops ?? [])
    .filter((/** @type {any} */ stop) => !isDone(stop) && stop.place_lon !== null && stop.place_lon !== undefined)
    .map((/** @type {any} */ stop) => {
      const place = `${stop.place_lon.toFixed(4)} ${stop.place_lat.toFixed(4)}`;
      const before = taken.get(place) ?? 0;
      taken.set(place, before + 1);
      return {
        type: "Feature",
        properties: { id: stop.id, icon: `stop:${stop.level}:${stop.sequence}`, offset: [before * STEP_ASIDE_PX, 0], order: -stop.sequence },
        geometry: { type: "Point", coordinates: [stop.place_lon, stop.place_lat] },
      };
    });
}

/** @param {any[]} depots */
export const depotFeatures = (depots) =>
  depots.map(({ id, name, lon, lat }) => ({ type: "Feature", properties: { id, name }, geometry: { type: "Point", coordinates: [lon, lat] } }));

/** @param {any[]} features */
export const collection = (features) => ({ type: /** @type {const} */ ("FeatureCollection"), features });
