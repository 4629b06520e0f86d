// Search: a phone number, an order, a courier, an address. Sent in a body, so that no number stands in an address.
import { html, useEffect, useRef, useState } from "../html.js";
import { address, adjust, cityQuery } from "../address.js";
import { post, Problem } from "../api.js";
import { Glyph, LevelGlyph } from "../glyphs.js";
import { t } from "../i18n.js";
import { useKeys } from "../keys.js";
import { Kbd } from "../parts/parts.js";
import { askScreen, searchText } from "../search_box.js";

const PAUSE_MS = 180;

/** @typedef {{kind: "order" | "courier", row: any}} Hit */
/** @type {Hit[]} */
const NOTHING = [];

export function Search() {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [hits, setHits] = useState(NOTHING);
  const [at, setAt] = useState(-1);
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState("");
  const text = searchText.value.trim();
  useHits(open ? text : "", (found, words) => {
    setHits(found);
    setNote(words);
    setAt(-1);
  });
  useKeys([{ code: "Slash", label: t("Search phone, order, courier"), show: ["/"], sign: "/", run: () => field.current?.select() }]);

  const choose = (/** @type {Hit} */ hit) => {
    setOpen(false);
    field.current?.blur();
    // A courier is shown on Live only; an order has its panel on every screen.
    adjust({ sel: `${hit.kind}:${hit.row.id}` });
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.code === "ArrowDown" || event.code === "ArrowUp") {
      event.preventDefault();
      const step = event.code === "ArrowDown" ? 1 : -1;
      if (hits.length) setAt((at + step + hits.length) % hits.length);
    } else if (event.code === "Enter" || event.code === "NumpadEnter") {
      event.preventDefault();
      if (at >= 0) choose(hits[at]);
      else if (text && askScreen(text)) {
        setOpen(false);
        field.current?.blur(); // the next key is for the answer, however soon it is pressed
      }
      else if (hits.length) choose(hits[0]);
    } else if (event.code === "Escape") {
      event.stopPropagation();
      setOpen(false);
      field.current?.blur();
    }
  };
  const shown = open && text.length > 0 && (hits.length > 0 || note !== "");
  return html`<div class="search" role="search">
    <${Glyph} name="search" size=${14} />
    <input ref=${field} value=${searchText.value} role="combobox" aria-expanded=${String(shown)} aria-controls="search-hits" aria-autocomplete="list"
      aria-activedescendant=${shown && at >= 0 ? `hit-${at}` : undefined} autocomplete="off" spellcheck=${false}
      aria-label=${t("Phone, order, courier or address")} placeholder=${t("Phone, order, courier or address")}
      onInput=${(/** @type {any} */ e) => {
        searchText.value = e.currentTarget.value;
        setOpen(true);
      }}
      onFocus=${() => setOpen(true)} onBlur=${() => setTimeout(() => setOpen(false), 150)} onKeyDown=${onKeyDown} />
    <${Kbd}>/<//>
    <div class="hits" id="search-hits" role="listbox" aria-label=${t("Found")} hidden=${!shown}>
      ${hits.map(
        (hit, i) => html`<div key=${hit.row.id} id=${`hit-${i}`} role="option" aria-selected=${String(i === at)} class="hit"
          onPointerDown=${(/** @type {Event} */ e) => e.preventDefault()} onClick=${() => choose(hit)}><${HitWords} hit=${hit} /></div>`,
      )}
      ${note && html`<div role="option" aria-disabled="true" aria-selected="false" class="hit mut">${note}</div>`}
    </div>
  </div>`;
}

/** @param {{hit: Hit}} props */
const HitWords = ({ hit: { kind, row } }) =>
  kind === "order"
    ? html`<${LevelGlyph} level=${row.level} /><b>${row.order_no}</b> <span>${row.client_name}</span> <span class="mut">${row.address}</span>`
    : html`<${Glyph} name=${row.state === "moving" || row.state === "at_stop" ? row.state : "idle"} /><b>${row.name}</b>
        <span class="mut">${row.code}</span>`;

/** @param {string} text @param {(hits: Hit[], note: string) => void} take */
function useHits(text, take) {
  useEffect(() => {
    if (text.length < 2) {
      take(NOTHING, "");
      return undefined;
    }
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const found = await post(`/v1/search${cityQuery()}`, { text }, { signal: stop.signal });
        /** @type {Hit[]} */
        const hits = [
          ...found.orders.map((/** @type {any} */ row) => ({ kind: "order", row })),
          ...(address.peek().path === "/live" ? found.couriers.map((/** @type {any} */ row) => ({ kind: "courier", row })) : []),
        ];
        take(hits.slice(0, 9), hits.length ? "" : t("Nothing found"));
      } catch (error) {
        if (error instanceof Problem) take(NOTHING, error.detail || error.title);
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
}
