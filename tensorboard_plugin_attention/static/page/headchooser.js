/** The selection of heads: a grid of layers and heads, and how to combine. */

import { headColor } from "../draw/color.js";
import { el } from "../draw/dom.js";
import { popup } from "./picker.js";
import { headsOf } from "../data/selection.js";
import { shorten, visible } from "../draw/tokens.js";

const COMBINE = [["none", "separately"], ["mean", "mean"],
  ["max", "maximum"], ["rollout", "rollout"]];

const moves = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0],
  ArrowUp: [-1, 0], Home: [0, -Infinity], End: [0, Infinity] };

/**
 * Creates the selection of heads.
 * @param {function(Object)} set Changes the state.
 * @returns {{element: HTMLElement, update: function(state, layers)}}
 */
export function headChooser(set) {
  const grid = el("div", { class: "heads", role: "group",
    "aria-label": "Layers and heads" });
  const combine = el("select", { "aria-label": "Combine the selected heads",
    on: { change: () => set({ combine: combine.value }) } },
  ...COMBINE.map(([value, text]) => el("option", { value, text })));
  const bulk = (text, title, heads) => el("button", { type: "button", text,
    title, on: { click: () => set({ heads: heads() }) } });
  const box = popup("Heads", { onOpen: () => focusable()?.focus(),
    children: [
      el("div", { class: "filters" },
        bulk("All", "Select all heads of all layers", () =>
          layers.flatMap((_, layer) => idsOf(layer))),
        bulk("First only", "Select only the first of these heads",
          () => [chosen[0]]),
        el("label", null, "Show ", combine)),
      grid] });
  let layers = [];
  let chosen = [];
  let buttons = [];

  const focusable = () => grid.querySelector("[tabindex='0']");
  const idsOf = (layer) => Array.from({ length: layers[layer].heads },
    (_, head) => `${layer}.${head}`);
  const toggle = (ids) => {
    const off = ids.every((id) => chosen.includes(id));
    const left = chosen.filter((id) => !ids.includes(id));
    const heads = off ? left : [...left, ...ids];
    // At least one stays selected, so that there is something to show.
    set({ heads: heads.length ? heads : ids.slice(0, 1) });
  };
  const build = () => {
    buttons = layers.map((layer, l) => [
      el("button", { type: "button", class: "layer", tabindex: "-1",
        "aria-label": `All heads of ${visible(layer.name)}`,
        title: visible(layer.name), text: shorten(visible(layer.name), 28),
        on: { click: () => toggle(idsOf(l)) } }),
      ...idsOf(l).map((id, h) => el("button", { type: "button",
        tabindex: "-1", text: String(h), "aria-pressed": "false",
        "aria-label": `${visible(layer.name)}, head ${h}`,
        on: { click: () => toggle([id]) } }))]);
    grid.replaceChildren(...buttons.map((row) => el("div", null, ...row)));
    const first = buttons.find((row) => row[1])?.[1];
    if (first) first.tabIndex = 0;
  };
  grid.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    const row = buttons.findIndex((all) => all.includes(event.target));
    if (!move || row < 0) return;
    event.preventDefault();
    const within = (value, length) => Math.max(0, Math.min(length - 1, value));
    const line = buttons[within(row + move[0], buttons.length)];
    line[within(buttons[row].indexOf(event.target) + move[1], line.length)]
      .focus();
  });
  grid.addEventListener("focusin", ({ target }) => {
    for (const button of buttons.flat()) {
      button.tabIndex = button === target ? 0 : -1;
    }
  });
  return {
    element: box.element,
    update(state, newLayers) {
      if (newLayers !== layers) {
        layers = newLayers;
        build();
      }
      const found = headsOf(state, layers);
      chosen = found.map(({ id }) => id);
      combine.value = state.combine;
      const place = new Map(chosen.map((id, i) => [id, i]));
      buttons.forEach((row, l) => row.slice(1).forEach((button, h) => {
        const i = place.get(`${l}.${h}`);
        button.setAttribute("aria-pressed", String(i !== undefined));
        button.style.setProperty("--head", i === undefined || state.combine !==
          "none" ? "var(--accent)" : headColor(i));
      }));
      const more = chosen.length > 1 ? ` +${chosen.length - 1}` : "";
      const mixed = COMBINE.find(([value]) => value === state.combine);
      const how = mixed[0] === "none" ? "" : `, ${mixed[1]}`;
      const main = shorten(visible(found[0]?.label ?? "none"), 40);
      box.say(`${main}${more}${how}`);
    },
  };
}
