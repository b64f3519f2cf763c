/** The selected heads and the maps to show for them. */

import { headColor } from "../draw/color.js";
import { head, largest, mean, rolloutSteps, rowSums } from "./math.js";

/**
 * The selected heads that exist, or else the first head.
 * @param {Object} state Its `heads` are strings "layer.head".
 * @param {Object[]} layers Of the manifest.
 * @return {{layer, head, id, label}[]} At least one if there is a layer.
 */
export function headsOf(state, layers) {
  const found = [];
  for (const id of new Set(state.heads)) {
    const [layer, head] = id.split(".").map(Number);
    if (head < layers[layer]?.heads) found.push(chosen(layer, head, layers));
  }
  const first = layers.findIndex((layer) => layer.heads > 0);
  if (!found.length && first >= 0) found.push(chosen(first, 0, layers));
  return found;
}

/** A list that contains a notice if some selected heads do not exist. */
export function missingHeads(state, layers) {
  const found = headsOf(state, layers);
  const missing = state.heads.filter((id) =>
    !found.some((one) => one.id === id));
  if (!missing.length || !found.length) return [];
  const [{ label }] = found;
  const named = missing.length < 4 ? missing.join(", ")
    : `${missing.slice(0, 3).join(", ")} and ${missing.length - 3} more`;
  const instead = found.length > 1
    ? `Showing the other ${found.length} heads.` : `Showing ${label} instead.`;
  const heads = missing.length > 1 ? "heads" : "head";
  return [`These maps do not have ${heads} ${named} (layer.head). ${
    instead}`];
}

function chosen(layer, head, layers) {
  const { name, kind } = layers[layer];
  const label = `${name}, ${kind === "pool" ? "hop" : "head"} ${head}`;
  return { layer, head, id: `${layer}.${head}`, label };
}

/**
 * The maps to show: one per selected head, or one for all if combined.
 * @param {Object} context
 * @param {Object} [scene] For example, the scene of another step or run.
 * @param {Object} [options] `mixed`: heads may have different axes; `stale`:
 *     a function that is true once a long computation is no longer needed;
 *     `most`: the largest number of heads to show separately.
 * @return {Promise<Object[]>} {label, color, kind, axes, matrix, layer, head};
 *     `head` is null if heads are combined.
 * @throws {Error} With a message for the user.
 */
export async function selected(context, scene = context.scene, options = {}) {
  const { state } = context;
  const combined = state.combine === "mean" || state.combine === "max";
  const every = headsOf(state, scene.layers);
  if (!every.length) throw new Error("This event has no attention layers.");
  if (state.combine === "rollout") return [await rolled(scene, every, options)];
  const heads = combined ? every : firstOf(context, every, options.most);
  const first = scene.axes(heads[0].layer);
  for (const { layer } of options.mixed && !combined ? [] : heads) {
    if (same(first, scene.axes(layer))) continue;
    const names = [heads[0].layer, layer].map((i) => scene.layers[i].name);
    throw new Error(
      `The rows or columns of ${names.join(" and ")} stand for different ` +
        "tokens. Select heads of layers with the same rows and columns.",
    );
  }
  const all = await readable(context, scene, heads);
  if (!combined) return all;
  const matrices = all.map(({ matrix }) => matrix);
  const finite = matrices.map(({ values }) =>
    values.reduce((count, w) => count + Number.isFinite(w), 0));
  const used = finite.filter(Boolean).length;
  const [join, word] = state.combine === "max"
    ? [largest, "maximum"]
    : [mean, "mean"];
  const count = used === heads.length ? "" : `${used} of `;
  const of = heads.length > 1 ? `${count}${heads.length} heads` : all[0].label;
  const label = `${word} of ${of}`;
  if (finite.some((n, i) => n < matrices[i].values.length)) {
    context.warn(`Weights that are not finite are ignored in the ${label}.`);
  }
  const id = all.map((one) => one.id).join();
  return [{ ...all[0], id, head: null, label, matrix: join(matrices) }];
}

/** The first `most` heads; warns if there are more. */
export function firstOf({ warn }, heads, most = Infinity) {
  if (heads.length > most) {
    warn(`Only the first ${most} of ${heads.length} selected heads are ` +
      "shown. Select fewer heads, or combine them under “Heads”.");
  }
  return heads.slice(0, most);
}

/** The maps of the heads whose layer can be read; warns about the others. */
async function readable(context, scene, heads) {
  const maps = await Promise.allSettled(
    heads.map(({ layer }) => scene.weights(layer)));
  const failed = maps.map(({ reason }) => reason).filter(Boolean);
  if (failed.length === heads.length) throw failed[0];
  const { run, step } = scene;
  const where = run === context.scene.run && step === context.scene.step ? ""
    : ` at step ${step} of run ${run}`;
  for (const error of failed) {
    if (error.name === "AbortError") throw error;
    context.warn(`Not shown${where}: ${error.message}`);
  }
  return heads.flatMap((entry, i) => {
    if (!maps[i].value) return [];
    const axes = scene.axes(entry.layer);
    const matrix = head(maps[i].value, entry.head);
    return { ...entry, color: headColor(i), kind: axes.kind, axes, matrix };
  });
}

function same(a, b) {
  const equal = (p, q) =>
    p.length === q.length && p.every((t, i) => t === q[i]);
  return a === b || (equal(a.rows, b.rows) && equal(a.columns, b.columns));
}

/** The layers that a rollout up to the last selected layer includes. */
export function rolloutLayers(scene, heads) {
  const last = Math.max(...heads.map(({ layer }) => layer));
  const own = scene.layers.map((layer, i) => ({ ...layer, i }))
    .filter(({ kind, i, heads: n }) => kind === "self" && i <= last && n > 0);
  return own.filter(({ rows }) => rows === own.at(-1).rows).map(({ i }) => i);
}

async function rolled(scene, heads, { stale }) {
  const layers = rolloutLayers(scene, heads);
  if (!layers.length) {
    throw new Error(
      "Rollout multiplies self-attention layers, but there are none up to " +
        `${scene.layers[heads[0].layer].name}. Select a head of a later layer.`,
    );
  }
  const means = [];
  for (const layer of layers) {
    const map = await scene.weights(layer);
    means.push(mean(Array.from({ length: map.heads }, (_, h) => head(map, h))));
    if (scene.example?.cut && rowSums(means.at(-1)).some((sum) => sum < 0.99)) {
      throw new Error("The rollout cannot be computed: this text was " +
        "truncated, and some attention went to tokens that were dropped.");
    }
    await breath(stale);
  }
  const steps = rolloutSteps(means);
  let step = steps.next();
  for (; !step.done; step = steps.next()) await breath(stale);
  const layer = layers.at(-1);
  const axes = scene.axes(layer);
  const label = `rollout up to ${scene.layers[layer].name}`;
  return { layer, head: null, label, color: headColor(0), kind: axes.kind, axes,
    matrix: step.value };
}

/** Let the page respond, and end a computation that is no longer needed. */
async function breath(stale) {
  await new Promise((resume) => setTimeout(resume));
  if (stale?.()) throw new DOMException("No longer needed", "AbortError");
}
