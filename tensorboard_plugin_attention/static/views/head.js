/** Tokens in two columns, with a line for each of the largest weights. */

import {
  css, headDash, leastOf, mostOf, scaled, toward,
} from "../draw/color.js";
import { el, svgEl } from "../draw/dom.js";
import { tokenEl, visible } from "../draw/tokens.js";
import {
  LINE_COLUMNS, MOST_TOKENS, lineRows, linesOf, shareText, strongestLines,
  tints, together,
} from "./lines/edges.js";
import { headDocument } from "./lines/headsvg.js";
import {
  begun, directionChoice, headLegend, keyOf, lastChosen, release, roving,
  strongestText, used, weightText, weightsOf,
} from "./lines/lines.js";

const MANY = 600;
const MOST_K = 20;
const ALL = 1000;
const LEVELS = 12;
const VALUE_WIDTH = 44;
const MOST_VALUES = 4;
// Strong lines stand out; the weakest have the head's color, with contrast 3:1.
const FRONT = { light: [0, 0, 0], dark: [255, 255, 255] };
const OTHER = { row: "column", column: "row" };

/** The view; see `views.js`. */
export function create() {
  return new HeadView();
}

class HeadView {
  constructor() {
    this.entries = [];
    this.looked = null;
    this.read = lastChosen();
    this.rove = roving();
    this.onKey = release;
    this.choice = directionChoice((direction) =>
      this.context.set({ direction, token: null }));
    this.slider = el("input", { type: "range", min: 1, max: MOST_K + 1,
      on: { input: () => {
        const k = Number(this.slider.value);
        this.context.set({ strongest: k > MOST_K ? ALL : k },
          { replace: true });
      } } });
    this.amount = el("output");
    this.legend = el("div");
    this.share = el("p", { class: "lines-note" });
    this.caption = el("p", { class: "lines-caption", id: "head-caption" });
    this.base = svgEl("svg", { class: "head-base", role: "img",
      "aria-label": "Lines between tokens" });
    this.edges = svgEl("svg", { "aria-hidden": "true" });
    this.tokens = el("div");
    this.values = el("div", { "aria-hidden": "true" });
    this.stage = el("div", { class: "head-stage" },
      this.base, this.edges, this.tokens, this.values);
    this.element = el("div", { class: "head-view" },
      el("div", { class: "lines-options" }, this.choice.element,
        el("label", null, "Lines per token", this.slider, this.amount)),
      this.legend, this.share, this.caption,
      el("div", { class: "head-scroll" }, this.stage));
    this.listen();
    new ResizeObserver(() => this.fit()).observe(this.element);
  }

  listen() {
    const tokenOf = (node) => {
      const { side, index } = node?.closest?.("button")?.dataset ?? {};
      return side ? { side, index: Number(index) } : null;
    };
    const look = (node) => {
      this.looked = tokenOf(node);
      this.highlight();
    };
    const on = (type, f) => this.tokens.addEventListener(type, f);
    on("pointerover", ({ target }) => look(target));
    on("pointerleave", () =>
      look(this.tokens.querySelector("button:focus-visible")));
    on("focusin", ({ target }) => look(target));
    on("focusout", () => look(null));
    on("click", ({ target }) => this.hold(tokenOf(target)));
    on("keydown", (event) => this.move(event, tokenOf(event.target)));
  }

  hold(token) {
    if (!token) return;
    const held = this.held();
    const same = held?.side === token.side && held.index === token.index;
    const direction = token.side === "row" ? "from" : "to";
    this.context.announce(same ? "deselected" : this.caption.textContent);
    this.context.set(same ? { token: null }
      : { token: token.index, direction });
  }

  held() {
    const { token, direction } = this.context.state;
    const side = direction === "to" ? "column" : "row";
    const there = token !== null && token < this[side].tokens.length;
    return there ? { side, index: token } : null;
  }

  move(event, token) {
    if (!token) return;
    const { side, index } = token;
    const [to, at] = {
      ArrowUp: [side, index - 1],
      ArrowDown: [side, index + 1],
      Home: [side, 0],
      End: [side, MOST_TOKENS],
      ArrowLeft: ["row", index],
      ArrowRight: ["column", index],
    }[keyOf(event)] ?? [];
    if (!to) return;
    used(event);
    const { buttons } = this[to];
    this.rove(buttons[Math.max(0, Math.min(at, buttons.length - 1))], true);
  }

