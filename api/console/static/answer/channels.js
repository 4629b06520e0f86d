// How a client was told, in words.
import { t } from "../i18n.js";

/** @param {string | null | undefined} channel */
export function channelName(channel) {
  switch (channel) {
    case "call":
    case "phone":
      return t("by phone");
    case "sms":
      return "SMS";
    case "order":
      return t("with the order");
    case "bot":
      return t("by bot");
    default:
      return channel ?? "";
  }
}
