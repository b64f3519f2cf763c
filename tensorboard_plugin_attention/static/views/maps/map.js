/** One map on a canvas. Only the visible part is drawn. */

import { el } from "../../draw/dom.js";
import { shorten, visible } from "../../draw/tokens.js";
import { cut, paintCells } from "./cells.js";

const LARGEST_CELL = 40;
// Cells may be wider than tall; rows keep a minimum height.
const WIDEST = 2;
const LEAST_TALL = 56;
const HALF_LINE = 7;
// Space for a scroll bar.
const BAR = 16;
const MOVES = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
  PageUp: [-10, 0], PageDown: [10, 0],
  Home: [0, -Infinity], End: [0, Infinity],
};

/** The i-th token of an axis as a label. */
export function label(axis, i, most = 18) {
  return shorten(visible(axis[i] ?? `#${i}`), most);
}

/**
 * Create a map that scrolls and zooms, with a cursor for pointer and keyboard.
 * @param {Object} events `cursor(row, column, byKey)`, with row null when the
 *     cursor leaves; `row(row)` when a row is selected; `scroll(left, top)`, in
 *     cells.
 * @return {Object} `element`; `show(entry, options)` with options `paint`,
 *     `width`, `height`, `zoom`, `held`; `point(row, column)`;
 *     `scrollTo(left, top)`.
 */
export function createMap(events) {
  const cells = el("canvas", { role: "img" });
  const over = el("canvas", { "aria-hidden": "true" });
  const stick = el("div", { class: "maps-stick" }, cells, over);
  const space = el("div", null, stick);
  const scroll = el(
    "div",
    { class: "maps-scroll", tabindex: 0, role: "application" },
    space,
  );
  const title = el("figcaption");
  const foot = el("div");
  const element = el("figure", { class: "maps-figure" }, title, scroll, foot);
  const map = { element, cells, over, scroll, stick, space, cursor: null,
    byKey: false };
  listen(map, events);
  return {
    element,
    show(entry, options) {
      title.textContent = entry.label;
      title.style.setProperty("--head", entry.color);
      foot.replaceChildren(...(entry.foot ?? []));
      Object.assign(map, { entry, ...options });
      const { rows, columns } = entry.matrix;
      const name = `${entry.label}: ${rows} by ${columns} weights`;
      cells.setAttribute("aria-label", name);
      scroll.setAttribute("aria-label",
        `${name}. Use the arrow keys to read the cells.`);
      layOut(map);
      draw(map);
    },
    point(row, column) {
      map.cursor = row === null ? null : { row, column };
      mark(map);
    },
    scrollTo(left, top) {
      scroll.scrollTo(left * map.w, top * map.h);
    },
  };
}

function listen(map, events) {
  const { scroll } = map;
  const tell = (row, column, byKey) => {
    map.byKey = byKey;
    events.cursor(row, column, byKey);
  };
  scroll.addEventListener("pointermove", (event) => {
    const [row, column] = under(map, event);
    if (row !== null && column !== null) tell(row, column, false);
    else if (!map.byKey) tell(null, null, false);
    scroll.style.cursor = row !== null && column === null ? "pointer" : "";
  });
  scroll.addEventListener("pointerleave", () => {
    if (!map.byKey) tell(null, null, false);
  });
  scroll.addEventListener("click", (event) => {
    const [row, column] = under(map, event);
    if (row !== null && column === null) events.row?.(row);
    else if (row !== null) tell(row, column, true);
  });
  scroll.addEventListener("keydown", (event) =>
    keyed(map, event, events, tell));
  scroll.addEventListener("scroll", () => {
    if (!map.entry) return;
    draw(map);
    events.scroll?.(scroll.scrollLeft / map.w, scroll.scrollTop / map.h);
  });
}

