// The couriers, worst first: sign, name, promise bar, minutes late or chance of it, stops done.
import { html } from "../html.js";
import { adjust, select, selected } from "../address.js";
import { courierState } from "../cause_words.js";
import { feedState } from "../clock.js";
import { AGE_SHOWN_MS, signOf, severityOf, silenceOf } from "../courier_rank.js";
import { duration, lateMinutes, percent, shortName } from "../format.js";
import { Glyph } from "../glyphs.js";
import { t } from "../i18n.js";
import { Kbd } from "../parts/parts.js";
import { OrderLine } from "../parts/order_line.js";
import { VirtualList } from "../parts/virtual_list.js";
import { PromiseBar } from "../promise_bar.js";
import { filter, filterName } from "../shell/counters.js";
import { couriers } from "../store.js";
import { changeOrder, order, shownCouriers, unassigned } from "./lists.js";
import { narrow } from "../narrow.js";

export function Couriers() {
  return filter() === "unassigned" ? html`<${Unassigned} />` : html`<${CourierList} />`;
}

function CourierList() {
  const list = shownCouriers.value;
  const current = selected.value?.kind === "courier" ? selected.value.id : undefined;
  return html`<section class=${`couriers ${feedState.value}`} aria-labelledby="couriers-title">
    <div class="list-head">
      <h2 id="couriers-title">${t("Couriers")}</h2>
      <span class="count">${filter() ? t("{shown} of {all}", { shown: list.length, all: couriers.all().length }) : list.length}</span>
      ${filter() && html`<${FilterTag} />`}
      <button type="button" class="end" onClick=${changeOrder}>${order() === "worst" ? t("worst first") : t("by name")}<${Kbd}>S<//></button>
    </div>
    ${list.length === 0 && html`<p class="calm">${filter() ? t("No courier is like that now.") : t("No couriers in this city yet.")}</p>`}
    <${VirtualList} items=${list} keyOf=${(/** @type {any} */ courier) => courier.id} label=${t("Couriers")} current=${current}
      draw=${(/** @type {any} */ courier) => html`<${CourierLine} courier=${courier} isCurrent=${courier.id === current} />`} />
  </section>`;
}

const FilterTag = () =>
  html`<button type="button" class="filter-tag" onClick=${() => adjust({ show: null })} title=${t("Show all")}>
    ${filterName(filter())} <${Glyph} name="close" size=${10} /><span class="unseen">${t("Show all")}</span>
  </button>`;

/** @param {{courier: any, isCurrent: boolean}} props */
function CourierLine({ courier, isCurrent }) {
  const sign = signOf(courier);
  const silent = silenceOf(courier);
  const { worst } = courier;
  const worry = courier.level === "late" || courier.level === "at_risk";
  return html`<button type="button" class="courier" aria-current=${isCurrent ? "true" : undefined} onClick=${() => select("courier", courier.id)}>
    <${Glyph} name=${sign} />
    <span class=${severityOf(courier) >= 2 ? "name m" : "name"} title=${`${courier.name}, ${courierState(courier)}`}>
      <span>${narrow.value ? shortName(courier.name) : courier.name}</span>
      ${silent !== null && silent > AGE_SHOWN_MS && html` <span class="age">${duration(silent)}</span>`}
    </span>
    ${worst
      ? html`<${PromiseBar} early=${worst.early_at} expected=${worst.expected_at} late=${worst.late_at} promisedUntil=${worst.promised_until_at} />`
      : html`<span></span>`}
    <span class=${`delta ${courier.level === "late" ? "late" : courier.level === "at_risk" ? "risk" : ""}`}>
      ${worst && worry ? (courier.level === "late" ? lateMinutes(worst.late_min) : percent(worst.risk_share)) : ""}
    </span>
    <span class="progress" title=${t("stops done")}>${courier.done}/${courier.total}</span>
  </button>`;
}

function Unassigned() {
  const list = unassigned.value;
  return html`<section class="couriers" aria-labelledby="unassigned-title">
    <div class="list-head">
      <h2 id="unassigned-title">${t("Orders without a courier")}</h2><span class="count">${list.length}</span><${FilterTag} />
    </div>
    ${list.length === 0 && html`<p class="calm">${t("Every order has a courier.")}</p>`}
    <div class="scroll" tabindex="0" role="group" aria-label=${t("Orders without a courier")}>
      <ul>
        ${list.map(
          (one) => html`<${OrderLine} key=${one.id} order=${one} onOpen=${() => select("order", one.id)} sign=${html`<${Glyph} name="unassigned" size=${14} />`}
            current=${selected.value?.kind === "order" && selected.value.id === one.id} note=${one.unassigned?.message} />`,
        )}
      </ul>
    </div>
  </section>`;
}
