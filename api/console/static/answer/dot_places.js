/**
 * Where things stand on the dot plot of one arrival: twenty dots of equal chance, the promise, now and the spread.
 *
 * Pure geometry without a page, so that it can be read and tested alone. All instants are milliseconds, all lengths
 * are units of the drawing.
 */

const DOT_PITCH = 6.4;
const STACK_HEIGHT = 34;
const BEFORE_MS = 7 * 60_000;
const AFTER_MS = 9 * 60_000;
const LONGEST_LOOK_BACK_MS = 45 * 60_000;

/**
 * @typedef {object} DotPlaces
 * @property {{x: number, y: number, past: boolean}[]} dots  one a twentieth of the chances; `past` the promise or not
 * @property {number} pitch  distance of two dots of one stack
 * @property {number | null} promise  x of the promise's end
 * @property {number | null} now  x of now; null when it lies before the left edge
 * @property {number} from  x of the earliest likely minute
 * @property {number} until  x of the latest likely minute
 */

/**
 * Lay out the plot over a width; the axis is at `axisY` and the dots stand on it.
 *
 * @param {{dots: number[], now: number, promise: number | null, from: number, until: number}} times
 * @param {number} width
 * @param {number} axisY
 * @returns {DotPlaces}
 */
export function placeDots(times, width, axisY) {
  const first = Math.min(times.from, times.promise ?? times.from, ...times.dots);
  const last = Math.max(times.until, times.promise ?? times.until, ...times.dots);
  const left = Math.max(Math.min(times.now, first) - BEFORE_MS, first - LONGEST_LOOK_BACK_MS);
  const right = Math.max(last, times.now) + AFTER_MS;
  const x = (/** @type {number} */ at) => ((at - left) / (right - left)) * width;

  /** @type {Map<number, number[]>} */
  const stacks = new Map();
  for (const at of [...times.dots].sort((a, b) => a - b)) {
    const column = Math.round(x(at) / DOT_PITCH);
    stacks.set(column, [...(stacks.get(column) ?? []), at]);
  }
  const tallest = Math.max(1, ...[...stacks.values()].map((stack) => stack.length));
  const pitch = Math.min(6.2, STACK_HEIGHT / tallest);
  const dots = [...stacks].flatMap(([column, stack]) =>
    stack.map((at, height) => ({
      x: column * DOT_PITCH,
      y: axisY - 5 - height * pitch,
      past: times.promise !== null && at > times.promise,
    })),
  );
  return {
    dots,
    pitch,
    promise: times.promise === null ? null : x(times.promise),
    now: times.now < left ? null : x(times.now),
    from: x(times.from),
    until: x(times.until),
  };
}
