/** Selects of a view's options. */

import { PALETTES, SCALES } from "../color.js";
import { el } from "../dom.js";

/** Selects that set the state; `update(context)` keeps them true. */
export function stateSelects(choices) {
  let context = null;
  const made = choices.map(([name, title, values]) => {
    const select = el("select", {
      on: { change: () => context.set({ [name]: select.value }) },
    });
    for (const [value, text] of values) {
      select.append(el("option", { value, text }));
    }
    return { name, select, label: el("label", null, `${title} `, select) };
  });
  return {
    labels: made.map((one) => one.label),
    update(next) {
      context = next;
      for (const { name, select } of made) select.value = next.state[name];
    },
  };
}

/** What every view of maps lets choose. */
export const COLORING = [
  ["scale", "Scale", SCALES.map((name) =>
    [name, name === "range" ? "smallest to largest" : name])],
  ["palette", "Colours", PALETTES.map((name) => [name, name])],
];
