/** The lines of the head view, and how they are grouped into paths. */

import { svgEl } from "../../draw/dom.js";
import { rowSums, strongest } from "../../data/math.js";
import { visible } from "../../draw/tokens.js";
import { weightText } from "./lines.js";

/** Numbers of lines and of tokens per side that browsers draw quickly. */
const MOST_LINES = 2000;
export const MOST_TOKENS = 512;

/** Group lines into one path per head and level, strong ones last. */
export function together(lines, count, levelOf, dOf, lookOf) {
  const bins = new Map();
  for (const line of lines) {
    if (Math.max(line.row, line.column) >= MOST_TOKENS) continue;
    const key = levelOf(line) * count + line.head;
    bins.set(key, (bins.get(key) ?? "") + dOf(line));
  }
  return [...bins].sort(([a], [b]) => a - b).map(([key, d]) => svgEl("path",
    { d, ...lookOf(key % count, Math.floor(key / count)) }));
}

/** All lines {head, row, column, weight} of one token; see `weightsOf`. */
export function linesOf(found, index, to) {
  return found.flatMap(({ weights }, head) => weights.flatMap((weight, at) =>
    (weight > 0 ? [{ head, weight, row: to ? at : index,
      column: to ? index : at }] : [])));
}

/**
 * The lines to draw, strongest first, and the share of the weight they show.
 * @param {Object[]} entries With `matrix`; their index is the `head` of a line.
 * @param {number} k The number of lines per token, Infinity for all.
 * @param {string} direction "from": per row; "to": per column.
 * @param {boolean} [cut] Whether each row sums to 1 including tokens that were
 *     truncated.
 * @returns {{lines: Object[], percent: number, lost: number, capped: boolean}}
 *     `percent` is rounded down; `lost` is the percentage of the truncated
 *     tokens.
 */
export function strongestLines(entries, k, direction, cut = false) {
  const sums = entries.flatMap(({ matrix }) => [...rowSums(matrix)])
    .filter((sum) => sum > 0 || sum === 0);
  const kept = sums.reduce((a, b) => a + b, 0);
  const total = cut ? sums.reduce((a, b) => a + Math.max(1, b), 0) : kept;
  const drawn = entries.map(({ matrix }) => cropped(matrix));
  // Only the strongest lines are drawn, so only they are collected.
  const weights = Float32Array.from(k === Infinity
    ? drawn.flatMap(({ values }) => [...values]).filter((w) => w > 0) : []);
  const minimum = weights.length > MOST_LINES
    ? weights.sort().at(-MOST_LINES) : 0;
  const all = drawn.flatMap((matrix, head) =>
    (direction === "to"
      ? Array.from({ length: matrix.columns }, (_, column) =>
        strongest(matrix, k, { column, minimum }).edges).flat()
      : strongest(matrix, k, { minimum }).edges)
      .map((edge) => ({ head, ...edge })));
  const lines = all.sort((a, b) => b.weight - a.weight).slice(0, MOST_LINES);
  const shown = lines.reduce((sum, { weight }) => sum + weight, 0);
  return { lines, percent: total ? Math.floor(100 * shown / total + 1e-4) : 0,
    lost: total ? Math.round(100 * (1 - kept / total)) : 0,
    capped: all.length > MOST_LINES || minimum > 0 };
}

/**
 * The result of `strongestLines` in words, for at most `most` tokens per side.
 * `known` is false if the share of the truncated tokens is unknown.
 */
export function shareText({ lines, percent, lost, capped }, most, known) {
  return [
    `Showing ${percent}% of the attention `,
    known ? "in " : "among the kept tokens in ",
    `${lines.length.toLocaleString("en")} line${
      lines.length === 1 ? "" : "s"}`,
    capped ? " (the maximum)" : "",
    lines.length
      ? `; the largest weight is ${weightText(lines[0].weight)}` : "",
    lost ? `; ${lost}% goes to truncated tokens` : "",
    most > MOST_TOKENS
      ? `; only the first ${MOST_TOKENS} tokens are shown` : "",
  ].join("");
}

export const LINE_COLUMNS = ["head", "from", "from position", "to",
  "to position", "weight"];

/** Lines of the head view as rows of its table. */
export function lineRows(view, lines) {
  const { entries, row: from, column: to } = view;
  return lines.map(({ head, row, column, weight }) => [
    visible(entries[head].label), visible(from.tokens[row]), row,
    visible(to.tokens[column]), column, weight]);
}

/** The part of a very large matrix that is drawn. */
function cropped(matrix) {
  const rows = Math.min(matrix.rows, MOST_TOKENS);
  const columns = Math.min(matrix.columns, MOST_TOKENS);
  if (columns === matrix.columns) {
    const values = matrix.values.subarray(0, rows * columns);
    return { ...matrix, rows, values };
  }
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const start = row * matrix.columns;
    values.set(matrix.values.subarray(start, start + columns), row * columns);
  }
  return { rows, columns, values, masked: null };
}

/** Shades behind tokens that show the strength of each line. */
export function tints(view, lines, side, index) {
  const other = side === "row" ? "column" : "row";
  const width = view.label / view.entries.length;
  const box = (of, at, x, w) => `M${x} ${view.y(of, at) - view.step / 2}h${
    w}v${view.step}h${-w}z`;
  return together(lines, view.entries.length,
    ({ weight }) => Math.ceil(weight * 9),
    ({ head, [other]: at }) =>
      box(other, at, view[other].x + head * width, width),
    (head, at) => ({ fill: view.entries[head].color,
      "fill-opacity": at * 0.05 }))
    .concat(svgEl("path", { fill: "var(--muted)", "fill-opacity": 0.25,
      d: box(side, index, view[side].x, view.label) }));
}
