/** Shared by the head, text and trend views: options, legends, values. */

import { headDash } from "../../draw/color.js";
import { el, svgEl } from "../../draw/dom.js";
import { selected } from "../../data/selection.js";
import { shorten, visible } from "../../draw/tokens.js";

/** The largest number of heads that can be told apart and named. */
export const MOST_NAMED = 12;

/** The choice between "from" and "to"; `choose` receives the new one. */
export function directionChoice(choose) {
  const buttons = ["What a token attends to", "What attends to a token"].map(
    (text, i) => el("button", { type: "button", text,
      on: { click: () => choose(i ? "to" : "from") } }),
  );
  const show = (direction) => buttons.forEach((button, i) =>
    button.setAttribute("aria-pressed", i === Number(direction === "to")));
  const element = el("span", { class: "lines-choice", role: "group",
    "aria-label": "Direction" }, ...buttons);
  return { element, show };
}

/** A function (context, show, fail) that reads maps; the last call wins. */
export function lastChosen() {
  let turn = 0;
  return async (context, show, fail) => {
    turn += 1;
    const mine = turn;
    const stale = () => mine !== turn;
    if (!context.scene) return;
    try {
      const entries = await selected(context, context.scene,
        { stale, most: MOST_NAMED });
      if (!stale()) show(entries);
    } catch (error) {
      if (!stale()) fail(error.message);
    }
  };
}

/** A function (node, focus) that makes a node the only one Tab reaches. */
export function roving() {
  let last = null;
  return (node, focus) => {
    last?.setAttribute("tabindex", -1);
    node?.setAttribute("tabindex", 0);
    last = node;
    if (focus) node?.focus();
  };
}

/** The pressed key, or "" with a modifier, which the browser handles. */
export function keyOf(event) {
  return event.ctrlKey || event.metaKey || event.altKey ? "" : event.key;
}

/** Prevent a handled key from having another effect. */
export function used(event) {
  event.preventDefault();
  event.stopPropagation();
}

/** `onKey` of a view with a selected token: Escape deselects it. */
export function release(event, { state, set, announce }) {
  if (event.key !== "Escape" || state.token === null) return false;
  set({ token: null });
  announce("deselected");
  return true;
}

/** A line in the style of head number `index`, `width` long. */
export function stroke(index, color, width) {
  return svgEl("line", { x2: width, stroke: color, "stroke-width": 2.5,
    "stroke-dasharray": headDash(index) });
}

/** A list of the heads with their colors and dashes. */
export function headLegend(entries) {
  return el("ul", { class: "lines-legend", "aria-label": "Heads" },
    ...entries.map(({ color, label }, i) => el("li", null,
      svgEl("svg", { width: 28, height: 4, viewBox: "0 -2 28 4",
        "aria-hidden": "true" }, stroke(i, color, 28)),
      el("bdi", { text: shorten(visible(label), 40) }))));
}

/**
 * The weights of one token, or the means over all rows.
 * @param {Object} matrix One head.
 * @param {number|null} token A row, or a column if `to`; null for the mean.
 * @param {boolean} to What attends to the token, not what it attends to.
 * @returns {(number|null)[]} null where masked, NaN where not finite.
 */
export function weightsOf({ rows, columns, values, masked }, token, to) {
  const weight = (i) => (masked?.[i] ? null : values[i]);
  if (token !== null) {
    return Array.from({ length: to ? rows : columns }, (_, i) =>
      weight(to ? i * columns + token : token * columns + i));
  }
  return Array.from({ length: columns }, (_, column) => {
    let [sum, count, open] = [0, 0, false];
    for (let i = column; i < values.length; i += columns) {
      open ||= weight(i) !== null;
      if (!Number.isFinite(values[i])) continue;
      sum += values[i];
      count += 1;
    }
    return open ? sum / count : null;
  });
}

/** A weight in words: "0.431", "masked" or "not finite". */
export function weightText(weight, digits = 3) {
  if (weight === null) return "masked";
  if (!Number.isFinite(weight)) return "not finite";
  const tiny = weight !== 0 && Math.abs(weight) < 0.5 / 10 ** digits;
  return tiny ? weight.toExponential(0) : weight.toFixed(digits);
}

/** A token in quotes, with its text direction isolated. */
export function quoted(token) {
  return `\u2068“${shorten(visible(token), 24)}”\u2069`;
}

/** The start of a sentence about what a token attends to. */
export function begun(token, to) {
  return `${quoted(token)} ${to ? "is attended to by" : "attends to"}`;
}

/** The three largest weights of each line {label, weights}, in words. */
export function strongestText(lines, tokens) {
  return lines.map(({ label, weights }) => {
    const best = [];
    weights.forEach((weight, i) => {
      if (!(weight > (weights[best[2]] ?? 0))) return;
      best.push(i);
      best.sort((a, b) => weights[b] - weights[a]).splice(3);
    });
    const words = best.map((i) => `${quoted(tokens[i])} ${
      weightText(weights[i])}`);
    return `${words.join(", ") || "nothing"} (${visible(label)})`;
  }).join("; ");
}
