// A list of rows of one height that draws only those in sight: 300 couriers cost as much as 20.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../html.js";

const MARGIN_ROWS = 6;

/**
 * @param {{items: any[], keyOf: (item: any) => string, draw: (item: any) => any, label: string, current?: string}} props
 *   `current` is the key of the row to keep in sight when it changes
 */
export function VirtualList({ items, keyOf, draw, label, current }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [view, setView] = useState({ top: 0, height: 600, row: 30 });
  useLayoutEffect(() => {
    const element = /** @type {HTMLElement} */ (box.current);
    const measure = () => {
      const row = parseFloat(getComputedStyle(element).getPropertyValue("--row")) || 30;
      setView({ top: element.scrollTop, height: element.clientHeight, row });
    };
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  useEffect(() => {
    const element = box.current;
    const index = current ? items.findIndex((item) => keyOf(item) === current) : -1;
    if (!element || index < 0) return;
    const top = index * view.row;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + view.row > element.scrollTop + element.clientHeight) element.scrollTop = top + view.row - element.clientHeight;
  }, [current]);
  const first = Math.max(0, Math.floor(view.top / view.row) - MARGIN_ROWS);
  const last = Math.min(items.length, Math.ceil((view.top + view.height) / view.row) + MARGIN_ROWS);
  return html`<div class="virtual scroll" ref=${box} tabindex="0" role="group" aria-label=${label}>
    <ul style=${{ paddingTop: `${first * view.row}px`, paddingBottom: `${(items.length - last) * view.row}px` }}>
      ${items.slice(first, last).map(
        (item, i) => html`<li key=${keyOf(item)} aria-setsize=${items.length} aria-posinset=${first + i + 1}>${draw(item)}</li>`,
      )}
    </ul>
  </div>`;
}
