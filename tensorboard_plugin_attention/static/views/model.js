/** All layers and heads of a text at once, drawn from the overview. */

import { headColor, painter, short } from "../draw/color.js";
import { el, svgEl, svgText } from "../draw/dom.js";
import { svgDocument } from "../draw/export.js";
import { head as headOf } from "../data/math.js";
import { headsOf } from "../data/selection.js";
import { visible } from "../draw/tokens.js";
import { image } from "./maps/cells.js";
import { NAMES, modelOptions } from "./modelbar.js";

const GAP = 6;
const SIZES = [28, 92];
const MOVES = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
};

export function create() {
  const model = { tiles: [], lines: [], active: null, asked: 0 };
  const options = modelOptions((name) =>
    model.tiles.map(({ stats }) => stats[name]));
  const grid = el("div", { class: "model-grid", role: "grid",
    "aria-multiselectable": "true", "aria-label": "Heads of all layers" });
  const line = el("p", { class: "maps-say" });
  const scroll = el("div", { class: "model-scroll" }, grid);
  const element = el("div", { class: "model" }, options.element, line, scroll);
  Object.assign(model, { grid, line, scroll, options });
  listen(model);
  new ResizeObserver(() => {
    if (model.context && Math.abs(scroll.clientWidth - model.width) > 8) {
      arrange(model);
    }
  }).observe(scroll);

  return {
    element,
    async update(context) {
      const mine = (model.asked += 1);
      if (!context.scene) return;
      const maps = await context.scene.overview();
      if (mine !== model.asked) return;
      const { state, scene, theme } = context;
      const { scale, palette, sort, descending, filter, least, most } = state;
      const look = [theme, scale, palette, sort, descending, filter, least,
        most].join();
      const same = model.maps === maps && model.look === look;
      Object.assign(model, { context, maps, look });
      options.update(context);
      if (!same) {
        model.paint = painter({ scale, palette }, maps);
        model.tiles = tilesOf(maps, scene, model.paint);
        options.legend(model.paint);
        arrange(model);
      }
      choose(model);
    },
    table: () => tableOf(model.tiles),
    svg: () => svgOf(model),
  };
}

/** One tile per head, with its statistics and its map. */
function tilesOf(maps, scene, paint) {
  return maps.flatMap((map, layer) => {
    const { name, kind, heads } = scene.layers[layer];
    const word = kind === "pool" ? "hop" : "head";
    return Array.from({ length: Math.min(heads, map?.heads ?? 0) }, (_, h) => {
      const found = Object.entries(scene.stats?.[layer] ?? {})
        .map(([statistic, values]) => [statistic, values?.[h] ?? null]);
      const canvas = image(headOf(map, h), paint);
      const title = visible(name);
      return { layer, h, id: `${layer}.${h}`, name: title, word, canvas,
        stats: Object.fromEntries(found) };
    });
  });
}

function said({ name, word, h, stats }, only = NAMES) {
  const numbers = only.filter(([key]) => Number.isFinite(stats[key]))
    .map(([key, text]) => `${text} ${stats[key].toFixed(2)}`);
  return [`Layer ${name}`, `${word} ${h}`, ...numbers].join(", ");
}

