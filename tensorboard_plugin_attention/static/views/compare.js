/** Two steps or two runs side by side, with their signed difference. */

import { painter } from "../color.js";
import { el } from "../dom.js";
import { difference } from "../math.js";
import { sceneOf } from "../scene.js";
import { selected } from "../selection.js";
import { visible } from "../tokens.js";
import { TABLE_ROWS, strongestPlaces } from "./heatmap.js";
import { cellText, createMaps, pairText } from "./maps.js";
import { svgMaps } from "./mapsvg.js";

export function create() {
  const maps = createMaps({ say });
  const pickers = pickersOf();
  const notice = el("p", { class: "maps-notices", role: "status" });
  const element = el("div", { class: "compare" }, pickers.element, notice,
    maps.element);
  const shown = { entries: [], paints: [], title: "", theme: "light" };
  let asked = 0;
  let reading = new AbortController();

  async function update(context) {
    const mine = (asked += 1);
    const stale = () => mine !== asked;
    if (!context.scene) return;
    reading.abort();
    reading = new AbortController();
    let other = null;
    try {
      const place = await placeOf(context, pickers, stale);
      if (stale()) return;
      other = await otherScene(context, place, reading.signal);
      const sides = await Promise.all([other, context.scene].map((scene) =>
        selected(context, scene, { stale, mixed: true })));
      if (stale()) return;
      shown.entries = entriesOf(sides, other, context.scene);
    } catch (error) {
      if (stale() || error.name === "AbortError") return;
      notice.textContent = error.message;
      shown.entries = [];
      maps.element.hidden = true;
      return;
    }
    const { state, theme, scene } = context;
    const same = other.run === scene.run && other.step === scene.step;
    notice.textContent = same
      ? "Both sides show the same step; choose another one to compare with."
      : "";
    maps.element.hidden = false;
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
    maps.show(context, shown.entries,
      { paints: shown.paints, held: state.token, height: 560 });
  }

  return { element, update, table: () => tableOf(shown.entries),
    svg: () => svgMaps(shown.title, shown.entries, shown.paints, shown.theme),
    onKey: maps.onKey };
}

function nameOf({ run, step }) {
  return `${visible(run)} step ${step}`;
}

/** The run and step to compare with; fills the pickers on the way. */
async function placeOf({ source, state, scene, set }, pickers, stale) {
  const { run, tag } = scene;
  const tags = await source.tags();
  const runs = tags.filter((one) => one.tag === tag).map((one) => one.run);
  const other = runs.includes(state.otherRun) ? state.otherRun : run;
  const { steps } = await source.steps(other, tag);
  const numbers = steps.map(({ step }) => step);
  if (!numbers.length) throw new Error(`Run ${other} holds no step of ${tag}.`);
  const step = numbers.includes(state.otherStep)
    ? state.otherStep
    : numbers[0];
  if (!stale()) pickers.update(runs, numbers, { run: other, step }, set);
  return { run: other, tag, step, steps };
}

/** The same sentence there, or an Error that says why there is none. */
async function otherScene({ source, scene }, place, signal) {
  const { run, tag, step } = place;
  const manifest = await source.manifest(run, tag, step, signal);
  const { example } = scene;
  const where = `step ${step} of run ${visible(run)}`;
  const exampleIndex = manifest.examples.findIndex(({ id }) =>
    id === example.id);
  if (exampleIndex < 0) {
    throw new Error(`This sentence was not logged at ${where}; there is ` +
      "nothing to compare it with.");
  }
  const found = manifest.examples[exampleIndex];
  for (const axis of ["tokens", "key_tokens"]) {
    if (String(found[axis]) === String(example[axis]) &&
      found[axis]?.length === example[axis]?.length) continue;
    throw new Error(`At ${where} this sentence has other tokens ` +
      `(${found[axis]?.length ?? 0}, here ${example[axis]?.length ?? 0}); ` +
      "their maps cannot be compared cell by cell.");
  }
  return sceneOf(source, { ...place, manifest, exampleIndex }, signal);
}

/** Three maps a chosen head: there, here, and what has changed. */
function entriesOf([there, here], other, scene) {
  return here.flatMap((entry, i) => {
    const before = there[i];
    const known = before && before.label === entry.label &&
      before.matrix.rows === entry.matrix.rows &&
      before.matrix.columns === entry.matrix.columns;
    if (!known) {
      throw new Error(`${entry.label} has no counterpart of its shape at ` +
        `${nameOf(other)}.`);
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
}

function say(entries, row, column, index) {
  const [a, b, change] = entries[index].group.matrices
    .map((matrix) => cellText({ matrix }, row, column));
  const sign = change > 0 ? "+" : "";
  return `${pairText(entries[index], row, column)}: other ${a}, ` +
    `current ${b}, difference ${sign}${change}`;
}

function pickersOf() {
  let set = null;
  const run = el("select", { on: { change: () =>
    set({ otherRun: run.value, otherStep: null }) } });
  const step = el("select", { on: { change: () =>
    set({ otherStep: Number(step.value) }) } });
  const fill = (select, values, value) => {
    const key = JSON.stringify(values);
    if (select.dataset.key !== key) {
      select.dataset.key = key;
      select.replaceChildren(...values.map((one) =>
        el("option", { value: one, text: visible(String(one)) })));
    }
    select.value = value;
  };
  return {
    element: el("div", { class: "maps-bar" },
      el("label", null, "Compare with run ", run),
      el("label", null, "step ", step)),
    update(runs, steps, place, change) {
      set = change;
      fill(run, runs, place.run);
      fill(step, steps, place.step);
    },
  };
}

/** All cells, those that changed most first. */
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
    caption: "What changed most",
    columns: ["from", "to", "other", "current", "difference",
      ...(several ? ["head"] : [])],
    rows: rows.slice(0, TABLE_ROWS).map((row) =>
      (several ? row : row.slice(0, 5))),
  };
}
