/** A scene: one text at one step, with everything that was logged for it. */

/**
 * @param {Object} source See `source.js`.
 * @param {{run, tag, step, steps, manifest, exampleIndex}} what
 * @param {AbortSignal} signal Aborts the requests of this scene.
 * @returns {Object} The scene that views receive; frozen.
 */
export function sceneOf(source, what, signal) {
  const { run, tag, step, manifest, exampleIndex } = what;
  const example = manifest.examples[exampleIndex];
  const place = [run, tag, step, exampleIndex];
  return Object.freeze({
    ...what,
    example,
    layers: manifest.layers,
    stats: manifest.stats[exampleIndex],
    weights: (layer) => source.weights(...place, layer, signal),
    overview: () => source.overview(...place, signal),
    axes(layer) {
      const { rows, columns, kind } = manifest.layers[layer];
      const chunk = manifest.weights.get(`${exampleIndex}.${layer}`);
      const [, height = 0, width = 0] = chunk?.error ? [] : chunk?.shape ??
        manifest.overviews.get(exampleIndex)?.shapes?.[layer] ?? [];
      return {
        rows: labels(rows, example, height),
        columns: labels(columns, example, width),
        kind,
      };
    },
  });
}

/** The tag in the state, or the first of its run, or the first of all. */
export function chosenTag(tags, { run, tag }) {
  const named = tags.filter((one) => one.run === run);
  const own = named.length
    ? named
    : tags.filter((one) => one.run === tags[0].run);
  return own.find((one) => one.tag === tag) ?? own[0];
}

/** The kept step nearest to `step`; the newest if `step` is null. */
export function nearest(steps, step) {
  if (step === null) return steps.at(-1);
  return steps.reduce((best, one) =>
    (Math.abs(one.step - step) < Math.abs(best.step - step) ? one : best));
}

function labels(axis, example, length) {
  if (axis === "pooled" && length < 2) return ["(pooled)"];
  if (axis === "pooled" || axis === "positions") {
    return Array.from({ length }, (_, i) => `${i}`);
  }
  return example[axis] ?? [];
}
