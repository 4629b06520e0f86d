// Two operators never call the same client: whose hold on a line stands in the way.
import { now } from "../clock.js";
import { ms } from "../format.js";
import { user } from "../store.js";

/** Another person has the line open now. @param {any} line an InboxRow */
export const isLockedByOther = (line) =>
  Boolean(line.locked_by && line.locked_by !== user.value?.name && (ms(line.locked_until_at) ?? 0) > now.value);
