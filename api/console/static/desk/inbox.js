// The inbox of changed arrivals: grouped by cause, promise or courier; walked by J and K; acknowledged, told, opened.
import { html, signal, useEffect } from "../html.js";
import { now } from "../clock.js";
import { CAUSE_SIGNS, causeAbout, causeTitle, reasonText } from "../cause_words.js";
import { clockTime, duration, ms } from "../format.js";
import { Glyph } from "../glyphs.js";
import { t, tn } from "../i18n.js";
import { useKeys } from "../keys.js";
import { Button, Kbd } from "../parts/parts.js";
import { causes, couriers, inbox, smallChanges } from "../store.js";
import { acknowledge, acknowledgeGroup, canAcknowledge, readLines, selectedLine, told } from "./inbox_acts.js";
import { GROUPINGS, groupLines, isToTell, linesInOrder } from "./inbox_groups.js";
import { buttonId, InboxLine } from "./inbox_line.js";

const grouping = signal(/** @type {import("./inbox_groups.js").Grouping} */ ("cause"));

const groupingName = () =>
  ({ cause: t("by cause"), promise: t("by promise time"), courier: t("by courier") })[grouping.value];

const nextGrouping = () => {
  grouping.value = GROUPINGS[(GROUPINGS.indexOf(grouping.value) + 1) % GROUPINGS.length];
};

/** @param {{onOpen: (line: any) => void}} props */
export function Inbox({ onOpen }) {
  const groups = groupLines(inbox.all().filter((line) => !readLines.value.has(line.id)), grouping.value);
  const lines = linesInOrder(groups);
  const current = lines.find((line) => line.id === selectedLine.value) ?? null;
  const group = current && groups.find((one) => one.lines.includes(current));
  const toTell = lines.filter(isToTell).length;
  useInboxKeys({ lines, groups, onOpen });
  return html`<section class="desk-inbox" aria-labelledby="inbox-title">
    <div class="desk-inbox-head">
      <h2 id="inbox-title">${t("ETA changes")}</h2>
      <span class="count">${t("{n} to tell", { n: toTell })}</span>
      <button type="button" class="desk-grouping" onClick=${nextGrouping}>${groupingName()} <${Kbd}>V<//></button>
    </div>
    <div class="desk-lines" tabindex="0" role="region" aria-label=${t("Changes to tell")}>
      ${groups.length === 0 && html`<p class="desk-empty">${t("Nobody needs to be told of a new time.")}</p>`}
      ${groups.map((one) => html`<${Group} key=${one.key} group=${one} onOpen=${onOpen} />`)}
      <${SmallChanges} />
    </div>
    ${groups.length > 0 && html`<${InboxActs} current=${current} group=${group} />`}
  </section>`;
}

/** @param {{group: import("./inbox_groups.js").InboxGroup, onOpen: (line: any) => void}} props */
function Group({ group, onOpen }) {
  const { sign, title, age, words } = headOf(group);
  const id = `group-${group.key}`;
  return html`<section class="desk-group" aria-labelledby=${id}>
    <div class="desk-group-head">
      ${sign ? html`<${Glyph} name=${sign} />` : html`<span></span>`}
      <h3 id=${id}>${title}</h3>
      <span class="age">${age}</span>
      <p>${words}</p>
    </div>
    <ul>
      ${group.lines.map((line) => html`<${InboxLine} key=${line.id} line=${line} selected=${line.id === selectedLine.value} onOpen=${onOpen} />`)}
    </ul>
  </section>`;
}

