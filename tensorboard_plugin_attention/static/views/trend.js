/** A statistic of the selected heads over all kept steps. */

import { headColor, headDash } from "../draw/color.js";
import { el, svgEl } from "../draw/dom.js";
import { svgDocument } from "../draw/export.js";
import { STATISTICS, meanOf } from "../data/math.js";
import { firstOf, headsOf } from "../data/selection.js";
import { visible } from "../draw/tokens.js";
import { HEIGHT, axes, layoutOf, lineNames } from "./chart.js";
import { MOST_NAMED, keyOf, roving, used, weightText } from "./lines/lines.js";

const AT_ONCE = 6;

/** The view; see `views.js`. */
export function create() {
  return new TrendView();
}

class TrendView {
  constructor() {
    this.lines = [];
    this.rove = roving();
    this.select = el("select", { on: { change: () =>
      this.context.set({ statistic: this.select.value }) } },
    ...STATISTICS.map(({ name, label, hint }) =>
      el("option", { value: name, text: `${label} – ${hint}` })));
    this.note = el("p", { class: "lines-note", role: "status" });
    this.caption = el("p", { class: "lines-caption" });
    this.chart = svgEl("svg", { class: "trend-chart", role: "group" });
    this.element = el("div", { class: "trend-view" },
      el("div", { class: "lines-options" },
        el("label", null, "Statistic", this.select)),
      this.note, this.caption, this.chart);
    const on = (type, f) => this.chart.addEventListener(type, f);
    on("pointermove", (event) => this.mark(this.nearest(event)));
    on("pointerleave", () => this.mark(null));
    on("focusin", ({ target }) => this.mark(target));
    on("focusout", () => this.mark(null));
    on("click", (event) => this.choose(this.nearest(event)));
    on("keydown", (event) => this.press(event));
    new ResizeObserver(() =>
      this.across !== this.element.clientWidth && this.draw(),
    ).observe(this.element);
  }

  async update(context) {
    const { run, tag, example, steps } = context.scene ?? {};
    this.context = context;
    if (!run && run !== "") return;
    const key = JSON.stringify([run, tag, example.id]);
    if (key !== this.key) {
      this.stop?.abort();
      this.stop = new AbortController();
      this.key = key;
      this.found = new Map();
      this.open = new Set();
    }
    if (steps !== this.listed) {
      // For a new list, forget steps that are gone and retry those that failed.
      this.listed = steps;
      const kept = new Set(steps.map(({ step }) => step));
      this.found = new Map([...this.found].filter(([step, { error }]) =>
        kept.has(step) && !error));
    }
    this.select.value = context.state.statistic;
    this.heads = firstOf(context,
      headsOf(context.state, context.scene.layers), MOST_NAMED);
    this.draw();
    const free = Array.from({ length: AT_ONCE - this.open.size });
    await Promise.all(free.map(() => this.load(this.open, this.stop.signal)));
  }

  /** Read the remaining steps one by one. */
  async load(open, signal) {
    const { scene, source } = this.context;
    const next = () => open === this.open && this.context.scene.steps.find(
      ({ step, wallTime }) => !open.has(step) &&
        this.found.get(step)?.wallTime !== wallTime);
    for (let at = next(); at; at = next()) {
      const { step, wallTime } = at;
      open.add(step);
      const stats = await statsAt(source, scene, step, signal);
      open.delete(step);
      if (signal.aborted) return;
      this.found.set(step, { wallTime, ...stats });
      this.soon ??= requestAnimationFrame(() => this.draw());
    }
    if (open === this.open) this.draw();
  }

  draw() {
    cancelAnimationFrame(this.soon);
    this.soon = null;
    if (!this.context?.scene) return;
    const { scene, state } = this.context;
    const { line, at } = document.activeElement.dataset;
    const focused = this.chart.contains(document.activeElement);
    this.statistic = STATISTICS.find(({ name }) => name === state.statistic);
    this.lines = this.gather();
    this.across = this.element.clientWidth;
    const layout = this.layout = layoutOf(this.across,
      scene.steps.map(({ step }) => step),
      this.lines.flatMap(({ values }) => values)
        .filter((value) => value !== null));
    this.chart.setAttribute("width", layout.width);
    this.chart.setAttribute("height", HEIGHT);
    this.chart.replaceChildren(
      ...axes(layout, this.statistic.label, scene.step),
      ...this.lines.flatMap((one, i) => this.line(one, i)),
      ...lineNames(layout, this.lines, this.steps));
    this.chart.setAttribute("aria-label", `${this.statistic.label} over ${
      scene.steps.length} steps. Arrow keys move, Enter goes to a step.`);
    this.say();
    this.mark(null);
    const now = this.steps.indexOf(scene.step);
    this.rove((focused && this.point(line, at)) || this.point(0, now) ||
      this.chart.querySelector("circle"), focused);
  }

