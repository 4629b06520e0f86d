// The map itself: made once, then fed by the store. One update of the couriers is in flight; the newest wins.
import { LngLatBounds, Map as GlMap, setWorkerUrl } from "maplibre-gl";
import { address, select } from "../address.js";
import { feedState } from "../clock.js";
import { courierDay, focusCourier } from "../courier_day.js";
import { severityOf } from "../courier_rank.js";
import { effect, signal } from "../html.js";
import { city, couriers, depots, positionChanges, positions } from "../store.js";
import { theme } from "../theme.js";
import { CourierDiff, silenceRings } from "./courier_features.js";
import { supplyIcon } from "./icons.js";
import { collection, depotFeatures, routeFeatures, stopFeatures } from "./route_features.js";
import { mapStyle } from "./style.js";


/** Room around what is framed, for labels and controls, px. */
const ROOM = { top: 60, left: 110, right: 110, bottom: 70 };
const CLICKABLE = ["marks", "heads", "quiet-marks", "quiet-heads", "labels"];

setWorkerUrl("/vendor/maplibre_gl_worker.js");

export class LiveMap {
  /** @param {HTMLElement} box @param {any} streets GeoJSON */
  constructor(box, streets) {
    this.streets = streets;
    this.diff = new CourierDiff();
    this.busy = false;
    this.again = false;
    /** Whether sources may be fed; false while a style is being built. */
    this.ready = signal(false);
    /** Whether the streets have been seen once. */
    this.painted = signal(false);
    this.map = new GlMap({
      container: box,
      style: mapStyle(streets),
      center: [city.peek().centre.lon, city.peek().centre.lat],
      zoom: 12,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      fadeDuration: 0,
      locale: { "Map.Title": box.getAttribute("aria-label") ?? "" },
    });
    // What the map really draws can be asked from outside: by tests, and by people who look for a fault.
    Object.assign(window, { corridor: { map: this.map } });
    // For the browser's own console, and for tests that ask what is really drawn.
    Object.assign(window, { corridor: { map: this.map } });
    this.map.touchZoomRotate.disableRotation();
    this.map.setMissingStyleImageResolver((name) => supplyIcon(this.map, name));
    this.map.on("style.load", () => {
      this.diff = new CourierDiff();
      this.ready.value = true;
    });
    // Not "idle": couriers move every second, so the map seldom rests.
    this.map.on("sourcedata", ({ sourceId, isSourceLoaded }) => {
      if (sourceId === "streets" && isSourceLoaded) this.painted.value = true;
    });
    this.stops = this.watch();
    this.answerClicks();
    this.fit(false);
  }

  /** Effects that feed the sources. @returns {(() => void)[]} */
  watch() {
    let drawnTheme = theme.peek();
    return [
      effect(() => {
        if (theme.value === drawnTheme) return;
        drawnTheme = theme.value;
        this.ready.value = false;
        this.map.setStyle(mapStyle(this.streets), { diff: false });
      }),
      effect(() => {
        // Read first, so that the effect runs again when any of them changes.
        const wish = [positionChanges.value, couriers.changes.value, focusCourier.value, feedState.value];
        if (this.ready.value && wish) this.feedCouriers();
      }),
      effect(() => {
        if (!this.ready.value) return;
        const { day } = courierDay.value;
        this.put("route", routeFeatures(day));
        this.put("stops", stopFeatures(day));
      }),
      effect(() => void (this.ready.value && this.put("depots", depotFeatures(depots.value)))),
      effect(() => {
        if (this.ready.value) this.put("silence", silenceRings().features);
      }),
    ];
  }

  /** @param {string} name @param {any[]} features */
  put(name, features) {
    const source = /** @type {import("maplibre-gl").GeoJSONSource | undefined} */ (this.map.getSource(name));
    source?.setData(collection(features));
  }

  /** Feeding faster than the worker takes makes its memory grow without end, so one update is in flight. */
  async feedCouriers() {
    if (this.busy) {
      this.again = true;
      return;
    }
    const source = /** @type {import("maplibre-gl").GeoJSONSource | undefined} */ (this.map.getSource("couriers"));
    const change = source && this.diff.next();
    if (!source || !change) return;
    this.busy = true;
    try {
      await source.updateData(change);
    } finally {
      this.busy = false;
    }
    if (this.again) {
      this.again = false;
      this.feedCouriers();
    }
  }

  answerClicks() {
    const { map } = this;
    map.on("click", (event) => {
      const near = 6;
      const { x, y } = event.point;
      const box = /** @type {[[number, number], [number, number]]} */ ([[x - near, y - near], [x + near, y + near]]);
      const stop = map.queryRenderedFeatures(box, { layers: ["stops"] })[0];
      const courier = map.queryRenderedFeatures(box, { layers: CLICKABLE })[0];
      if (courier) select("courier", courier.properties.id);
      else if (stop) select("order", stop.properties.id);
    });
    for (const layer of [...CLICKABLE, "stops"]) {
      map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
      map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
    }
  }

  /** Frame what is in trouble and what is selected; with neither, every courier; with none, the city. @param {boolean} [smooth] */
  fit(smooth = true) {
    const points = this.pointsToFrame();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || address.peek().params.motion === "0";
    const options = { padding: ROOM, maxZoom: 16, animate: smooth && !still, duration: 400 };
    if (points.length) {
      const bounds = new LngLatBounds();
      points.forEach((point) => bounds.extend(point));
      this.map.fitBounds(bounds, options);
    } else if (city.peek()?.bounds) {
      this.map.fitBounds(city.peek().bounds, { ...options, padding: 20 });
    }
  }

  /** @returns {[number, number][]} */
  pointsToFrame() {
    const all = [...couriers.rows.values()].map((row) => row.peek()).filter(({ id }) => positions.has(id));
    const place = (/** @type {any} */ { id }) => /** @type {[number, number]} */ (positions.get(id).slice(0, 2));
    const trouble = all.filter((courier) => severityOf(courier) >= 2 || courier.id === focusCourier.peek());
    const { day } = courierDay.peek();
    const stops = stopFeatures(day).map((/** @type {any} */ one) => one.geometry.coordinates);
    const ways = routeFeatures(day).filter(({ properties }) => properties.part === "left");
    const wanted = [...trouble.map(place), ...stops, ...ways.flatMap(({ geometry }) => geometry.coordinates)];
    return wanted.length ? wanted : all.map(place);
  }

  /** @param {number} step */
  zoom(step) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map.easeTo({ zoom: this.map.getZoom() + step, duration: still ? 0 : 200 });
  }

  focus() {
    this.map.getCanvas().focus();
  }

  remove() {
    this.stops.forEach((stop) => stop());
    this.map.remove();
  }
}