/** The row and column under the pointer; null in the margin of labels. */
function under(map, event) {
  if (!map.entry) return [null, null];
  const box = map.scroll.getBoundingClientRect();
  const x = event.clientX - box.left - map.left;
  const y = event.clientY - box.top - map.top;
  const { rows, columns } = map.entry.matrix;
  const row = Math.floor((y + map.scroll.scrollTop) / map.h);
  const column = Math.floor((x + map.scroll.scrollLeft) / map.w);
  return [
    y >= 0 && row < rows ? row : null,
    x >= 0 && column < columns ? column : null,
  ];
}

function keyed(map, event, events, tell) {
  if (!map.entry || event.ctrlKey || event.metaKey || event.altKey) return;
  const { rows, columns } = map.entry.matrix;
  const { cursor } = map;
  if (event.key === "Enter" && cursor) events.row?.(cursor.row);
  else if (event.key === "Escape" && cursor) tell(null, null, false);
  else if (MOVES[event.key] && rows && columns) {
    const [down, right] = cursor ? MOVES[event.key] : [0, 0];
    const row = within((cursor?.row ?? 0) + down, rows);
    const column = within((cursor?.column ?? 0) + right, columns);
    tell(row, column, true);
    reveal(map, row, column);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function within(i, count) {
  return Math.min(count - 1, Math.max(0, i));
}

function reveal({ scroll, w, h, left, top }, row, column) {
  const shift = (at, size, start, room) =>
    Math.min(at * size, Math.max(start, (at + 1) * size - room));
  scroll.scrollTo(
    shift(column, w, scroll.scrollLeft, scroll.clientWidth - left),
    shift(row, h, scroll.scrollTop, scroll.clientHeight - top),
  );
}

/** Compute sizes: margins fit the labels, cells fill the rest. */
function layOut(map) {
  const { entry, scroll, stick, space, width, height, zoom } = map;
  const { rows, columns } = entry.matrix;
  const context = map.cells.getContext("2d");
  const { fontFamily } = getComputedStyle(scroll);
  map.font = `${width < 360 ? 11 : 12}px ${fontFamily}`;
  context.font = map.font;
  const widest = (axis, most) => {
    const count = Math.min(axis.length, 300);
    let found = 16;
    for (let i = 0; i < count; i += 1) {
      found = Math.max(found, context.measureText(label(axis, i)).width);
    }
    return Math.ceil(Math.min(found, most)) + 10;
  };
  map.element.style.maxWidth = `${width}px`;
  map.left = widest(entry.axes.rows, width / 3);
  map.top = widest(entry.axes.columns, 110);
  const fit = (room, count) =>
    Math.max(1, Math.min(LARGEST_CELL, room / Math.max(1, count)));
  const down = fit(height - map.top - HALF_LINE, rows);
  const across = Math.min(WIDEST * down,
    fit(width - map.left - HALF_LINE, columns));
  const least = Math.min(down, LEAST_TALL / rows);
  const sized = (size) => Math.min(96,
    size * zoom > 3 ? Math.floor(size * zoom) : size * zoom);
  map.w = sized(across);
  map.h = least > across ? least : sized(Math.min(down, across));
  const full = [map.left + columns * map.w, map.top + rows * map.h]
    .map((size) => size + HALF_LINE);
  const most = [width, Math.max(height, 80)];
  const bars = full.map((size, i) => (size > most[i] ? BAR : 0));
  const sides = full.map((s, i) => `${Math.min(s + bars[1 - i], most[i])}px`);
  space.style.width = `${full[0]}px`;
  space.style.height = `${full[1]}px`;
  [scroll.style.width, scroll.style.height] = sides;
  stick.style.width = `${Math.min(full[0], scroll.clientWidth)}px`;
  stick.style.height = `${Math.min(full[1], scroll.clientHeight)}px`;
}

/** A cleared canvas with the size of its holder, in CSS pixels. */
function cleared(canvas, holder) {
  const ratio = globalThis.devicePixelRatio || 1;
  const size = [holder.clientWidth * ratio, holder.clientHeight * ratio];
  const [width, height] = size.map(Math.round);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, holder.clientWidth, holder.clientHeight);
  return context;
}

function draw(map) {
  const { cells, stick, scroll, entry, w, h, left, top } = map;
  const { matrix, axes } = entry;
  const context = cleared(cells, stick);
  const seen = (start, size, room, count) => [
    Math.max(0, Math.floor(start / size)),
    Math.min(count, Math.ceil((start + room) / size)),
  ];
  const x = left - scroll.scrollLeft;
  const y = top - scroll.scrollTop;
  const columns = seen(scroll.scrollLeft, w, stick.clientWidth - left,
    matrix.columns);
  const rows = seen(scroll.scrollTop, h, stick.clientHeight - top, matrix.rows);
  const style = getComputedStyle(scroll);
  const ink = (name) => style.getPropertyValue(`--${name}`).trim() || "#888";
  context.save();
  context.beginPath();
  context.rect(left, top, stick.clientWidth, stick.clientHeight);
  context.clip();
  const part = cut(matrix, rows, columns);
  if (part.rows && part.columns) {
    const place = [x + columns[0] * w, y + rows[0] * h];
    paintCells(context, part, { ...map, place, ink });
  }
  context.restore();
  context.font = map.font;
  context.textBaseline = "middle";
  const every = (size) => Math.max(1, Math.ceil(13 / size));
  for (let i = rows[0]; i < rows[1]; i += 1) {
    if (i % every(h) && i !== map.held) continue;
    context.fillStyle = ink(i === map.held ? "accent" : "text");
    write(context, label(axes.rows, i), left - 6, y + (i + 0.5) * h, left - 8);
  }
  // Labels that are scrolled away are erased; labels may extend beyond their
  // row.
  context.clearRect(0, 0, left, top - HALF_LINE);
  context.rotate(-Math.PI / 2);
  context.fillStyle = ink("text");
  for (let i = columns[0]; i < columns[1]; i += 1) {
    const at = x + (i + 0.5) * w;
    if (i % every(w) || at < left) continue;
    write(context, label(axes.columns, i), 6 - top, at, top - 8, "left");
  }
  mark(map);
}

function write(context, text, x, y, room, align = "right") {
  context.textAlign = align;
  context.fillText(text, x, y, room);
}

/** Draw the crosshair of the cursor on its own canvas. */
function mark(map) {
  const { over, stick, scroll, cursor, entry, w, h, left, top } = map;
  const context = cleared(over, stick);
  const { rows, columns } = entry.matrix;
  if (!cursor || cursor.row >= rows || cursor.column >= columns) return;
  const style = getComputedStyle(scroll);
  const ink = (name) => style.getPropertyValue(`--${name}`).trim() || "#888";
  const x = left - scroll.scrollLeft + cursor.column * w;
  const y = top - scroll.scrollTop + cursor.row * h;
  context.font = map.font;
  context.textBaseline = "middle";
  context.fillStyle = ink("surface");
  context.fillRect(0, y + h / 2 - 8, left - 2, 16);
  context.fillRect(x + w / 2 - 8, 0, 16, top - 2);
  context.fillStyle = context.strokeStyle = ink("accent");
  const name = label(entry.axes.rows, cursor.row);
  write(context, name, left - 6, y + h / 2, left - 8);
  context.save();
  context.rotate(-Math.PI / 2);
  const other = label(entry.axes.columns, cursor.column);
  write(context, other, 6 - top, x + w / 2, top - 8, "left");
  context.restore();
  context.globalAlpha = 0.6;
  const sides = (at, size) =>
    (size < 5 ? [at + size / 2] : [at - 0.5, at + size + 0.5]);
  for (const side of sides(y, h)) line(context, left, side, 1e4, side);
  for (const side of sides(x, w)) line(context, side, top, side, 1e4);
  context.globalAlpha = 1;
  context.lineWidth = 2;
  context.strokeRect(x - 1, y - 1, w + 2, h + 2);
}

function line(context, x, y, toX, toY) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(Math.min(toX, 4096), Math.min(toY, 4096));
  context.stroke();
}
