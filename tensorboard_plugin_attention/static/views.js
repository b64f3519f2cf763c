/** The views in the order of their tabs; each is loaded when it is needed. */

/**
 * `load()` gives a module with `create()`, which makes the view. Its `seen()`,
 * if it has one, is what a link must name beside the scene.
 */
export const VIEWS = [
  {
    id: "model",
    title: "Model",
    hint: "All layers and heads of the sentence",
    load: () => import("./views/model.js"),
  },
  {
    id: "head",
    title: "Head",
    hint: "Which token attends to which, for the chosen heads",
    load: () => import("./views/head.js"),
  },
  {
    id: "heatmap",
    title: "Heat map",
    hint: "Every weight of the chosen heads",
    load: () => import("./views/heatmap.js"),
  },
  {
    id: "text",
    title: "Text",
    hint: "The sentence, shaded by what is attended to",
    load: () => import("./views/text.js"),
  },
  {
    id: "aggregate",
    title: "Aggregate",
    hint: "Mean, largest weight, rollout and entropy of the chosen heads",
    load: () => import("./views/aggregate.js"),
  },
  {
    id: "compare",
    title: "Compare",
    hint: "This step beside another step or run, and what has changed",
    load: () => import("./views/compare.js"),
  },
  {
    id: "trend",
    title: "Trend",
    hint: "A statistic of the chosen heads over the steps",
    load: () => import("./views/trend.js"),
  },
];

/** The view that a state names. */
export function viewOf(state) {
  return VIEWS.find(({ id }) => id === state.view);
}
