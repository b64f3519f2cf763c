/** Several maps side by side with a shared cursor, scroll and zoom. */

import { exact, legend } from "../../draw/color.js";
import { el } from "../../draw/dom.js";
import { createMap, label } from "./map.js";
import { COLORING, stateSelects } from "./selects.js";

// The smallest width of a map in pixels.
const LEAST = 300;
const LEAST_ABREAST = 220;
const HINT = "Hover over a cell, or focus a map and use the arrow keys.";

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
 * Create a group of linked maps below a bar of options and a line that
 * describes the cell under the cursor.
 * @param {function(Object[], number, number, number): string} [describe] The
 *     line for (entries, row, column, index of the map).
 * @return {Maps} With `element`, `show`, and `onKey`.
 */
export function createMaps(describe = describeCell) {
  return new Maps(describe);
}

class Maps {
  constructor(describe) {
    this.describe = describe;
    this.maps = [];
    this.shown = null;
    this.zoom = 1;
    this.busy = false;
    this.at = null;
    this.selects = stateSelects(COLORING);
    this.colors = el("span", { class: "maps-legends" });
    this.body = el("div", { class: "maps-body" });
    this.line = el("p", { class: "maps-say", text: HINT });
    this.element = el("div", { class: "maps" }, this.bar(), this.line,
      this.body);
    this.onKey = ({ key }) => this.pressed(key);
    this.body.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoomBy(event.deltaY < 0 ? 1.25 : 0.8);
    }, { passive: false });
    let width = 0;
    new ResizeObserver(() => {
      if (Math.abs(this.body.clientWidth - width) < 2) return;
      width = this.body.clientWidth;
      this.layOut();
    }).observe(this.body);
  }

  bar() {
    const button = (text, name, by) => el("button", {
      type: "button", text, title: name, "aria-label": name,
      on: { click: () => this.zoomBy(by) },
    });
    return el(
      "div",
      { class: "maps-bar" },
      ...this.selects.labels,
      el("span", { role: "group", "aria-label": "Zoom" },
        button("−", "Zoom out (-)", 1 / 1.5),
        button("1:1", "Fit (0)", 0),
        button("+", "Zoom in (+)", 1.5)),
      this.colors,
    );
  }

  /**
   * Show maps.
   * @param {Object} context
   * @param {Object[]} entries See `selected`.
   * @param {Object} options `paints`, one painter per entry; `height` in
   *     pixels; `held`, a selected row; `abreast`, the number of maps per row;
   *     `legends`, false to hide the colors in the bar.
   */
  show(context, entries, options) {
    this.selects.update(context);
    const paints = options.legends === false ? [] : new Set(options.paints);
    this.colors.replaceChildren(...Array.from(paints, legend));
    this.shown = { context, entries, ...options };
    this.layOut();
  }

  pressed(key) {
    const by = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, 0: 0 }[key];
    if (by === undefined) return false;
    this.zoomBy(by);
    return true;
  }

  zoomBy(by) {
    this.zoom = by ? Math.min(64, Math.max(1, this.zoom * by)) : 1;
    this.layOut();
  }

  layOut() {
    if (!this.shown) return;
    const { maps, body, zoom } = this;
    const { entries, paints, height, held, abreast } = this.shown;
    const room = body.clientWidth || 800;
    const fit = abreast ? (room < abreast * LEAST_ABREAST ? 1 : abreast)
      : Math.floor(room / LEAST);
    const across = Math.max(1, Math.min(entries.length, fit));
    body.style.setProperty("--across", across);
    const width = Math.floor((room - 16 * (across - 1)) / across);
    for (const map of maps.splice(entries.length)) map.element.remove();
    entries.forEach((entry, i) => {
      maps[i] ??= this.createMap(i);
      if (!maps[i].element.parentNode) body.append(maps[i].element);
      maps[i].show(entry, { paint: paints[i], width, zoom, held,
        height: height ?? Math.max(240, innerHeight * 0.72) });
    });
    this.describeCursor();
  }

  createMap(index) {
    return createMap({
      cursor: (row, column, byKey) => {
        this.at = row === null ? null : [row, column, index];
        for (const { point } of this.maps) point(row, column);
        this.describeCursor();
        if (byKey) this.shown.context.announce?.(this.line.textContent);
      },
      row: (row) => {
        const { state, set } = this.shown.context;
        set({ token: state.token === row ? null : row });
      },
      scroll: (left, top) => {
        if (this.busy) return;
        this.busy = true;
        this.maps.forEach((map, i) => i !== index && map.scrollTo(left, top));
        requestAnimationFrame(() => (this.busy = false));
      },
    });
  }

  /** Describe the cell under the cursor, even after the maps have changed. */
  describeCursor() {
    const { shown: { entries }, at } = this;
    const { rows = 0, columns = 0 } = entries[at?.[2]]?.matrix ?? {};
    const there = at && at[0] < rows && at[1] < columns;
    this.line.textContent = there ? this.describe(entries, ...at) : HINT;
  }
}

function describeCell(entries, row, column, index) {
  const pair = `${pairText(entries[index], row, column)}: `;
  if (entries.length === 1) return pair + cellText(entries[0], row, column);
  const fits = ({ matrix }) => row < matrix.rows && column < matrix.columns;
  return pair + [...new Set([entries[index], ...entries])].filter(fits)
    .map((entry) => `${cellText(entry, row, column)} (${entry.label})`)
    .join(", ");
}
