/**
 * The selection of heads: a grid of layers and heads, and how to combine them.
 */

import { headColor } from "../draw/color.js";
import { el } from "../draw/dom.js";
import { popup } from "./picker.js";
import { headsOf } from "../data/selection.js";
import { shorten, visible } from "../draw/tokens.js";

const COMBINE = [["none", "separately"], ["mean", "mean"],
  ["max", "maximum"], ["rollout", "rollout"]];

const MOVES = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0],
  ArrowUp: [-1, 0], Home: [0, -Infinity], End: [0, Infinity] };

/**
 * Create the selection of heads.
 * @param {function(Object)} set Changes the state.
 * @returns {HeadChooser} With `element` and `update(state, layers)`.
 */
export function headChooser(set) {
  return new HeadChooser(set);
}

class HeadChooser {
  constructor(set) {
    this.set = set;
    this.layers = [];
    this.selected = [];
    this.buttons = [];
    this.grid = el("div", { class: "heads", role: "group",
      "aria-label": "Layers and heads",
      on: { keydown: (event) => this.move(event),
        focusin: ({ target }) => this.rove(target) } });
    this.combine = el("select", { "aria-label": "Combine the selected heads",
      on: { change: () => set({ combine: this.combine.value }) } },
    ...COMBINE.map(([value, text]) => el("option", { value, text })));
    const bulk = (text, title, heads) => el("button", { type: "button", text,
      title, on: { click: () => set({ heads: heads() }) } });
    this.box = popup("Heads", {
      onOpen: () => this.grid.querySelector("[tabindex='0']")?.focus(),
      children: [
        el("div", { class: "filters" },
          bulk("All", "Select all heads of all layers",
            () => this.layers.flatMap((_, layer) => this.idsOf(layer))),
          bulk("First only", "Select only the first of these heads",
            () => [this.selected[0]]),
          el("label", null, "Show ", this.combine)),
        this.grid] });
    this.element = this.box.element;
  }

  update(state, layers) {
    if (layers !== this.layers) this.build(layers);
    const found = headsOf(state, layers);
    this.selected = found.map(({ id }) => id);
    this.combine.value = state.combine;
    const place = new Map(this.selected.map((id, i) => [id, i]));
    this.buttons.forEach((row, l) => row.slice(1).forEach((button, h) => {
      const i = place.get(`${l}.${h}`);
      button.setAttribute("aria-pressed", String(i !== undefined));
      button.style.setProperty("--head", i === undefined ||
        state.combine !== "none" ? "var(--accent)" : headColor(i));
    }));
    const more = found.length > 1 ? ` +${found.length - 1}` : "";
    const mixed = COMBINE.find(([value]) => value === state.combine);
    const how = mixed[0] === "none" ? "" : `, ${mixed[1]}`;
    const main = shorten(visible(found[0]?.label ?? "none"), 40);
    this.box.say(`${main}${more}${how}`);
  }

  build(layers) {
    this.layers = layers;
    this.buttons = layers.map(({ name }, l) => [
      el("button", { type: "button", class: "layer", tabindex: "-1",
        "aria-label": `All heads of ${visible(name)}`,
        title: visible(name), text: shorten(visible(name), 28),
        on: { click: () => this.toggle(this.idsOf(l)) } }),
      ...this.idsOf(l).map((id, h) => el("button", { type: "button",
        tabindex: "-1", text: String(h), "aria-pressed": "false",
        "aria-label": `${visible(name)}, head ${h}`,
        on: { click: () => this.toggle([id]) } }))]);
    this.grid.replaceChildren(
      ...this.buttons.map((row) => el("div", null, ...row)));
    const first = this.buttons.find((row) => row[1])?.[1];
    if (first) first.tabIndex = 0;
  }

  idsOf(layer) {
    return Array.from({ length: this.layers[layer].heads },
      (_, head) => `${layer}.${head}`);
  }

  toggle(ids) {
    const off = ids.every((id) => this.selected.includes(id));
    const left = this.selected.filter((id) => !ids.includes(id));
    const heads = off ? left : [...left, ...ids];
    // At least one stays selected, so that there is something to show.
    this.set({ heads: heads.length ? heads : ids.slice(0, 1) });
  }

  move(event) {
    const { buttons } = this;
    const move = MOVES[event.key];
    const row = buttons.findIndex((all) => all.includes(event.target));
    if (!move || row < 0) return;
    event.preventDefault();
    const within = (value, length) => Math.max(0, Math.min(length - 1, value));
    const line = buttons[within(row + move[0], buttons.length)];
    line[within(buttons[row].indexOf(event.target) + move[1], line.length)]
      .focus();
  }

  rove(target) {
    for (const button of this.buttons.flat()) {
      button.tabIndex = button === target ? 0 : -1;
    }
  }
}
