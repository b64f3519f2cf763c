/** The text, with tokens shaded by the attention they receive or give. */

import { leastOf, mostOf, scaled, ticksOf, toward } from "../draw/color.js";
import { el, svgEl } from "../draw/dom.js";
import { svgDocument } from "../draw/export.js";
import { shorten, tokenEl, visible } from "../draw/tokens.js";
import {
  begun,
  directionChoice,
  keyOf,
  lastChosen,
  quoted,
  release,
  roving,
  strongestText,
  used,
  weightText,
  weightsOf,
} from "./lines/lines.js";

const GROUND = { light: [255, 255, 255], dark: [31, 34, 39] };
const PART = 500;
const SIDE = { from: "rows", to: "columns" };

/** The view; see `views.js`. */
export function create() {
  return new TextView();
}

class TextView {
  constructor() {
    this.lines = [];
    this.read = lastChosen();
    this.rove = roving();
    this.onKey = release;
    this.choice = directionChoice((direction) =>
      this.context.set({ direction }));
    this.caption = el("p", { class: "lines-caption" });
    this.legend = el("div", { class: "text-legend" });
    this.body = el("div");
    this.element = el("div", { class: "text-view" },
      el("div", { class: "lines-options" }, this.choice.element),
      this.caption, this.body, this.legend);
    const on = (type, f) => this.body.addEventListener(type, (event) =>
      f(event.target.closest?.(".token"), event));
    for (const type of ["pointerover", "focusin"]) {
      on(type, (word) => this.describe(word));
    }
    for (const type of ["pointerout", "focusout"]) {
      on(type, () => this.describe(null));
    }
    on("click", (word) => word && this.hold(word));
    on("keydown", (word, event) => word && this.press(word, event));
  }

  hold(word) {
    const { state, set } = this.context;
    const token = Number(word.dataset.index);
    const { side } = listOf(word).dataset;
    this.rove(word, true);
    // In cross-attention, a token of one text shades the other text.
    const direction = !this.cross ? state.direction
      : side === "rows" ? "from" : "to";
    const same = state.token === token && direction === state.direction;
    set({ token: same ? null : token, direction });
  }

