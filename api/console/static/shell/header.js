// The header: where and when, search, the state of the day in one second, the feed, the city's clock, the person.
import { html } from "../html.js";
import { address } from "../address.js";
import { feed, feedState, now, silence } from "../clock.js";
import { clockTime, duration, shortDate } from "../format.js";
import { t } from "../i18n.js";
import { cities, city, day, status } from "../store.js";
import { Counters } from "./counters.js";
import { PersonMenu } from "./person_menu.js";
import { Search } from "./search.js";

const MARK = ["M4 18V9a5 5 0 0 1 5-5h9", "M9.5 18v-6a2.5 2.5 0 0 1 2.5-2.5h6"];

export const Header = () =>
  html`<header class="top">
    <h1 class="logo">
      <svg width="22" height="22" viewBox="0 0 22 22" fill="none" stroke-width="2.4" stroke-linecap="round" role="img" aria-label="Corridor">
        <path d=${MARK[0]} stroke="var(--ink)" /><path d=${MARK[1]} stroke="var(--accent)" />
      </svg>
    </h1>
    <${Place} />
    <${Search} />
    <${Counters} />
    <${FeedState} />
    <${Clock} />
    <${PersonMenu} />
  </header>`;

/** Which city, which day. With more than one city it is a choice; the page begins anew with another one. */
function Place() {
  const here = city.value?.slug ?? address.value.params.city;
  const choose = (/** @type {any} */ event) => {
    localStorage.setItem("corridor.city", event.currentTarget.value);
    location.assign(`${address.value.path}?city=${encodeURIComponent(event.currentTarget.value)}`);
  };
  return html`<p class="place">
    ${cities.value.length > 1
      ? html`<select aria-label=${t("City")} value=${here} onChange=${choose}>
          ${cities.value.map(({ slug, name }) => html`<option key=${slug} value=${slug} selected=${slug === here}>${name}</option>`)}
        </select>`
      : html`<b>${city.value?.name}</b>`}
    ${day.value && html` <span class="mut">${shortDate(day.value)}</span>`}
  </p>`;
}

/** The reference of every time on the screen. */
const Clock = () =>
  html`<time class="clock" title=${city.value?.timezone}>${city.value ? clockTime(now.value) : ""}</time>`;

function FeedState() {
  const state = status.value === "ready" ? feedState.value : "waiting";
  const words =
    state === "waiting" ? t("Connecting") : state === "live" ? t("Live") : feed.value.online ? duration(silence.value * 1000) : t("Off line");
  return html`<span class=${`feed ${state}`} title=${t("Age of the newest word from the service")}><i></i>${words}</span>`;
}
