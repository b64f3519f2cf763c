/** What a line chart is made of: round ticks, names at the lines' ends. */

import { svgEl } from "../dom.js";

export const TOP = 14;
export const FLOOR = 296;
export const HEIGHT = FLOOR + 44;

/** Round numbers that enclose [least, most]. */
export function ticks(least, most, count) {
  const room = most - least < 1e-9 ? 0.05 : 0;
  const [low, high] = [least - room, most + room];
  const power = 10 ** Math.floor(Math.log10((high - low) / count));
  const step = power * [1, 2, 5, 10].find((m) =>
    m * power * count >= (high - low) * 0.999);
  const start = Math.floor(low / step + 1e-6);
  return Array.from({ length: Math.ceil(high / step - 1e-6) - start + 1 },
    (_, i) => (start + i) * step);
}

/** Ticks as texts, large ones shortened, with the digits that differ. */
export function tickTexts(all) {
  const large = all.some((tick) => Math.abs(tick) >= 1e5);
  // NaN of a single one.
  const digits = Math.ceil(-Math.log10(all[1] - all[0]) - 1e-6) || 0;
  const format = new Intl.NumberFormat("en", large
    ? { notation: "compact", maximumFractionDigits: 6 }
    : { minimumFractionDigits: Math.max(0, digits) });
  return all.map((tick) => format.format(tick));
}

/** Ticks, titles, and a mark at the step that is shown. */
export function axes(chart) {
  const rule = (x1, y1, x2, y2) => svgEl("line", { x1, y1, x2, y2,
    stroke: "var(--border)" });
  const text = (x, y, anchor, words, transform) => svgEl("text", { x, y,
    transform, "text-anchor": anchor, "font-size": 11,
    fill: "var(--muted)", text: words });
  const { left } = chart;
  const now = chart.x(chart.context.scene.step);
  const xTexts = tickTexts(chart.xTicks);
  const middle = (TOP + FLOOR) / 2;
  return [
    ...chart.yTicks.flatMap((tick, i) => [
      rule(left, chart.y(tick), chart.end, chart.y(tick)),
      text(left - 8, chart.y(tick) + 4, "end", chart.yTexts[i]),
    ]),
    ...chart.xTicks.flatMap((tick, i) => [
      rule(chart.x(tick), FLOOR, chart.x(tick), FLOOR + 5),
      text(chart.x(tick), FLOOR + 18, "middle", xTexts[i]),
    ]),
    text((left + chart.end) / 2, HEIGHT - 8, "middle", "step"),
    text(12, middle, "middle", chart.statistic.label,
      `rotate(-90 12 ${middle})`),
    svgEl("path", { d: `M${now} ${FLOOR}V${TOP}`, stroke: "var(--accent)",
      "stroke-width": 6, "stroke-opacity": 0.25 }),
  ];
}

/** Names right of the lines, moved apart where they would meet. */
export function lineNames(chart) {
  const names = chart.lines.flatMap(({ values, ...line }) => {
    const at = values.findLastIndex((value) => value !== null);
    const from = chart.y(values[at]);
    return at < 0 ? [] : [{ ...line, from, y: from,
      start: chart.x(chart.steps[at]) + 5 }];
  }).sort((a, b) => a.y - b.y);
  names.forEach((name, i) => {
    name.y = Math.max(name.y, (names[i - 1]?.y ?? 0) + 15);
  });
  for (let i = names.length - 1; i >= 0; i -= 1) {
    names[i].y = Math.min(names[i].y, (names[i + 1]?.y ?? FLOOR + 20) - 15);
  }
  const x = chart.end + 10;
  const room = Math.floor((chart.width - x) / 6.6);
  return names.flatMap(({ color, label, dash, from, y, start }) => [
    svgEl("path", { d: `M${start} ${from}L${x - 4} ${y}`, stroke: color,
      "stroke-dasharray": dash }),
    svgEl("text", { x, y: y + 4, fill: "var(--text)", "font-size": 12,
      "unicode-bidi": "isolate", text: fitted(label, room) }),
  ]);
}

/** What tells layers apart, and the head's number, stand at the end. */
function fitted(label, room) {
  const characters = [...label];
  return characters.length > room
    ? `…${characters.slice(1 - room).join("")}`
    : label;
}
