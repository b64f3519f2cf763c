/** Colors of weights, and colors and dashes of heads. */

import { el } from "./dom.js";

/** Colors of heads after Okabe and Ito, 3:1 on white and on dark grey. */
export const HEAD_COLORS = [
  "#1f83c4", "#d55e00", "#009270", "#c76a9c",
  "#b98100", "#7f7be0", "#3597b5", "#a6761d",
];
const DASHES = ["", "6 3", "2 3", "9 3 2 3"];

/** The color of the i-th selected head. Colors repeat with different dashes. */
export function headColor(i) {
  return HEAD_COLORS[i % HEAD_COLORS.length];
}

/** The SVG dash pattern of the i-th selected head, "" for a solid line. */
export function headDash(i) {
  return DASHES[(i + Math.floor(i / HEAD_COLORS.length)) % DASHES.length];
}

/** "range" is linear from the smallest weight; all others start at 0. */
export const SCALES = ["linear", "sqrt", "log", "range"];

/** Sixteen evenly spaced stops of matplotlib's palettes; gray is for print. */
const STOPS = {
  viridis:
    "440154481a6c472f7d41448739568c31688e2a788e23888e" +
    "1f988b22a88435b77954c5687ad151a5db36d2e21bfde725",
  cividis:
    "00224e002e6c1e3a6f35456c47516c575d6d666970757575" +
    "848279948e77a59c74b7a96ec8b866dbc75aeed649fee838",
  magma:
    "0000040b092420114b3b0f7057157e721f818c2981a8327d" +
    "c43c75de4968f1605dfa7f5efe9f6dfebf84fddea0fcfdbf",
  gray: "f7f7f70c0c0c",
  change: "08519c3f8fd0a8cfe8f7f7f7fbc48ded7d2bb03a00",
  changeDark: "8cc8ff3f8fd02a5178262a30704020d46a1cffb067",
};
export const PALETTES = ["viridis", "cividis", "magma", "gray"];

// The log scale starts at one ten-thousandth of the largest weight.
const DECADES = 4;

/** The position, 0 to 1, of a weight (`least` to 1) on a scale. */
export function scaled(w, scale, least = 0) {
  if (w >= 1) return 1;
  if (!(w > least)) return 0;
  if (scale === "sqrt") return Math.sqrt(w);
  if (scale === "log") return Math.max(0, 1 + Math.log10(w) / DECADES);
  return (w - least) / (1 - least);
}

function unscaled(t, scale) {
  if (scale === "sqrt") return t * t;
  return scale === "log" ? 10 ** ((t - 1) * DECADES) : t;
}

/** The color [r, g, b] of t, 0 to 1, in a palette. */
export function colorOf(t, palette) {
  const hex = STOPS[palette] ?? STOPS.viridis;
  const last = hex.length / 6 - 1;
  const at = Math.min(1, Math.max(0, t)) * last;
  const stop = Math.min(last - 1, Math.floor(at));
  const part = (place) => parseInt(hex.slice(place, place + 2), 16);
  return [0, 2, 4].map((i) => {
    const low = part(stop * 6 + i);
    return Math.round(low + (part(stop * 6 + 6 + i) - low) * (at - stop));
  });
}

/** A blend [r, g, b] of "#rrggbb" and another color. */
export function toward(color, goal, part) {
  return goal.map((end, i) => {
    const own = parseInt(color.slice(1 + 2 * i, 3 + 2 * i), 16);
    return Math.round(own + (end - own) * part);
  });
}

/** A color [r, g, b] as CSS. */
export function css([r, g, b]) {
  return `rgb(${r},${g},${b})`;
}

/** The hatching of masked cells: [spacing, width] of its lines in pixels. */
export const MASKED = [6, 1];

// The red of values that are not finite, as bytes in reverse order.
const BROKEN = 0xff2f24d1;

/**
 * Create a painter for the cells of some maps.
 * @param {Object} options `palette`, `scale`, `signed` (from minus to plus
 *     the largest size), `dark`.
 * @param {Object[]} matrices The maps that share one color scale.
 * @return {Object} The options, `least` and `most` (the weights at the ends
 *     of the palette), `color(value)` -> [r, g, b], and `paint(matrix)` ->
 *     RGBA bytes, transparent where masked.
 */
export function painter(options, matrices) {
  const { palette, scale, signed, dark } = options;
  const most = mostOf(matrices);
  const least = scale === "range" && !signed ? leastOf(matrices) : 0;
  const place = (value) => {
    const w = value / (most || 1);
    return signed ? (Math.max(-1, w) + 1) / 2
      : scaled(w, scale, least / (most || 1));
  };
  const name = signed ? (dark ? "changeDark" : "change") : palette;
  const table = Uint32Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = colorOf(i / 255, name);
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
  const color = (value) => colorOf(place(value), name);
  const paint = ({ values, masked }) => {
    const pixels = new Uint32Array(values.length);
    for (let i = 0; i < values.length; i += 1) {
      if (masked?.[i]) continue;
      const at = Math.min(255, Math.round(place(values[i]) * 255));
      pixels[i] = values[i] - values[i] === 0 ? table[at] : BROKEN;
    }
    return new Uint8ClampedArray(pixels.buffer);
  };
  return { ...options, least, most, name, color, paint };
}

/** The largest absolute finite value of some matrices. */
export function mostOf(matrices) {
  let most = 0;
  for (const { values } of matrices) {
    for (let i = 0; i < values.length; i += 1) {
      const size = Math.abs(values[i]);
      if (size > most && size < Infinity) most = size;
    }
  }
  return most;
}

/** The smallest finite value that is not masked; 0 if there is none. */
export function leastOf(matrices) {
  let least = Infinity;
  for (const { values, masked } of matrices) {
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i];
      if (value < least && value > -Infinity && !masked?.[i]) least = value;
    }
  }
  return least < Infinity ? least : 0;
}

/** A weight with four significant digits. */
export function exact(value) {
  if (!Number.isFinite(value)) return "not finite";
  const size = Math.abs(value);
  if (size === 0) return "0";
  return size < 1e-4 ? value.toExponential(3) : value.toPrecision(4);
}

/** A weight with three significant digits. */
export function short(value, digits = 3) {
  const size = Math.abs(value);
  if (size > 0 && size < 1e-3) return value.toExponential(digits - 2);
  return String(+value.toPrecision(digits));
}

/** Ascending values with enough digits to tell them apart. */
export function ticksOf(values) {
  const [least, most] = [values[0], values.at(-1)];
  const digits = 3 + Math.floor(Math.log10(most / (most - least)));
  return values.map((value) => short(value, Math.min(9, digits) || 3));
}

/** A color bar with the values at its ends and in the middle. */
export function legend(paint) {
  const { scale, least, most, signed, name } = paint;
  const stops = Array.from({ length: 17 }, (_, i) => colorOf(i / 16, name));
  const at = (t) => (signed ? (2 * t - 1) * most
    : least + unscaled(t, scale) * (most - least));
  const ticks = ticksOf([0, 0.5, 1].map(at));
  if (scale === "log" && !signed) ticks[0] = `≤ ${ticks[0]}`;
  return el(
    "span",
    { class: "maps-legend", role: "img",
      "aria-label": `Colors from ${ticks[0]} to ${ticks[2]}` },
    el("i", { style: {
      background: `linear-gradient(90deg,${stops.map(css)})` } }),
    ...ticks.map((text) => el("span", { text })),
  );
}