  /** One line per head and the mean of all heads: a value or null per step. */
  gather() {
    const { scene } = this.context;
    const name = this.statistic.name;
    this.steps = scene.steps.map(({ step }) => step)
      .filter((step) => this.found.has(step));
    const values = (valueOf) => this.steps.map((step) => {
      const value = valueOf(this.found.get(step).stats ?? []);
      return Number.isFinite(value) ? value : null;
    });
    const lines = this.heads.map(({ label, layer, head }, i) => ({
      label: visible(label),
      color: headColor(i),
      dash: headDash(i),
      values: values((stats) => stats[layer]?.[name]?.[head]),
    }));
    return [...lines, { label: "mean of all heads", color: "var(--muted)",
      values: values((stats) =>
        meanOf(stats.flatMap((layer) => layer?.[name] ?? []))) }];
  }

  say() {
    const all = this.context.scene.steps.length;
    const read = this.steps.length;
    const errors = this.steps.map((step) => this.found.get(step).error)
      .filter(Boolean);
    const none = this.lines.slice(0, -1).filter(({ values }) =>
      values.length > errors.length && values.every((v) => v === null));
    this.note.textContent = [
      none.length ? `The statistic “${this.statistic.label}” does not ` +
        `apply to ${none.map(({ label }) => label).join("; ")}.` : "",
      read < all ? `Reading: ${read} of ${all} steps…` : "",
      errors.length ? `${errors.length} of ${all} steps could not be read: ${
        errors[0]}` : "",
    ].filter(Boolean).join(" ");
  }

  line({ values, color, dash }, index) {
    let d = "";
    const points = [];
    values.forEach((value, at) => {
      if (value === null) return;
      const cx = this.layout.x(this.steps[at]);
      const cy = this.layout.y(value);
      d += `${(values[at - 1] ?? null) === null ? "M" : "L"}${cx} ${cy}`;
      points.push(svgEl("circle", { cx, cy, fill: color, role: "button",
        r: values.length > 100 ? 1.5 : 3, tabindex: -1,
        "aria-label": this.words(index, at), data: { line: index, at } }));
    });
    return [svgEl("path", { d, fill: "none", stroke: color,
      "stroke-width": 2, "stroke-dasharray": dash }), ...points];
  }

  words(line, at) {
    const { label, values } = this.lines[line];
    const digits = 2 + (this.layout.yTexts[0].split(".")[1]?.length ?? 0);
    return `${this.statistic.label} of ${label} at step ${this.steps[at]}: ${
      weightText(values[at], digits)}`;
  }

  point(line, at) {
    return this.chart.querySelector(
      `circle[data-line="${line}"][data-at="${at}"]`);
  }

  nearest({ clientX, clientY }) {
    const box = this.chart.getBoundingClientRect();
    let [best, least] = [null, 40];
    this.lines.forEach(({ values }, line) => values.forEach((value, at) => {
      if (value === null) return;
      const { x, y } = this.layout;
      const away = Math.hypot(x(this.steps[at]) + box.left - clientX,
        y(value) + box.top - clientY);
      if (away < least) [best, least] = [[line, at], away];
    }));
    return best && this.point(...best);
  }

  mark(point) {
    this.marked?.classList.remove("trend-marked");
    point?.classList.add("trend-marked");
    this.marked = point;
    this.caption.textContent = point?.getAttribute("aria-label") ??
      "Hover over the chart, or move along it with the arrow keys. Click or " +
      "press Enter to go to that step.";
  }

  choose(point) {
    if (point) this.context.set({ step: this.steps[point.dataset.at] });
  }

  press(event) {
    const { target } = event;
    const key = keyOf(event);
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0],
      ArrowDown: [1, 0], Enter: [], " ": [] }[key];
    if (!move || target.dataset.at === undefined) return;
    used(event);
    if (!move.length) return this.choose(target);
    let [line, at] = [Number(target.dataset.line), Number(target.dataset.at)];
    do {
      line += move[0];
      at += move[1];
    } while (this.lines[line]?.values[at] === null);
    const next = this.point(line, at);
    if (next) this.rove(next, true);
  }

  table() {
    return {
      caption: `${this.statistic?.label ?? "statistic"} over the steps`,
      columns: ["step", ...this.lines.map(({ label }) => label)],
      rows: (this.steps ?? []).map((step, at) => [step,
        ...this.lines.map(({ values }) => values[at] ?? "")]),
    };
  }

  svg() {
    if (!this.lines.length) throw new Error("nothing is drawn yet");
    return svgDocument(this.layout.width, HEIGHT, this.context.theme,
      [...this.chart.childNodes]);
  }
}

async function statsAt(source, { run, tag, example }, step, signal) {
  try {
    const manifest = source.cached(run, tag, step) ??
      await source.manifest(run, tag, step, signal);
    const index = manifest.examples.findIndex(({ id }) => id === example.id);
    return { stats: manifest.stats[index] };
  } catch (error) {
    return { error: error.message };
  }
}
