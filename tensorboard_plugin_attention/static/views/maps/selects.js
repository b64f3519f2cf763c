/** Drop-down lists for a view's options. */

import { PALETTES, SCALES } from "../../draw/color.js";
import { el } from "../../draw/dom.js";

/**
 * Drop-down lists that set the state; `update(context)` follows it. They are
 * disabled before the first update, while the view loads its data.
 */
export function stateSelects(choices) {
  let context = null;
  const made = choices.map(([name, title, values]) => {
    const select = el("select", {
      disabled: true,
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
      for (const { name, select } of made) {
        select.value = next.state[name];
        select.disabled = false;
      }
    },
  };
}

/** The options of every view with maps. */
export const COLORING = [
  ["scale", "Scale", SCALES.map((name) =>
    [name, { sqrt: "square root", range: "min to max" }[name] ?? name])],
  ["palette", "Colors", PALETTES.map((name) => [name, name])],
];
