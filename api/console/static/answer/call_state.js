// The call in hand: what was asked, what the service answered, in which language it is said, what was promised.
import { batch, computed, signal } from "../html.js";
import { post, Problem } from "../api.js";
import { ms } from "../format.js";
import { inbox } from "../store.js";
import { lookUpBody } from "./look_up.js";

/** The languages of the sentence, in the order of their buttons. */
export const SPOKEN = ["kk", "ru", "uk", "pl", "en"];

/**
 * `stage`: "idle" before any question; "asking"; "shown" with an answer; "unreadable" when the text can be neither a
 * phone number nor an order number; "failed" with a problem. While a new question runs, the old answer stays.
 */
export const stage = signal(/** @type {"idle" | "asking" | "shown" | "unreadable" | "failed"} */ ("idle"));
/** What was typed, for the empty answers; "" when an order was opened. */
export const asked = signal("");
/** The service's Answer, or null. */
export const answer = signal(/** @type {any} */ (null));
export const problem = signal(/** @type {Problem | null} */ (null));
/** A question has been out for longer than a person does not notice. */
export const slow = signal(false);

export const spokenLanguage = signal("en");
/** The promise just logged, or null. */
export const logged = signal(/** @type {any} */ (null));
export const logging = signal(false);
/** Why the promise could not be logged, or null. */
export const logProblem = signal(/** @type {Problem | null} */ (null));

/** The order's estimate has changed since the answer came: what is on the card is old. */
export const outdated = computed(() => {
  const shown = answer.value;
  if (!shown?.order || logged.value) return false;
  const line = inbox.all().find((row) => row.order_id === shown.order.id && (row.state === "open" || row.state === "acknowledged"));
  const newer = line && (ms(line.updated_at) ?? 0) > (ms(shown.now) ?? 0);
  return Boolean(newer && shown.expected_at && ms(line.expected_at) !== ms(shown.expected_at));
});

const SLOW_MS = 400;
/** @type {AbortController | null} */
let running = null;
/** @type {() => void} */
let again = () => {};

/** Ask the last question once more. */
export const retry = () => again();

/**
 * Ask for the answer to a phone number or an order number as typed, in one request.
 * @param {string} text
 * @returns {Promise<any>} the Answer, or null when there is none
 */
export async function lookUp(text) {
  const body = lookUpBody(text);
  if (body) return ask(body, text.trim());
  batch(() => {
    clear();
    asked.value = text.trim();
    stage.value = "unreadable";
  });
  return null;
}

/** @param {string} orderId */
export const openOrder = (orderId) => ask({ order_id: orderId }, "");

/** Forget the call: the next one begins with an empty card. */
export function leave() {
  running?.abort();
  batch(clear);
}

function clear() {
  stage.value = "idle";
  asked.value = "";
  answer.value = null;
  problem.value = null;
  slow.value = false;
  logged.value = null;
  logProblem.value = null;
}

/** @param {object} body @param {string} text */
async function ask(body, text) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  again = () => void ask(body, text);
  batch(() => {
    stage.value = "asking";
    asked.value = text;
    problem.value = null;
  });
  const timer = setTimeout(() => (slow.value = true), SLOW_MS);
  try {
    const answered = await post("/v1/answers", body, { signal: mine.signal });
    if (running !== mine) return null;
    show(answered);
    return answered;
  } catch (error) {
    if (!(error instanceof Problem) || running !== mine) return null;
    batch(() => {
      clear();
      asked.value = text;
      problem.value = error;
      stage.value = "failed";
    });
    return null;
  } finally {
    clearTimeout(timer);
    if (running === mine) slow.value = false;
  }
}

/** @param {any} answered */
function show(answered) {
  batch(() => {
    answer.value = answered;
    stage.value = "shown";
    logged.value = null;
    logProblem.value = null;
    const theirs = answered.order?.language ?? answered.person?.language ?? "en";
    spokenLanguage.value = SPOKEN.includes(theirs) ? theirs : "en";
  });
}

/** The next language of the sentence. */
export function nextLanguage() {
  spokenLanguage.value = SPOKEN[(SPOKEN.indexOf(spokenLanguage.value) + 1) % SPOKEN.length];
}

/** Whether there is an interval to promise that was not promised yet. */
export const canLog = computed(() =>
  Boolean(stage.value === "shown" && answer.value?.order && answer.value.interval && !logged.value && !logging.value),
);

/** The operator has said the sentence: log it as the new promise, in the words and language it was said in. */
export async function logPromise() {
  if (!canLog.value) return;
  const said = answer.value;
  const code = spokenLanguage.value;
  logging.value = true;
  logProblem.value = null;
  try {
    const promise = await post("/v1/promises", {
      order_id: said.order.id,
      from_at: said.interval.from_at,
      until_at: said.interval.until_at,
      channel: "call",
      language: code,
      words: said.sentence[code],
    });
    if (answer.value === said) logged.value = promise;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (answer.value === said) logProblem.value = error;
  } finally {
    logging.value = false;
  }
}
