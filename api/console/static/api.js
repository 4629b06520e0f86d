// Talks to the service: JSON out, JSON in, and one kind of error that carries the service's own words.
import { t } from "./i18n.js";

/** An answer that was not a success (RFC 9457), or no answer at all (`status` 0). */
export class Problem extends Error {
  /** @param {{status?: number, type?: string, title?: string, detail?: string, request_id?: string, problems?: object[]}} body */
  constructor(body) {
    super(body.detail || body.title || "");
    this.status = body.status ?? 0;
    this.type = body.type ?? "about:blank";
    this.title = body.title ?? "";
    this.detail = body.detail ?? "";
    this.requestId = body.request_id ?? "";
    this.problems = body.problems ?? [];
    /** The whole answer: a 409 names who holds what. */
    this.body = body;
  }
}

/** Called when the session has ended; the app shows the login screen. */
let onSignedOut = () => {};
export const whenSignedOut = (/** @type {() => void} */ then) => {
  onSignedOut = then;
};

/**
 * @param {string} method
 * @param {string} path
 * @param {{body?: object, signal?: AbortSignal}} [options]
 * @returns {Promise<any>} null for an empty answer
 */
async function request(method, path, { body, signal } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json, application/problem+json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem({
      title: t("No connection"),
      detail: t("The service did not answer. Check the network, then try again."),
    });
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = new Problem(await problemBody(answer));
  if (problem.status === 401 && path !== "/v1/login") onSignedOut();
  throw problem;
}

/** @param {Response} answer */
async function problemBody(answer) {
  const id = answer.headers.get("X-Request-Id") ?? "";
  try {
    const body = await answer.json();
    return { request_id: id, ...body, status: answer.status };
  } catch {
    return { status: answer.status, title: t("The service answered {status}", { status: answer.status }), request_id: id };
  }
}

export const get = (/** @type {string} */ path, /** @type {{signal?: AbortSignal}} */ options) => request("GET", path, options);
export const post = (/** @type {string} */ path, /** @type {object} */ body = {}, /** @type {{signal?: AbortSignal}} */ options = {}) =>
  request("POST", path, { ...options, body });
export const remove = (/** @type {string} */ path) => request("DELETE", path);
export const patch = (/** @type {string} */ path, /** @type {object} */ body) => request("PATCH", path, { body });
