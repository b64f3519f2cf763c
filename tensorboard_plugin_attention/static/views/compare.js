/** Two steps or two runs side by side, with their signed difference. */

import { painter } from "../draw/color.js";
import { el } from "../draw/dom.js";
import { difference } from "../data/math.js";
import { selected } from "../data/selection.js";
import { visible } from "../draw/tokens.js";
import { TABLE_ROWS, strongestPlaces } from "./heatmap.js";
import { cellText, createMaps, pairText } from "./maps/maps.js";
import { svgMaps } from "./maps/mapsvg.js";
import { createCounterpart } from "./counterpart.js";

// The counterpart, the current map and their difference.
const PARTS = 3;
const MOST_HEADS = 12;

/** The view; see `views.js`. */
export function create() {
  return new CompareView();
}

class CompareView {
  constructor() {
    this.maps = createMaps(describe);
    this.onKey = this.maps.onKey;
    this.counterpart = createCounterpart();
    this.notice = el("p", { class: "maps-notices", role: "status" });
    this.element = el("div", { class: "compare" }, this.counterpart.element,
      this.notice, this.maps.element);
    this.shown = { entries: [], paints: [], title: "", theme: "light" };
    this.turn = 0;
    this.compared = null;
    this.reading = new AbortController();
  }

  async update(context) {
    if (!context.scene) return;
    const turn = this.turn += 1;
    const stale = () => turn !== this.turn;
    this.reading.abort();
    this.reading = new AbortController();
    this.compared = null;
    try {
      const other = await this.counterpart.find(context, this.reading.signal);
      const sides = await Promise.all([other, context.scene].map((scene) =>
        selected(context, scene, { stale, mixed: true, most: MOST_HEADS })));
      if (stale()) return;
      this.shown.entries = entriesOf(sides, other, context);
      this.compared = { otherRun: other.run, otherStep: other.step };
      this.show(context, other);
    } catch (error) {
      if (stale() || error.name === "AbortError") return;
      this.notice.textContent = error.message;
      this.shown.entries = [];
      this.maps.element.hidden = true;
    }
  }

  show(context, other) {
    const { shown } = this;
    const { state, theme, scene } = context;
    const same = other.run === scene.run && other.step === scene.step;
    this.notice.textContent = same
      ? "Both sides show the same step. Select a different step or run."
      : "";
    this.maps.element.hidden = false;
    const dark = theme === "dark";
    const isChange = ({ part }) => part === "change";
    const of = (change) => shown.entries
      .filter((entry) => isChange(entry) === change)
      .map(({ matrix }) => matrix);
    const paint = painter({ ...state, dark }, of(false));
    const signed = painter({ signed: true, dark }, of(true));
    shown.paints = shown.entries.map((entry) =>
      (isChange(entry) ? signed : paint));
    shown.theme = theme;
    shown.title = `${nameOf(other)} and ${nameOf(scene)}`;
    this.maps.show(context, shown.entries, { paints: shown.paints,
      held: state.token, height: 560, abreast: PARTS });
  }

  /** What a link must contain in addition to the scene. */
  seen() {
    return this.compared;
  }

  table() {
    return tableOf(this.shown.entries);
  }

  svg() {
    const { title, entries, paints, theme } = this.shown;
    return svgMaps(title, entries, paints, theme);
  }
}

function nameOf({ run, step }) {
  return `${visible(run)} step ${step}`;
}

/** Three maps per selected head: counterpart, current and difference. */
function entriesOf([there, here], other, { scene, warn }) {
  const alone = [];
  const found = here.flatMap((entry, i) => {
    const before = there.find((one) => one.label === entry.label &&
      one.id === entry.id &&
      one.matrix.rows === entry.matrix.rows &&
      one.matrix.columns === entry.matrix.columns);
    if (!before) {
      alone.push(`${entry.label} cannot be compared: ${
        nameOf(other)} has no map of this head with the same shape.`);
      return [];
    }
    const change = difference(entry.matrix, before.matrix);
    const group = { i, name: entry.label,
      matrices: [before.matrix, entry.matrix, change] };
    const of = (where) => `${entry.label}: ${where}`;
    return [
      { ...before, part: "other", group, label: of(nameOf(other)) },
      { ...entry, part: "current", group, label: of(nameOf(scene)) },
      { ...entry, part: "change", group, matrix: change,
        label: of("difference") },
    ];
  });
  if (!found.length) throw new Error(alone[0]);
  alone.forEach(warn);
  return found;
}

function describe(entries, row, column, index) {
  const [a, b, change] = entries[index].group.matrices
    .map((matrix) => cellText({ matrix }, row, column));
  const sign = change > 0 ? "+" : "";
  return `${pairText(entries[index], row, column)}: other ${a}, ` +
    `current ${b}, difference ${sign}${change}`;
}

/** All cells, those with the largest changes first. */
function tableOf(entries) {
  const groups = entries.filter(({ part }) => part === "change");
  const rows = groups.flatMap(({ group, axes }) => {
    const [before, now, change] = group.matrices;
    const order = strongestPlaces(change.values, TABLE_ROWS)
      .filter((i) => change.values[i] !== 0 && !change.masked?.[i]);
    return order.map((i) => [
      visible(axes.rows[Math.floor(i / change.columns)] ?? ""),
      visible(axes.columns[i % change.columns] ?? ""),
      before.values[i], now.values[i], change.values[i], group.name]);
  });
  const several = groups.length > 1;
  if (several) rows.sort((a, b) => Math.abs(b[4]) - Math.abs(a[4]) || 0);
  return {
    caption: "Weights with the largest changes",
    columns: ["from", "to", "other", "current", "difference",
      ...(several ? ["head"] : [])],
    rows: rows.slice(0, TABLE_ROWS).map((row) =>
      (several ? row : row.slice(0, 5))),
  };
}
