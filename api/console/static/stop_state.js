// Whether a stop is behind the courier.

/** @param {any} stop a stop of a CourierDay */
export const isDone = (stop) => Boolean(stop.done_at) || ["delivered", "failed", "skipped", "dropped"].includes(stop.visit_state);