/** Sort and filter the tiles and arrange them in lines. */
function arrange(model) {
  const { context, tiles, grid, scroll } = model;
  const { sort, descending, filter, least, most } = context.state;
  const kept = tiles.filter(({ stats }) =>
    !filter || (stats[filter] !== null && stats[filter] >= least &&
      stats[filter] <= most));
  model.width = scroll.clientWidth || 900;
  const ranked = sort !== "layer";
  const named = ranked ? 0 : Math.min(150, model.width / 4);
  model.named = named;
  const heads = Math.max(1, ...tiles.map(({ h }) => h + 1));
  const room = (model.width - named) / (ranked ? 12 : heads) - GAP;
  model.size = Math.floor(Math.min(SIZES[1], Math.max(SIZES[0], room)));
  if (ranked) {
    const rank = ({ stats }) => stats[sort] ?? (descending ? -1 : 1) * Infinity;
    const sign = descending ? -1 : 1;
    // Two tiles without a value give NaN and keep their order.
    const sorted = [...kept].sort((a, b) =>
      sign * (rank(a) - rank(b)) || 0);
    const fit = Math.floor((model.width - 8) / (model.size + GAP));
    const across = Math.max(1, fit);
    model.lines = [];
    while (sorted.length) model.lines.push(sorted.splice(0, across));
  } else {
    model.lines = context.scene.layers.map((_, layer) => {
      const line = [];
      for (const tile of kept) if (tile.layer === layer) line[tile.h] = tile;
      return Array.from(line, (tile) => tile ?? null);
    });
  }
  const focused = grid.contains(document.activeElement);
  grid.style.setProperty("--size", `${model.size}px`);
  grid.style.setProperty("--named", `${named}px`);
  grid.replaceChildren(...rowsOf(model, ranked ? 0 : heads));
  grid.hidden = !model.lines.length;
  model.options.count(kept.length, tiles.length);
  choose(model);
  if (focused) grid.querySelector("[tabindex='0']")?.focus();
}

function rowsOf(model, heads) {
  const { lines, context } = model;
  const { sort } = context.state;
  const rows = lines.map((line, i) => {
    const row = el("div", { class: "model-row", role: "row" });
    const name = context.scene.layers[i]?.name ?? "";
    if (heads) {
      const text = brief(name, Math.floor(model.named / 7.5));
      row.append(el("div", { role: "rowheader", title: visible(name), text }));
    }
    for (const tile of line) {
      row.append(tile ? cellOf(tile, sort) : el("div", { role: "gridcell" }));
    }
    return row;
  });
  if (!heads) return rows;
  const numbers = Array.from({ length: heads }, (_, h) =>
    el("div", { role: "columnheader", text: h }));
  const corner = el("div", { role: "columnheader", text: "head" });
  return [el("div", { class: "model-row", role: "row" }, corner, ...numbers),
    ...rows];
}

/** The end of a layer's name, which contains its number. */
function brief(name, most) {
  const text = visible(name);
  return text.length > most ? `…${text.slice(1 - most)}` : text;
}

function cellOf(tile, sort) {
  tile.cell = el("div", { class: "model-tile", role: "gridcell", tabindex: -1,
    "aria-label": said(tile, NAMES.slice(0, 2)), data: { id: tile.id } },
  tile.canvas);
  if (sort !== "layer") {
    const value = tile.stats[sort];
    const text = value === null ? "–" : short(value);
    tile.cell.append(el("span", { text: `${tile.layer}.${tile.h}` }),
      el("b", { text }));
  }
  return tile.cell;
}

/** Draw rings around the selected heads and set the tile that Tab reaches. */
function choose(model, ids = headsOf(model.context.state,
  model.context.scene.layers).map(({ id }) => id)) {
  const { tiles, lines } = model;
  model.ids = ids;
  const shown = lines.flat().filter(Boolean);
  if (!shown.some(({ id }) => id === model.active)) {
    model.active = (shown.find(({ id }) => ids.includes(id)) ?? shown[0])?.id;
  }
  for (const { id, cell } of tiles) {
    if (!cell) continue;
    const at = ids.indexOf(id);
    cell.setAttribute("aria-selected", at >= 0);
    cell.style.setProperty("--ring", headColor(Math.max(0, at)));
    cell.tabIndex = id === model.active ? 0 : -1;
  }
  const active = tiles.find(({ id }) => id === model.active);
  model.line.textContent = active ? said(active)
    : "No heads are in this range.";
}

