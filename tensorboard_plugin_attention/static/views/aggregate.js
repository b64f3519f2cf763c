/** Several heads as one: mean, maximum, rollout, and entropy of each token. */

import { exact, legend } from "../draw/color.js";
import { el, svgEl, svgText } from "../draw/dom.js";
import { svgDocument } from "../draw/export.js";
import { entropy, meanOf } from "../data/math.js";
import { headsOf, rolloutLayers, selected } from "../data/selection.js";
import { visible } from "../draw/tokens.js";
import { common } from "./heatmap.js";
import { label } from "./maps/map.js";
import { createMaps } from "./maps/maps.js";
import { svgMap, hatching } from "./maps/mapsvg.js";

// Above this number of tokens, a rollout takes seconds and starts on request.
const LONG = 700;
const MOST_BARS = 1000;
const SPREAD = "0: all weight on one token; 1: uniform over unmasked tokens. " +
  "Bars show the mean, ticks the selected heads.";
const CUT = "Not available: this text was truncated, and the attention to " +
  "the dropped tokens is not in the log. The Model view has the entropy of " +
  "each head over the whole text.";
const ABOUT = {
  mean: "The mean weight over the selected heads.",
  max: "The largest weight among the selected heads.",
  rollout: "Attention rollout (Abnar & Zuidema 2020): the attention that " +
    "reaches each token through all self-attention layers up to the last " +
    "selected one. In each layer, half of the weight stays on the token " +
    "itself, and all heads count equally.",
};

/** The view; see `views.js`. */
export function create() {
  return new AggregateView();
}

class AggregateView {
  constructor() {
    this.maps = createMaps();
    this.onKey = this.maps.onKey;
    this.notices = el("div", { class: "maps-notices", role: "status" });
    this.bars = el("div", { class: "aggregate-bars" });
    this.element = el("div", { class: "aggregate" }, this.notices,
      this.maps.element, this.bars);
    this.shown = { entries: [], paints: [], spread: [], heads: [] };
    this.turn = 0;
    this.requested = null;
  }

  async update(context) {
    if (!context.scene) return;
    const turn = this.turn += 1;
    const stale = () => turn !== this.turn;
    const combined = (combine) => selected(
      { ...context, state: { ...context.state, combine } }, context.scene,
      { stale });
    const maps = [];
    try {
      this.shown.heads = await combined("none");
      maps.push(...await combined("mean"), ...await combined("max"));
    } catch (error) {
      if (!stale() && error.name !== "AbortError") this.fail(context, error);
      return;
    }
    if (stale()) return;
    this.maps.element.hidden = this.bars.hidden = false;
    this.notices.replaceChildren(...allHeadsOffer(context));
    this.shown.context = context;
    this.showEntropy();
    this.showMaps(maps);
    this.offerRollout(async () => {
      maps.push(...await combined("rollout"));
      if (!stale()) this.showMaps(maps);
    }, maps[0].matrix.columns);
  }

  fail(context, { message }) {
    this.notices.replaceChildren(el("p", { text: message }));
    this.maps.element.hidden = this.bars.hidden = true;
    Object.assign(this.shown, { context, entries: [], heads: [] });
  }

  showEntropy() {
    const { shown } = this;
    const { cut } = shown.context.scene.example;
    shown.spread = cut ? []
      : shown.heads.map(({ matrix }) => entropy(matrix));
    this.bars.replaceChildren(el("h3", { text: "Entropy of each token" }),
      el("p", { class: "muted", text: cut ? CUT : SPREAD }),
      cut ? "" : el("div", { class: "aggregate-scroll", tabindex: 0,
        role: "region", "aria-label": "Entropy of each token" },
      barsOf(shown)));
  }

  showMaps(maps) {
    const { shown } = this;
    const { context } = shown;
    const kinds = Object.keys(ABOUT);
    // Each map has its own scale, because the mean is fainter than the maximum.
    shown.paints = maps.flatMap((entry) => common([entry], context));
    shown.entries = maps.map((entry, i) =>
      ({ ...entry, foot: foot(kinds[i], context, shown.paints[i]) }));
    this.maps.show(context, shown.entries,
      { paints: shown.paints, height: 460, legends: false });
  }

  /** Compute the rollout, on request if it takes long. */
  offerRollout(compute, size) {
    const { scene } = this.shown.context;
    const layers = rolloutLayers(scene, this.shown.heads).length;
    const key = `${size} ${layers}`;
    const start = async () => {
      const wait = el("p", { text: "Computing the rollout…" });
      this.notices.append(wait);
      try {
        await compute();
        wait.remove();
      } catch (error) {
        if (error.name !== "AbortError") wait.textContent = error.message;
      }
    };
    if (size <= LONG || key === this.requested) {
      start();
      return;
    }
    const seconds = Math.ceil((size ** 3 * layers) / 8e8);
    const button = el("button", { type: "button",
      text: `Compute the rollout (${size} tokens, ${layers} layers: about ` +
        `${seconds} s)`,
      on: { click: () => {
        this.requested = key;
        button.remove();
        start();
      } } });
    this.notices.append(button);
  }

