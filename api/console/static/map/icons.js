// The map's signs, drawn at twice their size from the same shapes as the lists' signs. Names say what to draw:
// "mark:late", "head:risk:moving", "stop:at_risk:14", "depot", "plate".
import { token } from "../theme.js";

const SCALE = 2;

/** @typedef {CanvasRenderingContext2D} Pen */

/** @param {Pen} pen @param {string} fill @param {string} stroke @param {number} width */
function paint(pen, fill, stroke, width) {
  if (fill) {
    pen.fillStyle = fill;
    pen.fill();
  }
  if (stroke) {
    pen.strokeStyle = stroke;
    pen.lineWidth = width;
    pen.stroke();
  }
}

/** @param {Pen} pen @param {number} r */
function disc(pen, r) {
  pen.beginPath();
  pen.arc(0, 0, r, 0, 7);
}

/** @type {Record<string, {size: number, draw: (pen: Pen) => void}>} */
const MARKS = {
  sos: {
    size: 30,
    draw(pen) {
      const [far, near] = [12, 5];
      pen.beginPath();
      for (const [x, y] of [[-near, -far], [near, -far], [far, -near], [far, near], [near, far], [-near, far], [-far, near], [-far, -near]]) pen.lineTo(x, y);
      pen.closePath();
      paint(pen, token("--late-fill"), token("--panel"), 2);
      pen.beginPath();
      pen.roundRect(-1.6, -7, 3.2, 8.5, 1.6);
      pen.roundRect(-1.6, 4, 3.2, 3.2, 1.6);
      paint(pen, token("--late-on"), "", 0);
    },
  },
  late: {
    size: 24,
    draw(pen) {
      disc(pen, 10);
      paint(pen, token("--late-fill"), token("--panel"), 2);
    },
  },
  at_risk: {
    size: 28,
    draw(pen) {
      pen.rotate(Math.PI / 4);
      pen.beginPath();
      pen.roundRect(-8, -8, 16, 16, 2.5);
      paint(pen, "", token("--panel"), 4.5);
      paint(pen, token("--risk-fill"), token("--risk-line"), 1.3);
    },
  },
  no_signal: {
    size: 24,
    draw(pen) {
      disc(pen, 8.5);
      pen.setLineDash([4, 3]);
      paint(pen, token("--panel"), token("--risk"), 1.8);
      pen.setLineDash([]);
      disc(pen, 2.4);
      paint(pen, token("--risk"), "", 0);
    },
  },
  idle: {
    size: 12,
    draw(pen) {
      disc(pen, 3.2);
      paint(pen, token("--panel"), token("--done"), 1.5);
    },
  },
};

/** Ink and halo of an arrow by what it lies on. */
const inks = () => ({
  plain: { ink: token("--cour"), halo: token("--cour-halo"), size: 1 },
  hollow: { ink: token("--panel"), halo: token("--cour"), size: 1 },
  late: { ink: token("--late-on"), halo: "", size: 0.85 },
  risk: { ink: token("--risk-on"), halo: "", size: 0.85 },
});

/** An arrow that points north, or a small square at a stop. @param {Pen} pen @param {string} on @param {string} state */
function head(pen, on, state) {
  const { ink, halo, size: z } = inks()[/** @type {"plain"} */ (on)] ?? inks().plain;
  pen.beginPath();
  if (state === "moving") {
    pen.moveTo(0, -6.5 * z);
    pen.lineTo(4.6 * z, 4.5 * z);
    pen.lineTo(0, 2.2 * z);
    pen.lineTo(-4.6 * z, 4.5 * z);
    pen.closePath();
  } else {
    pen.roundRect(-3.6, -3.6, 7.2, 7.2, 1.5);
  }
  if (halo && on === "plain") paint(pen, "", halo, 2.4);
  paint(pen, ink, on === "hollow" ? halo : "", 1.3);
}

/** @param {Pen} pen @param {string} level @param {string} number */
function stop(pen, level, number) {
  disc(pen, 8);
  if (level === "late") paint(pen, token("--late-fill"), token("--panel"), 1.6);
  else if (level === "at_risk") paint(pen, token("--risk-bg"), token("--risk-line"), 2.6);
  else paint(pen, token("--panel"), token("--accent"), 1.6);
  pen.font = "650 10px Inter, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = level === "late" ? token("--late-on") : token("--ink");
  pen.fillText(number, 0, 0.5);
}

/** @param {Pen} pen */
function depot(pen) {
  pen.beginPath();
  pen.roundRect(-9, -9, 18, 18, 4);
  paint(pen, token("--panel"), token("--ink2"), 1.6);
  pen.lineJoin = "round";
  pen.stroke(new Path2D("M-5 5V-1L0-5 5-1V5"));
}

/** The plate behind a label; its middle stretches to the words. @param {Pen} pen */
function plate(pen) {
  pen.shadowColor = "rgba(16, 22, 32, .22)";
  pen.shadowBlur = 5;
  pen.shadowOffsetY = 1;
  pen.beginPath();
  pen.roundRect(-10, -8, 20, 16, 5);
  paint(pen, token("--panel"), "", 0);
  pen.shadowColor = "transparent";
  paint(pen, "", token("--line"), 1);
}

/** @param {number} size @param {(pen: Pen) => void} draw */
function drawn(size, draw) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * SCALE;
  const pen = /** @type {Pen} */ (canvas.getContext("2d"));
  pen.scale(SCALE, SCALE);
  pen.translate(size / 2, size / 2);
  pen.lineCap = "round";
  draw(pen);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

/** Give the map an image it asks for. @param {import("maplibre-gl").Map} map @param {string} name */
export async function supplyIcon(map, name) {
  if (map.hasImage(name)) return;
  const [kind, a = "", b = ""] = name.split(":");
  if (kind === "stop") await document.fonts.load("650 10px Inter");
  if (map.hasImage(name)) return;
  const ratio = { pixelRatio: SCALE };
  if (kind === "mark" && MARKS[a]) map.addImage(name, drawn(MARKS[a].size, MARKS[a].draw), ratio);
  else if (kind === "head") map.addImage(name, drawn(18, (pen) => head(pen, a, b)), ratio);
  else if (kind === "stop") map.addImage(name, drawn(20, (pen) => stop(pen, a, b)), ratio);
  else if (kind === "depot") map.addImage(name, drawn(22, depot), ratio);
  else if (kind === "plate") {
    // 32 units wide: the plate spans 6..26 across and 8..24 down; corners of 5 must keep their shape.
    const part = /** @type {[number, number][]} */ ([[24, 40]]);
    map.addImage(name, drawn(32, plate), { ...ratio, stretchX: part, stretchY: [[28, 36]], content: [20, 18, 44, 46] });
  }
}
