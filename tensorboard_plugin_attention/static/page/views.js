/** The views in the order of their tabs, each loaded when it is needed. */

/**
 * `load()` imports a module with `create()`, which creates the view. A view may
 * have `seen()`, which returns what a link must contain in addition to the
 * scene.
 */
export const VIEWS = [
  {
    id: "model",
    title: "Model",
    hint: "All layers and heads for this text",
    load: () => import("../views/model.js"),
  },
  {
    id: "head",
    title: "Head",
    hint: "Which tokens attend to which, in the selected heads",
    load: () => import("../views/head.js"),
  },
  {
    id: "heatmap",
    title: "Heat map",
    hint: "All attention weights of the selected heads",
    load: () => import("../views/heatmap.js"),
  },
  {
    id: "text",
    title: "Text",
    hint: "The text, with each token shaded by its attention weight",
    load: () => import("../views/text.js"),
  },
  {
    id: "aggregate",
    title: "Aggregate",
    hint: "Mean, maximum, rollout and entropy of the selected heads",
    load: () => import("../views/aggregate.js"),
  },
  {
    id: "compare",
    title: "Compare",
    hint: "This step next to another step or run, with the difference",
    load: () => import("../views/compare.js"),
  },
  {
    id: "trend",
    title: "Trend",
    hint: "A statistic of the selected heads over the training steps",
    load: () => import("../views/trend.js"),
  },
];

/** The view of a state. */
export function viewOf(state) {
  return VIEWS.find(({ id }) => id === state.view);
}
