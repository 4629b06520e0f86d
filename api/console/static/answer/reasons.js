// Why a promised arrival moved, in the operator's language; clients hear the sentence that the service makes.
import { t } from "../i18n.js";

/** A clause that follows "because", or "" when the reason is not known. @param {string | null | undefined} reason */
export function reasonClause(reason) {
  switch (reason) {
    case "detour":
      return t("the courier left the planned route");
    case "stall":
      return t("the courier has stopped on the way");
    case "long_service":
      return t("an earlier stop took longer than planned");
    case "no_signal":
      return t("the courier's phone has been silent");
    case "traffic":
      return t("traffic is slow");
    case "late_start":
      return t("the courier started late");
    case "wrong_sequence":
      return t("the courier takes the stops in another order");
    case "new_stop":
      return t("a stop was added before it");
    case "stop_dropped":
      return t("a stop before it was dropped");
    case "edited":
      return t("the order was changed");
    case "replan":
      return t("the route was planned anew");
    case "ahead":
      return t("the courier is ahead of the plan");
    case "slower_than_planned":
      return t("driving takes longer than planned");
    default:
      return "";
  }
}
