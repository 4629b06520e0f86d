// The map's look in the theme in force: our own streets, pale; trouble and the selected route on top.
import { token } from "../theme.js";

/** @typedef {import("maplibre-gl").LayerSpecification} Layer */

const NAME_FONT = ["Inter Medium", "Inter", "sans-serif"];
const LABEL_FONT = ["Inter SemiBold", "Inter", "sans-serif"];
/** Width of a street of class 0..4 at zoom 13, px. */
const WIDTHS = [4.6, 3.4, 2.3, 1, 0.6];

export const NOTHING = { type: /** @type {const} */ ("FeatureCollection"), features: /** @type {any[]} */ ([]) };

/** @param {number} at13 @param {number} [more] */
const width = (at13, more = 0) =>
  /** @type {any} */ (["interpolate", ["exponential", 1.5], ["zoom"], 11, at13 * 0.5 + more, 13, at13 + more, 15, at13 * 1.9 + more, 18, at13 * 6 + more]);

/** @param {string} name @param {any} more */
const street = (name, more) => ({ id: name, type: "line", source: "streets", layout: { "line-cap": "round", "line-join": "round" }, ...more });

/** @returns {any[]} */
function ground() {
  const area = (/** @type {string} */ kind, /** @type {string} */ colour) => ({
    id: kind, type: "fill", source: "streets", filter: ["==", ["get", "kind"], kind], paint: { "fill-color": token(colour) },
  });
  return [
    { id: "ground", type: "background", paint: { "background-color": token("--m-bg") } },
    area("park", "--m-green"),
    area("water", "--m-water"),
    {
      id: "rail", type: "line", source: "streets", filter: ["==", ["get", "kind"], "rail"],
      paint: { "line-color": token("--m-rail"), "line-width": 1, "line-dasharray": [5, 3] },
    },
  ];
}

/** @returns {any[]} */
function streets() {
  const layers = [];
  for (const [part, classes] of /** @type {[string, number[]][]} */ ([["casing", [4, 3, 2, 1, 0]], ["street", [4, 3, 2, 1, 0]]])) {
    for (const n of classes) {
      const isCasing = part === "casing";
      const colour = isCasing ? (n < 3 ? "--m-c0" : "--m-c3") : n < 3 ? "--m-r0" : "--m-r3";
      layers.push(
        street(`${part}-${n}`, {
          minzoom: n === 4 ? 15 : 0,
          filter: ["all", ["==", ["get", "kind"], "street"], ["==", ["get", "class"], n]],
          paint: { "line-color": token(colour), "line-width": width(WIDTHS[n], isCasing ? (n < 3 ? 1.6 : 0.8) : 0) },
        }),
      );
    }
  }
  layers.push({
    id: "street-names", type: "symbol", source: "streets", minzoom: 12,
    filter: ["all", ["==", ["get", "kind"], "street"], ["has", "name"], ["<=", ["get", "class"], ["step", ["zoom"], 1, 14.5, 2, 16.5, 3]]],
    layout: { "symbol-placement": "line", "text-field": ["get", "name"], "text-font": NAME_FONT, "text-size": 11, "symbol-spacing": 300, "text-padding": 4 },
    paint: { "text-color": token("--m-label"), "text-halo-color": token("--m-halo"), "text-halo-width": 1.6 },
  });
  return layers;
}

/** @returns {any[]} */
function route() {
  const line = (/** @type {string} */ id, /** @type {string} */ part, /** @type {any} */ paint) =>
    ({ id, type: "line", source: "route", filter: ["==", ["get", "part"], part], layout: { "line-cap": "round", "line-join": "round" }, paint });
  return [
    line("corridor", "corridor", { "line-color": token("--accent"), "line-opacity": 0.12, "line-width": ["interpolate", ["exponential", 2], ["zoom"], 12, 6, 18, 200] }),
    line("route-past", "past", { "line-color": token("--done2"), "line-width": 2.2 }),
    line("route-halo", "left", { "line-color": token("--m-halo"), "line-width": 6.5 }),
    line("route-left", "left", { "line-color": token("--accent"), "line-width": 3.2 }),
    line("route-way", "way", { "line-color": token("--accent"), "line-width": 2.2, "line-dasharray": [1.5, 1.5] }),
  ];
}

