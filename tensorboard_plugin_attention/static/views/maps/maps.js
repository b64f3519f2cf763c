/** Several maps side by side with a shared cursor, scroll and zoom. */

import { exact, legend } from "../../draw/color.js";
import { el } from "../../draw/dom.js";
import { createMap, label } from "./map.js";
import { COLORING, stateSelects } from "./selects.js";

// The smallest width of a map in pixels.
const LEAST = 300;
const LEAST_ABREAST = 220;
const HINT = "Point at a cell, or focus a map and use the arrow keys.";

/** The weight of a cell in words. */
export function cellText({ matrix }, row, column) {
  const i = row * matrix.columns + column;
  if (matrix.masked?.[i]) return "masked";
  return exact(matrix.values[i]);
}

/** The row and the column of a cell, "the → dog". */
export function pairText({ axes }, row, column) {
  return `${label(axes.rows, row, 40)} → ${label(axes.columns, column, 40)}`;
}

/**
 * Creates a group of linked maps below a bar of options and a line that
 * describes the cell under the cursor.
 * @param {Object} [options] `say(entries, row, column, index)`, the line.
 * @return {Object} `element`, `show(context, entries, {paints, height, held,
 *     abreast, legends})` with one painter per entry, the number of maps per
 *     row and whether the bar shows the colors, and `onKey(event)`.
 */
export function createMaps({ say = saying } = {}) {
  const selects = stateSelects(COLORING);
  const colors = el("span", { class: "maps-legends" });
  const button = (text, name, by) => el("button", {
    type: "button", text, title: name, "aria-label": name,
    on: { click: () => zoomBy(by) },
  });
  const bar = el(
    "div",
    { class: "maps-bar" },
    ...selects.labels,
    el("span", { role: "group", "aria-label": "Zoom" },
      button("−", "Zoom out (-)", 1 / 1.5),
      button("1:1", "Fit (0)", 0),
      button("+", "Zoom in (+)", 1.5)),
    colors,
  );
  const body = el("div", { class: "maps-body" });
  const line = el("p", { class: "maps-say", text: HINT });
  const element = el("div", { class: "maps" }, bar, line, body);
  const maps = [];
  let shown = null;
  let zoom = 1;
  let busy = false;
  let at = null;

  function zoomBy(by) {
    zoom = by ? Math.min(64, Math.max(1, zoom * by)) : 1;
    lay();
  }

  /** Describes the cell under the cursor, also after the maps have changed. */
  function tell() {
    const { rows = 0, columns = 0 } = shown.entries[at?.[2]]?.matrix ?? {};
    const there = at && at[0] < rows && at[1] < columns;
    line.textContent = there ? say(shown.entries, ...at) : HINT;
  }

  function made(index) {
    return createMap({
      cursor(row, column, byKey) {
        at = row === null ? null : [row, column, index];
        for (const { point } of maps) point(row, column);
        tell();
        if (byKey) shown.context.announce?.(line.textContent);
      },
      row(row) {
        const { state, set } = shown.context;
        set({ token: state.token === row ? null : row });
      },
      scroll(left, top) {
        if (busy) return;
        busy = true;
        maps.forEach((map, i) => i !== index && map.scrollTo(left, top));
        requestAnimationFrame(() => (busy = false));
      },
    });
  }

  function lay() {
    if (!shown) return;
    const { entries, paints, height, held, context, abreast } = shown;
    const room = body.clientWidth || 800;
    const fit = abreast ? (room < abreast * LEAST_ABREAST ? 1 : abreast)
      : Math.floor(room / LEAST);
    const across = Math.max(1, Math.min(entries.length, fit));
    body.style.setProperty("--across", across);
    const width = Math.floor((room - 16 * (across - 1)) / across);
    for (const map of maps.splice(entries.length)) map.element.remove();
    entries.forEach((entry, i) => {
      maps[i] ??= made(i);
      if (!maps[i].element.parentNode) body.append(maps[i].element);
      maps[i].show(entry, { paint: paints[i], width, zoom, held,
        height: height ?? Math.max(240, innerHeight * 0.72) });
    });
    tell();
  }

  body.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoomBy(event.deltaY < 0 ? 1.25 : 0.8);
  }, { passive: false });
  let width = 0;
  new ResizeObserver(() => {
    if (Math.abs(body.clientWidth - width) < 2) return;
    width = body.clientWidth;
    lay();
  }).observe(body);

  return {
    element,
    show(context, entries, options) {
      selects.update(context);
      const paints = options.legends === false ? [] : new Set(options.paints);
      colors.replaceChildren(...Array.from(paints, legend));
      shown = { context, entries, ...options };
      lay();
    },
    onKey({ key }) {
      const by = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, 0: 0 }[key];
      if (by === undefined) return false;
      zoomBy(by);
      return true;
    },
  };
}

function saying(entries, row, column, index) {
  const pair = `${pairText(entries[index], row, column)}: `;
  if (entries.length === 1) return pair + cellText(entries[0], row, column);
  const fits = ({ matrix }) => row < matrix.rows && column < matrix.columns;
  return pair + [...new Set([entries[index], ...entries])].filter(fits)
    .map((entry) => `${cellText(entry, row, column)} (${entry.label})`)
    .join(", ");
}
