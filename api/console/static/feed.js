// Keeps the store true: a snapshot, then the live stream from its id. One stream a browser: the tab that holds the lock
// reads it and passes each frame to the others.
import { get, Problem } from "./api.js";
import { cityQuery } from "./address.js";
import { heard, now, setClock } from "./clock.js";
import { readStream, StreamRefused } from "./event_stream.js";
import { cursor, forgetOldCauses, problem, status, takeEvent, takePositions, takeSnapshot, user } from "./store.js";

/** @typedef {import("./event_stream.js").Frame} Frame */

const SILENT_MS = 15_000;
const WAITS_MS = [500, 1000, 2000, 4000, 8000];

/** @type {Set<(event: any) => void>} */
const listeners = new Set();
/** @type {BroadcastChannel | null} */
let channel = null;
/** Frames that came while a snapshot was on its way. @type {Frame[] | null} */
let held = null;
/** Stops the stream and the wait before the next one. */
let breakStream = () => {};
let quietTimer = 0;

/** Hear of every event that is news. @param {(event: any) => void} listener @returns {() => void} stops it */
export function onEvent(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Take a new picture of everything; frames that come meanwhile are put on top of it. */
export async function refresh() {
  held = [];
  try {
    const snapshot = await get(`/v1/snapshot${cityQuery()}`);
    setClock(snapshot.now, snapshot.clock?.speed ?? 1);
    takeSnapshot(snapshot);
    heard(snapshot.now);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem.value = error;
    if (status.value === "loading") status.value = "error";
  } finally {
    const late = held ?? [];
    held = null;
    if (status.value === "ready") late.forEach(takeFrame);
  }
}

/** Begin. Listening starts before the snapshot is asked for, so nothing falls between the two. */
export async function startFeed() {
  channel = new BroadcastChannel("corridor.live");
  channel.onmessage = ({ data }) => data.for === streamName() && takeFrame(data.frame);
  await refresh();
  setInterval(() => forgetOldCauses(now.value), 60_000);
  addEventListener("online", tryNow);
  navigator.locks.request(`corridor.live ${streamName()}`, lead);
}

/** After an error, or when the person does not want to wait. */
export async function tryNow() {
  if (problem.value || status.value !== "ready") await refresh();
  breakStream();
}

/** Tabs share a stream only when the same person looks at the same city. */
const streamName = () => `${user.peek()?.id ?? ""} ${cityQuery()}`;

/** Read the stream for all tabs, for as long as this tab lives. */
async function lead() {
  for (let failures = 0; ; ) {
    const stop = new AbortController();
    breakStream = () => stop.abort();
    const before = cursor;
    watchSilence(stop);
    try {
      await readStream(`/v1/live${cityQuery()}`, cursor, (frame) => share(frame, stop), stop.signal);
      failures = 0;
    } catch (error) {
      failures = cursor === before ? failures + 1 : 0;
      if (error instanceof StreamRefused && error.status === 401) await askWhoWeAre();
    }
    clearTimeout(quietTimer);
    const wait = WAITS_MS[Math.min(failures, WAITS_MS.length - 1)];
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      breakStream = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }
}

/** The session has ended: any request says so to the app, which asks for the password. */
async function askWhoWeAre() {
  try {
    await get("/v1/me");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

/** A line can die without a word: heartbeats come every 5 s, so silence means that. @param {AbortController} stop */
function watchSilence(stop) {
  clearTimeout(quietTimer);
  quietTimer = setTimeout(() => stop.abort(), SILENT_MS);
}

/** @param {Frame} frame @param {AbortController} stop */
function share(frame, stop) {
  watchSilence(stop);
  channel?.postMessage({ for: streamName(), frame });
  takeFrame(frame);
}

/** @param {Frame} frame */
function takeFrame(frame) {
  if (held) {
    held.push(frame);
    return;
  }
  if (frame.event === "reset") {
    refresh();
    return;
  }
  const body = frame.data ? JSON.parse(frame.data) : {};
  if (frame.event === "event") {
    if (takeEvent({ ...body, id: body.id ?? frame.id })) listeners.forEach((listener) => listener(body));
    heard();
  } else if (frame.event === "positions") {
    takePositions(body.positions);
    heard(body.now);
  } else if (frame.event === "heartbeat") {
    heard(body.now);
  }
}

