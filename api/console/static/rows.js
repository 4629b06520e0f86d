// The shapes of what the service sends, for readers and editors; docs/api.md says what each means.

/** @typedef {{early_at: string, expected_at: string, late_at: string}} Eta */
/** @typedef {"none" | "on_time" | "at_risk" | "late"} Level */

/**
 * @typedef {{id: string, code: string, name: string, state: "not_started" | "moving" | "at_stop" | "finished", level: Level,
 *   deviations: {kind: string, cause_id: string, measure: number | null, since_at: string}[],
 *   position: {lon: number, lat: number, bearing_deg: number | null, speed_mps: number | null, accuracy_m: number | null, fix_at: string} | null,
 *   last_seen_at: string | null,
 *   worst: {order_id: string, order_no: string, early_at: string, expected_at: string, late_at: string, promised_until_at: string,
 *     late_min: number, risk_share: number} | null,
 *   done: number, total: number, shift: {id: string, starts_at: string, ends_at: string, state: string} | null,
 *   next_visit_id: string | null}} CourierRow
 */

/**
 * @typedef {{id: string, kind: string, level: 1 | 2 | 3, state: string, courier_id: string | null, courier_name: string | null, courier_phone: string | null,
 *   couriers: {id: string, name: string, measure: number | null, since_at: string, left_at: string | null}[],
 *   since_at: string, noticed_at: string, shows_at: string, closed_at: string | null, measure: number | null, lon: number | null,
 *   lat: number | null, street: string, order_ids: string[], promises_moved: number, promises_broken: number, to_tell: number,
 *   shift_min_from: number | null, shift_min_to: number | null, first_promise_at: string | null, taken_by: string | null,
 *   acknowledged_by: string | null, acknowledged_at: string | null}} CauseRow
 */

/**
 * @typedef {{id: string, order_no: string, client_name: string, language: string | null, status: string, status_detail: string,
 *   courier_id: string | null, courier_name: string | null, visit_id: string | null, visit_state: string | null,
 *   sequence: number | null, eta: Eta | null, promise: {from_at: string, until_at: string, first_until_at: string} | null,
 *   level: Level, late_min: number | null, risk_share: number | null, reason: string | null, cause_id: string | null,
 *   windows: object[], address: string, lon: number | null, lat: number | null,
 *   unassigned: {code: string, message: string, remedy: string | null} | null}} OrderRow
 */

/**
 * @typedef {{id: string, order_id: string, order_no: string, client_name: string, language: string | null, courier_id: string | null,
 *   cause_id: string | null, reason: string | null, level: Level, state: "open" | "acknowledged" | "told" | "retracted" | "done",
 *   promised_from_at: string | null, promised_until_at: string | null, early_at: string | null, expected_at: string | null,
 *   late_at: string | null, late_min: number | null, path: object[], locked_by: string | null, locked_until_at: string | null,
 *   acknowledged_by: string | null, told_by: string | null, told_at: string | null, told_channel: string | null,
 *   created_at: string, updated_at: string}} InboxRow
 */

export {};
