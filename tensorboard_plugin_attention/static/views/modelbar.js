/** What the model view lets choose: order, range, colours. */

import { legend } from "../color.js";
import { el } from "../dom.js";
import { STATISTICS } from "../math.js";
import { COLORING, stateSelects } from "./selects.js";

/** [name, label] of each statistic. */
export const NAMES = STATISTICS.map(({ name, label }) => [name, label]);

/** The bar above the tiles of `model`; it sets the state. */
export function optionsOf(model) {
  const by = [["layer", "layer"], ...NAMES];
  const selects = stateSelects([["sort", "Order by", by], ...COLORING]);
  const set = (changes) => model.context.set(changes);
  const descending = el("input", { type: "checkbox",
    on: { change: () => set({ descending: descending.checked }) } });
  const filter = el("select", { on: { change: () => {
    const name = filter.value || null;
    const values = model.tiles.map(({ stats }) => stats[name] ?? 1);
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
  const [least, most] = [bound("least", "From"), bound("most", "To")];
  const between = el("span", null, least, " to ", most);
  const count = el("output");
  const bar = el("span");
  const order = el("label", null, descending, " largest first");
  const [sort, ...coloring] = selects.labels;
  return {
    element: el("div", { class: "maps-bar" }, sort, order,
      el("label", null, "Show ", filter), between, count, ...coloring, bar),
    legend: (paint) => bar.replaceChildren(legend(paint)),
    count: (n, all) => (count.textContent = `${n} of ${all} heads shown`),
    update(context) {
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