function listen(model) {
  const { grid } = model;
  const tileOf = ({ target }) => {
    const { id } = target.closest?.(".model-tile")?.dataset ?? {};
    return model.tiles.find((tile) => tile.id === id);
  };
  const others = ({ id }) => model.ids.filter((one) => one !== id);
  const open = (tile) => model.context.set({ view: "heatmap",
    heads: [tile.id, ...others(tile)] });
  const add = (tile, several) => {
    const rest = several ? others(tile) : [];
    const off = rest.length && model.ids.includes(tile.id);
    const heads = off ? rest : [...rest, tile.id];
    model.active = tile.id;
    // Immediately, because the next key may be pressed before the page updates.
    choose(model, heads);
    model.context.set({ heads });
  };
  const on = (name, react) => grid.addEventListener(name, (event) => {
    const tile = tileOf(event);
    if (tile) react(tile, event);
  });
  on("click", (tile, event) =>
    add(tile, event.shiftKey || event.ctrlKey || event.metaKey));
  on("dblclick", open);
  const say = (tile) => (model.line.textContent = said(tile));
  on("pointerover", say);
  on("focusin", (tile) => {
    model.grid.querySelector("[tabindex='0']")?.setAttribute("tabindex", -1);
    tile.cell.tabIndex = 0;
    model.active = tile.id;
    say(tile);
  });
  on("keydown", (tile, event) => {
    const { key, shiftKey, ctrlKey } = event;
    const chosen = model.ids.includes(tile.id);
    if (key === "Enter" && chosen && !shiftKey && !ctrlKey) open(tile);
    else if (key === "Enter" || key === " ") add(tile, shiftKey || ctrlKey);
    else if (MOVES[key]) neighbor(model.lines, tile, MOVES[key])?.cell.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

function neighbor(lines, tile, [down, right]) {
  let row = lines.findIndex((line) => line.includes(tile));
  let column = lines[row].indexOf(tile);
  do {
    row += down;
    column += right;
    if (lines[row]?.[column]) return lines[row][column];
  } while (row >= 0 && row < lines.length && column >= 0 && column < 1e3);
  return null;
}

function tableOf(tiles) {
  return {
    caption: "Statistics of all heads",
    columns: ["layer", "head", ...NAMES.map(([, label]) => label)],
    rows: tiles.map(({ name, h, stats }) =>
      [name, h, ...NAMES.map(([key]) => stats[key] ?? "")]),
  };
}

function svgOf({ context, lines }) {
  const { scene, theme, state } = context;
  const ranked = state.sort !== "layer";
  const chosen = headsOf(state, scene.layers).map(({ id }) => id);
  const [size, left] = [64, ranked ? 12 : 170];
  const step = size + (ranked ? 26 : 8);
  const nodes = [svgText(12, 24, `${scene.tag}, step ${scene.step}`)];
  lines.forEach((line, row) => {
    const y = 40 + row * step;
    const name = scene.layers[row]?.name ?? "";
    if (!ranked) nodes.push(svgText(12, y + size / 2, brief(name, 20)));
    line.forEach((tile, column) => {
      if (!tile) return;
      const x = left + column * (size + 8);
      const at = chosen.indexOf(tile.id);
      nodes.push(svgEl("image", { x, y, width: size, height: size,
        preserveAspectRatio: "none", href: tile.canvas.toDataURL(),
        style: { "image-rendering": "pixelated" } }));
      nodes.push(svgEl("rect", { x, y, width: size, height: size, fill: "none",
        stroke: at < 0 ? "var(--border)" : headColor(at),
        "stroke-width": at < 0 ? 1 : 3 }));
      if (ranked) {
        const value = tile.stats[state.sort];
        const text = `${tile.id}: ${value === null ? "–" : short(value)}`;
        nodes.push(svgText(x, y + size + 14, text,
          { "font-size": 10 }));
      }
    });
  });
  const widest = Math.max(1, ...lines.map((line) => line.length));
  const width = left + widest * (size + 8) + 12;
  return svgDocument(width, 52 + lines.length * step, theme, nodes);
}