  press(word, event) {
    const key = keyOf(event);
    const words = listOf(word).querySelectorAll(".token");
    const at = Number(word.dataset.index);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0,
      End: words.length - 1, Enter: at, " ": at }[key];
    if (next === undefined) return;
    used(event);
    if (next === at) this.hold(word);
    else if (words[next]) this.rove(words[next], true);
  }

  update(context) {
    this.context = context;
    return this.read(context, (entries) => this.show(entries), (message) => {
      this.lines = [];
      this.key = null;
      this.caption.textContent = message;
      this.body.replaceChildren();
      this.legend.replaceChildren();
    });
  }

  show(entries) {
    const { token, direction, scale } = this.context.state;
    const [{ axes, kind, matrix }] = entries;
    const pool = kind === "pool" && matrix.rows === 1;
    const from = pool ? "rows" : SIDE[direction];
    const held = !pool && token !== null && token < axes[from].length;
    const to = held && direction === "to";
    this.cross = kind === "cross";
    this.from = from;
    this.token = held ? token : null;
    this.side = to ? "rows" : "columns";
    this.tokens = axes[this.side];
    this.lines = entries.map(({ label, color, matrix: map }) => ({ label,
      color, weights: weightsOf(map, pool ? 0 : this.token, to) }));
    const values = this.lines.flatMap(({ weights }) => weights)
      .filter((weight) => weight !== null);
    this.most = mostOf([{ values }]);
    this.least = scale === "range" ? leastOf([{ values }]) : 0;
    this.title = held ? begun(axes[from][token], to)
      : pool ? "The pooling layer attends to"
        : `The ${this.context.scene.example.cut ? "kept " : ""}tokens ` +
          "attend, on average, to";
    this.choice.element.hidden = pool;
    this.choice.show(direction);
    this.build(axes);
    this.paint();
    this.describe(null);
  }

  build(axes) {
    const labels = this.lines.map(({ label }) => visible(label));
    const chooser = this.cross && this.from;
    const key = JSON.stringify([axes, this.side, chooser, labels]);
    if (key === this.key) return;
    this.key = key;
    const sections = labels.map((label) => words(axes, this.side, label));
    if (this.cross) {
      sections.unshift(words(axes, this.from, this.from === "rows"
        ? "Select a query" : "Select a key"));
    }
    this.body.replaceChildren(...sections);
    this.rows = sections.map((section) => section.querySelectorAll(".token"));
    this.chooser = this.cross ? this.rows.shift() : null;
    this.rove((this.chooser ?? this.rows[0])[0]);
  }

  paint() {
    this.lines.forEach((line, i) => this.rows[i].forEach((word, at) => {
      const weight = line.weights[at];
      const { fill, ink } = this.shade(line.color, weight);
      word.style.cssText = `background-color:${fill};color:${ink}`;
      word.className = weight === null ? "token text-masked"
        : Number.isNaN(weight) ? "token text-broken" : "token";
    }));
    for (const word of this.chosen ?? []) {
      word.removeAttribute("aria-selected");
    }
    this.chosen = this.token === null ? []
      : (this.chooser ? [this.chooser] : this.rows).map((row) =>
        row[this.token]);
    for (const word of this.chosen) word.setAttribute("aria-selected", true);
    const weights = [0, 0.25, 0.5, 0.75, 1].map((part) =>
      this.least + part * (this.most - this.least));
    const texts = ticksOf(weights);
    const steps = weights.map((weight, i) => {
      const { fill, ink } = this.shade(this.lines[0].color, weight);
      return el("span", { text: texts[i],
        style: { "background-color": fill, color: ink } });
    });
    this.legend.replaceChildren("Weight ", ...steps,
      el("span", { class: "text-masked", text: "masked" }),
      el("span", { class: "text-broken", text: "not finite" }));
  }

  /** A shade, and black or white for legible text on it. */
  shade(color, weight) {
    const { state, theme } = this.context;
    const part = weight > 0
      ? scaled(weight / this.most, state.scale, this.least / this.most) : 0;
    const rgb = toward(color, GROUND[theme], 1 - part);
    const [r, g, b] = rgb.map((c) => (c > 10 ? ((c + 14) / 269) ** 2.4
      : c / 3294.6));
    const light = 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18;
    return { fill: `rgb(${rgb})`, ink: light ? "#000000" : "#ffffff" };
  }

  describe(word) {
    if (!this.lines.length) return;
    const other = this.cross && word && listOf(word).dataset.side !== this.side;
    const at = Number(word?.dataset.index);
    const said = word && !other
      ? `${quoted(this.tokens[at])}: ${this.lines.map((line) => `${
        weightText(line.weights[at])} (${visible(line.label)})`).join("; ")}`
      : strongestText(this.lines, this.tokens);
    this.caption.textContent = `${this.title} ${said}`;
  }

  table() {
    return {
      caption: this.title ?? "",
      columns: ["position", "token",
        ...this.lines.map(({ label }) => visible(label))],
      rows: (this.tokens ?? []).map((token, at) => [at, visible(token),
        ...this.lines.map(({ weights }) => weights[at] ?? "masked")]),
    };
  }

  svg() {
    if (!this.lines.length) throw new Error("nothing is drawn yet");
    const pen = el("canvas").getContext("2d");
    pen.font = "14px system-ui, Roboto, sans-serif";
    const texts = this.tokens.map((token) => shorten(visible(token), 32));
    const widths = texts.map((text) => pen.measureText(text).width + 8);
    const nodes = [svgEl("text", { x: 12, y: 22, text: this.title })];
    let y = 24;
    for (const { label, color, weights } of this.lines) {
      let x = 12;
      y += 24;
      nodes.push(svgEl("text", { x, y, fill: "var(--muted)",
        text: visible(label) }));
      y += 24;
      texts.forEach((text, at) => {
        if (x > 12 && x + widths[at] > 788) [x, y] = [12, y + 24];
        const { fill, ink } = this.shade(color, weights[at]);
        nodes.push(svgEl("rect", { x, y: y - 16, width: widths[at],
          height: 21, rx: 3, fill }), svgEl("text", { x: x + 4, y, fill: ink,
          "font-size": 14, "unicode-bidi": "isolate", text }));
        x += widths[at] + 4;
      });
      y += 12;
    }
    return svgDocument(800, y + 12, this.context.theme, nodes);
  }
}

const listOf = (word) => word.closest("[role=listbox]");

function words(axes, side, title) {
  const list = el("div", { class: "text-words", role: "listbox",
    "aria-label": title, data: { side } });
  // Very long texts are laid out in parts, as they come into view.
  axes[side].forEach((token, index) => {
    if (index % PART === 0) list.append(el("div", { role: "presentation" }));
    const word = tokenEl(token, index);
    word.setAttribute("role", "option");
    list.lastChild.append(word, " ");
  });
  return el("section", null, el("h4", { dir: "auto", text: title }), list);
}
