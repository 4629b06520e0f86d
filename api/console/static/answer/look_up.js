// What an operator typed to find an order: a phone number or an order number. Pure, so that it can be tested alone.

const PHONE = /^[+(]?[\d\s().\-\u2010-\u2013]+$/u;
const ORDER_NO = /^[\p{L}\d][\p{L}\d/_-]{0,31}$/u;

/** Bare digits shorter than this may be an order number; a phone number is then written with a sign or with gaps. */
const BARE_PHONE_DIGITS = 9;

/**
 * The body of the look-up, or null when the text can be neither. The service understands any written form of a number.
 *
 * @param {string} text
 * @returns {{phone: string} | {order_no: string} | null}
 */
export function lookUpBody(text) {
  const trimmed = text.trim();
  const digits = trimmed.replace(/\D/gu, "").length;
  const gaps = /[+\s().]/u.test(trimmed);
  if (PHONE.test(trimmed) && (digits >= BARE_PHONE_DIGITS || (digits >= 5 && gaps))) return { phone: trimmed };
  return digits > 0 && ORDER_NO.test(trimmed) ? { order_no: trimmed } : null;
}
