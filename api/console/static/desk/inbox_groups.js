/**
 * The inbox as the operator reads it: which lines are shown, in which groups, in which order.
 *
 * Pure functions of rows, so that they can be read and tested alone.
 *
 * @typedef {import("../rows.js").InboxRow} InboxRow
 * @typedef {{key: string, lines: InboxRow[], toTell: number}} InboxGroup
 * @typedef {"cause" | "promise" | "courier"} Grouping
 */

/** The order in which V steps through the ways to group. */
export const GROUPINGS = /** @type {Grouping[]} */ (["cause", "promise", "courier"]);

/** A client still has to hear of this change. */
export function isToTell(/** @type {InboxRow} */ line) {
  return line.state === "open" || line.state === "acknowledged";
}

/** A line that asks for something: a call, or to be read as taken back. */
export function isOpen(/** @type {InboxRow} */ line) {
  return isToTell(line) || line.state === "retracted";
}

/**
 * Groups of lines; a group stays while one of its lines is open, and its told lines stay in it as a record.
 *
 * @param {InboxRow[]} lines
 * @param {Grouping} grouping
 * @returns {InboxGroup[]}
 */
export function groupLines(lines, grouping) {
  /** @type {Map<string, InboxRow[]>} */
  const groups = new Map();
  for (const line of lines) {
    if (line.state === "done") continue;
    const key = groupKey(line, grouping);
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return [...groups]
    .map(([key, rows]) => ({ key, lines: rows.sort(byUrgency), toTell: rows.filter(isToTell).length }))
    .filter((group) => group.lines.some(isOpen))
    .sort((a, b) => Number(b.toTell > 0) - Number(a.toTell > 0) || byUrgency(a.lines[0], b.lines[0]));
}

/** The lines that J and K walk through, in the order of the screen. */
export function linesInOrder(/** @type {InboxGroup[]} */ groups) {
  return groups.flatMap((group) => group.lines);
}

function groupKey(/** @type {InboxRow} */ line, /** @type {Grouping} */ grouping) {
  if (grouping === "cause") return line.cause_id ?? `reason:${line.reason}`;
  if (grouping === "courier") return line.courier_id ?? "";
  return line.promised_until_at?.slice(0, 13) ?? "";
}

function byUrgency(/** @type {InboxRow} */ a, /** @type {InboxRow} */ b) {
  return (
    Number(isToTell(b)) - Number(isToTell(a)) ||
    (a.promised_until_at ?? "9").localeCompare(b.promised_until_at ?? "9") ||
    a.order_no.localeCompare(b.order_no)
  );
}