  update(context) {
    this.context = context;
    return this.read(context, (entries) => this.show(entries), (message) => {
      this.entries = [];
      this.share.textContent = message;
      this.caption.textContent = "";
      this.legend.replaceChildren();
      this.stage.hidden = true;
    });
  }

  show(entries) {
    const { direction, strongest: k } = this.context.state;
    this.entries = entries;
    this.stage.hidden = false;
    this.k = k > MOST_K ? Infinity : k;
    this.slider.value = k;
    this.amount.textContent = k > MOST_K ? "all" : k;
    this.choice.show(direction);
    this.legend.replaceChildren(headLegend(entries));
    this.fit(true);
  }

  /** Update the layout if the width or the content has changed. */
  fit(changed) {
    const room = VALUE_WIDTH * Math.min(this.entries.length, MOST_VALUES);
    // Narrower pages scroll.
    const width = Math.max(2 * room + 280,
      Math.min(this.element.clientWidth, 900));
    if (!this.entries.length || (!changed && width === this.width)) return;
    const { rows, columns } = this.entries[0].axes;
    const most = Math.min(Math.max(rows.length, columns.length), MOST_TOKENS);
    this.width = width;
    this.step = Math.max(15, Math.min(26, Math.floor(1400 / most)));
    this.font = Math.min(13, this.step - 4);
    this.height = most * this.step;
    this.label = Math.min(170, (width - 2 * room) * 0.3);
    this.left = room + this.label;
    this.right = width - this.left;
    for (const { style } of [this.base, this.edges, this.stage]) {
      style.width = `${width}px`;
      style.height = `${this.height}px`;
    }
    this.stage.style.fontSize = `${this.font}px`;
    this.place(rows, columns);
    this.draw();
    this.highlight();
  }

  place(rows, columns) {
    const key = JSON.stringify([rows, columns, this.width, this.left]);
    if (key !== this.key) {
      this.key = key;
      this.row = this.side("row", rows, this.left - this.label);
      this.column = this.side("column", columns, this.right);
      this.tokens.replaceChildren(this.row.element, this.column.element);
      this.rove(this.row.buttons[0]);
    }
    this.pressed?.setAttribute("aria-pressed", "false");
    const held = this.held();
    this.pressed = held && this[held.side].buttons[held.index];
    this.pressed?.setAttribute("aria-pressed", "true");
  }

  side(side, tokens, x) {
    const buttons = tokens.slice(0, MOST_TOKENS).map((token, index) =>
      el("button", { type: "button", tabindex: -1, "aria-pressed": "false",
        "aria-describedby": "head-caption", data: { side, index },
        style: { height: `${this.step}px` } }, tokenEl(token, index)));
    // A single row is placed next to the middle of the columns.
    const alone = side === "row" && tokens.length === 1;
    const top = alone ? (Math.min(this.height, 480) - this.step) / 2 : 0;
    const element = el("div", { class: `head-${side}`, role: "group",
      "aria-label": side === "row" ? "From: queries" : "To: keys",
      style: { left: `${x}px`, top: `${top}px`, width: `${this.label}px` },
    }, ...buttons);
    return { buttons, element, tokens, top, x };
  }

  y(side, index) {
    return this[side].top + (index + 0.5) * this.step;
  }

  draw() {
    const { scene: { example }, state } = this.context;
    // The maxima need not add up to 1.
    const known = !example.cut || state.combine !== "max";
    const found = strongestLines(this.entries, this.k, state.direction,
      known && example.cut);
    this.lines = found.lines;
    this.base.replaceChildren(...this.paths(found.lines));
    const most = Math.max(this.row.tokens.length, this.column.tokens.length);
    this.share.textContent = shareText(found, most, known);
    const names = this.entries.map(({ label }) => visible(label)).join("; ");
    this.base.setAttribute("aria-label", `Attention of ${names}: ${
      this.share.textContent}`);
  }

