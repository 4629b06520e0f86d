// What an operator does with lines of the inbox: open (and hold), acknowledge, tell. Each answer replaces our row.
import { signal } from "../html.js";
import { post, Problem } from "../api.js";
import { clockTime } from "../format.js";
import { t } from "../i18n.js";
import { inbox } from "../store.js";
import { toast } from "../parts/toast.js";
import { isToTell } from "./inbox_groups.js";

/** Id of the line that J and K have reached, or "". */
export const selectedLine = signal("");
/** Id of the line that this person holds open, or "". */
export const heldLine = signal("");

/** Lines that were taken back and read: they ask for nothing more. @type {import("@preact/signals").Signal<ReadonlySet<string>>} */
export const readLines = signal(new Set());

/** A lock lasts three minutes; a longer call takes it anew before it ends. */
const HOLD_AGAIN_MS = 150_000;
/** @type {number | undefined} */
let holding;

/** Run one request about lines; what went wrong is said in words. @template T @param {() => Promise<T>} act */
async function attempt(act) {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast([error.title, error.detail].filter(Boolean).join(" "));
    return null;
  }
}

/** @param {string} id @param {"lock" | "unlock" | "acknowledge" | "told"} verb @param {object} [body] */
const postLine = async (id, verb, body) => {
  const line = await post(`/v1/inbox/${encodeURIComponent(id)}/${verb}`, body);
  if (line?.id) inbox.put([line]);
  return line;
};

/**
 * Hold a line, so that no other operator calls the same client.
 * @param {string} id
 * @returns {Promise<boolean>} false when another person holds it; who, is said
 */
export async function hold(id) {
  if (heldLine.value === id) return true;
  void release();
  try {
    await postLine(id, "lock");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const row = inbox.get(id);
    const name = error.body?.locked_by ?? row?.locked_by;
    const until = error.body?.locked_until_at ?? row?.locked_until_at;
    toast(
      error.status === 409 && name
        ? t("{name} has this line open until {time}", { name, time: clockTime(until) })
        : [error.title, error.detail].filter(Boolean).join(" "),
    );
    return false;
  }
  heldLine.value = id;
  clearInterval(holding);
  holding = setInterval(() => void attempt(() => postLine(id, "lock")), HOLD_AGAIN_MS);
  return true;
}

/** Let go of the held line: others may open it. A line that is closed needs no release. */
export async function release() {
  const id = heldLine.value;
  clearInterval(holding);
  heldLine.value = "";
  const row = inbox.rows.get(id)?.peek();
  if (id && row && isToTell(row)) await attempt(() => postLine(id, "unlock"));
}

/** Leaving the page lets go too; the request outlives the page. */
export function releaseOnLeave() {
  const id = heldLine.value;
  if (!id) return;
  void fetch(`/v1/inbox/${encodeURIComponent(id)}/unlock`, {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
}

/** Whether "I know" means something for the line. @param {any} line */
export const canAcknowledge = (line) => line.state === "open" || line.state === "retracted";

/** "I know": one line. @param {any} line */
export async function acknowledge(line) {
  if (line.state === "retracted") readLines.value = new Set([...readLines.value, line.id]);
  else if (line.state === "open") await attempt(() => postLine(line.id, "acknowledge"));
}

/** "I know": every open line of a group. @param {import("./inbox_groups.js").InboxGroup} group */
export async function acknowledgeGroup(group) {
  const open = group.lines.filter((line) => line.state === "open");
  await Promise.all(group.lines.filter((line) => line.state === "retracted").map(acknowledge));
  const cause = open[0]?.cause_id;
  if (!cause || open.some((line) => line.cause_id !== cause)) {
    await Promise.all(open.map(acknowledge));
    return;
  }
  const answer = await attempt(() => post("/v1/inbox/acknowledge", { cause_id: cause }));
  if (answer) inbox.put(answer.lines);
}

/** The client has been told by phone: this closes the line. @param {any} line */
export async function told(line) {
  if (!isToTell(line)) return;
  const closed = await attempt(() => postLine(line.id, "told", { channel: "call" }));
  if (!closed) return;
  if (heldLine.value === line.id) void release();
  toast(t("Order {number}: told, the line is closed", { number: line.order_no }));
}