/** The head of a group in words. @param {import("./inbox_groups.js").InboxGroup} group */
function headOf(group) {
  const first = group.lines[0];
  const name = couriers.get(first.courier_id)?.name ?? "";
  const words = group.toTell ? tn("{n} client to tell.", "{n} clients to tell.", group.toTell) : t("Everybody was told.");
  if (grouping.value === "courier") return { sign: "moving", title: name || t("No courier"), age: "", words };
  if (grouping.value === "promise") {
    const until = first.promised_until_at;
    return { sign: "", title: until ? t("Promised by {time}", { time: clockTime(until) }) : t("Nothing promised"), age: "", words };
  }
  const cause = first.cause_id ? causes.get(first.cause_id) : null;
  if (!cause) return { sign: "at_risk", title: [capital(reasonText(first.reason)) || t("Change of plan"), name].filter(Boolean).join(" · "), age: "", words };
  const since = ms(cause.since_at);
  const seen = cause.acknowledged_by ? ` ${t("{name} knows of it.", { name: cause.acknowledged_by })}` : "";
  return {
    sign: CAUSE_SIGNS[cause.kind] ?? "at_risk",
    title: [causeTitle(cause), cause.street || causeAbout(cause)].filter(Boolean).join(" · "),
    age: since === null || cause.closed_at ? "" : duration(now.value - since),
    words: words + seen,
  };
}

/** @param {string} text */
const capital = (text) => text && text[0].toLocaleUpperCase() + text.slice(1);

const SmallChanges = () =>
  smallChanges.value > 0 &&
  html`<p class="desk-small">
    ${tn("{n} smaller change, nobody needs to be told", "{n} smaller changes, nobody needs to be told", smallChanges.value)}
  </p>`;

/** @param {{current: any, group: import("./inbox_groups.js").InboxGroup | null | undefined}} props */
function InboxActs({ current, group }) {
  const open = group?.lines.some(canAcknowledge);
  return html`<div class="desk-actions">
    <${Button} cap="A" disabled=${!current || !canAcknowledge(current)} onClick=${() => void acknowledge(current)}>
      ${t("Acknowledge")}
    <//>
    <${Button} cap="T" disabled=${!current || !isToTell(current)} onClick=${() => void told(current)}>${t("Told")}<//>
    <${Button} wide cap="⇧A" disabled=${!open} onClick=${() => group && void acknowledgeGroup(group)}>${t("Acknowledge group")}<//>
  </div>`;
}

/**
 * What is selected is looked up when a key is pressed: a practised hand is quicker than the next drawing.
 * @param {{lines: any[], groups: import("./inbox_groups.js").InboxGroup[], onOpen: (line: any) => void}} props
 */
function useInboxKeys({ lines, groups, onOpen }) {
  const chosen = () => lines.find((line) => line.id === selectedLine.peek()) ?? null;
  /** @param {(line: any) => void} act */
  const withChosen = (act) => () => {
    const line = chosen();
    if (line) act(line);
  };
  const step = (/** @type {number} */ by) => {
    if (!lines.length) return;
    const from = chosen();
    const at = from ? lines.indexOf(from) + by : by > 0 ? 0 : lines.length - 1;
    // A told line sinks to the end of its group: from the end of the list J goes on with the first client to tell.
    const again = at >= lines.length && from && !isToTell(from) ? lines.findIndex(isToTell) : -1;
    selectedLine.value = lines[again >= 0 ? again : Math.max(0, Math.min(lines.length - 1, at))].id;
    document.getElementById(buttonId(selectedLine.value))?.focus();
  };
  const acknowledgeAll = withChosen((line) => {
    const group = groups.find((one) => one.lines.includes(line));
    if (group) void acknowledgeGroup(group);
  });
  useKeys([
    { code: "KeyJ", show: ["J"], label: t("Next line"), run: () => step(1) },
    { code: "KeyK", show: ["K"], label: t("Previous line"), run: () => step(-1) },
    { code: "Enter", show: ["↵"], label: t("Open the line"), run: withChosen(onOpen) },
    { code: "KeyA", show: ["A"], label: t("Acknowledge"), run: withChosen((line) => void acknowledge(line)) },
    { code: "KeyA", shift: true, show: ["⇧", "A"], label: t("Acknowledge the group"), run: acknowledgeAll },
    { code: "KeyT", show: ["T"], label: t("Told the client"), run: withChosen((line) => void told(line)) },
    { code: "KeyV", show: ["V"], label: t("Group by cause, promise time or courier"), run: nextGrouping },
  ]);
  // A line that has gone leaves the focus nowhere: the next J begins at the top.
  useEffect(() => {
    if (selectedLine.peek() && !chosen()) selectedLine.value = "";
  }, [lines]);
}
