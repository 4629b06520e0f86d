// No plan for today: how to make one, and the work of making it.
import { html, useEffect, useRef, useState } from "../html.js";
import { address } from "../address.js";
import { get, post, Problem } from "../api.js";
import { refresh } from "../feed.js";
import { duration } from "../format.js";
import { formatNumber, t, tn } from "../i18n.js";
import { Button, Empty, ProblemNote } from "../parts/parts.js";
import { day, isDispatcher } from "../store.js";

const ASK_MS = 1000;
const WORKING = ["queued", "waiting", "running", "cancelling"];

export function NoPlan() {
  if (!isDispatcher.value) {
    return html`<${Empty} title=${t("No plan for today yet.")}><p>${t("A dispatcher makes it; couriers and times appear here then.")}</p><//>`;
  }
  return html`<${Empty} title=${t("No plan for today yet.")}>
    <p>${t("Orders, couriers and their shifts become routes. It takes some seconds, and nothing is lost if you go to another screen.")}</p>
    <${PlanButton} />
  <//>`;
}

/** The button and what it started; also for a plan that is there already, to make a newer one. */
export function PlanButton() {
  const [job, setJob] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);

  const guarded = async (/** @type {() => Promise<void>} */ work) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setJob(null);
    }
  };
  const follow = (/** @type {string} */ id) =>
    guarded(async () => {
      const state = await get(`/v1/jobs/${encodeURIComponent(id)}`);
      setJob(state);
      if (WORKING.includes(state.state)) timer.current = setTimeout(() => follow(id), ASK_MS);
      else await refresh();
    });
  const start = () =>
    guarded(async () => {
      setProblem(null);
      const body = { date: day.value, ...(address.value.params.city ? { city: address.value.params.city } : {}) };
      const { job: made } = await post("/v1/plans", body);
      setJob(made);
      await follow(made.id);
    });
  const stop = () => guarded(async () => setJob(await post(`/v1/jobs/${encodeURIComponent(job.id)}/cancel`)));

  if (job && WORKING.includes(job.state)) {
    return html`<div class="planning" role="status">
      <p class="m">${t("Planning the day")}</p>
      ${job.progress?.elapsed_s !== undefined && html`<p class="sec">${t("{time} so far", { time: duration(job.progress.elapsed_s * 1000) })}</p>`}
      ${job.progress?.best_cost !== undefined && html`<p class="sec">${t("best cost {cost}", { cost: formatNumber(Math.round(job.progress.best_cost)) })}</p>`}
      <${Button} onClick=${stop}>${t("Stop")}<//>
    </div>`;
  }
  return html`<div class="planning" role="status">
    ${problem && html`<${ProblemNote} problem=${problem} />`}
    ${job && html`<p>${resultText(job)}</p>`}
    <${Button} main onClick=${start}>${t("Plan the day")}<//>
  </div>`;
}

/** @param {any} job */
function resultText(job) {
  if (job.error) return job.error;
  if (!job.result) return t("The plan was not made.");
  const { visits = 0, routes = 0, unassigned = [] } = job.result;
  return [
    tn("{n} visit", "{n} visits", visits),
    tn("{n} route", "{n} routes", routes),
    tn("{n} order without a courier", "{n} orders without a courier", unassigned.length),
  ].join(", ");
}
