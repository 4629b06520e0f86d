// Reads server-sent events by fetch. EventSource cannot send Last-Event-ID on its first request, and we begin from the
// snapshot's id, so the few rules of the format are here.

/** @typedef {{event: string, id: string, data: string}} Frame */

/** The service refused the stream. */
export class StreamRefused extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`the stream answered ${status}`);
    this.status = status;
  }
}

/** Splits text that comes in pieces into frames. @param {(frame: Frame) => void} onFrame */
export function frameReader(onFrame) {
  let rest = "";
  let frame = { event: "message", id: "", data: /** @type {string[]} */ ([]) };

  /** @param {string} line */
  function takeLine(line) {
    if (line === "") {
      if (frame.data.length || frame.event !== "message") onFrame({ ...frame, data: frame.data.join("\n") });
      frame = { event: "message", id: "", data: [] };
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") frame.event = value;
    else if (field === "id") frame.id = value;
    else if (field === "data") frame.data.push(value);
  }

  return (/** @type {string} */ text) => {
    const lines = (rest + text).split(/\r\n|\n/);
    rest = lines.pop() ?? "";
    lines.forEach(takeLine);
  };
}

/**
 * Read a stream until it ends or `signal` stops it.
 * @param {string} path @param {string} lastId "" to begin with what comes next
 * @param {(frame: Frame) => void} onFrame @param {AbortSignal} signal
 * @throws {StreamRefused | Error} when the service refuses, or the line breaks
 */
export async function readStream(path, lastId, onFrame, signal) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "text/event-stream" };
  if (lastId) headers["Last-Event-ID"] = lastId;
  const answer = await fetch(path, { headers, signal, cache: "no-store" });
  if (!answer.ok || !answer.body) throw new StreamRefused(answer.status);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const take = frameReader(onFrame);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    take(value);
  }
}