  paths(lines) {
    const { theme, state: { scale } } = this.context;
    const count = this.entries.length;
    const weights = lines.map(({ weight }) => weight);
    const most = mostOf([{ values: weights }]);
    const least = scale === "range" ? leastOf([{ values: weights }]) : 0;
    // If there are many lines, they are thinner, so that they do not merge, and
    // not dashed, because dashes are slow to draw and could not be told apart.
    const many = lines.length > MANY && !this.active();
    const apart = Math.min(3, (this.step - 6) / count);
    const level = ({ weight }) =>
      Math.round(scaled(weight / most, scale, least / most) * LEVELS);
    return together(lines, count, level, ({ head, row, column }) => {
      const shift = (head - (count - 1) / 2) * apart;
      return `M${this.left} ${this.y("row", row) + shift}L${this.right} ${
        this.y("column", column) + shift}`;
    }, (head, at) => ({
      fill: "none",
      stroke: css(toward(this.entries[head].color, FRONT[theme],
        0.5 * at / LEVELS)),
      "stroke-dasharray": many ? null : headDash(head),
      "stroke-width": (many ? 0.5 : 1) +
        Math.min(2.6, this.step / 8) * at / LEVELS,
    }));
  }

  active() {
    return this.entries.length ? this.looked ?? this.held() : null;
  }

  /** Show all weights of the token under the pointer or the selected one. */
  highlight() {
    const active = this.active();
    this.stage.classList.toggle("head-active", Boolean(active));
    this.edges.replaceChildren();
    this.values.replaceChildren();
    this.caption.textContent = this.entries.length
      ? "Hover over a token, or move to it with the arrow keys, to see all " +
        "its weights. Click it or press Enter to select it." : "";
    if (!active) return;
    const { side, index } = active;
    const to = side === "column";
    const found = this.entries.map(({ label, matrix }) => ({ label,
      weights: weightsOf(matrix, index, to) }));
    this.found = linesOf(found, index, to);
    this.caption.textContent = `${begun(this[side].tokens[index], to)} ${
      strongestText(found, this[OTHER[side]].tokens)}`;
    this.edges.append(...tints(this, this.found, side, index),
      ...this.paths(this.found));
    // One element per head, because hundreds would be slow to lay out.
    this.texts = this.valueTexts(found, OTHER[side]);
    this.values.append(...this.texts.map(({ x, top, texts }) => el("pre",
      { text: texts.join("\n"), style: { left: `${x}px`, top: `${top}px`,
        "line-height": `${this.step}px` } })));
  }

  valueTexts(found, side) {
    const { x, top, buttons } = this[side];
    const shown = found.slice(0, MOST_VALUES);
    const left = side === "row" ? x - shown.length * VALUE_WIDTH
      : x + this.label;
    return shown.map(({ weights }, i) => ({ top, x: left + i * VALUE_WIDTH,
      texts: buttons.map((_, at) => (weights[at] === null ? "·"
        : Number.isNaN(weights[at]) ? "NaN" : weightText(weights[at]))) }));
  }

  /** The lines that are drawn, or all lines of the active token. */
  table() {
    const active = this.active();
    const lines = active ? this.found : this.lines ?? [];
    return {
      caption: (active ? this.caption : this.share).textContent,
      columns: LINE_COLUMNS,
      rows: lineRows(this, lines),
    };
  }

  svg() {
    if (!this.entries.length) throw new Error("nothing is drawn yet");
    const active = this.active();
    const textsOf = ({ buttons }) => buttons.map((one) => one.textContent);
    const { row, column, left, right } = this;
    return headDocument({
      heads: this.entries,
      width: this.width,
      height: this.height,
      step: this.step,
      font: this.font,
      room: Math.floor((this.label - 12) / this.font / 0.65),
      lines: [...(active ? this.edges : this.base).childNodes],
      columns: [
        { x: left - 6, top: row.top, anchor: "end", texts: textsOf(row) },
        { x: right + 6, top: column.top, anchor: "start",
          texts: textsOf(column) },
        ...(active ? this.texts : []).map(({ x, top, texts }) =>
          ({ x: x + VALUE_WIDTH - 4, top, anchor: "end", texts })),
      ],
      theme: this.context.theme,
    });
  }
}