/** @returns {any[]} */
function couriers() {
  const always = { "icon-allow-overlap": true, "icon-rotation-alignment": "map" };
  const trouble = [">=", ["get", "severity"], 2];
  const level = (/** @type {string} */ late, /** @type {string} */ other) => ["case", ["==", ["get", "tone"], "late"], token(late), token(other)];
  const heads = (/** @type {string} */ id, /** @type {any} */ filter) => ({
    id, type: "symbol", source: "couriers", filter: ["all", filter, ["has", "head"]],
    layout: { ...always, "icon-image": ["get", "head"], "icon-rotate": ["get", "bearing"], "symbol-sort-key": ["get", "severity"] },
  });
  const marks = (/** @type {string} */ id, /** @type {any} */ filter) => ({
    id, type: "symbol", source: "couriers", filter: ["all", filter, ["has", "mark"]],
    layout: { ...always, "icon-rotation-alignment": "viewport", "icon-image": ["get", "mark"], "symbol-sort-key": ["get", "severity"] },
  });
  return [
    marks("quiet-marks", ["!", trouble]),
    heads("quiet-heads", ["!", trouble]),
    {
      id: "labels", type: "symbol", source: "couriers", filter: ["has", "label"],
      layout: {
        "icon-image": "plate", "icon-text-fit": "both", "text-field": ["format", ["get", "label"], {}, ["get", "tail"], { "text-color": level("--late", "--risk") }],
        "text-font": LABEL_FONT, "text-size": 11, "text-variable-anchor": ["left", "right", "bottom", "top", "bottom-left", "bottom-right", "top-left", "top-right"],
        "text-radial-offset": 2.1, "text-justify": "auto", "symbol-sort-key": ["-", 0, ["get", "severity"]], "text-max-width": 40, "icon-padding": 0, "text-padding": 4,
      },
      paint: { "text-color": token("--ink") },
    },
    {
      id: "depots", type: "symbol", source: "depots",
      layout: {
        "icon-image": "depot", "icon-allow-overlap": true, "text-field": ["get", "name"], "text-font": NAME_FONT, "text-size": 11,
        "text-anchor": "top", "text-offset": [0, 1], "text-optional": true,
      },
      paint: { "text-color": token("--m-label"), "text-halo-color": token("--m-halo"), "text-halo-width": 1.6 },
    },
    {
      id: "stops", type: "symbol", source: "stops",
      layout: { "icon-image": ["get", "icon"], "icon-offset": ["get", "offset"], "icon-allow-overlap": true, "symbol-sort-key": ["get", "order"] },
    },
    {
      id: "chosen", type: "circle", source: "couriers", filter: ["==", ["get", "chosen"], true],
      paint: { "circle-radius": 15, "circle-color": "transparent", "circle-stroke-color": token("--accent"), "circle-stroke-width": 2.5 },
    },
    marks("marks", trouble),
    heads("heads", trouble),
  ];
}

/**
 * How far silent couriers may be: under the routes, so that these stay readable. A wide ring is all edge: its tint would
 * colour the whole town. @returns {any[]}
 */
const silence = () => [
  {
    id: "silence",
    type: "fill",
    source: "silence",
    paint: { "fill-color": token("--risk-fill"), "fill-opacity": ["interpolate", ["linear"], ["get", "radius_m"], 0, 0.1, 600, 0] },
  },
  { id: "silence-edge", type: "line", source: "silence", paint: { "line-color": token("--risk"), "line-width": 1.5, "line-dasharray": [3, 2] } },
];

/** The whole style; `drawn` is the city's streets as GeoJSON. @param {any} drawn @returns {import("maplibre-gl").StyleSpecification} */
export function mapStyle(drawn) {
  const empty = { type: "geojson", data: NOTHING };
  return /** @type {any} */ ({
    version: 8,
    sources: {
      streets: { type: "geojson", data: drawn, tolerance: 0.2 },
      route: empty,
      stops: empty,
      depots: empty,
      silence: empty,
      couriers: { ...empty, promoteId: "id", maxzoom: 12, buffer: 64 },
    },
    layers: [...ground(), ...streets(), ...silence(), ...route(), ...couriers()],
  });
}
