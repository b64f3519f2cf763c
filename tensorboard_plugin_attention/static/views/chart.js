/** The parts of a line chart: layout, axes, and names at the lines' ends. */

import { svgEl } from "../draw/dom.js";

const TOP = 14;
const FLOOR = 296;
export const HEIGHT = FLOOR + 44;
// The space for the name of the vertical axis, and the width of a digit.
const NAME = 24;
const DIGIT = 6.5;

/**
 * The layout of a chart.
 * @param {number} across The available width.
 * @param {number[]} steps All steps, ascending.
 * @param {number[]} values All values.
 * @returns {Object} `width`, `left` and `end` of the lines, `x(step)`,
 *     `y(value)`, `xTicks`, `yTicks` and `yTexts`.
 */
export function layoutOf(across, steps, values) {
  const width = Math.max(320, Math.min(across, 960));
  const end = width - Math.min(200, width * 0.32);
  const least = values.reduce((a, b) => Math.min(a, b), values[0] ?? 0);
  const most = values.reduce((a, b) => Math.max(a, b), values[0] ?? 1);
  const [first, last] = [steps[0], Math.max(steps.at(-1), steps[0] + 1)];
  const yTicks = ticks(least, most, 5);
  const yTexts = tickTexts(yTicks);
  const left = NAME + 8 +
    DIGIT * Math.max(...yTexts.map((text) => text.length));
  const xTicks = ticks(first, last, Math.max(2, (end - left) / 90))
    .filter((tick) => tick >= first && tick <= last && tick % 1 === 0);
  const [low, high] = [yTicks[0], yTicks.at(-1)];
  return { width, left, end, xTicks, yTicks, yTexts,
    x: (step) => left + 8 + (end - left - 16) * (step - first) / (last - first),
    y: (value) => FLOOR - (FLOOR - TOP) * (value - low) / (high - low) };
}

/** Round numbers that enclose [least, most]. */
function ticks(least, most, count) {
  const room = most - least < 1e-9 ? 0.05 : 0;
  const [low, high] = [least - room, most + room];
  const power = 10 ** Math.floor(Math.log10((high - low) / count));
  const step = power * [1, 2, 5, 10].find((m) =>
    m * power * count >= (high - low) * 0.999);
  const start = Math.floor(low / step + 1e-6);
  return Array.from({ length: Math.ceil(high / step - 1e-6) - start + 1 },
    (_, i) => (start + i) * step);
}

/** Ticks as texts with as many digits as needed; large ones shortened. */
function tickTexts(all) {
  const large = all.some((tick) => Math.abs(tick) >= 1e5);
  // NaN for a single tick.
  const digits = Math.ceil(-Math.log10(all[1] - all[0]) - 1e-6) || 0;
  const format = new Intl.NumberFormat("en", large
    ? { notation: "compact", maximumFractionDigits: 6 }
    : { minimumFractionDigits: Math.max(0, digits) });
  return all.map((tick) => format.format(tick));
}

/** Ticks, the names of the axes, and a mark at the step `now`. */
export function axes(layout, name, now) {
  const rule = (x1, y1, x2, y2) => svgEl("line", { x1, y1, x2, y2,
    stroke: "var(--border)" });
  const text = (x, y, anchor, words, transform) => svgEl("text", { x, y,
    transform, "text-anchor": anchor, "font-size": 11,
    fill: "var(--muted)", text: words });
  const { left, end, x, y, xTicks, yTicks, yTexts } = layout;
  const xTexts = tickTexts(xTicks);
  const middle = (TOP + FLOOR) / 2;
  return [
    ...yTicks.flatMap((tick, i) => [
      rule(left, y(tick), end, y(tick)),
      text(left - 8, y(tick) + 4, "end", yTexts[i]),
    ]),
    ...xTicks.flatMap((tick, i) => [
      rule(x(tick), FLOOR, x(tick), FLOOR + 5),
      text(x(tick), FLOOR + 18, "middle", xTexts[i]),
    ]),
    text((left + end) / 2, HEIGHT - 8, "middle", "step"),
    text(12, middle, "middle", name, `rotate(-90 12 ${middle})`),
    svgEl("path", { d: `M${x(now)} ${FLOOR}V${TOP}`, stroke: "var(--accent)",
      "stroke-width": 6, "stroke-opacity": 0.25 }),
  ];
}

/** Names to the right of the lines, spread out where they would overlap. */
export function lineNames(layout, lines, steps) {
  const names = lines.flatMap(({ values, ...line }) => {
    const at = values.findLastIndex((value) => value !== null);
    const from = layout.y(values[at]);
    return at < 0 ? [] : [{ ...line, from, y: from,
      start: layout.x(steps[at]) + 5 }];
  }).sort((a, b) => a.y - b.y);
  names.forEach((name, i) => {
    name.y = Math.max(name.y, (names[i - 1]?.y ?? 0) + 15);
  });
  for (let i = names.length - 1; i >= 0; i -= 1) {
    names[i].y = Math.min(names[i].y, (names[i + 1]?.y ?? FLOOR + 20) - 15);
  }
  const x = layout.end + 10;
  const room = Math.floor((layout.width - x) / 6.6);
  return names.flatMap(({ color, label, dash, from, y, start }) => [
    svgEl("path", { d: `M${start} ${from}L${x - 4} ${y}`, stroke: color,
      "stroke-dasharray": dash }),
    svgEl("text", { x, y: y + 4, fill: "var(--text)", "font-size": 12,
      "unicode-bidi": "isolate", text: fitted(label, room) }),
  ]);
}

/** The end of a label, which contains the numbers of the layer and the head. */
function fitted(label, room) {
  const characters = [...label];
  return characters.length > room
    ? `…${characters.slice(1 - room).join("")}`
    : label;
}