  table() {
    return tableOf(this.shown);
  }

  svg() {
    return svgOf(this.shown);
  }
}

/** If only one head is selected, a button that selects all similar ones. */
function allHeadsOffer({ state, scene, set }) {
  const heads = headsOf(state, scene.layers);
  if (heads.length > 1) return [];
  const { kind, rows, columns } = scene.layers[heads[0].layer];
  const all = scene.layers.flatMap((layer, l) =>
    layer.kind === kind && layer.rows === rows && layer.columns === columns
      ? Array.from({ length: layer.heads }, (_, h) => `${l}.${h}`)
      : []);
  if (all.length < 2) return [];
  return [el("p", null, `Only one head is selected: ${heads[0].label}. `,
    el("button", { type: "button",
      text: `Select all ${all.length} heads of this kind`,
      on: { click: () => set({ heads: all }) } }))];
}

function foot(combine, { set }, paint) {
  return [legend(paint), el("p", { class: "muted", text: ABOUT[combine] }),
    el("button", { type: "button", text: "Open as heat map",
      on: { click: () => set({ combine, view: "heatmap" }) } })];
}

function rowsOf({ heads, spread }) {
  const { axes, matrix } = heads[0];
  return Array.from({ length: matrix.rows }, (_, i) => ({
    name: label(axes.rows, i), mean: meanOf(spread.map((values) => values[i])),
  }));
}

function barsOf(shown) {
  const { heads, spread } = shown;
  const rows = rowsOf(shown).slice(0, MOST_BARS);
  const step = 18;
  const height = rows.length * step + 4;
  const svg = svgEl("svg", { width: 520, height, viewBox: `0 0 520 ${height}`,
    role: "img",
    "aria-label": "Entropy of each token. The table has the same values." });
  rows.forEach(({ name, mean }, i) => {
    const y = i * step + 4;
    const known = Number.isFinite(mean);
    svg.append(
      svgText(130, y + 10, name, { "text-anchor": "end", "font-size": 12,
        fill: "var(--text)" }),
      svgEl("rect", { x: 138, y, width: 320, height: 12,
        fill: "var(--surface)" }),
      svgEl("rect", { x: 138, y, width: known ? 320 * mean : 0, height: 12,
        fill: "var(--muted)", opacity: 0.55 }),
      svgText(466, y + 10, known ? mean.toFixed(2) : "–", { "font-size": 11,
        fill: "var(--muted)" }),
    );
    if (heads.length > 12) return;
    heads.forEach(({ color, label: title }, h) => {
      if (!Number.isFinite(spread[h][i])) return;
      svg.append(svgEl("rect", { x: 137 + 320 * spread[h][i], y: y - 1,
        width: 3, height: 14, fill: color },
      svgEl("title", { text: `${title}: ${exact(spread[h][i])}` })));
    });
  });
  return svg;
}

function tableOf({ heads, spread, entries, context }) {
  const from = context?.scene.example.cut ? " from the kept tokens" : "";
  const caption = `Mean attention that each token receives${
    from}, and its entropy`;
  const columns = ["token", "position", "mean received", "entropy"];
  if (!heads.length) return { caption, columns, rows: [] };
  const { axes, kind } = heads[0];
  const { matrix } = entries[0];
  const received = (s) => meanOf(Array.from({ length: matrix.rows },
    (_, t) => matrix.values[t * matrix.columns + s]));
  const own = (t) => (spread.length
    ? meanOf(spread.map((values) => values[t])) : "not available");
  const name = (axis, i) => visible(axis[i] ?? `#${i}`);
  const rows = Array.from({ length: matrix.columns }, (_, s) =>
    [name(axes.columns, s), s, received(s), kind === "self" ? own(s) : ""]);
  if (kind !== "self") {
    for (let t = 0; t < matrix.rows; t += 1) {
      rows.push([name(axes.rows, t), t, "", own(t)]);
    }
  }
  return { caption, columns, rows };
}

function svgOf(shown) {
  const { context, entries, paints, heads } = shown;
  const { scene, theme } = context;
  if (!heads.length) return svgDocument(200, 40, theme, []);
  const title = `${scene.tag}, step ${scene.step}`;
  const nodes = [hatching(), svgText(12, 24, title, { "font-size": 14 })];
  let [x, height] = [0, 0];
  entries.forEach((entry, i) => {
    const map = svgMap(entry, paints[i], 320);
    map.node.setAttribute("transform", `translate(${x} 40)`);
    nodes.push(map.node);
    x += map.width;
    height = Math.max(height, map.height);
  });
  if (!shown.spread.length) return svgDocument(x, height + 40, theme, nodes);
  const chart = barsOf(shown);
  chart.setAttribute("y", height + 70);
  nodes.push(svgText(12, height + 58, "Entropy of each token"), chart);
  const tall = height + 80 + Number(chart.getAttribute("height"));
  return svgDocument(Math.max(x, 540), tall, theme, nodes);
}
