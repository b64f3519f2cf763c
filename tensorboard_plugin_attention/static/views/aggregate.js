/** Many heads as one: mean, largest, rollout, and how spread each token is. */

import { exact, legend } from "../color.js";
import { el, svgEl, svgText } from "../dom.js";
import { svgDocument } from "../export.js";
import { entropy, meanOf } from "../math.js";
import { headsOf, rolloutLayers, selected } from "../selection.js";
import { visible } from "../tokens.js";
import { common } from "./heatmap.js";
import { label } from "./map.js";
import { createMaps } from "./maps.js";
import { svgMap, hatching } from "./mapsvg.js";

// Beyond this many tokens a rollout takes seconds: only where it is asked for.
const LONG = 700;
const MOST_BARS = 1000;
const SPREAD = "0: it looks at one token; 1: at all it may look at alike. " +
  "The bar is the mean, a tick each chosen head.";
const CUT = "Not known: this sentence was cut, and what its tokens give to " +
  "those that were cut is not in the log. The Model view has each head's " +
  "entropy over the whole sentence.";
const ABOUT = {
  mean: "The mean weight over the chosen heads.",
  max: "The largest weight that any chosen head gives.",
  rollout: "What reaches each token through all layers of self-attention up " +
    "to the last chosen one: half of each layer is the token itself, and the " +
    "layers are multiplied (Abnar & Zuidema 2020). All heads count alike.",
};

export function create() {
  const maps = createMaps();
  const notices = el("div", { class: "maps-notices", role: "status" });
  const bars = el("div", { class: "aggregate-bars" });
  const element = el("div", { class: "aggregate" }, notices, maps.element,
    bars);
  const shown = { entries: [], paints: [], spread: [], heads: [] };
  let asked = 0;
  let long = null;

  async function update(context) {
    const mine = (asked += 1);
    const stale = () => mine !== asked;
    const { state, scene } = context;
    if (!scene) return;
    const chosen = (combine, options) =>
      selected({ ...context, state: { ...state, combine } }, scene, options);
    const found = [];
    try {
      shown.heads = await chosen("none");
      found.push(...await chosen("mean"), ...await chosen("max"));
    } catch (error) {
      if (stale() || error.name === "AbortError") return;
      notices.replaceChildren(el("p", { text: error.message }));
      maps.element.hidden = bars.hidden = true;
      Object.assign(shown, { context, entries: [], heads: [] });
      return;
    }
    if (stale()) return;
    maps.element.hidden = bars.hidden = false;
    notices.replaceChildren(...offer(context));
    const draw = () => {
      const kinds = Object.keys(ABOUT);
      // Each has a scale of its own: the mean is fainter than the largest.
      shown.paints = found.flatMap((entry) => common([entry], context));
      shown.entries = found.map((entry, i) =>
        ({ ...entry, foot: foot(kinds[i], context, shown.paints[i]) }));
      maps.show(context, shown.entries, { paints: shown.paints, height: 460 });
    };
    shown.context = context;
    const { cut } = scene.example;
    shown.spread = cut ? []
      : shown.heads.map(({ matrix }) => entropy(matrix));
    bars.replaceChildren(el("h3", { text: "Entropy of each token" }),
      el("p", { class: "muted", text: cut ? CUT : SPREAD }),
      cut ? "" : el("div", { class: "aggregate-scroll", tabindex: 0,
        role: "region", "aria-label": "Entropy of each token" },
      barsOf(shown)));
    draw();
    const roll = async () => {
      const wait = el("p", { text: "Computing the rollout…" });
      notices.append(wait);
      try {
        const rolled = await chosen("rollout", { stale });
        if (stale()) return;
        found.push(...rolled);
        draw();
        wait.remove();
      } catch (error) {
        if (!stale()) wait.textContent = error.message;
      }
    };
    const size = found[0].matrix.columns;
    const layers = rolloutLayers(scene, shown.heads).length;
    const key = `${size} ${layers}`;
    if (size <= LONG || key === long) roll();
    else {
      const seconds = Math.ceil((size ** 3 * layers) / 8e8);
      const button = el("button", { type: "button",
        text: `Compute the rollout (${size} tokens, ${layers} layers: about ` +
          `${seconds} s)`,
        on: { click: () => {
          long = key;
          button.remove();
          roll();
        } } });
      notices.append(button);
    }
  }

  return { element, update, table: () => tableOf(shown),
    svg: () => svgOf(shown), onKey: maps.onKey };
}

/** A word and a button where one head is all there is to combine. */
function offer({ state, scene, set }) {
  const heads = headsOf(state, scene.layers);
  if (heads.length > 1) return [];
  const { kind, rows, columns } = scene.layers[heads[0].layer];
  const all = scene.layers.flatMap((layer, l) =>
    layer.kind === kind && layer.rows === rows && layer.columns === columns
      ? Array.from({ length: layer.heads }, (_, h) => `${l}.${h}`)
      : []);
  if (all.length < 2) return [];
  return [el("p", null, `One head is chosen: ${heads[0].label}. `,
    el("button", { type: "button", text: `Choose all ${all.length} like it`,
      on: { click: () => set({ heads: all }) } }))];
}

function foot(combine, { set }, paint) {
  const bar = legend(paint);
  paint.bar = "";
  return [bar, el("p", { class: "muted", text: ABOUT[combine] }),
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
    role: "img", "aria-label": "Entropy of each token, in the table too" });
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
  const from = context?.scene.example.cut ? "from those that were kept, " : "";
  const caption = `What each token receives on average, ${from}and its entropy`;
  const columns = ["token", "position", "received, mean", "entropy"];
  if (!heads.length) return { caption, columns, rows: [] };
  const { axes, kind } = heads[0];
  const { matrix } = entries[0];
  const received = (s) => meanOf(Array.from({ length: matrix.rows },
    (_, t) => matrix.values[t * matrix.columns + s]));
  const own = (t) => (spread.length
    ? meanOf(spread.map((values) => values[t])) : "not known");
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
