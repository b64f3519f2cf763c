/** The options of the model view: order, range and colors. */

import { legend } from "../draw/color.js";
import { el } from "../draw/dom.js";
import { STATISTICS } from "../data/math.js";
import { COLORING, stateSelects } from "./maps/selects.js";

/** The [name, label] of each statistic. */
export const NAMES = STATISTICS.map(({ name, label }) => [name, label]);

/**
 * The bar of options above the tiles.
 * @param {function(string): (number|null|undefined)[]} valuesOf The values of
 *     a statistic for all heads.
 * @returns {{element, update: function(Object), legend: function(Object),
 *     count: function(number, number)}}
 */
export function modelOptions(valuesOf) {
  let context = null;
  const by = [["layer", "layer"], ...NAMES];
  const selects = stateSelects([["sort", "Order by", by], ...COLORING]);
  const set = (changes) => context.set(changes);
  const descending = el("input", { type: "checkbox",
    on: { change: () => set({ descending: descending.checked }) } });
  const filter = el("select", { on: { change: () => {
    const name = filter.value || null;
    const values = valuesOf(name).map((value) => value ?? 1);
    const most = Math.max(1, Math.ceil(Math.max(...values)));
    set({ filter: name, least: 0, most });
  } } });
  for (const [value, text] of [["", "all heads"], ...NAMES]) {
    filter.append(el("option", { value, text }));
  }
  const bound = (key, name) => el("input", {
    type: "number", step: "any", class: "model-bound", "aria-label": name,
    on: { change: (event) => set({ [key]: Number(event.target.value) }) },
  });
  const [least, most] = [bound("least", "Minimum"), bound("most", "Maximum")];
  const between = el("span", null, least, " to ", most);
  const count = el("output");
  const bar = el("span");
  const order = el("label", null, descending, " largest first");
  const [sort, ...coloring] = selects.labels;
  // Inert while the view loads its data.
  const element = el("div", { class: "maps-bar", inert: true }, sort, order,
    el("label", null, "Show ", filter), between, count, ...coloring, bar);
  return {
    element,
    legend: (paint) => bar.replaceChildren(legend(paint)),
    count: (n, all) => (count.textContent = `${n} of ${all} heads shown`),
    update(next) {
      context = next;
      element.inert = false;
      const { state } = context;
      selects.update(context);
      descending.checked = state.descending;
      order.hidden = state.sort === "layer";
      filter.value = state.filter ?? "";
      between.hidden = !state.filter;
      [least.value, most.value] = [state.least, state.most];
    },
  };
}
