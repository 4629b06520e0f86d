// The Live screen: what needs a decision, the couriers, the map, and the selected thing.
import { html } from "../html.js";
import { deselect, selected } from "../address.js";
import { focusOn } from "../focus.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { useCallOnLive } from "../answer/call_address.js";
import "../answer/panel.js";
import { MapView } from "../map/map_view.js";
import { Empty, ProblemNote, Skeleton } from "../parts/parts.js";
import { panelFor, registerPanel } from "../panels.js";
import { tryNow } from "../feed.js";
import { couriers, orders, plan, problem, status } from "../store.js";
import { CausePanel } from "./cause_panel.js";
import { Causes } from "./causes.js";
import { CourierPanel } from "./courier_panel.js";
import { Couriers } from "./couriers.js";
import { changeOrder, toDecide, walk } from "./lists.js";
import { News } from "./news.js";
import { OrderPanel } from "./order_panel.js";
import { NoPlan } from "./plan_day.js";

registerPanel("cause", CausePanel);
registerPanel("courier", CourierPanel);
registerPanel("live-order", OrderPanel);

export function Screen() {
  useCallOnLive();
  useKeys([
    { code: "KeyJ", label: t("Next line"), show: ["J"], run: () => walk(1) },
    { code: "KeyK", label: t("Previous line"), show: ["K"], run: () => walk(-1) },
    { code: "Enter", label: t("Go into the details"), show: ["↵"], run: () => focusOn(".column.right .panel-body") },
    { code: "Escape", label: t("Back, close the details"), show: ["Esc"], inFields: true, run: back },
    { code: "KeyS", label: t("Sort couriers: worst first, by name"), show: ["S"], run: changeOrder },
  ]);
  return html`
    <aside class="column left" aria-label=${t("Decisions and couriers")}><${Left} /></aside>
    <main class="column middle" id="main" tabindex="-1" aria-label=${t("Map")}><${MapView} /></main>
    <aside class="column right" aria-label=${t("Details")}><${Right} /></aside>
  `;
}

function back() {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  if (active && active !== document.body && active.closest(".column.right")) active.blur();
  else deselect();
}

function Left() {
  if (status.value === "error" && problem.value) return html`<${ProblemNote} problem=${problem.value} onRetry=${tryNow} />`;
  if (status.value === "loading") return html`<${Skeleton} rows=${14} />`;
  return html`<${Causes} /><${Couriers} /><${News} />`;
}

function Right() {
  if (status.value !== "ready") return null;
  const it = selected.value;
  const Panel = it && panelFor(it.kind === "order" ? "live-order" : it.kind);
  if (it && Panel) return html`<${Panel} key=${`${it.kind}:${it.id}`} id=${it.id} />`;
  if (!plan.value) return html`<${NoPlan} />`;
  return html`<${Empty} title=${t("Nothing is selected.")}>
    <p>${toDecide.value.length
      ? t("Choose a line on the left, or press J.")
      : t("Choose a courier on the left or on the map.")}</p>
    ${couriers.all().length === 0 && orders.all().length > 0 && html`<p>${t("Orders wait, but no courier has a shift today.")}</p>`}
  <//>`;
}
