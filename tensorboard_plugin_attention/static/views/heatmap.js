/** The maps of the selected heads, cell by cell. */

import { mostOf, painter } from "../draw/color.js";
import { el } from "../draw/dom.js";
import { selected } from "../data/selection.js";
import { visible } from "../draw/tokens.js";
import { createMaps } from "./maps/maps.js";
import { svgMaps } from "./maps/mapsvg.js";

export const TABLE_ROWS = 10000;
const MOST_MAPS = 100;

export function create() {
  const maps = createMaps();
  const notices = el("div", { class: "maps-notices", role: "status" });
  const element = el("div", { class: "heatmap" }, notices, maps.element);
  let entries = [];
  let paints = [];
  let title = "";
  let theme = "light";
  let asked = 0;

  async function update(context) {
    const mine = (asked += 1);
    const { state, scene } = context;
    if (!scene) return;
    let found;
    try {
      const stale = () => mine !== asked;
      found = await selected(context, scene, { mixed: true, stale,
        most: MOST_MAPS });
    } catch (error) {
      if (mine !== asked || error.name === "AbortError") return;
      // The page's controls remain, so that other heads can be selected.
      notices.replaceChildren(said(error.message));
      maps.element.hidden = true;
      entries = [];
      return;
    }
    if (mine !== asked) return;
    maps.element.hidden = false;
    entries = found;
    ({ theme } = context);
    title = `${scene.tag}, step ${scene.step}`;
    paints = common(entries, context);
    notices.replaceChildren(...entries.flatMap((entry) =>
      faults(entry, scene.example).map((text) =>
        said(entries.length > 1 ? `${entry.label}: ${text}` : text))));
    maps.show(context, entries, { paints, held: state.token });
  }

  return {
    element,
    update,
    table: () => tableOf(entries),
    svg: () => svgMaps(title, entries, paints, theme),
    onKey: maps.onKey,
  };
}

function said(text) {
  return el("div", { text });
}

/** One painter for all, so that a color means the same weight everywhere. */
export function common(entries, { state, theme }) {
  const paint = painter({ ...state, dark: theme === "dark" },
    entries.map(({ matrix }) => matrix));
  return entries.map(() => paint);
}

function faults({ matrix, head }, example) {
  const { rows, columns, values } = matrix;
  let [bad, odd] = [0, 0];
  for (let row = 0, i = 0; row < rows; row += 1) {
    let sum = 0;
    for (const end = i + columns; i < end; i += 1) {
      sum += values[i];
      if (!Number.isFinite(values[i])) bad += 1;
    }
    if (sum && Math.abs(sum - 1) > 0.01) odd += 1;
  }
  const found = [];
  const say = (count, one, many) =>
    count && found.push(count === 1 ? `1 ${one}` : `${count} ${many}`);
  say(bad, "weight is not finite", "weights are not finite");
  // Rows of truncated texts and of combined heads need not sum to 1.
  if (head === null || example.cut) return found;
  say(odd, "row does not sum to 1", "rows do not sum to 1");
  return found;
}

/** The indices of the `count` largest values, in descending order. */
export function strongestPlaces(values, count) {
  const size = (i) => Math.abs(values[i]);
  const most = mostOf([{ values }]);
  const bins = new Uint32Array(4097);
  const bin = (i) => Math.floor((size(i) / most) * 4095) + 1 || 0;
  for (let i = 0; i < values.length; i += 1) bins[bin(i)] += 1;
  let least = 4097;
  for (let n = 0; least > 0 && n < count; n += bins[least]) least -= 1;
  const found = [];
  for (let i = 0; i < values.length; i += 1) {
    if (bin(i) >= least) found.push(i);
  }
  return found.sort((i, j) => size(j) - size(i) || 0).slice(0, count);
}

/** The cells with the largest weights of all maps. */
function tableOf(entries) {
  const rows = entries.flatMap(({ label, matrix, axes }) => {
    const { values, masked, columns } = matrix;
    const name = (axis, i) => visible(axis[i] ?? `#${i}`);
    return strongestPlaces(values, TABLE_ROWS).filter((i) => !masked?.[i])
      .map((i) => [Math.floor(i / columns), i % columns, values[i]])
      .map(([row, column, weight]) => [name(axes.rows, row),
        name(axes.columns, column), weight, row, column, label]);
  });
  if (entries.length > 1) rows.sort((a, b) => b[2] - a[2] || 0);
  return {
    caption: "Weights, largest first",
    // A word may occur twice in a text; positions distinguish them.
    columns: ["from", "to", "weight", "row", "column", "head"],
    rows: rows.slice(0, TABLE_ROWS),
  };
}
